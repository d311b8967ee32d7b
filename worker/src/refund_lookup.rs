//! Finds a refund at its gateway, with the references that our books have.

use std::time::Duration;

use chrono::TimeDelta;
use gateways::{CallError, Gateway, PaymentName, RefundName, RefundRules, RefundView};
use shared::fulfilment::settle;
use shared::jobs::JobError;
use shared::kernel::Timestamp;
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

/// How long to wait for the answer to another refund of the same payment.
const ANSWERED: Duration = Duration::from_secs(5);
/// How long to wait for an administrator, or for the gateway's reference of what an administrator has closed.
const DECIDED: Duration = Duration::from_secs(60);
/// How long a refund that was closed as made may be without the gateway's reference before others go ahead. The gateway's
/// list is read when it is closed and a day later: what neither has shown was not made.
const NAMED_WITHIN: TimeDelta = TimeDelta::hours(25);

/// When to try again, if the refund could not be told apart from another one of the payment at some gateways: one that was
/// sent and has no answer, or one of the same amount that was made, or may have been, under a reference that is not known.
pub(crate) fn wait_for_sibling(refund: &Refund, siblings: &[Refund], now: Timestamp) -> Option<Duration> {
    let wait = |one: &Refund| match one.status {
        RefundStatus::Submitted => Some(ANSWERED),
        RefundStatus::NeedsAttention => (one.amount == refund.amount).then_some(DECIDED),
        RefundStatus::Succeeded => {
            let is_awaited = one.has_no_name_yet() && now - one.updated_at < NAMED_WITHIN;
            (is_awaited && one.amount == refund.amount).then_some(DECIDED)
        }
        RefundStatus::Requested | RefundStatus::Pending | RefundStatus::Failed | RefundStatus::Cancelled => {
            None
        }
    };
    let nameless = siblings.iter().filter(|one| one.id != refund.id && one.reference.is_none());
    nameless.filter_map(wait).min()
}

/// Whether the gateway can only be asked for the list: a refund that an administrator has closed as not made by it, without
/// its reference or our mark, would be found by elimination, and what is found belongs to another one.
pub(crate) fn is_not_to_be_found(rules: RefundRules, refund: &Refund) -> bool {
    refund.is_denied() && refund.reference.is_none() && !rules.marked
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

/// The gateway's view of a refund; `None` if it does not know the refund, or can't be asked for it by itself.
pub(crate) async fn look(context: &Context, refund: &Refund) -> Result<Option<RefundView>, Unseen> {
    let mut db = context.pool.acquire().await.map_err(database)?;
    let payment = payments::store::find(&mut db, refund.payment_id).await.map_err(JobError::from)?;
    let siblings = refunds::store::of_payment(&mut db, payment.id).await.map_err(JobError::from)?;
    drop(db); // no connection is held during a gateway call
    let gateway = context.gateway(payment.gateway)?;
    if is_not_to_be_found(gateway.capabilities().refunds, refund) {
        return Ok(None);
    }
    let charge = charge_of(context, &*gateway, &payment).await?;
    let name = name(refund, &siblings, &payment, &charge);
    match gateway.find_refund(&context.call(), &name).await {
        // The gateway does not know the payment itself.
        Err(error) if error.is_missing() => Ok(None),
        found => found.map_err(Unseen::Gateway),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use shared::kernel::ids::{OrderId, PaymentId, RefundId};
    use shared::refunds::Resolution;

    use super::*;

    fn at(secs: i64) -> Timestamp {
        DateTime::from_timestamp(secs, 0).expect("a moment")
    }

    fn refund(units: i64, status: RefundStatus, resolution: Option<Resolution>) -> Refund {
        let taka = "BDT".parse().expect("known");
        Refund {
            id: RefundId::new(),
            payment_id: PaymentId::new(),
            order_id: OrderId::new(),
            status,
            amount: money::Money::from_minor_units(units, taka).expect("small"),
            reference: None,
            restocked: false,
            resolution,
            requested_at: at(0),
            updated_at: at(0),
            last_seen_at: None,
        }
    }

    #[test]
    fn what_was_not_made_is_looked_for_only_by_its_reference_or_our_mark() {
        let rules = |marked| RefundRules {
            partial: true,
            most: None,
            within_secs: None,
            one_at_a_time: true,
            keyed: false,
            marked,
            listed: true,
        };
        for denied in [Resolution::NotMade, Resolution::PaidOtherwise] {
            let refund = refund(500, RefundStatus::Failed, Some(denied));
            assert!(is_not_to_be_found(rules(false), &refund), "{denied:?}");
            assert!(!is_not_to_be_found(rules(true), &refund), "{denied:?}");
            let named = Refund { reference: Some("RF1".to_owned()), ..refund };
            assert!(!is_not_to_be_found(rules(false), &named), "{denied:?}");
        }
        for other in [None, Some(Resolution::Made)] {
            assert!(
                !is_not_to_be_found(rules(false), &refund(500, RefundStatus::Pending, other)),
                "{other:?}"
            );
        }
    }

    #[test]
    fn a_refund_waits_for_a_sibling_that_it_could_be_mistaken_for() {
        let new = refund(500, RefundStatus::Requested, None);
        let waits = |sibling: Refund, now| wait_for_sibling(&new, &[new.clone(), sibling], at(now));
        assert_eq!(waits(refund(100, RefundStatus::Submitted, None), 0), Some(ANSWERED));
        assert_eq!(waits(refund(500, RefundStatus::NeedsAttention, None), 0), Some(DECIDED));
        assert_eq!(waits(refund(100, RefundStatus::NeedsAttention, None), 0), None, "another amount");
        let made = refund(500, RefundStatus::Succeeded, Some(Resolution::Made));
        assert_eq!(waits(made.clone(), 24 * 3600), Some(DECIDED));
        assert_eq!(waits(made.clone(), 25 * 3600), None, "neither look has shown it");
        let named = Refund { reference: Some("RF1".to_owned()), ..made };
        assert_eq!(waits(named, 0), None);
        assert_eq!(waits(refund(500, RefundStatus::Failed, Some(Resolution::NotMade)), 0), None);
    }
}
