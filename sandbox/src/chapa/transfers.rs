//! Transfers to banks and wallets as merchants ask for them, alone and in batches. Each is known by the
//! merchant's own reference, which is taken once.

use rand::RngExt;
use serde_json::{Value, json};

use super::banks::{self, Bank};
use super::books::Books;
use super::fields::Fields;
use super::gate::Call;
use super::refusal::Refusal;
use super::render::{at, done};
use crate::ids::token;

pub const WRONG_BANK: &str =
    "The Bank Code is incorrect please check if it does exist with our getbanks endpoint.";
const USED: &str = "Transfer reference has been used before";
const BATCH_AT_MOST: usize = 100;
/// Between batches.
const BATCH_GAP_MS: i64 = 5_000;

/// What one row asks for.
#[derive(Debug)]
pub struct Ask {
    pub account_name: String,
    pub account_number: String,
    pub amount: i64,
    pub bank_code: String,
    pub reference: String,
}

pub fn create(books: &mut Books, call: &Call) -> Result<Value, Refusal> {
    let mut fields = call.fields()?;
    let ask = read(&mut fields);
    let currency = fields.text("currency");
    fields.finish()?;
    check_currency(currency.as_deref())?;
    let reference = ask.reference.clone();
    let bank = check(books, &ask, &[])?;
    if books.balance("ETB") < ask.amount {
        return Err(Refusal::insufficient_balance());
    }
    books.queue(call.now_ms, ask, bank, None);
    Ok(done("Transfer Queued Successfully", &json!(reference)))
}

/// A batch is taken as a whole or refused as a whole.
pub fn create_batch(books: &mut Books, call: &Call) -> Result<Value, Refusal> {
    let mut fields = call.fields()?;
    fields.required_text("title");
    let currency = fields.text("currency");
    let asks = rows(&mut fields);
    fields.finish()?;
    check_currency(currency.as_deref())?;
    if books.last_batch_ms.is_some_and(|last_ms| call.now_ms < last_ms + BATCH_GAP_MS) {
        return Err(Refusal::too_many(5));
    }
    let mut taken: Vec<(Ask, &'static Bank)> = Vec::with_capacity(asks.len());
    for ask in asks {
        let bank = check(books, &ask, &taken)?;
        taken.push((ask, bank));
    }
    if books.balance("ETB") < taken.iter().map(|(ask, _)| ask.amount).sum() {
        return Err(Refusal::insufficient_balance());
    }
    let id = rand::rng().random_range(1_000_000..u32::MAX);
    for (ask, bank) in taken {
        books.queue(call.now_ms, ask, bank, Some(id));
    }
    books.last_batch_ms = Some(call.now_ms);
    Ok(done("Bulk transfer queued successfully", &json!({"id": id, "created_at": at(call.now_ms)})))
}

fn rows(fields: &mut Fields) -> Vec<Ask> {
    let rows = match fields.take("bulk_data") {
        Some(Value::Array(rows)) if (1..=BATCH_AT_MOST).contains(&rows.len()) => rows,
        Some(Value::Array(rows)) => {
            let rule = if rows.is_empty() { "validation.required" } else { "validation.max.array" };
            fields.complain("bulk_data", rule);
            return Vec::new();
        }
        Some(_) => {
            fields.complain("bulk_data", "validation.array");
            return Vec::new();
        }
        None => {
            fields.complain("bulk_data", "validation.required");
            return Vec::new();
        }
    };
    let read_row = |(at, row): (usize, Value)| {
        let mut part = Fields::of(row, format!("bulk_data.{at}."));
        let ask = read(&mut part);
        fields.join(part);
        ask
    };
    rows.into_iter().enumerate().map(read_row).collect()
}

/// Chapa makes up a reference when none is given.
fn read(fields: &mut Fields) -> Ask {
    Ask {
        account_name: fields.required_text("account_name"),
        account_number: fields.required_digits("account_number"),
        amount: fields.required_amount("amount"),
        bank_code: fields.required_digits("bank_code"),
        reference: fields.text("reference").unwrap_or_else(|| token("", 16)),
    }
}

fn check_currency(currency: Option<&str>) -> Result<(), Refusal> {
    if currency.is_none_or(|currency| currency == "ETB") { Ok(()) } else { Err(Refusal::currency()) }
}

/// The bank it goes to; `taken` are the rows of its batch that come before.
fn check(books: &Books, ask: &Ask, taken: &[(Ask, &Bank)]) -> Result<&'static Bank, Refusal> {
    let bank = banks::find(&ask.bank_code).ok_or_else(|| Refusal::bad(WRONG_BANK))?;
    let digits = ask.account_number.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || ask.account_number.len() != bank.acct_length {
        return Err(Refusal::bad(format!("Account number is not valid for {}", bank.name)));
    }
    let used = taken.iter().any(|(other, _)| other.reference == ask.reference);
    if used || books.transfers.contains(&ask.reference) {
        return Err(Refusal::bad(USED));
    }
    Ok(bank)
}
