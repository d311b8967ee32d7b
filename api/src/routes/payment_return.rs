//! Where the browser comes back to after a payment page: a page that says what became of the payment.
//!
//! Whoever has the order's id may see it: its number, its state and what to do next, nothing of the customer or the
//! goods. What stands in the address decides nothing but the words for a payment that nobody knows the end of yet. An
//! id that names no order is answered like none: the page tells nobody which orders exist.

use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderValue, Uri};
use shared::kernel::ids::OrderId;
use shared::orders::{self, OrderStatus, Standing, look};
use shared::payments::{FailureCode, PaymentStatus, Provider};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::home;
use crate::app::App;
use crate::error::ApiError;
use crate::extract::Path;

const PAGE: &str = include_str!("../../assets/payment_return.html");

/// A page that is still waiting loads itself anew after so many seconds; no script is needed for that.
const AGAIN: &str = "\n    <meta http-equiv=\"refresh\" content=\"5\">";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(return_from_payment))
}

/// The customer's browser, back from a payment page.
///
/// A page for people: the order's number, what became of the payment, what to do next, and a link to `HAAT_SHOP_URL`. It
/// looks at the order, not at what the address says of the outcome. The address has `order`, the order's id (without it, or
/// with one that is none, the page says nothing of an order), and `outcome`, `processing` or `left`: how the visit to the
/// payment page ended, never a proof. Frontends with pages of their own set `HAAT_PAID_URL` and `HAAT_LEFT_URL` instead.
#[utoipa::path(get, path = "/api/payment/{gateway}/return", tag = "payments",
    params(("gateway" = String, Path, example = "stripe")),
    extensions(("x-open-query" = json!(true))),
    responses((status = 200, body = String, content_type = "text/html")))]
