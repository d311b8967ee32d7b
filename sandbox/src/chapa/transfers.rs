//! Transfers to banks and wallets, alone and in batches: what is asked for, and how it ends. The money
//! leaves the balance at once and comes back when a transfer fails or is reverted.

use rand::RngExt;
use serde_json::{Value, json};

use super::banks::{self, Bank};
use super::books::{Books, Settlement, add};
use super::fields::Fields;
use super::gate::Call;
use super::model::{Transfer, TransferStatus};
use super::refusal::Refusal;
use super::render::{at, done};
use super::subaccounts::uuid_like;
use crate::ids::token;

pub const WRONG_BANK: &str =
    "The Bank Code is incorrect please check if it does exist with our getbanks endpoint.";
const USED: &str = "Transfer reference has been used before";
const BATCH_AT_MOST: usize = 100;
/// Between batches.
const BATCH_GAP_MS: i64 = 5_000;

/// How a transfer is made to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferVerdict {
    Success,
    Failed,
    Reverted,
}

/// What one row asks for.
struct Ask {
    account_name: String,
    account_number: String,
    amount: i64,
    bank_code: String,
    reference: String,
}

pub fn create(books: &mut Books, call: &Call) -> Result<Value, Refusal> {
    let mut fields = Fields::of_json(call.json()?);
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
    let mut fields = Fields::of_json(call.json()?);
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

impl Books {
    fn queue(&mut self, now_ms: i64, ask: Ask, bank: &'static Bank, batch: Option<u32>) {
        let asks_first = self.config.approval.is_some();
        let transfer = Transfer {
            reference: ask.reference.clone(),
            chapa_reference: token("AP", 10),
            chapa_transfer_id: uuid_like(),
            bank_reference: None,
            batch,
            created_ms: now_ms,
            updated_ms: now_ms,
            account_name: ask.account_name,
            account_number: ask.account_number,
            bank,
            amount: ask.amount,
            currency: "ETB",
            mode: self.config.mode(),
            status: if asks_first { TransferStatus::Unapproved } else { TransferStatus::Pending },
        };
        self.totals.transfers += 1;
        add(&mut self.totals.transferred, transfer.currency, transfer.amount);
        self.book(transfer.currency, -transfer.amount);
        self.transfers.insert(&ask.reference, transfer);
        self.transfers.trim(self.keep);
        if asks_first {
            self.unapproved.push(ask.reference);
        } else {
            self.schedule(now_ms, ask.reference);
        }
    }

    fn schedule(&mut self, now_ms: i64, reference: String) {
        self.settlements.add(now_ms + self.settle_ms, Settlement::TransferEnds(reference));
    }

    /// The merchant's own server has agreed.
    pub fn approve(&mut self, now_ms: i64, reference: &str) {
        let transfer = self.transfers.get_mut(reference);
        let Some(transfer) = transfer.filter(|transfer| transfer.status == TransferStatus::Unapproved) else {
            return;
        };
        transfer.status = TransferStatus::Pending;
        transfer.updated_ms = now_ms;
        self.schedule(now_ms, reference.to_owned());
    }

    /// What the account's number has in store for it.
    pub fn transfer_ends(&mut self, now_ms: i64, reference: &str) {
        let transfer = self.transfers.get(reference);
        let Some(transfer) = transfer.filter(|transfer| transfer.status == TransferStatus::Pending) else {
            return;
        };
        let verdict = match transfer.account_number.as_str() {
            account if account.ends_with("0002") => TransferVerdict::Failed,
            account if account.ends_with("0003") => TransferVerdict::Reverted,
            account if account.ends_with("0004") => return,
            _ => TransferVerdict::Success,
        };
        self.end_transfer(now_ms, reference, verdict);
    }

    /// One under way ends; one that had arrived may be reverted yet.
    pub fn end_transfer(&mut self, now_ms: i64, reference: &str, verdict: TransferVerdict) {
        let Some(transfer) = self.transfers.get_mut(reference) else { return };
        let returns = transfer.status == TransferStatus::Success && verdict == TransferVerdict::Reverted;
        if !transfer.status.is_under_way() && !returns {
            return;
        }
        transfer.updated_ms = now_ms;
        transfer.status = match verdict {
            TransferVerdict::Success => TransferStatus::Success,
            TransferVerdict::Failed => TransferStatus::Failed,
            TransferVerdict::Reverted => TransferStatus::Reverted,
        };
        if verdict == TransferVerdict::Success {
            transfer.bank_reference = Some(token("FT", 10));
        } else {
            let (amount, currency) = (transfer.amount, transfer.currency);
            add(&mut self.totals.transferred, currency, -amount);
            self.book(currency, amount);
        }
        self.emit_payout(now_ms, reference);
    }

    /// Chapa's word for it, which is a setting.
    pub fn word_of(&self, status: TransferStatus) -> &str {
        let words = &self.config.transfer_words;
        match status {
            TransferStatus::Unapproved | TransferStatus::Pending => &words.pending,
            TransferStatus::Success => &words.success,
            TransferStatus::Failed => &words.failed,
            TransferStatus::Reverted => &words.reverted,
        }
    }
}
