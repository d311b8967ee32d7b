//! The page that browsers come back to after a payment page. It shows the state of the payment and the next step.
//!
//! Every holder of the order's id may see it, vendors too. So it shows the order's number and state, and nothing
//! that the API hides from vendors: no customer, no goods, no reason of a failure, no surplus payment. The address
//! decides only the text for a payment that is still open. The page is the same for an id that names no order
//! and for an order without an attempt at the gateway of the path, so it does not reveal which orders exist.

use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderValue, Uri};
use shared::kernel::Timestamp;
use shared::kernel::ids::OrderId;
use shared::orders::{self, OrderStatus, Standing, look};
use shared::payments::{PaymentStatus, Provider};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::home;
use crate::app::App;
use crate::error::ApiError;
use crate::extract::Path;

const PAGE: &str = include_str!("../../assets/payment_return.html");

/// Seconds until a page that waits loads itself again; no script is needed for that.
const REFRESH_SECONDS: u32 = 5;
/// How often a page loads itself again: for two minutes. A page that is left open must not send requests without end.
const REFRESHES: u32 = 24;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(return_from_payment))
}

/// The customer's browser, back from a payment page.
///
/// A page for people: the number of the order, the state of its payment, the next step, and a link to `HAAT_SHOP_URL`. The
/// state is that of the order, whatever the address says of the outcome. The address has `order`, the id of the order
/// (without a valid id the page shows no order), and `outcome`, `processing` or `left`: how the visit to the payment page
/// ended, which is never a proof. Frontends that have such pages themselves set `HAAT_PAID_URL` and `HAAT_LEFT_URL` instead.
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
        Some(id) => match look::standing(&app.pool, id, gateway).await {
            Ok(standing) => Some(standing),
            Err(orders::Error::Missing) => None,
            Err(error) => return Err(error.into()),
        },
        None => None,
    };
    let message = standing.as_ref().map_or(UNKNOWN, |standing| message_for(standing, back.visit));
    let known = back.order.filter(|_| standing.is_some());
    let page = Page {
        message,
        number: standing.as_ref().map(|standing| standing.number.as_str()),
        kept_until: standing.as_ref().and_then(|standing| kept_until(standing, app.clock.now())),
        link: app.settings.shop_url.as_deref().and_then(|shop| address(shop, known, gateway)),
        refresh: known.filter(|_| message.waits).and_then(|order| back.again(order)),
    };
    let policy = HeaderValue::from_static(home::POLICY);
    Ok(([(CONTENT_SECURITY_POLICY, policy)], Html(page.html())).into_response())
}

/// The parameters of the address. Gateways add parameters of their own, so none is refused.
struct Back {
    order: Option<OrderId>,
    visit: Visit,
    /// How often the page has loaded itself again.
    look: u32,
}

/// How the visit to the payment page ended, by the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Visit {
    /// Just now, as after a payment. An earlier try may have failed on the same page.
    Completed,
    Left,
    /// Not in the address, or the page has reloaded itself `REFRESHES` times.
    Unclear,
}

impl Back {
    fn read(target: &Uri) -> Self {
        let query = target.query().unwrap_or_default().as_bytes();
        let first = |name: &str| form_urlencoded::parse(query).find(|(key, _)| key == name);
        let look = first("look").and_then(|(_, look)| look.parse().ok()).unwrap_or(0);
        let visit = match first("outcome") {
            Some((_, outcome)) if outcome == "left" => Visit::Left,
            Some((_, outcome)) if outcome == "processing" && look < REFRESHES => Visit::Completed,
            Some(_) | None => Visit::Unclear,
        };
        Self { order: first("order").and_then(|(_, id)| id.parse().ok()), visit, look }
    }

    /// The address to load next; none if the page has loaded itself often enough.
    fn again(&self, order: OrderId) -> Option<String> {
        let outcome = if self.visit == Visit::Left { "left" } else { "processing" };
        let look = self.look.checked_add(1).filter(|look| *look <= REFRESHES)?;
        Some(format!("?order={order}&outcome={outcome}&look={look}"))
    }
}

/// The text for a state of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Message {
    title: &'static str,
    what: &'static str,
    next: &'static str,
    /// The state changes within seconds as a rule, so the page loads itself again.
    waits: bool,
}

const fn message(title: &'static str, what: &'static str, next: &'static str) -> Message {
    Message { title, what, next, waits: false }
}

const UNKNOWN: Message = message(
    "Back from payment",
    "Your order in the shop shows the state of your payment.",
    "You can close this page.",
);

/// The same for every reason: vendors may not see the reason, and the customer's order has it.
const NOT_PAID: Message = message(
    "Not paid",
    "The payment was not made.",
    "Your order in the shop shows the reason. You can pay from there, also in another way.",
);

/// The same with and without money that came late or twice: vendors may not see such money.
const GOES_BACK: &str = "Any money that you have paid for the order goes back to you, or a late payment revives the order. \
                         Depending on your bank, it takes some days. Ask the shop if it does not arrive.";

