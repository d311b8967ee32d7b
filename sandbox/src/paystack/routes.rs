//! The API's endpoints, all in one place. A new one is a line here and a function beside it that
//! reads all its fields before it changes anything.

use super::books::Books;
use super::gate::{Answer, Call};
use super::refusal::Refusal;
use super::{
    balance, banks, bulk, charge, disputes, evidence, initialize, reads, recipients, refunds, transfers,
};
use crate::form;

pub fn run(books: &mut Books, call: &mut Call) -> Result<Answer, Refusal> {
    let fields = &call.fields;
    let path: Vec<String> = call.path.trim_end_matches('/').split('/').skip(1).map(decoded).collect();
    let segments: Vec<&str> = path.iter().map(String::as_str).collect();
    match (call.method.as_str(), segments.as_slice()) {
        ("POST", ["transaction", "initialize"]) => initialize::initialize(books, fields),
        ("POST", ["transaction", "charge_authorization"]) => charge::charge_authorization(books, fields),
        ("GET", ["transaction", "verify", reference]) => reads::verify(books, reference),
        ("GET", ["transaction"]) => reads::list(books, fields),
        ("GET", ["transaction", id]) => reads::fetch(books, id),
        ("POST", ["refund"]) => refunds::create(books, fields),
        ("GET", ["refund"]) => refunds::list(books, fields),
        ("GET", ["refund", id]) => refunds::fetch(books, id),
        ("POST", ["refund", "retry_with_customer_details", id]) => refunds::retry(books, fields, id),
        ("POST", ["transferrecipient"]) => recipients::create(books, fields),
        ("GET", ["transferrecipient"]) => recipients::list(books, fields),
        ("GET", ["transferrecipient", code]) => recipients::fetch(books, code),
        ("POST", ["transfer"]) => transfers::create(books, fields),
        ("POST", ["transfer", "bulk"]) => bulk::create(books, fields),
        ("POST", ["transfer", "finalize_transfer"]) => transfers::finalize(books, fields),
        ("GET", ["transfer"]) => transfers::list(books, fields),
        ("GET", ["transfer", "verify", reference]) => transfers::verify(books, reference),
        ("GET", ["transfer", code]) => transfers::fetch(books, code),
        ("GET", ["dispute"]) => disputes::list(books, fields),
        ("GET", ["dispute", "transaction", id]) => disputes::of_transaction(books, id),
        ("GET", ["dispute", id]) => disputes::fetch(books, id),
        ("PUT", ["dispute", id, "resolve"]) => evidence::resolve(books, fields, id),
        ("POST", ["dispute", id, "evidence"]) => evidence::add(books, fields, id),
        ("GET", ["bank"]) => banks::list(fields),
        ("GET", ["bank", "resolve"]) => banks::resolve(fields),
        ("GET", ["balance"]) => Ok(balance::check(books)),
        ("GET", ["balance", "ledger"]) => balance::ledger(books, fields),
        (method, _) => Err(Refusal::no_route(method, &call.path)),
    }
}

/// A segment without its percent escapes; a plus is a plus in a path.
fn decoded(segment: &str) -> String {
    let escaped = format!("it={}", segment.replace('+', "%2B").replace('&', "%26"));
    form::pairs(escaped.as_bytes()).into_iter().next().map(|(_, text)| text).unwrap_or_default()
}
