//! Refunds: the endpoints, and what happens to a refund after it was taken on. A refund may end
//! `failed` after it was `succeeded`; its money is then back in the account.

use serde_json::Value;

use super::books::{Books, Origin, Settlement};
use super::expand::{Expand, OF_REFUND};
use super::gate::Call;
use super::listing::{Created, Page};
use super::model::{Payment, PaymentStatus, Refund, RefundStatus};
use super::outcome::Course;
use super::refusal::Refusal;
use super::render;
use crate::ids::token;

const URL: &str = "/v1/refunds";
const REASONS: [&str; 3] = ["duplicate", "fraudulent", "requested_by_customer"];

pub fn create(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read(params, &OF_REFUND)?;
    let (payment, charge) = (params.text("payment_intent")?, params.text("charge")?);
    let amount = params.integer("amount")?;
    let reason = params.one_of("reason", &REASONS)?;
    let metadata = params.metadata()?;
    params.ignore(&["instructions_email", "refund_application_fee", "reverse_transfer"]);
    params.finish()?;
    if amount.is_some_and(|amount| amount < 1) {
        let message = "This value must be greater than or equal to 1.";
        return Err(Refusal::coded("parameter_invalid_integer", "amount", message));
    }
    let payment = find_payment(books, payment.as_deref(), charge.as_deref())?;
    let amount = check(payment, amount)?;
    let status = match payment.course {
        Course::RefundPends => RefundStatus::Pending,
        Course::Plain | Course::RefundBounces => RefundStatus::Succeeded,
    };
    let settles = payment.course != Course::Plain;
    let charge = payment.charge.as_ref().map(|charge| charge.id.clone()).unwrap_or_default();
    let (payment, currency) = (payment.id.clone(), payment.currency.clone());
    let id = token("re_3", 23);
    let balance_transaction = books.book(call.now, "refund", &id, -amount, &currency);
    let refund = Refund {
        id: id.clone(),
        created: call.now,
        amount,
        currency,
        payment: payment.clone(),
        charge,
        status,
        reason,
        metadata,
        balance_transaction,
        failure_balance_transaction: None,
    };
    let answer = render::refund(&refund);
    books.take_on(refund);
    books.emit_refund(call.now, "refund.created", &id, &call.origin);
    books.emit_charge(call.now, "charge.refunded", &payment, &call.origin);
    if settles {
        let due_ms = books.now_ms + books.settle_ms;
        books.settlements.add(due_ms, Settlement::Refund(id));
    }
    Ok(expand.apply(books, answer))
}

fn find_payment<'a>(
    books: &'a Books,
    payment: Option<&str>,
    charge: Option<&str>,
) -> Result<&'a Payment, Refusal> {
    if let Some(id) = payment {
        let found = books.payments.get(id);
        return found.ok_or_else(|| Refusal::no_such("payment_intent", "payment_intent", id));
    }
    let Some(id) = charge else {
        let message =
            "One of the following params should be provided for this request: payment_intent or charge.";
        return Err(Refusal::coded("parameter_missing", "payment_intent", message));
    };
    let found = books.charges.get(id).and_then(|payment| books.payments.get(payment));
    found.ok_or_else(|| Refusal::no_such("charge", "charge", id))
}

/// How much to refund: what was asked, or all that is left.
fn check(payment: &Payment, amount: Option<i64>) -> Result<i64, Refusal> {
    if payment.status != PaymentStatus::Succeeded {
        let message = "This PaymentIntent does not have a successful charge to refund.";
        return Err(Refusal::forbidden_by_state(None, message));
    }
    let charge = payment.charge.as_ref().map_or("", |charge| charge.id.as_str());
    let left = payment.amount - payment.refunded;
    if left == 0 {
        let message = format!("Charge {charge} has already been refunded.");
        return Err(Refusal::forbidden_by_state(Some("charge_already_refunded"), message));
    }
    let amount = amount.unwrap_or(left);
    if amount > left {
        // Stripe gives no code here, only the parameter.
        let currency = &payment.currency;
        let message = format!(
            "Refund amount ({amount} {currency}) is greater than unrefunded amount on charge ({left} {currency})"
        );
        let refusal = Refusal::forbidden_by_state(None, message);
        return Err(Refusal { param: Some("amount".into()), ..refusal });
    }
    Ok(amount)
}

