//! Messages about the refunds of a payment that may not say which refund they mean.
//!
//! If the gateway can list the refunds of a payment, it is asked. If not, each message of a type reports one refund: a
//! refund of the marketplace that matches and that no other message reported, or one that was made elsewhere, for
//! example in the gateway's dashboard. The latter becomes an incident: a hint is no proof, and the gateway can't be asked about it. If a
//! later message names a refund, one that was taken for it by elimination has reported another.

use std::collections::HashSet;

use gateways::{EventBody, Named};
use money::Money;
use shared::incidents::NewIncident;
use shared::jobs::store::Ask;
use shared::jobs::{AskRefunds, JobError};
use shared::kernel::db::Connection;
use shared::kernel::ids::{RefundId, WebhookEventId};
use shared::orders;
use shared::payments::{self, Payment};
use shared::refunds::{self, Refund, RefundStatus};
use shared::webhooks::store::Report;
use shared::webhooks::{self, Applied, RefundMatch};

use super::Heard;
use super::outcome::{ELSEWHERE, Outcome, refunded_elsewhere};
use crate::context::database;
use crate::matching;

impl Heard<'_> {
    /// `amount` is the amount of the refund or of the payment, if the message has it.
    pub(super) async fn refunds_of(
        &self,
        db: &mut Connection,
        names: &Named,
        amount: Option<Money>,
    ) -> Result<Outcome, JobError> {
        let named =
            matching::named_refund(db, self.provider, names.refund.as_deref(), names.our_refund).await?;
        let payment = match &named {
            Some(refund) => Some(payments::store::find(db, refund.payment_id).await?),
            None => self.payment_of_ours(db, names).await?,
        };
        let Some(payment) = payment.filter(|payment| payment.gateway == self.provider) else {
            return Ok(self.none_of_ours(names, "names no payment of ours"));
        };
        if self.rules.listed {
            let asks = self.ask_refunds(db, &payment).await?;
            return Ok(Outcome::applied("refunds: the gateway is asked", None).asking(asks));
        }
        self.one_of(db, &payment, named.map(|refund| refund.id), amount).await
    }

    /// Schedules a question about each refund of a payment that can still change. Returns the question for the list of
    /// refunds, if the gateway can be asked for it.
    pub(super) async fn ask_refunds(
        &self,
        db: &mut Connection,
        payment: &Payment,
    ) -> Result<Option<Ask>, JobError> {
        for refund in refunds::store::of_payment(db, payment.id).await? {
            if !refund.is_over() {
                self.ask_refund(db, refund.id).await?;
            }
        }
        Ok(self.rules.listed.then(|| self.ask(&AskRefunds { payment_id: payment.id })))
    }

    /// The order's lock prevents that two messages are matched to the same refund.
    async fn one_of(
        &self,
        db: &mut Connection,
        payment: &Payment,
        named: Option<RefundId>,
        amount: Option<Money>,
    ) -> Result<Outcome, JobError> {
        orders::store::lock(db, payment.order_id).await?;
        let refunds = refunds::store::of_payment(db, payment.id).await?;
        let ids: Vec<RefundId> = refunds.iter().map(|refund| refund.id).collect();
        let mut reports = webhooks::store::reports(db, &ids, &self.says.kind_text).await.map_err(database)?;
        reports.retain(|report| report.event_id != self.event.id); // this job may run twice
        let (refund, by) = match named {
            Some(id) => (refunds.iter().find(|refund| refund.id == id), RefundMatch::Name),
            None => (
                reported_by(&refunds, &reported(&reports), payment.captured, amount),
                RefundMatch::Elimination,
            ),
        };
        let Some(refund) = refund else {
            return Ok(Outcome::refunded_elsewhere(self, payment, amount));
        };
        if !refund.is_over() {
            self.ask_refund(db, refund.id).await?;
        }
        let outcome = if refund.is_denied() {
            Outcome::denied(refund, payment)
        } else {
            Outcome::applied("refund: the gateway is asked", None)
        };
        let outcome = outcome.about_refund(refund.id, by);
        let guess =
            |report: &&Report| report.refund_id == refund.id && report.by == Some(RefundMatch::Elimination);
        match reports.iter().find(guess).filter(|_| by == RefundMatch::Name) {
            Some(guess) => {
                let elsewhere = self.rematch(db, payment, &refunds, &reports, guess.event_id).await?;
                Ok(elsewhere.into_iter().fold(outcome, Outcome::with_incident))
            }
            None => Ok(outcome),
        }
    }

    /// An earlier message was taken for a refund that this one names, so it has reported another: a refund of the
    /// marketplace that no message has reported, or one that was made elsewhere. Returns the incident for the latter.
    async fn rematch(
        &self,
        db: &mut Connection,
        payment: &Payment,
        refunds: &[Refund],
        reports: &[Report],
        earlier: WebhookEventId,
    ) -> Result<Option<NewIncident>, JobError> {
        let events = webhooks::store::find_all(db, &[earlier]).await.map_err(database)?;
        let event = events.first().ok_or_else(|| JobError::fail("there is no such event"))?;
        let amount = match self.context.gateway(self.provider)?.parse_stored(&event.body).body {
            EventBody::RefundsOf { amount, .. } => amount,
            EventBody::Payment(_)
            | EventBody::Refund { .. }
            | EventBody::Dispute(_)
            | EventBody::Unclear(_)
            | EventBody::Other => None,
        };
        let other = reported_by(refunds, &reported(reports), payment.captured, amount);
        let (outcome, note) = match other {
            Some(_) => (Applied::Applied, "refund: the gateway is asked"),
            None => (Applied::Unmatched, ELSEWHERE),
        };
        let refund = other.map(|refund| refund.id);
        webhooks::store::rematch(db, earlier, refund, outcome, note).await.map_err(database)?;
        match other {
            Some(other) if !other.is_over() => self.ask_refund(db, other.id).await.map(|()| None),
            Some(_) => Ok(None),
            None => Ok(Some(refunded_elsewhere(self, earlier, payment, amount))),
        }
    }
}

