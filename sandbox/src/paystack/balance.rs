//! What the merchant holds, and what moved it.

use serde_json::{Value, json};

use super::books::{Books, INTEGRATION, Movement};
use super::fields::Fields;
use super::gate::Answer;
use super::listing::Page;
use super::refusal::Refusal;
use super::when::iso;

pub fn check(books: &Books) -> Answer {
    let balances = books.balances.iter();
    let balances = balances.map(|(currency, balance)| json!({"currency": currency, "balance": balance}));
    Answer::new("Balances retrieved", Value::Array(balances.collect()))
}

pub fn ledger(books: &Books, query: &Fields) -> Result<Answer, Refusal> {
    let page = Page::read(query)?;
    let found = page.of(&books.movements, |movement| movement.created_ms, |_| true, render);
    Ok(Answer::list("Balance ledger retrieved", found))
}

fn render(movement: &Movement) -> Value {
    let at = iso(movement.created_ms);
    json!({
        "integration": INTEGRATION,
        "domain": "test",
        "balance": movement.balance,
        "currency": movement.currency,
        "difference": movement.difference,
        "reason": movement.reason,
        "model_responsible": movement.model,
        "model_row": movement.row,
        "id": movement.id,
        "createdAt": at,
        "updatedAt": at,
    })
}
