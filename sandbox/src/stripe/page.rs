//! The payment page of a Checkout Session, and the page where the customer of a PaymentIntent proves
//! himself. How they look is the same for every gateway; here is what is on them.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::Desk;
use super::books::Books;
use super::model::{Payment, PaymentStatus, Session, SessionStatus};
use super::outcome::{CHOICES, Outcome};
use crate::form;
use crate::payment_page::{self, Bill, Choice, Closed, Next, money, submitted};
use crate::world::World;

pub async fn show(State(world): State<Arc<World>>, Path(id): Path<String>) -> Response {
    world.stripe.show_page(&world, &id, None)
}

pub async fn act(State(world): State<Arc<World>>, Path(id): Path<String>, body: Bytes) -> Response {
    let Ok(outcome) = submitted(&CHOICES, &body) else {
        let complaint = (StatusCode::BAD_REQUEST, "Please choose one of the test cards.");
        return world.stripe.show_page(&world, &id, Some(complaint));
    };
    // A PaymentIntent is paid in the shop's own form, not here.
    if !world.stripe.lock().sessions.contains(&id) {
        return payment_page::closed(Closed::NoSuch);
    }
    let result = world.stripe.pay(&world, &id, outcome);
    payment_page::acted(result, |complaint| world.stripe.show_page(&world, &id, Some(complaint)))
}

/// What a customer can do who is asked who he is.
const PROOFS: [Choice<Outcome>; 2] = [
    Choice {
        outcome: Outcome::Authenticate,
        name: "authenticate",
        number: None,
        label: "Pass 3-D Secure",
        effect: "Payment goes on",
    },
    Choice {
        outcome: Outcome::AuthenticationFails,
        name: "authentication_fails",
        number: None,
        label: "Fail 3-D Secure",
        effect: "Nothing is taken",
    },
];

pub async fn ask_who(State(world): State<Arc<World>>, Path(id): Path<String>) -> Response {
    world.stripe.show_question(&id, None)
}

pub async fn told_who(State(world): State<Arc<World>>, Path(id): Path<String>, body: Bytes) -> Response {
    let outcome = match submitted(&PROOFS, &body) {
        Ok(outcome) => outcome,
        // The shared page has a button to leave, which is no proof.
        Err(_) if form::pairs(&body).iter().any(|(_, value)| value == "leave") => {
            Outcome::AuthenticationFails
        }
        Err(_) => {
            let complaint = (StatusCode::BAD_REQUEST, "Please pass or fail.");
            return world.stripe.show_question(&id, Some(complaint));
        }
    };
    let back = world.stripe.open(&world, None, |books, _| {
        // Only one who was asked can prove himself.
        find_asked(books, &id)?;
        let status = match books.pay_intent(&id, outcome).ok()? {
            Next::Done(_) => "succeeded",
            Next::Declined(_) | Next::Left(_) => "failed",
        };
        Some(books.way_back(&id, status))
    });
    match back {
        Some(url) => payment_page::back(url),
        None => payment_page::closed(Closed::NoSuch),
    }
}

/// A PaymentIntent without a session whose customer is asked who he is.
fn find_asked<'a>(books: &'a Books, id: &str) -> Option<&'a Payment> {
    let waits =
        |payment: &&Payment| payment.status == PaymentStatus::RequiresAction && payment.session.is_none();
    books.payments.get(id).filter(waits)
}

impl Desk {
    fn show_question(&self, id: &str, complaint: Option<(StatusCode, &str)>) -> Response {
        let books = self.lock();
        let Some(payment) = find_asked(&books, id) else {
            return payment_page::closed(Closed::NoSuch);
        };
        let total = money(payment.amount, &payment.currency);
        let what = payment.ask.description.clone().unwrap_or_else(|| payment.id.clone());
        let bill = Bill { lines: vec![[what, String::new(), total.clone()]], total };
        payment_page::open(&bill, &PROOFS, complaint)
    }

    fn show_page(&self, world: &World, id: &str, complaint: Option<(StatusCode, &str)>) -> Response {
        let shown = self.open(world, None, |books, _| match books.sessions.get(id) {
            None => Err(Closed::NoSuch),
            Some(session) => match session.status {
                SessionStatus::Open => Ok(bill(session)),
                SessionStatus::Complete => Err(Closed::Complete),
                SessionStatus::Expired => Err(Closed::Expired),
            },
        });
        payment_page::shown(shown, &CHOICES, complaint)
    }
}

fn bill(session: &Session) -> Bill {
    let amount = |amount| money(amount, &session.currency);
    let line = |name: &str, quantity: String, minor: i64| [name.to_owned(), quantity, amount(minor)];
    let items = session.lines.iter();
    let items = items.map(|item| line(&item.product.name, item.quantity.to_string(), item.amount));
    let shipping = session.shipping.first().map(|option| line(&option.name, String::new(), option.amount));
    let note = session.note().map(|note| [note.to_owned(), String::new(), String::new()]);
    Bill { lines: items.chain(shipping).chain(note).collect(), total: amount(session.total()) }
}
