//! Finds a refund at its gateway, with the references that our books have.

use gateways::{CallError, Gateway, PaymentName, RefundName, RefundView};
use shared::fulfilment::settle;
use shared::jobs::JobError;
use shared::payments::{self, Payment};
use shared::refunds::{self, Refund, RefundStatus};

use crate::context::{Context, database};
use crate::observe;

/// The references of the refund, and those of the payment's other refunds, which it must not be mistaken for. `charge`
/// is the gateway's reference of the money, `siblings` are all refunds of the payment.
pub(crate) fn name(refund: &Refund, siblings: &[Refund], payment: &Payment, charge: &str) -> RefundName {
    let others = siblings.iter().filter(|one| one.id != refund.id).filter_map(|one| one.reference.clone());
    RefundName {
        refund_id: refund.id.0,
        reference: refund.reference.clone(),
        page_reference: payment.reference.clone().unwrap_or_default(),
        payment_reference: charge.to_owned(),
        amount: refund.amount,
        others: others.collect(),
    }
}

/// Whether another refund of the payment was sent and has no answer: at some gateways the two could not be told apart.
pub(crate) fn sibling_in_doubt(refund: &Refund, siblings: &[Refund]) -> bool {
    siblings
        .iter()
        .any(|one| one.id != refund.id && one.status == RefundStatus::Submitted && one.reference.is_none())
}

/// Why there is no answer about a refund.
#[derive(Debug)]
pub(crate) enum Unseen {
    Gateway(CallError),
    /// Another error, which decides the next step itself.
    Job(JobError),
}

impl Unseen {
    /// Ask again later.
    pub(crate) fn again(self) -> JobError {
        match self {
            Self::Gateway(error) => observe::ask_again(&error),
            Self::Job(error) => error,
        }
    }
}

impl From<JobError> for Unseen {
    fn from(error: JobError) -> Self {
        Self::Job(error)
    }
}

/// The gateway's reference of the money. If the capture was reported without it, the gateway is asked.
pub(crate) async fn charge_of(
    context: &Context,
    gateway: &dyn Gateway,
    payment: &Payment,
) -> Result<String, Unseen> {
    if let Some(charge) = &payment.charge_reference {
        return Ok(charge.clone());
    }
    let reference = payment.reference.as_ref();
    let reference = reference.ok_or_else(|| JobError::fail("a captured payment without any reference"))?;
    let view = gateway.find_payment(&context.call(), reference).await.map_err(Unseen::Gateway)?;
    let mut transaction = context.begin().await?;
    settle(&mut transaction, payment.id, &observe::payment(&view), context.now())
        .await
        .map_err(JobError::from)?;
    context.commit(transaction, None).await?;
    let nameless = || Unseen::Job(JobError::retry("the gateway does not name the charge yet"));
    view.payment_reference.ok_or_else(nameless)
}

/// All refunds of a payment at the gateway, whoever requested them.
pub(crate) async fn all_of(context: &Context, payment: &Payment) -> Result<Vec<RefundView>, JobError> {
    let gateway = context.gateway(payment.gateway)?;
    let name = PaymentName {
        page_reference: payment.reference.clone().unwrap_or_default(),
        payment_reference: charge_of(context, &*gateway, payment).await.map_err(Unseen::again)?,
        since: payment.created_at.timestamp(),
    };
    gateway.refunds_of(&context.call(), &name).await.map_err(|error| observe::ask_again(&error))
}

/// The gateway's view of a refund; `None` if it does not know the refund.
pub(crate) async fn look(context: &Context, refund: &Refund) -> Result<Option<RefundView>, Unseen> {
    let mut db = context.pool.acquire().await.map_err(database)?;
    let payment = payments::store::find(&mut db, refund.payment_id).await.map_err(JobError::from)?;
    let siblings = refunds::store::of_payment(&mut db, payment.id).await.map_err(JobError::from)?;
    drop(db); // no connection is held during a gateway call
    let gateway = context.gateway(payment.gateway)?;
    let charge = charge_of(context, &*gateway, &payment).await?;
    let name = name(refund, &siblings, &payment, &charge);
    match gateway.find_refund(&context.call(), &name).await {
        // The gateway does not know the payment itself.
        Err(error) if error.is_missing() => Ok(None),
        found => found.map_err(Unseen::Gateway),
    }
}
