//! Refunds: the endpoints. A refund is taken on as `pending` and settles later. There is nothing that
//! makes creating one safe to repeat: whoever lost the answer reads the list.

use serde_json::{Value, json};

use super::books::{Books, INTEGRATION, Settlement};
use super::fields::Fields;
use super::gate::Answer;
use super::initialize::currency;
use super::listing::Page;
use super::model::{Refund, RefundStatus, Transaction};
use super::outcome::RefundCourse;
use super::refusal::Refusal;
use super::render;
use super::when::iso;

/// Who asks for refunds by API: the owner of the account.
const REFUNDED_BY: &str = "merchant@example.com";
/// When Paystack expects a refund to have arrived.
const EXPECTED_IN_MS: i64 = 10 * 24 * 60 * 60 * 1000;

pub fn create(books: &mut Books, fields: &Fields) -> Result<Answer, Refusal> {
    let name = fields.word("transaction")?.ok_or_else(|| Refusal::missing("Transaction"))?;
    let amount = fields.amount("amount")?;
    let currency = currency(books, fields)?;
    let notes = (fields.text("customer_note")?, fields.text("merchant_note")?);
    let transaction = books.transaction(&name).ok_or_else(Refusal::not_found)?;
    if currency.is_some_and(|currency| currency != transaction.currency) {
        return Err(Refusal::invalid("The currency is not that of the transaction"));
    }
    let amount = check(transaction, amount)?;
    let short = short(transaction);
    let refund = books.new_refund(&transaction.reference.clone(), amount, notes, None);
    let refund = refund.ok_or_else(Refusal::not_found)?;
    let mut data = shown(&refund);
    data["transaction"] = short;
    data["integration"] = json!(INTEGRATION);
    let id = refund.id.to_string();
    books.take_on_refund(refund);
    books.tell_of_refund(&id);
    books.later(2, Settlement::Refund(id));
    Ok(Answer::new("Refund has been queued for processing", data))
}

/// How much to refund: what was asked, or all that is left.
fn check(transaction: &Transaction, amount: Option<i64>) -> Result<i64, Refusal> {
    if !transaction.status.is_paid() {
        return Err(Refusal::invalid("Transaction has not been paid: there is nothing to refund"));
    }
    let left = transaction.amount - transaction.refunded;
    if left == 0 {
        return Err(Refusal::fully_reversed());
    }
    let amount = amount.unwrap_or(left);
    if amount > left {
        return Err(Refusal::invalid("Refund amount cannot be more than what is left of the transaction"));
    }
    Ok(amount)
}

pub fn fetch(books: &Books, id: &str) -> Result<Answer, Refusal> {
    let refund = books.refunds.get(id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::new("Refund retrieved", shown(refund)))
}

/// Whether the list can be narrowed to a transaction is an open point; where it cannot, the
/// parameters are ignored and everything is listed.
pub fn list(books: &Books, query: &Fields) -> Result<Answer, Refusal> {
    let page = Page::read(query)?;
    let named = query.text("transaction")?.or(query.text("reference")?);
    let (named, currency) =
        if books.settings.refund_filters { (named, query.text("currency")?) } else { (None, None) };
    let wanted = |refund: &Refund| {
        named.as_ref().is_none_or(|name| *name == refund.reference || *name == refund.transaction.to_string())
            && currency.as_ref().is_none_or(|currency| *currency == refund.currency)
    };
    let mut found = page.of(&books.refunds, |refund| refund.created_ms, wanted, shown);
    let failed = books.refunds.iter().map(|(_, refund)| refund).filter(|refund| {
        page.holds(refund.created_ms) && refund.status == RefundStatus::Failed && wanted(refund)
    });
    found.meta["failedRefundCount"] = json!(failed.count());
    Ok(Answer::list("Refunds retrieved", found))
}

