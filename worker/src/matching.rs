//! Finds the payment, refund or order of ours that a gateway refers to. References are compared before anything
//! changes.
//!
//! Something that bears one of our marks, or names something of ours, and does not match needs an operator. Something
//! that does neither belongs to another system on the same account.

use gateways::{DisputeState, DisputeView, DisputedAmount, Named, PaymentView, RefundRules, RefundView};
use serde_json::{Value, json};
use shared::fulfilment::{External, MadeAtGateway, record_external as record_external_refund};
use shared::incidents::{About, IfClosed, IncidentKind, NewIncident};
use shared::jobs::JobError;
use shared::kernel::Timestamp;
use shared::kernel::db::Connection;
use shared::kernel::ids::{PaymentId, RefundId};
use shared::payments::{self, Payment, Provider};
use shared::refunds::{self, Refund};
use uuid::Uuid;

use crate::observe;

/// The result of a match, with the reason where there is none.
pub(crate) enum Match<T> {
    Ours(T),
    /// It bears our marks or names something of ours, and does not match.
    Strange(Strange),
    /// It bears none of our marks.
    Foreign,
}

/// The mismatch.
pub(crate) struct Strange {
    pub why: &'static str,
    /// What is known about it nevertheless.
    pub about: About,
}

/// Our ids are of version 7; those of other systems are mostly of version 4, or not UUIDs.
pub(crate) fn is_mark(id: Option<Uuid>) -> bool {
    id.is_some_and(|id| id.get_version_num() == 7)
}

/// The attempt that a view refers to.
pub(crate) async fn payment(
    db: &mut Connection,
    provider: Provider,
    view: &PaymentView,
) -> Result<Match<Payment>, JobError> {
    let names = Named {
        page: view.reference.clone(),
        charge: view.payment_reference.clone(),
        our_attempt: view.our_attempt,
        ..Named::default()
    };
    let Some(known) = named_payment(db, provider, &names).await? else {
        let about = About::gateways(provider, name_of(view));
        let strange = Strange { why: "names no payment of ours", about };
        return Ok(if is_mark(view.our_attempt) { Match::Strange(strange) } else { Match::Foreign });
    };
    let differs =
        |ours: Option<&String>, theirs: Option<&String>| ours.zip(theirs).is_some_and(|(a, b)| a != b);
    if known.gateway != provider
        || differs(known.reference.as_ref(), view.reference.as_ref())
        || view.our_order.is_some_and(|order| order != known.order_id.0)
        || view.our_attempt.is_some_and(|attempt| attempt != known.id.0)
    {
        let about = About {
            gateway: Some(provider),
            reference: name_of(view).map(str::to_owned),
            ..About::payment(&known)
        };
        return Ok(Match::Strange(Strange { why: "its references contradict each other", about }));
    }
    Ok(Match::Ours(known))
}

/// The owner of a refund.
pub(crate) enum RefundMatch {
    Ours(Refund),
    /// Made elsewhere, for example in the gateway's dashboard, for this payment of ours.
    OfOurs(Payment),
    Strange(Strange),
    /// Made by another system on the same account.
    Foreign,
}

/// The gateway's reference of the money, or of its page if that is the only one given.
pub(crate) fn name_of(view: &PaymentView) -> Option<&str> {
    view.payment_reference.as_deref().or(view.reference.as_deref())
}

/// The payment with one of these references, without comparing anything else.
pub(crate) async fn named_payment(
    db: &mut Connection,
    provider: Provider,
    names: &Named,
) -> Result<Option<Payment>, JobError> {
    let mut known = match &names.page {
        Some(page) => payments::store::find_by_reference(db, provider, page).await?,
        None => None,
    };
    if let (None, Some(attempt)) = (&known, names.our_attempt) {
        known = match payments::store::find(db, PaymentId(attempt)).await {
            Err(payments::Error::Missing) => None,
            found => Some(found?),
        };
    }
    if let (None, Some(charge)) = (&known, &names.charge) {
        known = payments::store::find_by_charge(db, provider, charge).await?;
    }
    Ok(known)
}

/// The refund with one of these references.
pub(crate) async fn named_refund(
    db: &mut Connection,
    provider: Provider,
    reference: Option<&str>,
    our_refund: Option<Uuid>,
) -> Result<Option<Refund>, JobError> {
    let mut known = match reference {
        Some(reference) => refunds::store::find_by_reference(db, provider, reference).await?,
        None => None,
    };
    if let (None, Some(refund)) = (&known, our_refund) {
        known = match refunds::store::find(db, RefundId(refund)).await {
            Err(refunds::Error::Missing) => None,
            found => Some(found?),
        };
    }
    Ok(known)
}

