//! Changes of an order as a stream of server-sent events, and the ticket that opens it for browsers.
//!
//! `EventSource` can't send a header, so it opens the stream with a ticket in the query: signed, for one order, for a
//! minute. A ticket is not accepted as an access token, nor an access token as a ticket.

use std::convert::Infallible;
use std::time::Duration;

use async_stream::stream;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use shared::identity::Caller;
use shared::kernel::error::with_sources;
use shared::kernel::ids::OrderId;
use shared::orders::store::Reader;
use shared::orders::{Glance, OrderStatus, look};
use tokio::time::Instant;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::orders::reader;
use crate::app::App;
use crate::envelope::{Envelope, Success};
use crate::error::ApiError;
use crate::extract::{Path, Query, Sender, SignedIn};
use crate::orders_hub::{LONGEST_WAIT, Watch};

/// How soon a browser may reconnect after the stream has ended.
const COME_BACK: Duration = Duration::from_secs(1);
const KEEP_ALIVE: Duration = Duration::from_secs(10);

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(order_events)).routes(routes!(order_events_ticket))
}

/// Opens an order's event stream without a header.
#[derive(Debug, Serialize, ToSchema)]
struct Ticket {
    /// For the query of the stream: `?ticket=…`.
    ticket: String,
    /// Validity in seconds. A stream that was opened with it may last longer.
    expires_in: u64,
}

/// A ticket for the event stream of this order.
///
/// For `EventSource`, which can't send `Authorization`. It opens the stream of this order on your behalf, for a minute,
/// and nothing else. When the browser gives up (`readyState` is 2), fetch the next one.
#[utoipa::path(post, path = "/api/orders/{id}/events/ticket", tag = "orders", params(("id" = OrderId, Path)),
    security(("bearer" = [])),
    responses((status = 200, body = Envelope<Ticket>), (status = 404, description = "`order_not_found`")))]
async fn order_events_ticket(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Path(id): Path<OrderId>,
) -> Result<Success<Ticket>, ApiError> {
    look::version(&app.pool, id, reader(&caller)?).await?; // a ticket only for an order that the caller may read
    let signed = app.tokens.sign_ticket(&caller, id, app.clock.now())?;
    Ok(Success::ok(
        "A ticket for the stream.",
        Ticket { ticket: signed.token, expires_in: signed.expires_in },
    ))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Opening {
    /// In place of the header `Authorization`, from `POST /api/orders/{id}/events/ticket`.
    ticket: Option<String>,
}

/// One step of the stream.
#[derive(Debug, Serialize)]
struct Told {
    status: OrderStatus,
    version: i32,
    /// Where the customer pays, as soon as that is known.
    redirect_url: Option<String>,
}

/// Changes of an order as server-sent events.
///
/// The stream begins with the current state of the order. Each event `order` has status, version and, while payment is
/// awaited, the payment page. After the last step an event `end` follows and the stream closes. A client that then
/// reconnects with `Last-Event-ID`, as `EventSource` does by itself, gets 204, which tells it to stop. A stream of an
/// order that is still open ends after 30 seconds: reconnect, and it begins with the current state.
#[utoipa::path(get, path = "/api/orders/{id}/events", tag = "orders", params(("id" = OrderId, Path), Opening),
    security(("bearer" = [])),
    responses(
        (status = 200, body = String, content_type = "text/event-stream",
            description = "Server-sent events. Each has the event `order`, or `end` after the last step, as its id the \
                version, and as its data JSON: `{\"status\": OrderStatus, \"version\": integer, \"redirect_url\": \
                string or null}`."),
        (status = 204, description = "The order is over, and you have its last step (`Last-Event-ID`)"),
        (status = 404, description = "`order_not_found`"),
        (status = 429, description = "`too_many_waiting`: you have too many streams and long polls open"),
    ))]
async fn order_events(
    State(app): State<App>,
    caller: Option<SignedIn>,
    Path(id): Path<OrderId>,
    Query(opening): Query<Opening>,
    sender: Sender,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let caller = caller_of(&app, caller, id, opening.ticket.as_deref())?;
    let reader = reader(&caller)?;
    look::version(&app.pool, id, reader).await?; // errors come before the stream begins
    let share = app.gate.watch(caller.user, sender.client)?;
    let place = app.gate.place_to_wait().ok_or_else(ApiError::overloaded)?;
    let mut watch = app.orders.watch(id);
    let first = glance(&app, &mut watch, id).await?;
    let seen = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    if first.status.is_over() && seen == Some(first.version) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let steps = steps(app, watch, id, reader, first, (share, place));
    Ok(Sse::new(steps).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

/// The caller by the header, or by the ticket if there is no header.
fn caller_of(
    app: &App,
    signed_in: Option<SignedIn>,
    id: OrderId,
    ticket: Option<&str>,
) -> Result<Caller, ApiError> {
    match (signed_in, ticket) {
        (Some(SignedIn(caller)), _) => Ok(caller),
        (None, Some(ticket)) => Ok(app.tokens.verify_ticket(ticket, id, app.clock.now())?),
        (None, None) => {
            let message = "Sign in, and send the access token; or a ticket, where no header can be sent.";
            Err(ApiError::unauthenticated("token_required", message))
        }
    }
}

async fn glance(app: &App, watch: &mut Watch, id: OrderId) -> Result<Glance, shared::orders::Error> {
    watch.look(async || look::glance(&app.pool, id).await).await
}

/// Holds `held` until the stream has ended.
fn steps<H: Send + 'static>(
    app: App,
    mut watch: Watch,
    id: OrderId,
    reader: Reader,
    first: Glance,
    held: H,
) -> impl Stream<Item = Result<Event, Infallible>> {
    stream! {
        let _held = held;
        let deadline = Instant::now() + LONGEST_WAIT;
        let mut told = None;
        let mut now = first;
        loop {
            if told != Some(now.version) {
                told = Some(now.version);
                yield Ok(step(&now, reader).retry(COME_BACK));
                if now.status.is_over() {
                    yield Ok(named("end", &now, reader));
                    return;
                }
            }
            if !watch.changed(deadline).await {
                return;
            }
            now = match glance(&app, &mut watch, id).await {
                Ok(glance) => glance,
                Err(error) => {
                    tracing::warn!(order.id = %id, error = with_sources(&error), "an event stream was cut short");
                    return;
                }
            };
        }
    }
}

fn step(now: &Glance, reader: Reader) -> Event {
    named("order", now, reader)
}

fn named(name: &str, now: &Glance, reader: Reader) -> Event {
    // Vendors do not see how the customer pays.
    let redirect_url = match reader {
        Reader::Customer(_) | Reader::Admin => now.redirect_url.clone(),
        Reader::Vendor(_) => None,
    };
    let told = Told { status: now.status, version: now.version, redirect_url };
    let event = Event::default().event(name).id(now.version.to_string());
    event.json_data(told).expect("a status, a number and a text always serialise")
}
