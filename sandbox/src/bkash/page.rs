//! The payment page behind a `bkashURL`.
//! How it looks is the same for every gateway; here is what is on it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::Desk;
use super::amount::CURRENCY;
use super::model::{Mode, Payment};
use super::outcome::CHOICES;
use crate::payment_page::{self, Bill, money, submitted};
use crate::world::World;

pub async fn show(State(world): State<Arc<World>>, Path(id): Path<String>) -> Response {
    world.bkash.show_page(&world, &id, None)
}

pub async fn act(State(world): State<Arc<World>>, Path(id): Path<String>, body: Bytes) -> Response {
    let Ok(outcome) = submitted(&CHOICES, &body) else {
        let complaint = (StatusCode::BAD_REQUEST, "Please choose one of the test wallets.");
        return world.bkash.show_page(&world, &id, Some(complaint));
    };
    let result = world.bkash.pay(&world, &id, outcome);
    payment_page::acted(result, |complaint| world.bkash.show_page(&world, &id, Some(complaint)))
}

impl Desk {
    fn show_page(&self, world: &World, id: &str, complaint: Option<(StatusCode, &str)>) -> Response {
        let shown = self.open(world, None, |books, _| books.still_open(id).map(bill));
        payment_page::shown(shown, &CHOICES, complaint)
    }
}

fn bill(payment: &Payment) -> Bill {
    let total = money(payment.amount, CURRENCY);
    let what = match payment.mode {
        Mode::Agree => "Agreement to be charged later".to_owned(),
        Mode::Agreed | Mode::Once => format!("Invoice {}", payment.invoice),
    };
    Bill { lines: vec![[what, String::new(), total.clone()]], total }
}
