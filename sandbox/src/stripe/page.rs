//! The payment page of a Checkout Session.
//! How it looks is the same for every gateway; here is what is on it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::Desk;
use super::model::{Session, SessionStatus};
use super::outcome::CHOICES;
use crate::payment_page::{self, Bill, Closed, Next, money, submitted};
use crate::world::World;

pub async fn show(State(world): State<Arc<World>>, Path(id): Path<String>) -> Response {
    world.stripe.show_page(&world, &id, None)
}

pub async fn act(State(world): State<Arc<World>>, Path(id): Path<String>, body: Bytes) -> Response {
    let Ok(outcome) = submitted(&CHOICES, &body) else {
        let complaint = (StatusCode::BAD_REQUEST, "Please choose one of the test cards.");
        return world.stripe.show_page(&world, &id, Some(complaint));
    };
    match world.stripe.pay(&world, &id, outcome) {
        Ok(Next::Done(url)) => payment_page::back(Some(url)),
        Ok(Next::Left(url)) => payment_page::back(url),
        Ok(Next::Declined(message)) => {
            world.stripe.show_page(&world, &id, Some((StatusCode::PAYMENT_REQUIRED, message)))
        }
        Err(closed) => payment_page::closed(closed),
    }
}

impl Desk {
    fn show_page(&self, world: &World, id: &str, complaint: Option<(StatusCode, &str)>) -> Response {
        let shown = self.open(world, None, |books, _| match books.sessions.get(id) {
            None => Err(Closed::NoSuch),
            Some(session) => match session.status {
                SessionStatus::Open => Ok(bill(session)),
                SessionStatus::Complete => Err(Closed::Complete),
                SessionStatus::Expired => Err(Closed::Expired),
            },
        });
        match shown {
            Ok(bill) => payment_page::open(&bill, &CHOICES, complaint),
            Err(closed) => payment_page::closed(closed),
        }
    }
}

fn bill(session: &Session) -> Bill {
    let amount = |amount| money(amount, &session.currency);
    let line = |name: &str, quantity: String, minor: i64| [name.to_owned(), quantity, amount(minor)];
    let items = session.lines.iter();
    let items =
        items.map(|item| line(&item.name, item.quantity.to_string(), item.unit_amount * item.quantity));
    let shipping = session.shipping.first().map(|option| line(&option.name, String::new(), option.amount));
    Bill { lines: items.chain(shipping).collect(), total: amount(session.total()) }
}
