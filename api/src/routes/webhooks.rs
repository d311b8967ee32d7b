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

/// Largest pushed message in bytes: messages are small, and gateways decide their shape.
const LIMIT: usize = 1024 * 1024;

const REFUSED: &str = "haat_webhooks_refused_total";
/// Why a message is refused, as its code and as the label of its count.
pub(crate) const REFUSALS: &[&str] = &[
    "webhook_signature_missing",
    "webhook_signature_invalid",
    "webhook_too_old",
    "webhook_in_future",
    "webhook_not_text",
];

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
/// Duplicates get the same answer as the first. The signature covers the raw body.
#[utoipa::path(post, path = "/api/webhooks/{gateway}", tag = "webhooks",
    params(("gateway" = String, Path, example = "stripe")), extensions(("x-open-query" = json!(true)), ("x-raw-body" = json!(true))),
    request_body(content = serde_json::Value, content_type = "application/json"),
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
    // Checked before the signature: no gateway sends such bytes, and PostgreSQL could not store them.
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
