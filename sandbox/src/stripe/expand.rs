//! `expand[]`: ids in an answer replaced by the objects they name.
//! Which paths an endpoint allows is listed here; any other is refused, as Stripe does.

use serde_json::{Value, json};

use super::books::Books;
use super::params::Params;
use super::refusal::Refusal;
use super::{dispute, payouts, render, transfer, warnings};

#[derive(Debug)]
pub struct Expand(Vec<String>);

pub const OF_SESSION: [&str; 3] = ["payment_intent", "payment_intent.latest_charge", "line_items"];
pub const OF_PAYMENT: [&str; 2] = ["latest_charge", "latest_charge.balance_transaction"];
pub const OF_REFUND: [&str; 4] =
    ["payment_intent", "charge", "balance_transaction", "failure_balance_transaction"];
pub const OF_CHARGE: [&str; 3] = ["payment_intent", "balance_transaction", "transfer"];
pub const OF_DISPUTE: [&str; 2] = ["charge", "payment_intent"];
pub const OF_WARNING: [&str; 2] = ["charge", "payment_intent"];
pub const OF_TRANSFER: [&str; 2] = ["balance_transaction", "source_transaction"];
pub const OF_REVERSAL: [&str; 3] = ["balance_transaction", "transfer", "source_refund"];
pub const OF_PAYOUT: [&str; 2] = ["balance_transaction", "failure_balance_transaction"];
pub const OF_MOVEMENT: [&str; 1] = ["source"];

impl Expand {
    /// Of an endpoint that answers with one object.
    ///
    /// # Errors
    /// When a path is asked for that cannot be expanded.
    pub fn read(params: &mut Params, allowed: &[&str]) -> Result<Self, Refusal> {
        Self::checked(params, |path| allowed.contains(&path))
    }

    /// Of an endpoint that answers with a list: every path leads through `data`.
    ///
    /// # Errors
    /// When a path is asked for that cannot be expanded.
    pub fn read_listed(params: &mut Params, allowed: &[&str]) -> Result<Self, Refusal> {
        Self::checked(params, |path| path.strip_prefix("data.").is_some_and(|path| allowed.contains(&path)))
    }

    fn checked(params: &mut Params, allows: impl Fn(&str) -> bool) -> Result<Self, Refusal> {
        let paths = params.texts("expand")?;
        for path in &paths {
            if !allows(path) {
                let message = format!("This property cannot be expanded ({path}).");
                return Err(Refusal::invalid("expand", message));
            }
        }
        Ok(Self(paths))
    }

    pub fn apply(&self, books: &Books, mut answer: Value) -> Value {
        for path in &self.0 {
            match path.strip_prefix("data.") {
                None => open(books, &mut answer, path),
                Some(path) => {
                    let items = answer.get_mut("data").and_then(Value::as_array_mut);
                    items.into_iter().flatten().for_each(|item| open(books, item, path));
                }
            }
        }
        answer
    }
}

fn open(books: &Books, object: &mut Value, path: &str) {
    let (field, rest) = path.split_once('.').map_or((path, None), |(field, rest)| (field, Some(rest)));
    if field == "line_items" {
        let session = object["id"].as_str().and_then(|id| books.sessions.get(id));
        if let Some(session) = session {
            let lines: Vec<_> =
                session.lines.iter().map(|line| render::line(line, &session.currency)).collect();
            let url = format!("/v1/checkout/sessions/{}/line_items", session.id);
            object["line_items"] = json!({"object": "list", "url": url, "has_more": false, "data": lines});
        }
        return;
    }
    if let Some(found) = object[field].as_str().and_then(|id| by_id(books, id)) {
        object[field] = found;
    }
    if let Some(rest) = rest.filter(|_| object[field].is_object()) {
        open(books, &mut object[field], rest);
    }
}

/// Any object that has an id of its own.
pub fn by_id(books: &Books, id: &str) -> Option<Value> {
    match id.split_once('_')?.0 {
        "pi" => books.payments.get(id).map(|found| render::payment(found, &books.public_url)),
        "re" => books.refunds.get(id).map(render::refund),
        "txn" => books.movements.get(id).map(|found| render::movement(found, books.now())),
        "tr" => books.transfers.get(id).map(transfer::render),
        "po" => books.payouts.get(id).map(payouts::render),
        "issfr" => books.warnings.get(id).map(warnings::render),
        "cs" => books.sessions.get(id).map(|found| render::session(found, &books.public_url)),
        "dp" => books.disputes.get(id).map(|found| dispute::render(found, books)),
        "ch" => {
            let charge = books.charges.get(id)?;
            Some(render::charge(books.payments.get(&charge.payment)?, charge))
        }
        _ => None,
    }
}
