//! What gateways push: verified, stored once, and answered; a job applies it.
//!
//! 200 only after the event is committed, whatever it says: what it means is decided when it is applied. What can't be
//! stored now is answered with 5xx, so that the gateway sends it again. A message that is refused leaves a count, and a
//! log line at debug: anybody can send any number of them. One without the form of a signature is refused before its body
//! is read.

use axum::extract::{FromRequest, Request, State};
use gateways::{GatewayName, WebhookError};
use http::StatusCode;
use serde::Serialize;
use shared::kernel::TraceContext;
use shared::webhooks::NewEvent;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::envelope::{Envelope, Success};
use crate::error::ApiError;
use crate::extract::{Path, RawBody};

/// Bytes of a pushed message at the most: they are small, and not ours to shape.
const LIMIT: usize = 1024 * 1024;

const REFUSED: &str = "haat_webhooks_refused_total";
/// Why messages are refused.
const REASONS: [&str; 5] = [
    "webhook_signature_missing",
    "webhook_signature_invalid",
    "webhook_too_old",
    "webhook_in_future",
    "webhook_not_text",
];

/// Describes the counters of this route and begins each series at zero, so that an alert sees the first count. Once,
/// after the recorder is there.
pub(crate) fn register(app: &App) {
    metrics::describe_counter!(REFUSED, "Webhooks whose signature does not hold, by gateway and reason");
    metrics::describe_counter!(
        "haat_webhooks_received_total",
        "Signed events that were stored, or known already"
    );
    metrics::describe_counter!(
        "haat_webhooks_new_total",
        "Signed events that were stored for the first time"
    );
    metrics::counter!("haat_webhooks_received_total").increment(0);
    metrics::counter!("haat_webhooks_new_total").increment(0);
    for gateway in GatewayName::ALL.iter().filter(|name| app.gateways.get(**name).is_some()) {
        for reason in REASONS {
            metrics::counter!(REFUSED, "gateway" => gateway.as_str(), "reason" => reason).increment(0);
        }
    }
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(receive_webhook))
}

#[derive(Debug, Serialize, ToSchema)]
struct Received {
    /// The gateway's id of the event.
    event: String,
}

/// For gateways only: a signed event.
///
/// Duplicates are answered like the first. The raw body is what is signed.
#[utoipa::path(post, path = "/api/webhooks/{gateway}", tag = "webhooks",
    params(("gateway" = String, Path, example = "stripe")),
    request_body(content = String, content_type = "application/json"),
    responses(
        (status = 200, body = Envelope<Received>),
        (status = 400, description = "`webhook_signature_missing`, `webhook_signature_invalid`, `webhook_too_old`, `webhook_in_future`, `webhook_not_text`"),
    ))]
async fn receive_webhook(
    State(app): State<App>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Success<Received>, ApiError> {
    let name: GatewayName = name.parse().map_err(|_| ApiError::not_found())?;
    let gateway = app.gateways.get(name).ok_or_else(ApiError::not_found)?;
    let headers = request.headers().clone();
    gateway.check_headers(&headers).map_err(|error| distrusted(name, &error))?;
    let RawBody(body) = RawBody::<LIMIT>::from_request(request, &app).await?;
    let now = app.clock.now().timestamp();
    // Before the signature: no gateway sends such bytes, and a reader of events would call them a fault of ours.
    let text = std::str::from_utf8(&body).ok().filter(|text| !text.contains('\0'));
    let text =
        text.ok_or_else(|| refused(name, "webhook_not_text", "The body is not UTF-8 without U+0000."))?;
    let event = gateway.read_webhook(&headers, &body, now).await;
    let event = event.map_err(|error| distrusted(name, &error))?.into_inner();
    let new = NewEvent {
        gateway: name.as_str(),
        event_id: event.id.clone(),
        kind: event.kind_text,
        body: text.to_owned(),
        trace: TraceContext::current(),
    };
    app.inbox.submit(new).await?;
    Ok(Success::ok("Received.", Received { event: event.id }))
}

fn distrusted(gateway: GatewayName, error: &WebhookError) -> ApiError {
    let (code, message) = match error {
        WebhookError::MissingSignature => ("webhook_signature_missing", "The signature is missing."),
        WebhookError::Malformed(_) | WebhookError::NoMatch => {
            ("webhook_signature_invalid", "The signature is wrong.")
        }
        WebhookError::TooOld(_) => ("webhook_too_old", "The message was signed too long ago."),
        WebhookError::InFuture(_) => ("webhook_in_future", "The message was signed in the future."),
        // Perhaps genuine: a 5xx makes the gateway send it again.
        WebhookError::Unverifiable(_) => {
            tracing::warn!(gateway = gateway.as_str(), %error, "a webhook can't be verified now");
            return ApiError::overloaded();
        }
    };
    refused(gateway, code, message)
}

fn refused(gateway: GatewayName, code: &'static str, message: &'static str) -> ApiError {
    metrics::counter!(REFUSED, "gateway" => gateway.as_str(), "reason" => code).increment(1);
    tracing::debug!(gateway = gateway.as_str(), reason = code, "a webhook was refused");
    ApiError::new(StatusCode::BAD_REQUEST, code, message)
}
