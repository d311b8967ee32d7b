//! The API's endpoints, all in one place. A new one is a line here and a function that reads all its
//! parameters before it changes anything.

use serde_json::Value;

use super::books::Books;
use super::gate::Call;
use super::refusal::Refusal;
use super::{banks, reads, refunds, subaccounts, transactions, transfer_reads, transfers};

/// Runs the endpoint that `call` names. Whatever is refused changed nothing.
pub fn run(books: &mut Books, call: &Call) -> Result<Value, Refusal> {
    let path = call.path.clone();
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (call.method.as_str(), segments.as_slice()) {
        ("POST", ["transaction", "initialize"]) => transactions::initialize(books, call),
        ("GET", ["transaction", "verify", tx_ref]) => reads::verify(books, call, tx_ref),
        ("GET", ["transaction", "events", id]) => reads::timeline(books, call, id),
        ("PUT", ["transaction", "cancel", tx_ref]) if books.config.cancel => {
            transactions::cancel(books, call, tx_ref)
        }
        ("GET", ["transactions"]) => reads::list(books, call),
        ("GET", ["banks"]) => banks::list(books, call),
        ("POST", ["refund", id]) => refunds::create(books, call, id),
        ("GET", ["refund", ref_id, "verify"]) => refunds::verify(books, call, ref_id),
        ("POST", ["transfers"]) => transfers::create(books, call),
        ("POST", ["bulk-transfers"]) => transfers::create_batch(books, call),
        ("GET", ["transfers"]) => transfer_reads::list(books, call),
        ("GET", ["transfers", "verify", reference]) => transfer_reads::verify(books, call, reference),
        ("GET", ["balances"]) => reads::balances(books, call, None),
        ("GET", ["balances", currency]) => reads::balances(books, call, Some(currency)),
        ("POST", ["subaccount"]) => subaccounts::create(books, call),
        (method, _) => Err(Refusal::no_route(method, &format!("v1/{path}"))),
    }
}
