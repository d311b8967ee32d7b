//! Orders as their customers and administrators see them: lists, polls, cancelling. Streams: `order_events`.

use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use shared::fulfilment::{Desk, Request};
use shared::identity::{Caller, Role};
use shared::kernel::ids::OrderId;
use shared::kernel::text::{self, TextProblem};
use shared::orders::store::{Audience, Reader, Sought};
use shared::orders::{Actor, OrderStatus, OrderSummary, OrderView, look, number};
use tokio::time::Instant;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::envelope::{Envelope, Listed, Success};
use crate::error::ApiError;
use crate::etag::Etag;
use crate::extract::{Body, IfNoneMatch, Json, Paging, Path, Problems, Query, Sender, SignedIn};
use crate::orders_hub::LONGEST_WAIT;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_orders))
        .routes(routes!(show_order))
        .routes(routes!(cancel_order))
}

/// The part of an order that this caller may see.
pub(super) fn reader(caller: &Caller) -> Result<Reader, ApiError> {
    match (caller.role, caller.vendor) {
        (Role::SuperAdmin, _) => Ok(Reader::Admin),
        (Role::Customer, _) => Ok(Reader::Customer(caller.user)),
        (Role::Vendor | Role::VendorStaff, Some(vendor)) => Ok(Reader::Vendor(vendor)),
        (Role::Vendor | Role::VendorStaff, None) | (Role::Delivery, _) => Err(ApiError::not_found()),
    }
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Only orders with this status.
    #[param(inline)]
    pub(super) status: Option<OrderStatus>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only the order with this number, such as `7K3M-9QX2`, with or without the hyphen, in upper or lower case.
    #[param(max_length = 100)]
    number: Option<String>,
    /// Only orders with this status.
    #[param(inline)]
    status: Option<OrderStatus>,
}

/// Your orders, newest first; for an administrator all orders.
#[utoipa::path(get, path = "/api/orders", tag = "orders", params(Paging<OrderId>, Wanted), security(("bearer" = [])),
    responses((status = 200, body = Envelope<Listed<OrderSummary>>)))]
async fn list_orders(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    paging: Paging<OrderId>,
    Query(wanted): Query<Wanted>,
) -> Result<Success<Listed<OrderSummary>>, ApiError> {
    let (customer, audience) = match caller.role {
        Role::Customer => (Some(caller.user), Audience::Customers),
        Role::SuperAdmin => (None, Audience::Admins),
        Role::Vendor | Role::VendorStaff => {
            return Err(ApiError::denied("A shop's orders are at /api/vendor/orders."));
        }
        Role::Delivery => return Err(ApiError::denied("Only customers and admins have a list of orders.")),
    };
    let number = wanted.number.as_deref().map(number::as_kept);
    let sought = Sought { customer, number, email: None, status: wanted.status, audience };
    let page = look::list(&app.pool, &sought, &paging.asked).await?;
    Ok(Success::list("Your orders.", page, &paging))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Waiting {
    /// Seconds to wait for a change, up to 30. Send `If-None-Match` with it: the answer comes when the order differs
    /// from your version, or when the time is over. Without `If-None-Match` it comes at once.
    #[param(minimum = 0, maximum = 30)]
    wait: Option<u64>,
}

/// One order; made for polling.
///
/// With `If-None-Match` the answer is 304 while nothing has changed. With `?wait=` the answer waits for a change. The
/// customer and administrators see the whole order, a vendor its own part; for all others there is no such order.
#[utoipa::path(get, path = "/api/orders/{id}", tag = "orders", params(("id" = OrderId, Path), Waiting, IfNoneMatch),
    security(("bearer" = [])),
    responses(
        (status = 200, body = Envelope<OrderView>),
        (status = 304, description = "You have the newest version"),
        (status = 429, description = "`too_many_waiting`: you have too many streams and long polls open"),
        (status = 404, description = "`order_not_found`"),
    ))]
