//! What merchants ask of transactions: verify, which is the authoritative answer, the timeline, and
//! the list that reconciliation goes by. Also what they have with Chapa.

use serde_json::{Value, json};

use super::amount::{CURRENCIES, Places};
use super::books::Books;
use super::gate::Call;
use super::model::Status;
use super::paging::Page;
use super::refusal::Refusal;
use super::render::{self, done};

/// A 404 means both that there is none and that it is not paid yet: the messages differ.
pub fn verify(books: &mut Books, _call: &Call, tx_ref: &str) -> Result<Value, Refusal> {
    let payment = books.payments.get(tx_ref).ok_or_else(Refusal::no_transaction)?;
    let status = match payment.status {
        Status::Open => return Err(Refusal::not_paid_yet()),
        Status::Pending => "pending",
        Status::Success => "success",
        Status::Failed | Status::Cancelled => books.config.failed_word.as_str(),
    };
    Ok(done("Payment details", &render::payment(payment, status, &mut books.writer)))
}

/// By our reference or by Chapa's: the documents name the one and describe the other.
pub fn timeline(books: &mut Books, _call: &Call, id: &str) -> Result<Value, Refusal> {
    let tx_ref = books.tx_ref_of(id);
    let payment =
        tx_ref.and_then(|tx_ref| books.payments.get(&tx_ref)).ok_or_else(Refusal::no_transaction)?;
    let moments = payment.timeline.iter().enumerate();
    let moments: Vec<Value> = moments.map(|(at, moment)| render::moment(at + 1, moment)).collect();
    Ok(done("Transaction events retrieved successfully", &json!(moments)))
}

pub fn list(books: &mut Books, call: &Call) -> Result<Value, Refusal> {
    let page = Page::of(call);
    let (found, more) = page.cut(books.payments.iter().rev().map(|(_, payment)| payment));
    let writer = &mut books.writer;
    let config = &books.config;
    let listed = found.into_iter().map(|payment| {
        let status = match payment.status {
            Status::Open | Status::Pending => "pending",
            Status::Success => "success",
            Status::Failed | Status::Cancelled => config.failed_word.as_str(),
        };
        let trans_id = config.list_tx_ref.then_some(payment.tx_ref.as_str());
        render::listed(payment, status, trans_id, writer)
    });
    let listed: Vec<Value> = listed.collect();
    let url = format!("{}/chapa/v1/transactions", books.public_url);
    let data = json!({"transactions": listed, "pagination": page.pagination(&url, more)});
    Ok(done("Transactions retrieved successfully", &data))
}

/// What refunds and transfers are paid from, of one currency or of all.
pub fn balances(books: &mut Books, _call: &Call, currency: Option<&str>) -> Result<Value, Refusal> {
    let wanted = CURRENCIES.into_iter().filter(|known| currency.is_none_or(|asked| asked == *known));
    let mut found = Vec::new();
    for currency in wanted {
        let balance = books.balance(currency);
        let [available, ledger] = [balance, balance].map(|minor| books.writer.amount(minor, Places::Plain));
        found.push(json!({"currency": currency, "available_balance": available, "ledger_balance": ledger}));
    }
    if found.is_empty() {
        return Err(Refusal::currency());
    }
    Ok(done("Balances retrieved successfully", &json!(found)))
}
