//! Refunds: the endpoints, and their life from initiated over processing to refunded or reversed.
//! A refund that is reversed has given the customer nothing; its money is back in the balance.

use serde_json::Value;

use super::books::{Books, Settlement};
use super::fields::Fields;
use super::gate::Call;
use super::model::{Payment, Refund, RefundStatus, Status};
use super::outcome::Course;
use super::refusal::Refusal;
use super::render::{self, done};
use super::settings::RefundBy;
use crate::ids::token;
use crate::sums::tally;

const LIVE_ONLY: &str = "Refunds can only be processed in live mode";
const NOT_PAID: &str = "Only successful transactions can be refunded";
const USED: &str = "Refund reference has been used before";
const TOO_MUCH: &str = "Refund amount cannot be greater than the remaining transaction amount";

/// How a refund is made to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundVerdict {
    Processing,
    Refunded,
    Reversed,
}

pub fn create(books: &mut Books, call: &Call, id: &str) -> Result<Value, Refusal> {
    let mut fields = Fields::of_form(call.form()?);
    let amount = fields.amount("amount");
    let (reason, reference) = (fields.text("reason"), fields.text("reference"));
    let meta = fields.take("meta").unwrap_or_default();
    fields.finish()?;
    let payment = find(books, id)?;
    let amount = check(books, payment, amount)?;
    if reference.as_ref().is_some_and(|reference| books.refund_references.contains(reference)) {
        return Err(Refusal::bad(USED));
    }
    let refund = Refund {
        ref_id: token("M", 11),
        reference,
        tx_ref: payment.tx_ref.clone(),
        payment_reference: payment.reference.clone(),
        created_ms: call.now_ms,
        updated_ms: call.now_ms,
        amount,
        currency: payment.currency,
        reason,
        meta,
        status: RefundStatus::Initiated,
        course: course(payment, amount),
    };
    let answer = render::refund(&refund, &mut books.writer);
    books.take_on(call.now_ms, refund);
    Ok(done("Refund initiated successfully", &answer))
}

fn find<'a>(books: &'a Books, id: &str) -> Result<&'a Payment, Refusal> {
    let by_reference = || books.references.get(id).and_then(|tx_ref| books.payments.get(tx_ref));
    let found = match books.config.refund_by {
        RefundBy::Reference => by_reference(),
        RefundBy::TxRef => books.payments.get(id),
        RefundBy::Either => by_reference().or_else(|| books.payments.get(id)),
    };
    found.ok_or_else(Refusal::no_transaction)
}

/// How much to refund: what was asked, or all that is left.
fn check(books: &Books, payment: &Payment, amount: Option<i64>) -> Result<i64, Refusal> {
    if books.config.refund_live_only && payment.mode == "test" {
        return Err(Refusal::bad(LIVE_ONLY));
    }
    if payment.status != Status::Success {
        return Err(Refusal::bad(NOT_PAID));
    }
    let left = payment.amount - payment.refunded;
    let amount = amount.unwrap_or(left);
    if amount > left || left == 0 {
        return Err(Refusal::bad(TOO_MUCH));
    }
    if books.balance(payment.currency) < amount {
        return Err(Refusal::insufficient_balance());
    }
    Ok(amount)
}

/// The amount may decide over a refund, else the number that the customer paid from.
fn course(payment: &Payment, amount: i64) -> Course {
    match amount % 100 {
        13 => Course::Reversed,
        17 => Course::Undecided,
        _ => payment.course,
    }
}

pub fn verify(books: &mut Books, _call: &Call, ref_id: &str) -> Result<Value, Refusal> {
    let not_found = || Refusal::new(axum::http::StatusCode::NOT_FOUND, "Refund not found");
    let by_ours = || books.refund_references.get(ref_id).filter(|_| books.config.refund_verify_by_ours);
    let refund = books.refunds.get(ref_id).or_else(|| by_ours().and_then(|ref_id| books.refunds.get(ref_id)));
    let refund = refund.ok_or_else(not_found)?;
    Ok(done("Refund verified successfully", &render::refund(refund, &mut books.writer)))
}

