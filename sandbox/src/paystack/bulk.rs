//! `POST /transfer/bulk`: up to a hundred transfers, all or none. A reference that was used before, or
//! twice in the batch, fails the batch.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::books::Books;
use super::fields::Fields;
use super::gate::Answer;
use super::initialize::currency;
use super::payee::transfer_fee;
use super::refusal::Refusal;
use super::transfers::{Order, check_source};

const MOST: usize = 100;

pub fn create(books: &mut Books, fields: &Fields) -> Result<Answer, Refusal> {
    check_source(fields)?;
    if books.settings.transfer_otp {
        return Err(Refusal::invalid("Transfers in bulk need the OTP requirement to be off"));
    }
    let currency = currency(books, fields)?;
    let listed = fields.list("transfers")?.ok_or_else(|| Refusal::missing("transfers"))?;
    if !(1..=MOST).contains(&listed.len()) {
        return Err(Refusal::invalid(format!("A batch has 1 to {MOST} transfers")));
    }
    let mut orders = Vec::with_capacity(listed.len());
    for item in listed {
        let Value::Object(item) = item else {
            return Err(Refusal::invalid("Each of transfers must be an object"));
        };
        let mut order = Order::read(books, &Fields::of_object(item.clone()))?;
        order.currency = order.currency.or_else(|| currency.clone());
        orders.push(order);
    }
    check_references(books, &orders)?;
    let mut needed: BTreeMap<String, i64> = BTreeMap::new();
    let mut ready = Vec::with_capacity(orders.len());
    for order in orders {
        let currency = order.check(books)?;
        *needed.entry(currency.clone()).or_default() += order.amount + transfer_fee(order.amount, &currency);
        ready.push((order, currency));
    }
    let balance = |currency: &str| books.balances.get(currency).copied().unwrap_or_default();
    if needed.iter().any(|(currency, amount)| balance(currency) < *amount) {
        return Err(Refusal::balance_too_low());
    }
    let count = ready.len();
    let data: Vec<Value> =
        ready.into_iter().map(|(order, currency)| carry_out(books, order, currency)).collect();
    Ok(Answer::new(format!("{count} transfers queued."), json!(data)))
}

fn check_references(books: &Books, orders: &[Order]) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    let references = orders.iter().map(|order| order.reference.as_str());
    let mut twice =
        |reference: &str| books.transfer_codes.contains(reference) || !seen.insert(reference.to_owned());
    let duplicates: Vec<String> =
        references.filter(|reference| twice(reference)).map(str::to_owned).collect();
    if duplicates.is_empty() { Ok(()) } else { Err(Refusal::duplicates_in_batch(&duplicates)) }
}

fn carry_out(books: &mut Books, order: Order, currency: String) -> Value {
    let (reference, recipient, amount) = (order.reference.clone(), order.recipient.clone(), order.amount);
    let code = books.take_on_transfer(order, currency.clone());
    books.queue_transfer(&code);
    json!({
        "reference": reference,
        "recipient": recipient,
        "amount": amount,
        "transfer_code": code,
        "currency": currency,
        "status": "pending",
    })
}