fn reported(reports: &[Report]) -> HashSet<RefundId> {
    reports.iter().map(|report| report.refund_id).collect()
}

/// The refund that a message without a name may report.
///
/// It must be one that the gateway can have made: it was sent, not refused at once, and no administrator has found out
/// that it was not made. Chapa's documents don't say whether a message has the amount of the refund or of the payment, so
/// the payment's amount matches every refund that is not final.
fn reported_by<'a>(
    refunds: &'a [Refund],
    reported: &HashSet<RefundId>,
    captured: Money,
    amount: Option<Money>,
) -> Option<&'a Refund> {
    let was_made = |refund: &Refund| match refund.status {
        RefundStatus::Requested => false,
        RefundStatus::Submitted | RefundStatus::Pending | RefundStatus::NeedsAttention => true,
        RefundStatus::Succeeded | RefundStatus::Failed | RefundStatus::Cancelled => {
            refund.reference.is_some() || refund.has_no_name_yet()
        }
    };
    let fits = |refund: &Refund| {
        let whole = amount == Some(captured) && !refund.status.is_final();
        amount.is_none_or(|amount| amount == refund.amount) || whole
    };
    let may_be_made = |refund: &Refund| was_made(refund) && !refund.is_denied();
    let candidates = refunds.iter().filter(|refund| may_be_made(refund) && !reported.contains(&refund.id));
    candidates
        .filter(|refund| fits(refund))
        .min_by_key(|refund| (amount != Some(refund.amount), !refund.status.is_open(), refund.id))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use shared::kernel::ids::{OrderId, PaymentId};
    use shared::refunds::Resolution;

    use super::*;

    fn birr(units: i64) -> Money {
        Money::from_minor_units(units, "ETB".parse().expect("known")).expect("small")
    }

    fn refund(units: i64, status: RefundStatus, reference: Option<&str>) -> Refund {
        let at = DateTime::from_timestamp(0, 0).expect("a moment");
        Refund {
            id: RefundId::new(),
            payment_id: PaymentId::new(),
            order_id: OrderId::new(),
            status,
            amount: birr(units),
            reference: reference.map(str::to_owned),
            restocked: false,
            resolution: None,
            requested_at: at,
            updated_at: at,
            last_seen_at: None,
        }
    }

    fn meant(refunds: &[Refund], reported: &[RefundId], amount: Option<i64>) -> Option<RefundId> {
        let reported = reported.iter().copied().collect();
        reported_by(refunds, &reported, birr(500), amount.map(birr)).map(|refund| refund.id)
    }

    #[test]
    fn a_message_reports_one_refund_of_its_amount_that_no_other_reported() {
        let done = refund(200, RefundStatus::Succeeded, Some("RF1"));
        let open = refund(200, RefundStatus::Pending, Some("RF2"));
        let both = [done.clone(), open.clone()];
        assert_eq!(meant(&both, &[], Some(200)), Some(open.id), "what has no answer goes first");
        assert_eq!(
            meant(&both, &[open.id], Some(200)),
            Some(done.id),
            "one that is final may be reported late"
        );
        assert_eq!(meant(&both, &[open.id, done.id], Some(200)), None, "the third was made elsewhere");
        assert_eq!(meant(&both, &[], Some(300)), None, "this much was not requested here");
        assert_eq!(meant(&both, &[], None), Some(open.id), "without an amount any may be meant");
        assert_eq!(meant(&[], &[], Some(200)), None);
    }

    #[test]
    fn the_payments_amount_may_stand_for_a_part_that_was_paid_back() {
        let part = refund(200, RefundStatus::Succeeded, Some("RF1"));
        assert_eq!(meant(std::slice::from_ref(&part), &[], Some(500)), Some(part.id));
        assert_eq!(meant(std::slice::from_ref(&part), &[part.id], Some(500)), None);
        let bounced = refund(200, RefundStatus::Failed, Some("RF1"));
        assert_eq!(meant(&[bounced], &[], Some(500)), None);
    }

    #[test]
    fn what_the_gateway_never_had_is_not_meant() {
        for (status, reference, is_meant) in [
            (RefundStatus::Requested, None, false),
            (RefundStatus::Submitted, None, true),
            (RefundStatus::NeedsAttention, None, true),
            (RefundStatus::Failed, None, false),
            (RefundStatus::Failed, Some("RF1"), true),
            (RefundStatus::Cancelled, None, false),
            (RefundStatus::Succeeded, Some("RF1"), true),
        ] {
            let ours = [refund(200, status, reference)];
            assert_eq!(meant(&ours, &[], Some(200)).is_some(), is_meant, "{status:?} {reference:?}");
        }
    }

    #[test]
    fn what_an_administrator_has_found_out_counts() {
        for (status, reference, resolution, is_meant) in [
            (RefundStatus::Succeeded, None, Resolution::Made, true),
            (RefundStatus::Succeeded, Some("RF1"), Resolution::Made, true),
            (RefundStatus::Succeeded, Some("RF1"), Resolution::PaidOtherwise, false),
            (RefundStatus::Failed, Some("RF1"), Resolution::NotMade, false),
        ] {
            let ours = [Refund { resolution: Some(resolution), ..refund(200, status, reference) }];
            assert_eq!(meant(&ours, &[], Some(200)).is_some(), is_meant, "{resolution:?} {reference:?}");
        }
    }
}
