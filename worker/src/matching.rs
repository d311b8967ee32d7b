//! Which payment, refund or order of ours a gateway means. References are compared before anything moves.

use gateways::{DisputeState, DisputeView, PaymentView, RefundRules, RefundView};
use serde_json::json;
use shared::fulfilment::{External, MadeAtGateway, record_external as record_external_refund};
use shared::incidents::{self, IncidentKind};
use shared::jobs::JobError;
use shared::kernel::Timestamp;
use shared::kernel::db::Connection;
use shared::kernel::ids::{OrderId, PaymentId, RefundId};
use shared::payments::{self, Payment, Provider};
use shared::refunds::{self, Refund};

use crate::context::database;
use crate::observe;

/// Ours, or not, and why.
pub(crate) enum Match<T> {
    Ours(T),
    Strange(&'static str),
}

/// The attempt that a view speaks of.
pub(crate) async fn payment(
    db: &mut Connection,
    provider: Provider,
    view: &PaymentView,
) -> Result<Match<Payment>, JobError> {
    let mut known = match &view.reference {
        Some(reference) => payments::store::find_by_reference(db, provider, reference).await?,
        None => None,
    };
    if let (None, Some(attempt)) = (&known, view.our_attempt) {
        known = match payments::store::find(db, PaymentId(attempt)).await {
            Err(payments::Error::Missing) => None,
            found => Some(found?),
        };
    }
    if let (None, Some(charge)) = (&known, &view.payment_reference) {
        known = payments::store::find_by_charge(db, provider, charge).await?;
    }
    let Some(known) = known else { return Ok(Match::Strange("names no payment of ours")) };
    let differs =
        |ours: Option<&String>, theirs: Option<&String>| ours.zip(theirs).is_some_and(|(a, b)| a != b);
    if known.gateway != provider
        || differs(known.reference.as_ref(), view.reference.as_ref())
        || view.our_order.is_some_and(|order| order != known.order_id.0)
        || view.our_attempt.is_some_and(|attempt| attempt != known.id.0)
    {
        return Ok(Match::Strange("its references contradict each other"));
    }
    Ok(Match::Ours(known))
}

/// Whose refund it is.
pub(crate) enum RefundMatch {
    Ours(Refund),
    /// Somebody else's, as one made in the gateway's dashboard, of this payment of ours.
    OfOurs(Payment),
    /// None of ours, and why; of this order, if it is known.
    Strange(&'static str, Option<OrderId>),
}

/// The refund that a view speaks of. `charge` is the gateway's name of the money it is of.
pub(crate) async fn refund(
    db: &mut Connection,
    provider: Provider,
    view: &RefundView,
    charge: Option<&str>,
) -> Result<RefundMatch, JobError> {
    let mut known = refunds::store::find_by_reference(db, provider, &view.reference).await?;
    if let (None, Some(refund)) = (&known, view.our_refund) {
        known = match refunds::store::find(db, RefundId(refund)).await {
            Err(refunds::Error::Missing) => None,
            found => Some(found?),
        };
    }
    let Some(known) = known else {
        let payment = match charge {
            Some(charge) => payments::store::find_by_charge(db, provider, charge).await?,
            None => None,
        };
        return Ok(
            payment.map_or(RefundMatch::Strange("a refund of no payment of ours", None), RefundMatch::OfOurs)
        );
    };
    if known.amount != view.amount || known.reference.as_ref().is_some_and(|ours| *ours != view.reference) {
        let why = "its amount or reference differs from ours";
        return Ok(RefundMatch::Strange(why, Some(known.order_id)));
    }
    Ok(RefundMatch::Ours(known))
}

/// Books a refund of a payment of ours that somebody else made at its gateway.
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

/// Shows operators a refund that the books can't take.
pub(crate) async fn tell_of_refund(
    db: &mut Connection,
    payment: &Payment,
    view: &RefundView,
    why: &str,
    now: Timestamp,
) -> Result<(), JobError> {
    let provider = payment.gateway.as_str();
    let detail = json!({
        "gateway": provider, "payment_id": payment.id, "refund": view.reference, "amount": view.amount, "why": why,
    });
    let about = format!("{provider}:refund:{}", view.reference);
    let order = Some(payment.order_id);
    incidents::open_unless_known(db, IncidentKind::GatewayDiffers, &about, order, &detail, now)
        .await
        .map_err(database)
}

/// The order whose payment is disputed, if it is one of ours.
pub(crate) async fn disputed_order(
    db: &mut Connection,
    provider: Provider,
    view: &DisputeView,
) -> Result<Option<OrderId>, JobError> {
    let mut found = None;
    if let Some(page) = &view.page_reference {
        found = payments::store::find_by_reference(db, provider, page).await?;
    }
    if let (None, Some(charge)) = (&found, &view.payment_reference) {
        found = payments::store::find_by_charge(db, provider, charge).await?;
    }
    Ok(found.map(|payment| payment.order_id))
}

/// How we came to know of something.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    /// The gateway told us now.
    Message,
    /// It stands in the gateway's list, at this run as at the one before.
    List,
}

/// Shows a dispute to operators, anew with every turn it takes.
pub(crate) async fn open_dispute(
    db: &mut Connection,
    provider: Provider,
    view: &DisputeView,
    order: Option<OrderId>,
    source: Source,
    now: Timestamp,
) -> Result<(), JobError> {
    let state: DisputeState = view.state;
    let detail = json!({
        "gateway": provider, "dispute": view.reference, "state": state.as_str(), "amount": view.amount,
        "reason": view.reason, "evidence_due_by": view.due_by,
    });
    let about = format!("{}:{}:{}", provider.as_str(), view.reference, state.as_str());
    let kind = IncidentKind::Dispute;
    match source {
        Source::Message => incidents::open(db, kind, &about, order, &detail, now).await,
        Source::List => incidents::open_unless_known(db, kind, &about, order, &detail, now).await,
    }
    .map_err(database)
}
