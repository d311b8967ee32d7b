//! Applies a decided fault to one request. What the answer looks like is the gateway's: it
//! brings its own replies. How long `slow` takes and what `error_500_stored` stores is left to the
//! gateway, for both take place inside the handling, while an idempotency key may be held.

use std::future::Future;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::kind::{Fault, FaultKind};
use crate::connection::Hangup;

/// How a gateway words the failures that happen outside its handlers. One without idempotency keys
/// gives for `key_in_use` what it answers to a repetition.
#[derive(Debug, Clone, Copy)]
pub struct Replies {
    pub broken: fn() -> Response,
    pub rate_limited: fn() -> Response,
    pub key_in_use: fn() -> Response,
}

pub async fn around<F>(fault: Option<Fault>, hangup: &Hangup, replies: Replies, run: F) -> Response
where
    F: Future<Output = Response> + Send + 'static,
{
    let Some(fault) = fault else { return run.await };
    tracing::info!(%fault, "fault");
    match fault.kind {
        FaultKind::Error500Before => (replies.broken)(),
        FaultKind::RateLimit => (replies.rate_limited)(),
        FaultKind::InUse409 => (replies.key_in_use)(),
        FaultKind::CutBefore => cut(hangup),
        FaultKind::Error500After => {
            run.await;
            (replies.broken)()
        }
        FaultKind::CutAfter => {
            run.await;
            cut(hangup)
        }
        FaultKind::SlowReply => {
            let response = run.await;
            tokio::time::sleep(Duration::from_millis(fault.ms)).await;
            response
        }
        // A caller that loses patience must not undo the request: it goes on without him.
        FaultKind::Slow => match tokio::spawn(run).await {
            Ok(response) => response,
            Err(_) => (replies.broken)(),
        },
        FaultKind::Error500Stored
        | FaultKind::WebhookDuplicate
        | FaultKind::WebhookLate
        | FaultKind::WebhookReorder
        | FaultKind::WebhookLost
        | FaultKind::WebhookStale => run.await,
    }
}

fn cut(hangup: &Hangup) -> Response {
    hangup.cut();
    // Never sent: the connection takes no more bytes.
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