/// The refund that a view refers to; `charge` is the gateway's reference of the refunded money.
pub(crate) async fn refund(
    db: &mut Connection,
    provider: Provider,
    view: &RefundView,
    charge: Option<&str>,
) -> Result<RefundMatch, JobError> {
    let reference = Some(view.reference.as_str());
    let gateways = About::gateways(provider, reference);
    let Some(known) = named_refund(db, provider, reference, view.our_refund).await? else {
        let names = Named { charge: charge.map(str::to_owned), ..Named::default() };
        if let Some(payment) = named_payment(db, provider, &names).await? {
            return Ok(RefundMatch::OfOurs(payment));
        }
        if is_mark(view.our_refund) {
            return Ok(RefundMatch::Strange(Strange { why: "names no refund of ours", about: gateways }));
        }
        return Ok(RefundMatch::Foreign);
    };
    if known.amount != view.amount || known.reference.as_ref().is_some_and(|ours| *ours != view.reference) {
        let about = About { gateway: gateways.gateway, ..About::refund(&known) };
        let why = "its amount or reference differs from ours";
        return Ok(RefundMatch::Strange(Strange { why, about }));
    }
    Ok(RefundMatch::Ours(known))
}

/// Books a refund of one of our payments that was made at its gateway and not here.
pub(crate) async fn record_external(
    db: &mut Connection,
    rules: RefundRules,
    payment: &Payment,
    view: &RefundView,
    now: Timestamp,
) -> Result<External, JobError> {
    let seen = observe::refund(view);
    let made = MadeAtGateway {
        payment_id: payment.id,
        reference: &view.reference,
        amount: view.amount,
        seen: &seen,
        ours_are_marked: rules.marked,
    };
    Ok(record_external_refund(db, &made, now).await?)
}

/// The incident for a refund that the books can't record.
pub(crate) fn refund_that_differs(payment: &Payment, view: &RefundView, why: &str) -> NewIncident {
    let provider = payment.gateway.as_str();
    let detail = json!({
        "gateway": provider, "payment_id": payment.id, "refund": view.reference, "amount": view.amount, "why": why,
    });
    let (key, about) = (format!("{provider}:refund:{}", view.reference), About::payment(payment));
    let (kind, if_closed) = (IncidentKind::GatewayDiffers, IfClosed::StayClosed);
    NewIncident { kind, key, about, detail, if_closed }
}

/// The disputed payment, if it is one of ours.
pub(crate) async fn disputed(
    db: &mut Connection,
    provider: Provider,
    view: &DisputeView,
) -> Result<Option<Payment>, JobError> {
    let names = Named {
        page: view.page_reference.clone(),
        charge: view.payment_reference.clone(),
        ..Named::default()
    };
    named_payment(db, provider, &names).await
}

/// The incident for a dispute, one per state; also for a dispute of another system, because it has a deadline. A message of
/// the gateway opens it again, its list does not: the list shows it in every run.
pub(crate) fn dispute(
    provider: Provider,
    view: &DisputeView,
    payment: Option<&Payment>,
    if_closed: IfClosed,
) -> NewIncident {
    let state: DisputeState = view.state;
    let detail = json!({
        "gateway": provider, "dispute": view.reference, "state": state.as_str(), "amount": amount(&view.amount),
        "payment": view.payment_reference, "reason": view.reason,
        "evidence_due_by": view.due_by.and_then(|seconds| Timestamp::from_timestamp(seconds, 0)),
    });
    let key = format!("{}:{}:{}", provider.as_str(), view.reference, state.as_str());
    let dispute = About::gateways(provider, Some(&view.reference));
    let about = match payment {
        Some(payment) => About { reference: dispute.reference, ..About::payment(payment) },
        None => dispute,
    };
    NewIncident { kind: IncidentKind::Dispute, key, about, detail, if_closed }
}

/// Money, or the gateway's own words if they can't be read as money.
fn amount(disputed: &DisputedAmount) -> Value {
    match disputed {
        DisputedAmount::Money(money) => json!(money),
        DisputedAmount::AsTold(words) => json!(words),
    }
}
