//! What a gateway must be told to find a refund, gathered from our books.

use gateways::RefundName;
use shared::kernel::db::Connection;
use shared::payments::Payment;
use shared::refunds::{self, Refund, RefundStatus};

use shared::jobs::JobError;

/// The refund's names, and those of its siblings, which it is not. `charge` is the gateway's name of the money.
pub(super) async fn name(
    db: &mut Connection,
    refund: &Refund,
    payment: &Payment,
    charge: &str,
) -> Result<RefundName, JobError> {
    let siblings = refunds::store::of_payment(db, payment.id).await?;
    let others = siblings.into_iter().filter(|one| one.id != refund.id).filter_map(|one| one.reference);
    Ok(RefundName {
        refund_id: refund.id.0,
        reference: refund.reference.clone(),
        page_reference: payment.reference.clone().unwrap_or_default(),
        payment_reference: charge.to_owned(),
        amount: refund.amount,
        others: others.collect(),
    })
}

/// Whether another refund of the payment was sent and has no answer: at some gateways the two could not be told apart.
pub(super) async fn sibling_in_doubt(db: &mut Connection, refund: &Refund) -> Result<bool, JobError> {
    let siblings = refunds::store::of_payment(db, refund.payment_id).await?;
    let in_doubt = |one: &Refund| {
        one.id != refund.id && one.status == RefundStatus::Submitted && one.reference.is_none()
    };
    Ok(siblings.iter().any(in_doubt))
}
