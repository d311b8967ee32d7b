//! Refunds, by either API. The first takes one for each payment and answers to the same path what
//! became of it; the second takes up to ten. Neither has an idempotency key: whoever repeats, pays
//! back twice, as long as there is anything left.

use serde_json::{Value, json};

use super::amount;
use super::books::Books;
use super::fields::{Fields, is_too_long};
use super::model::{Payment, Refund, RefundStatus, Status};
use super::outcome::Course;
use super::refusal::Refusal;
use super::times::{moment, refund_moment};

const DAY_MS: i64 = 24 * 3_600_000;
/// Failed ones count as well.
const MOST_REFUNDS: usize = 10;

/// What a refund's call says beside the names of its fields, which differ.
#[derive(Debug)]
struct Ask {
    payment: String,
    amount_text: String,
    sku: String,
    reason: String,
}

pub fn refund_v1(books: &mut Books, fields: &Fields, now_ms: i64) -> Result<Value, Refusal> {
    let payment = books.refundable(fields, "paymentID", "trxID")?.to_owned();
    let is_question = fields.amount("amount")?.is_none()
        && fields.text("sku")?.is_none()
        && fields.text("reason")?.is_none();
    if is_question {
        let paid = books.payments.get(&payment).ok_or_else(|| Refusal::code("2002"))?;
        let refund = paid.refunds.last().ok_or_else(|| Refusal::code("2033"))?;
        return Ok(render_v1(paid, refund));
    }
    let ask = read(fields, payment, "amount")?;
    let stands = |refund: &&Refund| refund.status != RefundStatus::Failed;
    let before = books.payments.get(&ask.payment).map(|paid| paid.refunds.iter().filter(stands).count());
    if before != Some(0) {
        return Err(Refusal::code("2034"));
    }
    let payment = ask.payment.clone();
    let refund = books.refund(ask, now_ms)?;
    Ok(books.payments.get(&payment).map(|paid| render_v1(paid, &refund)).unwrap_or_default())
}

pub fn refund_v2(books: &mut Books, fields: &Fields, now_ms: i64) -> Result<Value, Refusal> {
    let payment = books.refundable(fields, "paymentId", "trxId")?.to_owned();
    let ask = read(fields, payment.clone(), "refundAmount")?;
    let refund = books.refund(ask, now_ms)?;
    let paid = books.payments.get(&payment).ok_or_else(|| Refusal::code("2002"))?;
    Ok(json!({
        "originalTrxId": paid.trx,
        "refundTrxId": refund.id,
        "refundTransactionStatus": refund.status.as_str(),
        "originalTrxAmount": paid.amount_text,
        "refundAmount": refund.amount_text,
        "currency": amount::CURRENCY,
        "completedTime": refund_moment(refund.settled_ms),
        "sku": refund.sku,
        "reason": refund.reason,
    }))
}

pub fn status_v2(books: &mut Books, fields: &Fields) -> Result<Value, Refusal> {
    let id = books.refundable(fields, "paymentId", "trxId")?;
    let paid = books.payments.get(id).ok_or_else(|| Refusal::code("2002"))?;
    let refunds = paid.refunds.iter().map(|refund| {
        json!({
            "refundTrxId": refund.id,
            "refundTransactionStatus": refund.status.as_str(),
            "refundAmount": refund.amount_text,
            "completedTime": refund_moment(refund.settled_ms),
        })
    });
    Ok(json!({
        "originalTrxId": paid.trx,
        "originalTrxAmount": paid.amount_text,
        "originalTrxCompletedTime": paid.executed_ms.map(refund_moment),
        "refundTransactions": refunds.collect::<Vec<_>>(),
    }))
}

/// Amount, SKU and reason; the last two are in effect mandatory.
fn read(fields: &Fields, payment: String, amount: &str) -> Result<Ask, Refusal> {
    let text = |name: &str, missing: &str, too_long: &str| match fields.text(name)? {
        None | Some("") => Err(Refusal::code(missing)),
        Some(text) if is_too_long(text) => Err(Refusal::code(too_long)),
        Some(text) => Ok(text.to_owned()),
    };
    let amount_text = fields.required_amount(amount)?;
    let (sku, reason) = (text("sku", "2073", "2075")?, text("reason", "2078", "2076")?);
    Ok(Ask { payment, amount_text, sku, reason })
}

