//! The payment page of a transaction, where `authorization_url` leads, and the page on which a
//! customer ends whose shop named no way back.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::Desk;
use super::books::Books;
use super::model::Transaction;
use super::outcome::CHOICES;
use crate::html;
use crate::payment_page::{self, Bill, Closed, submitted};
use crate::world::World;

pub async fn show(State(world): State<Arc<World>>, Path(code): Path<String>) -> Response {
    world.paystack.show_page(&world, &code, None)
}

pub async fn act(State(world): State<Arc<World>>, Path(code): Path<String>, body: Bytes) -> Response {
    let Ok(outcome) = submitted(&CHOICES, &body) else {
        let complaint = (StatusCode::BAD_REQUEST, "Please choose one of the test cards.");
        return world.paystack.show_page(&world, &code, Some(complaint));
    };
    let result = world.paystack.pay(&world, &code, outcome);
    payment_page::acted(result, |complaint| world.paystack.show_page(&world, &code, Some(complaint)))
}

pub async fn paid() -> Response {
    let text = "<h1>Thank you</h1>\n<p>The shop has named no page to go back to. You can close this one.</p>";
    html::page(StatusCode::OK, "Paid (sandbox)", text)
}

impl Desk {
    fn show_page(&self, world: &World, code: &str, complaint: Option<(StatusCode, &str)>) -> Response {
        let shown = self.open(world, None, |books, _| {
            let reference = books.reference_of(code);
            match reference.and_then(|reference| books.transactions.get(&reference)) {
                Some(transaction) if transaction.access_code.as_deref() != Some(code) => Err(Closed::NoSuch),
                Some(transaction) if transaction.status.is_payable() => Ok(bill(books, transaction)),
                Some(_) => Err(Closed::Complete),
                None => Err(Closed::NoSuch),
            }
        });
        payment_page::shown(shown, &CHOICES, complaint)
    }
}

fn bill(books: &Books, transaction: &Transaction) -> Bill {
    let total = books.money(transaction.requested, &transaction.currency);
    let what = transaction.label.clone().unwrap_or_else(|| format!("Payment {}", transaction.reference));
    let lines = vec![[what, String::new(), total.clone()]];
    Bill { lines, total }
}

impl Books {
    /// An amount for people: hundredths in every currency, whatever its own custom, unless the settings
    /// say otherwise.
    pub fn money(&self, amount: i64, currency: &str) -> String {
        if self.settings.whole_currencies.iter().any(|whole| whole == currency) {
            return format!("{amount} {currency}");
        }
        format!("{}.{:02} {currency}", amount / 100, amount % 100)
    }
}
