//! `expand[]`: ids in an answer replaced by the objects they name.
//! Which paths an endpoint allows is listed here; any other is refused, as Stripe does.

use serde_json::{Value, json};

use super::books::Books;
use super::params::Params;
use super::refusal::Refusal;
use super::render;

#[derive(Debug)]
pub struct Expand(Vec<String>);

pub const OF_SESSION: [&str; 3] = ["payment_intent", "payment_intent.latest_charge", "line_items"];
pub const OF_PAYMENT: [&str; 1] = ["latest_charge"];
pub const OF_REFUND: [&str; 3] = ["payment_intent", "charge", "balance_transaction"];
pub const OF_CHARGE: [&str; 2] = ["payment_intent", "balance_transaction"];
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

fn by_id(books: &Books, id: &str) -> Option<Value> {
    match id.split_once('_')?.0 {
        "pi" => books.payments.get(id).map(render::payment),
        "re" => books.refunds.get(id).map(render::refund),
        "txn" => books.movements.get(id).map(render::movement),
        "ch" => {
            let payment = books.payments.get(books.charges.get(id)?)?;
            Some(render::charge(payment, payment.charge.as_ref()?))
        }
        _ => None,
    }
}