fn render_v1(paid: &Payment, refund: &Refund) -> Value {
    json!({
        "statusCode": "0000",
        "statusMessage": "Successful",
        "originalTrxID": paid.trx,
        "refundTrxID": refund.id,
        "transactionStatus": refund.status.as_str(),
        "amount": refund.amount_text,
        "currency": amount::CURRENCY,
        "charge": "0.00",
        "completedTime": moment(refund.settled_ms),
    })
}

impl Books {
    /// The paymentID in the body, if the transaction beside it is its own.
    fn refundable<'a>(&self, fields: &'a Fields, payment: &str, trx: &str) -> Result<&'a str, Refusal> {
        let (id, trx) = (fields.required(payment)?, fields.required(trx)?);
        let paid = self.payments.get(id).ok_or_else(|| Refusal::code("2002"))?;
        match &paid.trx {
            Some(own) if own == trx => Ok(id),
            Some(_) => Err(Refusal::code("2077")),
            None => Err(Refusal::code("2127")),
        }
    }

    fn refund(&mut self, ask: Ask, now_ms: i64) -> Result<Refund, Refusal> {
        let window_ms = self.config.refund_days.saturating_mul(DAY_MS);
        let paid = self.payments.get(&ask.payment).ok_or_else(|| Refusal::code("2002"))?;
        let amount = check(paid, &ask.amount_text, now_ms, window_ms)?;
        let status = match paid.course {
            Course::RefundRefused => return Err(Refusal::code("2023")),
            Course::RefundPends | Course::RefundFails => RefundStatus::Pending,
            Course::Plain | Course::ExecuteRefused(_) => RefundStatus::Completed,
        };
        let refund = Refund {
            id: self.new_trx(&ask.payment),
            created_ms: now_ms,
            settled_ms: now_ms,
            amount_text: ask.amount_text,
            amount,
            status,
            sku: ask.sku,
            reason: ask.reason,
        };
        if status == RefundStatus::Pending {
            self.settlements.add(now_ms.saturating_add(self.settle_ms), refund.id.clone());
        }
        self.totals.refunds += 1;
        self.totals.refunded = self.totals.refunded.saturating_add(amount);
        if let Some(paid) = self.payments.get_mut(&ask.payment) {
            paid.refunds.push(refund.clone());
        }
        Ok(refund)
    }

    /// What the payer's wallet has in store for a pending refund.
    pub fn settle_refund(&mut self, now_ms: i64, trx: &str) {
        let paid = self.transactions.get(trx).and_then(|id| self.payments.get(id));
        let fails = paid.is_some_and(|paid| paid.course == Course::RefundFails);
        self.end_refund(now_ms, trx, if fails { RefundStatus::Failed } else { RefundStatus::Completed });
    }

    /// A refund that has failed stays so: its money may have been refunded again. False if there is none.
    pub fn end_refund(&mut self, now_ms: i64, trx: &str, status: RefundStatus) -> bool {
        let paid = self.transactions.get(trx).and_then(|id| self.payments.get_mut(id));
        let refund = paid.and_then(|paid| paid.refunds.iter_mut().find(|refund| refund.id == trx));
        let Some(refund) = refund else { return false };
        match (refund.status, status) {
            (RefundStatus::Pending | RefundStatus::Completed, RefundStatus::Failed) => {
                self.totals.refunded -= refund.amount;
            }
            (RefundStatus::Pending, RefundStatus::Completed) => {}
            _ => return true,
        }
        refund.status = status;
        refund.settled_ms = now_ms;
        true
    }
}

/// The amount, if so much can be given back.
fn check(paid: &Payment, text: &str, now_ms: i64, window_ms: i64) -> Result<i64, Refusal> {
    if paid.status != Status::Completed {
        return Err(Refusal::code("2127"));
    }
    let paid_ms = paid.executed_ms.unwrap_or(paid.created_ms);
    if now_ms.saturating_sub(paid_ms) > window_ms {
        return Err(Refusal::code("2071"));
    }
    let amount = amount::parse(text).ok_or_else(|| Refusal::code("2072"))?;
    let left = paid.captured() - paid.refunded();
    if left == 0 {
        return Err(Refusal::code("2034"));
    }
    if paid.refunds.len() >= MOST_REFUNDS {
        return Err(Refusal::code("2080"));
    }
    if amount > left { Err(Refusal::code("2072")) } else { Ok(amount) }
}
