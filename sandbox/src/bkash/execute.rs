//! What the merchant does once the payer has confirmed: execute, which takes the money, reserves it
//! or makes the agreement; and for reserved money capture or void. Each works once.

use serde_json::{Value, json};

use super::amount;
use super::books::Books;
use super::fields::Fields;
use super::model::{Intent, Mode, Payment, Status};
use super::outcome::Course;
use super::refusal::Refusal;
use super::times::moment;

pub fn execute(books: &mut Books, fields: &Fields, now_ms: i64) -> Result<Value, Refusal> {
    let id = books.named(fields)?;
    let payment = books.payments.get(&id).ok_or_else(|| Refusal::code("2002"))?;
    let wallet = match payment.status {
        Status::Confirmed => payment.wallet.clone().unwrap_or_default(),
        Status::Completed if payment.mode == Mode::Agree => return Err(Refusal::code("2116")),
        Status::Completed | Status::Authorized => return Err(Refusal::code(&books.config.second_execute)),
        Status::Refused(code) => return Err(Refusal::code(code)),
        Status::Initiated | Status::Voided | Status::Failed | Status::Cancelled | Status::Expired => {
            return Err(Refusal::code("2056"));
        }
    };
    if payment.mode == Mode::Agree {
        return Ok(books.agree(&id, wallet, now_ms));
    }
    if books.is_cancelled(payment.agreement.as_deref()) {
        return Err(Refusal::code("2053"));
    }
    let (paid, window_ms) = (payment.amount, books.config.duplicate_ms);
    let refused = match payment.course {
        Course::ExecuteRefused(code) => Some(code),
        Course::Plain | Course::RefundPends | Course::RefundFails | Course::RefundRefused => {
            books.duplicates.is_one(&wallet, paid, now_ms, window_ms).then_some("2029")
        }
    };
    if let Some(code) = refused {
        books.close(&id, Status::Refused(code));
        return Err(Refusal::code(code));
    }
    Ok(books.take(&id, now_ms))
}

pub fn capture(books: &mut Books, fields: &Fields, now_ms: i64) -> Result<Value, Refusal> {
    let id = books.reserved(fields)?;
    if let Some(payment) = books.payments.get_mut(&id) {
        payment.status = Status::Completed;
    }
    books.money_arrived(&id, now_ms);
    Ok(books.payments.get(&id).map(|payment| moved(payment, now_ms)).unwrap_or_default())
}

pub fn void(books: &mut Books, fields: &Fields, now_ms: i64) -> Result<Value, Refusal> {
    let id = books.reserved(fields)?;
    let payment = books.payments.get_mut(&id).ok_or_else(|| Refusal::code("2002"))?;
    payment.status = Status::Voided;
    Ok(moved(payment, now_ms))
}

impl Books {
    /// The paymentID in the body.
    pub fn named(&self, fields: &Fields) -> Result<String, Refusal> {
        let id = fields.required("paymentID")?;
        if self.payments.contains(id) { Ok(id.to_owned()) } else { Err(Refusal::code("2002")) }
    }

    fn take(&mut self, id: &str, now_ms: i64) -> Value {
        let trx = self.new_trx(id);
        let Some(payment) = self.payments.get_mut(id) else { return Value::Null };
        payment.trx = Some(trx);
        payment.executed_ms = Some(now_ms);
        let status = match payment.intent {
            Intent::Sale => Status::Completed,
            Intent::Authorization => Status::Authorized,
        };
        self.close(id, status);
        if status == Status::Completed {
            self.money_arrived(id, now_ms);
        }
        self.payments.get(id).map(executed).unwrap_or_default()
    }

    /// Counts the money and tells the merchant.
    fn money_arrived(&mut self, id: &str, now_ms: i64) {
        let amount = self.payments.get(id).map_or(0, |payment| payment.amount);
        self.totals.completed += 1;
        self.totals.captured = self.totals.captured.saturating_add(amount);
        self.push_payment(id, now_ms);
    }

    /// The named payment, if its money is reserved and neither taken nor let go.
    fn reserved(&self, fields: &Fields) -> Result<String, Refusal> {
        let id = self.named(fields)?;
        let payment = self.payments.get(&id).ok_or_else(|| Refusal::code("2002"))?;
        match (payment.status, payment.intent) {
            (Status::Authorized, _) => Ok(id),
            (Status::Completed | Status::Voided, Intent::Authorization) => Err(Refusal::code("2119")),
            _ => Err(Refusal::code("2056")),
        }
    }
}

/// The answer to an execute, and the part of a query that both have.
pub fn executed(payment: &Payment) -> Value {
    let wallet = payment.wallet.as_deref().unwrap_or_default();
    let status = if payment.status == Status::Authorized { "Authorized" } else { "Completed" };
    let mut answer = json!({
        "statusCode": "0000",
        "statusMessage": "Successful",
        "paymentID": payment.id,
        "trxID": payment.trx,
        "transactionStatus": status,
        "amount": payment.amount_text,
        "currency": amount::CURRENCY,
        "intent": payment.intent.as_str(),
        "paymentExecuteTime": payment.executed_ms.map(moment),
        "merchantInvoiceNumber": payment.invoice,
        "payerType": "Customer",
        "payerReference": payment.payer_reference,
        "customerMsisdn": wallet,
        "payerAccount": wallet,
        "maxRefundableAmount": amount::format(payment.captured() - payment.refunded()),
    });
    if let Some(agreement) = &payment.agreement {
        answer["agreementID"] = json!(agreement);
    }
    answer
}

/// The answer to capture and void.
fn moved(payment: &Payment, now_ms: i64) -> Value {
    json!({
        "statusCode": "0000",
        "statusMessage": "Successful",
        "paymentID": payment.id,
        "trxID": payment.trx,
        "transactionStatus": if payment.status == Status::Voided { "Voided" } else { "Completed" },
        "amount": payment.amount_text,
        "currency": amount::CURRENCY,
        "intent": payment.intent.as_str(),
        "merchantInvoiceNumber": payment.invoice,
        "createTime": moment(payment.created_ms),
        "updateTime": moment(now_ms),
    })
}