/// The state of an order and its payment in plain words. Pure.
fn message_for(standing: &Standing, visit: Visit) -> Message {
    match standing.status {
        // It has no attempt yet, so no payment page can have led here.
        OrderStatus::Pending => UNKNOWN,
        OrderStatus::AwaitingPayment => message_for_unpaid(standing, visit),
        OrderStatus::Confirmed => {
            message("Your order is confirmed", "There is nothing to pay now.", "You can close this page.")
        }
        OrderStatus::Paid | OrderStatus::Processing | OrderStatus::Shipped | OrderStatus::Delivered => {
            message(
                "Paid",
                "Thank you: your payment has arrived.",
                "You can close this page. Any money beyond the total of the order goes back to you automatically.",
            )
        }
        OrderStatus::Rejected => message(
            "Sold out",
            "Not enough of the goods are left, so the order has ended. You pay nothing for it.",
            "The goods are in your cart again. You can order what is still available.",
        ),
        OrderStatus::Expired => message(
            "The time to pay is over",
            "The order has ended, because no payment arrived in time.",
            GOES_BACK,
        ),
        OrderStatus::Cancelled => message("The order is cancelled", "The order was cancelled.", GOES_BACK),
        OrderStatus::Refunded => message(
            "Refunded",
            "Everything that was paid for this order has been sent back.",
            "Depending on your bank, it takes some days until you see it.",
        ),
    }
}

/// The text for an order that waits for its payment.
fn message_for_unpaid(standing: &Standing, visit: Visit) -> Message {
    const NOT_AGAIN: &str =
        "Please do not pay again. Your order in the shop shows when the payment has arrived.";
    match standing.payment {
        // None: all money that came was of another amount or too late, and goes back.
        Some(PaymentStatus::Failed | PaymentStatus::Expired) | None => NOT_PAID,
        // Hours or days: too long to wait on a page.
        Some(PaymentStatus::Processing) => message(
            "Not finished yet",
            "Your payment is on its way. With some banks and wallets, that takes hours or days.",
            NOT_AGAIN,
        ),
        Some(PaymentStatus::Creating | PaymentStatus::Unknown | PaymentStatus::Open)
            if visit == Visit::Left || (standing.was_interrupted && visit == Visit::Unclear) =>
        {
            NOT_PAID
        }
        Some(
            PaymentStatus::Creating
            | PaymentStatus::Unknown
            | PaymentStatus::Open
            | PaymentStatus::Captured
            | PaymentStatus::Surplus,
        ) => Message {
            waits: true,
            ..message(
                "Not finished yet",
                "Your payment is being confirmed. That usually takes less than a minute.",
                NOT_AGAIN,
            )
        },
    }
}

/// Until when the goods are kept for an order that can still be paid.
fn kept_until(standing: &Standing, now: Timestamp) -> Option<Timestamp> {
    let is_awaited = standing.status == OrderStatus::AwaitingPayment;
    standing.hold_until.filter(|until| is_awaited && *until > now)
}

/// The shop's address for this order; none if it needs an order and there is none.
fn address(shop: &str, order: Option<OrderId>, gateway: Provider) -> Option<String> {
    let filled = match order {
        Some(order) => shop.replace("{order_id}", &order.to_string()),
        None if shop.contains("{order_id}") => return None,
        None => shop.to_owned(),
    };
    Some(filled.replace("{gateway}", gateway.as_str()))
}

/// The parts of the page.
struct Page<'a> {
    message: Message,
    number: Option<&'a str>,
    kept_until: Option<Timestamp>,
    link: Option<String>,
    /// The address that the page loads after some seconds.
    refresh: Option<String>,
}

impl Page<'_> {
    fn html(&self) -> String {
        let kept = |until: Timestamp| {
            format!(" The goods are kept for you until {} UTC.", until.format("%-d %B %Y, %H:%M"))
        };
        let kept = self.kept_until.map(kept).unwrap_or_default();
        let refreshes = if self.refresh.is_some() { " This page refreshes automatically." } else { "" };
        let next = format!("{}{refreshes}{kept}", self.message.next);
        let again = |address: &String| {
            let address = escaped(address);
            format!("\n    <meta http-equiv=\"refresh\" content=\"{REFRESH_SECONDS};url={address}\">")
        };
        let link =
            |link: &String| format!("\n      <p><a href=\"{}\">Back to the shop</a></p>", escaped(link));
        let order = |number| format!("\n      <p><small>Order {}</small></p>", escaped(number));
        let parts = [
            ("{again}", self.refresh.as_ref().map(again).unwrap_or_default()),
            ("{title}", escaped(self.message.title)),
            ("{what}", escaped(self.message.what)),
            ("{next}", escaped(&next)),
            ("{link}", self.link.as_ref().map(link).unwrap_or_default()),
            ("{order}", self.number.map(order).unwrap_or_default()),
        ];
        parts.iter().fold(PAGE.to_owned(), |page, (place, part)| page.replace(place, part))
    }
}

/// Text for HTML, within an attribute too.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests;