async fn show_order(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Path(id): Path<OrderId>,
    Query(waiting): Query<Waiting>,
    known: IfNoneMatch,
    sender: Sender,
) -> Result<Response, ApiError> {
    let reader = reader(&caller)?;
    let wait = Duration::from_secs(waiting.wait.unwrap_or(0)).min(LONGEST_WAIT);
    // Without a version to compare with, the current order is the answer and there is nothing to wait for.
    if !known.is_given() {
        return answer(&app, id, reader).await;
    }
    let deadline = Instant::now() + wait;
    let mut watch = (!wait.is_zero()).then(|| app.orders.watch(id));
    let mut version = look::version(&app.pool, id, reader).await?;
    if !known.covers(&etag(id, version)) {
        return answer(&app, id, reader).await;
    }
    let Some(watch) = &mut watch else { return Ok(etag(id, version).not_modified()) };
    let _share = app.gate.watch(caller.user, sender.client)?;
    while watch.changed(deadline).await {
        version = watch.look(async || look::glance(&app.pool, id).await).await?.version;
        if !known.covers(&etag(id, version)) {
            return answer(&app, id, reader).await;
        }
    }
    Ok(etag(id, version).not_modified())
}

fn etag(id: OrderId, version: i32) -> Etag {
    Etag::new(format_args!("{}.{version}", id.0.simple()))
}

async fn answer(app: &App, id: OrderId, reader: Reader) -> Result<Response, ApiError> {
    let order = look::show(&app.pool, id, reader).await?;
    let etag = etag(id, order.version);
    Ok(Success::ok("The order.", order).tagged(&etag).into_response())
}

#[derive(Debug, Default, Deserialize, ToSchema)]
struct Why {
    /// For the history of the order.
    #[schema(max_length = 500)]
    reason: Option<String>,
}

impl Body for Why {
    fn problems(&self, _: &App, _: &Problems) -> Problems {
        short_problems("reason", self.reason.as_deref())
    }
}

/// Cancel an order before it is shipped.
///
/// If it is unpaid, its stock is released at once; if it is paid, everything is refunded. Repeating it changes nothing.
#[utoipa::path(post, path = "/api/orders/{id}/cancel", tag = "orders", params(("id" = OrderId, Path)),
    request_body = Option<Why>, security(("bearer" = [])),
    responses(
        (status = 200, body = Envelope<OrderView>),
        (status = 409, description = "`order_wrong_status`: shipped, or over already"),
        (status = 404, description = "`order_not_found`"),
    ))]
async fn cancel_order(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Path(id): Path<OrderId>,
    why: Option<Json<Why>>,
) -> Result<Success<OrderView>, ApiError> {
    let reader = reader(&caller)?;
    let actor = match reader {
        Reader::Customer(_) => Actor::Customer,
        Reader::Admin => Actor::Admin(caller.user),
        Reader::Vendor(_) => {
            return Err(ApiError::denied("Only the customer or an admin can cancel an order."));
        }
    };
    let reason = short_text(why.and_then(|Json(why)| why.reason));
    let request = Request { order_id: id, reader, actor };
    desk(&app).cancel(&request, reason.as_deref()).await?;
    Ok(Success::ok("The order is cancelled.", look::show(&app.pool, id, reader).await?))
}

pub(super) fn desk(app: &App) -> Desk<'_> {
    Desk { pool: &app.pool, clock: &app.clock, bell: &app.bell }
}

/// Most characters of a free text.
const LONGEST: usize = 500;

/// Free text without problems, as it is kept: trimmed, absent if empty.
pub(super) fn short_text(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// One such text, as it is stored.
pub(super) fn short(text: &str) -> Result<String, TextProblem> {
    text::block(text, LONGEST)
}

/// What is wrong with a free text. It may have several lines, but no other control characters.
pub(super) fn short_problems(field: &str, text: Option<&str>) -> Problems {
    let mut found = Problems::default();
    if let Some(Err(problem)) = text.map(short) {
        found.add(field, problem.to_string());
    }
    found
}

/// What is wrong with a note of an operator, which must not be empty.
pub(super) fn note_problems(note: &str) -> Problems {
    let mut found = short_problems("note", Some(note));
    if note.trim().is_empty() {
        found.add("note", TextProblem::Empty.to_string());
    }
    found
}