/// Gives the bank an account to pay to, where it could not find one.
pub fn retry(books: &mut Books, fields: &Fields, id: &str) -> Result<Answer, Refusal> {
    let details = fields.object("refund_account_details")?;
    let details = details.ok_or_else(|| Refusal::missing("Refund account details"))?;
    let currency = details.required_text("currency")?;
    let account = details.word("account_number")?.ok_or_else(|| Refusal::missing("account_number"))?;
    details.word("bank_id")?.ok_or_else(|| Refusal::missing("bank_id"))?;
    if account.len() > 20 || !account.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(Refusal::invalid("Invalid account_number"));
    }
    let refund = books.refunds.get_mut(id).ok_or_else(Refusal::not_found)?;
    if refund.status != RefundStatus::NeedsAttention {
        return Err(Refusal::wrong_state(
            "Invalid Refund state, refund status should be \"needs-attention\"",
        ));
    }
    if refund.currency != currency {
        return Err(Refusal::invalid("The currency is not that of the refund"));
    }
    refund.course = RefundCourse::Plain;
    books.set_refund(id, RefundStatus::Processing);
    books.later(2, Settlement::Refund(id.to_owned()));
    let refund = books.refunds.get(id).ok_or_else(Refusal::not_found)?;
    let mut data = shown(refund);
    data["reason"] = json!("PROCESSING");
    data["reversed_at"] = Value::Null;
    Ok(Answer::new("Refund retried and has been queued for processing", data))
}

impl Books {
    /// The transaction with this reference or id.
    pub fn transaction(&self, name: &str) -> Option<&Transaction> {
        let by_id = || {
            let found = self.transactions.get(self.names.get(name)?)?;
            (found.id.to_string() == name).then_some(found)
        };
        self.transactions.get(name).or_else(by_id)
    }

    /// A refund of a transaction in the making. Nothing has happened to it.
    pub fn new_refund(
        &mut self,
        reference: &str,
        amount: i64,
        (customer_note, merchant_note): (Option<String>, Option<String>),
        dispute: Option<i64>,
    ) -> Option<Refund> {
        let id = self.next_id();
        let now_ms = self.now_ms;
        let transaction = self.transactions.get(reference)?;
        let note = format!("Refund for transaction {reference}");
        Some(Refund {
            id,
            created_ms: now_ms,
            updated_ms: now_ms,
            expected_ms: now_ms + EXPECTED_IN_MS,
            transaction: transaction.id,
            reference: reference.to_owned(),
            amount,
            currency: transaction.currency.clone(),
            channel: transaction.channel,
            merchant_note: merchant_note.unwrap_or_else(|| format!("{note} by {REFUNDED_BY}")),
            customer_note: customer_note.unwrap_or(note),
            status: RefundStatus::Pending,
            course: transaction.course,
            bank_reference: None,
            dispute,
            customer: transaction.customer.clone(),
            transaction_amount: transaction.amount,
        })
    }
}

fn shown(refund: &Refund) -> Value {
    let processed = refund.status == RefundStatus::Processed;
    let in_full = refund.amount == refund.transaction_amount;
    json!({
        "integration": INTEGRATION,
        "transaction": refund.transaction,
        "transaction_reference": refund.reference,
        "transaction_amount": refund.transaction_amount,
        "refund_type": if in_full { "full" } else { "partial" },
        "refund_channel": refund.channel,
        "customer": render::customer(&refund.customer),
        "initiated_by": REFUNDED_BY,
        "session_id": null,
        "collect_account_number": false,
        "dispute": refund.dispute,
        "settlement": null,
        "id": refund.id,
        "domain": "test",
        "currency": refund.currency,
        "amount": refund.amount,
        "status": refund.status.as_str(),
        "refunded_at": processed.then(|| iso(refund.updated_ms)),
        "expected_at": iso(refund.expected_ms),
        "channel": refund.channel,
        "refunded_by": REFUNDED_BY,
        "customer_note": refund.customer_note,
        "merchant_note": refund.merchant_note,
        "deducted_amount": if processed { refund.amount } else { 0 },
        "fully_deducted": processed,
        "bank_reference": refund.bank_reference,
        "reason": null,
        "createdAt": iso(refund.created_ms),
        "updatedAt": iso(refund.updated_ms),
    })
}

/// The transaction within a new refund.
fn short(transaction: &Transaction) -> Value {
    let paid_at = transaction.paid_ms.map(iso);
    json!({
        "id": transaction.id,
        "domain": "test",
        "reference": transaction.reference,
        "amount": transaction.amount,
        "paid_at": paid_at,
        "channel": transaction.channel,
        "currency": transaction.currency,
        "authorization": {"exp_month": null, "exp_year": null, "account_name": null},
        "customer": {"international_format_phone": null},
        "plan": {},
        "subaccount": {"currency": null},
        "split": {},
        "order_id": null,
        "paidAt": paid_at,
        "pos_transaction_data": null,
        "source": null,
        "fees_breakdown": null,
    })
}