pub fn retrieve(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, &OF_REFUND)?;
    call.params.finish()?;
    let refund = books.refunds.get(id).ok_or_else(|| Refusal::no_such("refund", "id", id))?;
    let answer = render::refund(refund);
    Ok(expand.apply(books, answer))
}

pub fn list(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read_listed(params, &OF_REFUND)?;
    let (page, created) = (Page::read(params)?, Created::read(params)?);
    let (payment, charge) = (params.text("payment_intent")?, params.text("charge")?);
    params.finish()?;
    let answer = if payment.is_some() || charge.is_some() {
        let payment = find_payment(books, payment.as_deref(), charge.as_deref())?;
        let refunds = payment.refunds.iter().rev().filter_map(|id| books.refunds.get(id));
        let refunds = refunds.filter(|refund| (created.from..=created.to).contains(&refund.created));
        let refunds = refunds.map(|refund| (refund.id.clone(), render::refund(refund)));
        page.of_few(("refund", URL), refunds.collect())?
    } else {
        let by_time = (created, (|refund: &Refund| refund.created) as fn(&Refund) -> i64);
        page.of(("refund", URL), &books.refunds, by_time, |_| true, render::refund)?
    };
    Ok(expand.apply(books, answer))
}

impl Books {
    fn take_on(&mut self, refund: Refund) {
        if let Some(payment) = self.payments.get_mut(&refund.payment) {
            payment.refunds.push(refund.id.clone());
            payment.refunded += refund.amount;
        }
        self.totals.refunds += 1;
        *self.totals.refunded.entry(refund.currency.clone()).or_default() += refund.amount;
        self.refunds.insert(&refund.id.clone(), refund);
    }

    /// What the payment's card has in store for its refunds.
    pub fn settle_refund(&mut self, now: i64, id: &str) {
        match self.refunds.get(id).map(|refund| refund.status) {
            Some(RefundStatus::Pending) => self.refund_arrives(now, id),
            Some(RefundStatus::Succeeded) => self.refund_fails(now, id),
            Some(RefundStatus::Failed) | None => {}
        }
    }

    /// Pending becomes succeeded.
    pub fn refund_arrives(&mut self, now: i64, id: &str) {
        let refund = self.refunds.get_mut(id).filter(|refund| refund.status == RefundStatus::Pending);
        let Some(refund) = refund else { return };
        refund.status = RefundStatus::Succeeded;
        self.refund_updated(now, id);
    }

    /// Pending or succeeded becomes failed: the money is back, and may be refunded again.
    pub fn refund_fails(&mut self, now: i64, id: &str) {
        let refund = self.refunds.get(id).filter(|refund| refund.status != RefundStatus::Failed);
        let Some(refund) = refund else { return };
        let (amount, currency, payment) = (refund.amount, refund.currency.clone(), refund.payment.clone());
        let transaction = self.book(now, "refund_failure", id, amount, &currency);
        if let Some(refund) = self.refunds.get_mut(id) {
            refund.status = RefundStatus::Failed;
            refund.failure_balance_transaction = Some(transaction);
        }
        if let Some(payment) = self.payments.get_mut(&payment) {
            payment.refunded -= amount;
        }
        *self.totals.refunded.entry(currency).or_default() -= amount;
        self.refund_updated(now, id);
        self.emit_refund(now, "refund.failed", id, &Origin::default());
    }

    fn refund_updated(&mut self, now: i64, id: &str) {
        self.emit_refund(now, "refund.updated", id, &Origin::default());
        self.emit_refund(now, "charge.refund.updated", id, &Origin::default());
    }

    /// The refunds of a PaymentIntent, oldest first.
    pub fn refunds_of(&self, payment: &str) -> impl Iterator<Item = &Refund> {
        let ids = self.payments.get(payment).map(|payment| payment.refunds.as_slice()).unwrap_or_default();
        ids.iter().filter_map(|id| self.refunds.get(id))
    }
}
