//! The API's endpoints, all in one place. A new one is a line here and a function beside it that
//! reads all its parameters before it changes anything.

use serde_json::Value;

use super::books::Books;
use super::gate::Call;
use super::refusal::Refusal;
use super::{
    catalogue, disputes, intents, payouts, purse, reads, refunds, reversals, session_update, sessions,
    transfers, warnings,
};

/// Runs the endpoint that `call` names. Whatever is refused with `began: false` changed nothing.
pub fn run(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let path = call.path.clone();
    let segments: Vec<&str> = path.trim_end_matches('/').split('/').skip(1).collect();
    if let Some(known) = catalogue::parameters(&call.method, &segments) {
        call.params.sift(known, call.earlier_version)?;
    }
    match (call.method.as_str(), segments.as_slice()) {
        // What would be an id, were it not a call of Stripe's that is not here.
        ("GET", ["v1", _, "search"]) => Err(Refusal::unknown_url("GET", &path)),
        ("POST", ["v1", "checkout", "sessions"]) => sessions::create(books, call),
        ("GET", ["v1", "checkout", "sessions"]) => sessions::list(books, call),
        ("GET", ["v1", "checkout", "sessions", id]) => sessions::retrieve(books, call, id),
        ("POST", ["v1", "checkout", "sessions", id]) => session_update::update(books, call, id),
        ("GET", ["v1", "checkout", "sessions", id, "line_items"]) => sessions::line_items(books, call, id),
        ("POST", ["v1", "checkout", "sessions", id, "expire"]) => sessions::expire(books, call, id),
        ("POST", ["v1", "payment_intents"]) => intents::create(books, call),
        ("GET", ["v1", "payment_intents"]) => reads::payments(books, call),
        ("GET", ["v1", "payment_intents", id]) => intents::retrieve(books, call, id),
        ("POST", ["v1", "payment_intents", id]) => intents::update(books, call, id),
        ("POST", ["v1", "payment_intents", id, "confirm"]) => intents::confirm(books, call, id),
        ("POST", ["v1", "payment_intents", id, "capture"]) => intents::capture(books, call, id),
        ("POST", ["v1", "payment_intents", id, "cancel"]) => intents::cancel(books, call, id),
        ("GET", ["v1", "charges"]) => reads::charges(books, call),
        ("GET", ["v1", "charges", id]) => reads::charge(books, call, id),
        ("POST", ["v1", "refunds"]) => refunds::create(books, call),
        ("GET", ["v1", "refunds"]) => refunds::list(books, call),
        ("GET", ["v1", "refunds", id]) => refunds::retrieve(books, call, id),
        ("POST", ["v1", "refunds", id]) => refunds::update(books, call, id),
        ("POST", ["v1", "refunds", id, "cancel"]) => refunds::cancel(books, call, id),
        ("GET", ["v1", "disputes"]) => disputes::list(books, call),
        ("GET", ["v1", "disputes", id]) => disputes::retrieve(books, call, id),
        ("POST", ["v1", "disputes", id]) => disputes::update(books, call, id),
        ("POST", ["v1", "disputes", id, "close"]) => disputes::close(books, call, id),
        ("GET", ["v1", "radar", "early_fraud_warnings"]) => warnings::list(books, call),
        ("GET", ["v1", "radar", "early_fraud_warnings", id]) => warnings::retrieve(books, call, id),
        ("POST", ["v1", "transfers"]) => transfers::create(books, call),
        ("GET", ["v1", "transfers"]) => transfers::list(books, call),
        ("GET", ["v1", "transfers", id]) => transfers::retrieve(books, call, id),
        ("POST", ["v1", "transfers", id]) => transfers::update(books, call, id),
        ("POST", ["v1", "transfers", id, "reversals"]) => reversals::create(books, call, id),
        ("GET", ["v1", "transfers", id, "reversals"]) => reversals::list(books, call, id),
        ("GET", ["v1", "transfers", id, "reversals", which]) => reversals::retrieve(books, call, id, which),
        ("POST", ["v1", "transfers", id, "reversals", which]) => reversals::update(books, call, id, which),
        ("POST", ["v1", "payouts"]) => payouts::create(books, call),
        ("GET", ["v1", "payouts"]) => payouts::list(books, call),
        ("GET", ["v1", "payouts", id]) => payouts::retrieve(books, call, id),
        ("POST", ["v1", "payouts", id, "cancel"]) => payouts::cancel(books, call, id),
        ("GET", ["v1", "balance"]) => purse::balance(books, call),
        ("GET", ["v1", "balance_transactions"]) => reads::movements(books, call),
        ("GET", ["v1", "balance_transactions", id]) => reads::movement(books, call, id),
        ("GET", ["v1", "events"]) => reads::events(books, call),
        ("GET", ["v1", "events", id]) => reads::event(books, call, id),
        (method, _) => Err(Refusal::unknown_url(method, &path)),
    }
}