impl Books {
    fn take_on(&mut self, now_ms: i64, refund: Refund) {
        let (half_ms, whole_ms) = (now_ms + self.settle_ms / 2, now_ms + self.settle_ms);
        if let Some(payment) = self.payments.get_mut(&refund.tx_ref) {
            payment.refunds.push(refund.ref_id.clone());
            payment.refunded += refund.amount;
            payment.note(now_ms, "log", "Refund initiated");
        }
        self.totals.refunds += 1;
        tally(&mut self.totals.refunded, refund.currency, refund.amount);
        self.book(refund.currency, -refund.amount);
        if let Some(reference) = &refund.reference {
            self.refund_references.insert(reference, refund.ref_id.clone());
            self.refund_references.trim(self.keep);
        }
        let (ref_id, tx_ref) = (refund.ref_id.clone(), refund.tx_ref.clone());
        self.settlements.add(half_ms, Settlement::RefundProcesses(ref_id.clone()));
        if refund.course != Course::Undecided {
            self.settlements.add(whole_ms, Settlement::RefundEnds(ref_id.clone()));
        }
        self.refunds.insert(&ref_id, refund);
        self.trim_refunds(&tx_ref);
    }

    /// One payment may have as many refunds as it has cents: also they are forgotten.
    fn trim_refunds(&mut self, tx_ref: &str) {
        self.refunds.trim(self.keep);
        let payment = self.payments.get_mut(tx_ref);
        if let Some(payment) = payment.filter(|payment| payment.refunds.len() > self.keep) {
            payment.refunds.retain(|ref_id| self.refunds.contains(ref_id));
        }
    }

    pub fn refund_processes(&mut self, now_ms: i64, ref_id: &str) {
        let refund = self.refunds.get_mut(ref_id);
        if let Some(refund) = refund.filter(|refund| refund.status == RefundStatus::Initiated) {
            refund.status = RefundStatus::Processing;
            refund.updated_ms = now_ms;
        }
    }

    /// What the payment's number or the amount has in store for it.
    pub fn refund_ends(&mut self, now_ms: i64, ref_id: &str) {
        match self.refunds.get(ref_id).map(|refund| refund.course) {
            Some(Course::Refunded) => self.refund_arrives(now_ms, ref_id),
            Some(Course::Reversed) => self.refund_reverses(now_ms, ref_id),
            Some(Course::Undecided) | None => {}
        }
    }

    pub fn refund_arrives(&mut self, now_ms: i64, ref_id: &str) {
        let refund = self.refunds.get_mut(ref_id).filter(|refund| refund.status.is_under_way());
        let Some(refund) = refund else { return };
        refund.status = RefundStatus::Refunded;
        refund.updated_ms = now_ms;
        let tx_ref = refund.tx_ref.clone();
        if let Some(payment) = self.payments.get_mut(&tx_ref) {
            payment.note(now_ms, "success", "Refund completed");
        }
        self.emit_refund(now_ms, "charge.refunded", ref_id);
    }

    /// Also a refund that had arrived can come back.
    pub fn refund_reverses(&mut self, now_ms: i64, ref_id: &str) {
        let refund = self.refunds.get_mut(ref_id).filter(|refund| refund.status != RefundStatus::Reversed);
        let Some(refund) = refund else { return };
        refund.status = RefundStatus::Reversed;
        refund.updated_ms = now_ms;
        let (amount, currency, tx_ref) = (refund.amount, refund.currency, refund.tx_ref.clone());
        if let Some(payment) = self.payments.get_mut(&tx_ref) {
            payment.refunded -= amount;
            payment.note(now_ms, "error", "Refund reversed");
        }
        tally(&mut self.totals.refunded, currency, -amount);
        self.book(currency, amount);
        self.emit_refund(now_ms, "charge.reversed", ref_id);
    }
}
