//! The hosted payment page: what is bought, the test cards to choose from, and the way back.
//! Plain forms without scripts, so that a browser test or `curl` can drive it.

use std::fmt::Write;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Desk;
use super::model::{Session, SessionStatus};
use super::outcome::{CHOICES, Outcome};
use super::payments::{Closed, Next};
use crate::form;
use crate::html::{escape, page};
use crate::world::World;

pub async fn show(State(world): State<Arc<World>>, Path(id): Path<String>) -> Response {
    world.stripe.show_page(&world, &id, None)
}

/// The form's `card` is a number or an outcome; the button to leave sends `outcome`, which wins.
pub async fn act(State(world): State<Arc<World>>, Path(id): Path<String>, body: Bytes) -> Response {
    let fields = form::pairs(&body);
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let chosen = field("outcome").or_else(|| field("card")).unwrap_or_default();
    let Ok(outcome) = chosen.parse::<Outcome>() else {
        return world.stripe.show_page(
            &world,
            &id,
            Some((StatusCode::BAD_REQUEST, "Please choose one of the test cards.")),
        );
    };
    match world.stripe.pay(&world, &id, outcome) {
        Ok(Next::Done(url) | Next::Left(Some(url))) => {
            (StatusCode::SEE_OTHER, [(header::LOCATION, url)]).into_response()
        }
        Ok(Next::Left(None)) => notice(StatusCode::OK, "Nothing was paid", "You can close this page."),
        Ok(Next::Declined(message)) => {
            world.stripe.show_page(&world, &id, Some((StatusCode::PAYMENT_REQUIRED, message)))
        }
        Err(closed) => closed_page(closed),
    }
}

impl Desk {
    fn show_page(&self, world: &World, id: &str, complaint: Option<(StatusCode, &str)>) -> Response {
        let (status, message) =
            complaint.map_or((StatusCode::OK, None), |(status, text)| (status, Some(text)));
        let shown = self.open(world, None, |books, _| match books.sessions.get(id) {
            None => Err(Closed::NoSuch),
            Some(session) => match session.status {
                SessionStatus::Open => Ok(checkout(session, message)),
                SessionStatus::Complete => Err(Closed::Complete),
                SessionStatus::Expired => Err(Closed::Expired),
            },
        });
        shown.map_or_else(closed_page, |body| page(status, "Pay (sandbox)", &body))
    }
}

fn closed_page(closed: Closed) -> Response {
    match closed {
        Closed::NoSuch => {
            notice(StatusCode::NOT_FOUND, "No such payment", "Check the link, or start again from the shop.")
        }
        Closed::Complete => {
            notice(StatusCode::CONFLICT, "Already paid", "This payment is complete. Nothing more was taken.")
        }
        Closed::Expired => {
            notice(StatusCode::GONE, "This payment has expired", "Please start again from the shop.")
        }
    }
}

fn notice(status: StatusCode, title: &str, text: &str) -> Response {
    page(status, title, &format!("<h1>{}</h1>\n<p>{}</p>", escape(title), escape(text)))
}

fn checkout(session: &Session, message: Option<&str>) -> String {
    let total = money(session.total(), &session.currency);
    let alert = message.map(|text| format!("<p class=\"alert\" role=\"alert\">{}</p>\n", escape(text)));
    format!(
        "<h1>Pay {total}</h1>\n{alert}{lines}\n<form method=\"post\">\n<fieldset>\n<legend>Test card</legend>\n\
         {choices}</fieldset>\n<p><button type=\"submit\">Pay {total}</button>\n\
         <button class=\"quiet\" type=\"submit\" name=\"outcome\" value=\"leave\">Leave without paying</button></p>\n\
         </form>",
        alert = alert.unwrap_or_default(),
        lines = lines(session),
        choices = choices(),
    )
}

fn lines(session: &Session) -> String {
    let mut rows = String::new();
    let mut row = |name: &str, quantity: &str, amount: i64| {
        let amount = money(amount, &session.currency);
        let name = escape(name);
        writeln!(rows, "<tr><td>{name}</td><td>{quantity}</td><td class=\"amount\">{amount}</td></tr>")
            .expect("writing to a String cannot fail");
    };
    for line in &session.lines {
        row(&line.name, &line.quantity.to_string(), line.unit_amount * line.quantity);
    }
    if let Some(option) = session.shipping.first() {
        row(&option.name, "", option.amount);
    }
    format!(
        "<table>\n<thead><tr><th scope=\"col\">Item</th><th scope=\"col\">Quantity</th>\
         <th scope=\"col\" class=\"amount\">Amount</th></tr></thead>\n<tbody>\n{rows}</tbody>\n\
         <tfoot><tr><th scope=\"row\" colspan=\"2\">Total</th><td class=\"amount\">{}</td></tr></tfoot>\n</table>",
        money(session.total(), &session.currency)
    )
}

fn choices() -> String {
    let mut html = String::new();
    for choice in CHOICES.iter().filter(|choice| choice.outcome != Outcome::Leave) {
        let checked = if choice.outcome == Outcome::Pay { " checked" } else { "" };
        writeln!(
            html,
            "<label class=\"card\"><input type=\"radio\" name=\"card\" value=\"{}\"{checked}>\
             <span>{}<small>{}</small></span></label>",
            choice.card.unwrap_or(choice.name),
            escape(choice.label),
            escape(choice.effect),
        )
        .expect("writing to a String cannot fail");
    }
    html
}

/// An amount for people: `39.98 USD`, `5000 JPY`.
fn money(amount: i64, currency: &str) -> String {
    let digits = match currency {
        "bif" | "clp" | "djf" | "gnf" | "jpy" | "kmf" | "krw" | "mga" | "pyg" | "rwf" | "ugx" | "vnd"
        | "vuv" | "xaf" | "xof" | "xpf" => 0,
        "bhd" | "jod" | "kwd" | "omr" | "tnd" => 3,
        _ => 2,
    };
    let currency = escape(&currency.to_ascii_uppercase());
    if digits == 0 {
        return format!("{amount} {currency}");
    }
    let unit = 10_i64.pow(digits);
    let width = usize::try_from(digits).unwrap_or(2);
    format!("{}.{:0width$} {currency}", amount / unit, amount % unit)
}

#[cfg(test)]
mod tests {
    use super::money;

    #[test]
    fn amounts_follow_their_currency() {
        assert_eq!(money(3998, "usd"), "39.98 USD");
        assert_eq!(money(5, "usd"), "0.05 USD");
        assert_eq!(money(5000, "jpy"), "5000 JPY");
        assert_eq!(money(12_345, "kwd"), "12.345 KWD");
    }
}
