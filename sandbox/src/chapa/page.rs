//! The payment page behind a checkout link, and the receipt for those who come without a return
//! address. How a page looks is the same for every gateway; here is what is on it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::Desk;
use super::model::{Payment, Status};
use super::outcome::CHOICES;
use crate::html::{code, escape, page};
use crate::payment_page::{self, Bill, Closed, money, submitted};
use crate::world::World;

pub async fn show(State(world): State<Arc<World>>, Path(link): Path<String>) -> Response {
    world.chapa.show_page(&world, &link, None)
}

pub async fn act(State(world): State<Arc<World>>, Path(link): Path<String>, body: Bytes) -> Response {
    let Ok(outcome) = submitted(&CHOICES, &body) else {
        let complaint = (StatusCode::BAD_REQUEST, "Please choose one of the test numbers.");
        return world.chapa.show_page(&world, &link, Some(complaint));
    };
    if !world.chapa.lock().links.contains_key(&link) {
        return payment_page::closed(Closed::NoSuch);
    }
    let result = world.chapa.pay(&world, &link, outcome);
    payment_page::acted(result, |complaint| world.chapa.show_page(&world, &link, Some(complaint)))
}

pub async fn receipt(State(world): State<Arc<World>>, Path(reference): Path<String>) -> Response {
    let books = world.chapa.lock();
    let tx_ref = books.references.get(&reference);
    let Some(payment) = tx_ref.and_then(|tx_ref| books.payments.get(tx_ref)) else {
        return payment_page::closed(Closed::NoSuch);
    };
    let body = format!(
        "<h1>Receipt</h1>\n<p>{amount}, {status}.</p>\n<p>Chapa's reference is {reference}.</p>",
        amount = escape(&money(payment.amount, payment.currency)),
        status = payment.status.as_str(),
        reference = code(&payment.reference),
    );
    page(StatusCode::OK, "Receipt (sandbox)", &body)
}

impl Desk {
    fn show_page(&self, world: &World, link: &str, complaint: Option<(StatusCode, &str)>) -> Response {
        let shown = self.open(world, None, |books, _| {
            let tx_ref = books.links.get(link).ok_or(Closed::NoSuch)?;
            let payment = books.payments.get(tx_ref).ok_or(Closed::NoSuch)?;
            match payment.status {
                Status::Open => Ok(bill(payment)),
                Status::Pending | Status::Success => Err(Closed::Complete),
                Status::Failed | Status::Cancelled => Err(Closed::Expired),
            }
        });
        payment_page::shown(shown, &CHOICES, complaint)
    }
}

fn bill(payment: &Payment) -> Bill {
    let [title, description, _] = &payment.customization;
    let texts: Vec<&str> = [title, description].into_iter().flatten().map(String::as_str).collect();
    let name = if texts.is_empty() { payment.tx_ref.clone() } else { texts.join(": ") };
    let total = money(payment.amount, payment.currency);
    Bill { lines: vec![[name, "1".into(), total.clone()]], total }
}