async fn return_from_payment(
    State(app): State<App>,
    Path(gateway): Path<String>,
    target: Uri,
) -> Result<Response, ApiError> {
    let gateway: Provider = gateway.parse().map_err(|_| ApiError::not_found())?;
    let back = Back::read(&target);
    let standing = match back.order {
        Some(id) => match look::standing(&app.pool, id).await {
            Ok(standing) => Some(standing),
            Err(orders::Error::Missing) => None,
            Err(error) => return Err(error.into()),
        },
        None => None,
    };
    let told = standing.as_ref().map_or(UNKNOWN, |standing| tell(standing, back.left));
    let number = standing.as_ref().map(|standing| standing.number.as_str());
    let known = back.order.filter(|_| standing.is_some());
    let link = app.settings.shop_url.as_deref().and_then(|shop| address(shop, known, gateway));
    let page = page(&told, standing.as_ref(), number, link.as_deref());
    let policy = HeaderValue::from_static(home::POLICY);
    Ok(([(CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response())
}

/// What the address says. Gateways add parameters of their own, so nothing in it is refused.
struct Back {
    order: Option<OrderId>,
    left: bool,
}

impl Back {
    fn read(target: &Uri) -> Self {
        let query = target.query().unwrap_or_default().as_bytes();
        let first = |name: &str| form_urlencoded::parse(query).find(|(key, _)| key == name);
        Self {
            order: first("order").and_then(|(_, id)| id.parse().ok()),
            left: first("outcome").is_some_and(|(_, outcome)| outcome == "left"),
        }
    }
}

/// What is told of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Told {
    title: &'static str,
    what: &'static str,
    next: &'static str,
    /// It may be otherwise in a moment.
    waits: bool,
}

const fn told(title: &'static str, what: &'static str, next: &'static str) -> Told {
    Told { title, what, next, waits: false }
}

const UNKNOWN: Told = told(
    "Back from payment",
    "What became of your payment is shown at your order in the shop.",
    "You can close this page.",
);

/// The state of an order and its payment in plain words. Pure.
fn tell(standing: &Standing, left: bool) -> Told {
    match standing.status {
        OrderStatus::Pending => Told {
            waits: true,
            ..told(
                "We have your order",
                "The goods are being set aside for you.",
                "You can pay in a moment. This page looks again by itself.",
            )
        },
        OrderStatus::AwaitingPayment => tell_unpaid(standing, left || standing.was_left),
        OrderStatus::Confirmed => {
            told("Your order is confirmed", "There is nothing to pay now.", "You can close this page.")
        }
        OrderStatus::Paid | OrderStatus::Processing | OrderStatus::Shipped | OrderStatus::Delivered
            if standing.has_surplus =>
        {
            told(
                "Paid",
                "Your payment has arrived. More came than the order costs: what is too much goes back to you by itself.",
                "There is nothing left to do. You can close this page.",
            )
        }
        OrderStatus::Paid | OrderStatus::Processing | OrderStatus::Shipped | OrderStatus::Delivered => told(
            "Paid",
            "Thank you: your payment has arrived.",
            "There is nothing left to do. You can close this page.",
        ),
        OrderStatus::Rejected => told(
            "Sold out meanwhile",
            "Not enough of the goods are left, so the order has ended. You pay nothing for it.",
            "Your cart has the goods back: order what is there.",
        ),
        OrderStatus::Expired => tell_ended(
            standing,
            "The time to pay is over",
            "The order has ended, because no payment came in time.",
        ),
        OrderStatus::Cancelled => tell_ended(standing, "The order is cancelled", "The order was cancelled."),
        OrderStatus::Refunded => told(
            "Refunded",
            "All that was paid for this order has been sent back.",
            "Depending on your bank it takes some days until you see it.",
        ),
    }
}

/// Of an order that waits for its payment.
fn tell_unpaid(standing: &Standing, left: bool) -> Told {
    const PAY_AGAIN: &str = "You can pay from your order in the shop, also in another way.";
    match (standing.payment, standing.failure) {
        (Some(PaymentStatus::Failed | PaymentStatus::Expired), failure) => {
            told("The payment has failed", failure.map_or("No payment has arrived.", reason), PAY_AGAIN)
        }
        (Some(PaymentStatus::Processing | PaymentStatus::Captured | PaymentStatus::Surplus), _) => Told {
            waits: true,
            ..told(
                "Not finished yet",
                "Your payment is on its way. With some banks and wallets that takes hours or days.",
                "You need not pay again. This page looks again by itself; your order in the shop shows the same.",
            )
        },
        (
            Some(PaymentStatus::Creating | PaymentStatus::Unknown | PaymentStatus::Open) | None,
            Some(failure),
        ) => told("The payment has not gone through", reason(failure), PAY_AGAIN),
        (Some(PaymentStatus::Creating | PaymentStatus::Unknown | PaymentStatus::Open) | None, None)
            if left =>
        {
            told("Not paid", "You came back without paying.", PAY_AGAIN)
        }
        (Some(PaymentStatus::Creating | PaymentStatus::Unknown | PaymentStatus::Open) | None, None) => Told {
            waits: true,
            ..told(
                "Not finished yet",
                "The payment provider has not confirmed your payment yet. Mostly that takes less than a minute.",
                "You need not pay again. This page looks again by itself; your order in the shop shows the same.",
            )
        },
    }
}

/// Of an order that has ended, with or without money.
fn tell_ended(standing: &Standing, title: &'static str, what: &'static str) -> Told {
    let has_money = standing.has_surplus
        || match standing.payment {
            Some(PaymentStatus::Captured | PaymentStatus::Surplus) => true,
            Some(
                PaymentStatus::Creating
                | PaymentStatus::Unknown
                | PaymentStatus::Open
                | PaymentStatus::Processing
                | PaymentStatus::Failed
                | PaymentStatus::Expired,
            )
            | None => false,
        };
    let next = if has_money {
        "What you have paid goes back to you by itself. Depending on your bank it takes some days."
    } else {
        "Should a payment of yours still arrive, it revives the order or goes back to you by itself."
    };
    told(title, what, next)
}

/// Why a payment came to nothing, as the customer may be told.
const fn reason(failure: FailureCode) -> &'static str {
    match failure {
        FailureCode::Declined => "Your bank or wallet has declined the payment.",
        FailureCode::InsufficientFunds => {
            "There is not enough money on the card or wallet, or its limit is reached."
        }
        FailureCode::AuthenticationFailed => "The PIN, code or confirmation was wrong or came too late.",
        FailureCode::InvalidDetails => {
            "A number or date was wrong, or the card or wallet is of another kind."
        }
        FailureCode::RepeatedTooSoon => {
            "The provider saw the same payment a moment ago. Wait some minutes before you try again."
        }
        FailureCode::Abandoned => "You left the payment page without paying.",
        FailureCode::Expired => "The payment page's time was over.",
        FailureCode::Replaced => "You have begun to pay in another way.",
        FailureCode::AmountNotSupported => "The provider does not take this amount or currency.",
        FailureCode::Misconfigured | FailureCode::GatewayUnavailable => {
            "The payment provider could not be reached. That is no fault of yours."
        }
        FailureCode::Refused => "The payment provider has refused the payment.",
    }
}

/// The shop's address for this order; nothing if it needs an order and there is none.
fn address(shop: &str, order: Option<OrderId>, gateway: Provider) -> Option<String> {
    let filled = match order {
        Some(order) => shop.replace("{order_id}", &order.to_string()),
        None if shop.contains("{order_id}") => return None,
        None => shop.to_owned(),
    };
    Some(filled.replace("{gateway}", gateway.as_str()))
}

fn page(told: &Told, standing: Option<&Standing>, number: Option<&str>, link: Option<&str>) -> String {
    let held = standing.filter(|standing| standing.status == OrderStatus::AwaitingPayment);
    let held = held
        .and_then(|standing| standing.hold_until)
        .map(|until| format!(" The goods are kept for you until {} UTC.", until.format("%H:%M")));
    let next = format!("{}{}", escaped(told.next), held.unwrap_or_default());
    let link = link.map(|link| format!("\n      <p><a href=\"{}\">Back to the shop</a></p>", escaped(link)));
    let order = number.map(|number| format!("\n      <p><small>Order {}</small></p>", escaped(number)));
    let parts = [
        ("{again}", if told.waits { AGAIN.to_owned() } else { String::new() }),
        ("{title}", escaped(told.title)),
        ("{what}", escaped(told.what)),
        ("{next}", next),
        ("{link}", link.unwrap_or_default()),
        ("{order}", order.unwrap_or_default()),
    ];
    parts.iter().fold(PAGE.to_owned(), |page, (place, part)| page.replace(place, part))
}

/// Text as it may stand in HTML, within an attribute too.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests;
