//! The worker's own small port: is it alive, does it work, what are its figures.
//!
//! Ready means that work gets done: a worker whose oldest due job has waited for a minute is alive but not working.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;
use shared::jobs::Queue;
use shared::jobs::store::desk;
use shared::kernel::{db, vitals};

use crate::context::Context;

/// A due job that has waited longer than this, in seconds, means that nobody works.
const STALLED_AFTER_SECS: f64 = 60.0;

#[derive(Clone)]
struct Seen {
    context: Context,
    metrics: PrometheusHandle,
}

pub(crate) fn router(context: Context, metrics: PrometheusHandle) -> Router {
    Router::new()
        .route("/health/live", get(|| async { Json(json!({ "status": "alive" })) }))
        .route("/health/ready", get(ready))
        .route("/metrics", get(figures))
        .with_state(Seen { context, metrics })
}

async fn figures(State(seen): State<Seen>) -> impl IntoResponse {
    vitals::observe(&seen.context.pool);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], seen.metrics.render())
}

async fn ready(State(seen): State<Seen>) -> impl IntoResponse {
    match oldest(&seen.context).await {
        Ok(ages) => {
            let stalled = ages.iter().any(|(_, secs)| *secs > STALLED_AFTER_SECS);
            let ages: serde_json::Map<_, _> =
                ages.into_iter().map(|(queue, secs)| (queue.as_str().to_owned(), json!(secs))).collect();
            let status = if stalled { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
            let word = if stalled { "stalled" } else { "ready" };
            // A gateway that is left alone delays its own orders only, so it makes no worker unready.
            let gateways: serde_json::Map<_, _> = seen
                .context
                .gateways
                .breakers()
                .map(|(name, breaker)| (name.as_str().to_owned(), json!(breaker.as_str())))
                .collect();
            (status, Json(json!({ "status": word, "oldest_due_secs": ages, "gateways": gateways })))
        }
        Err(error) => {
            tracing::warn!(%error, "not ready: the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "database_away" })))
        }
    }
}

async fn oldest(context: &Context) -> Result<Vec<(Queue, f64)>, db::Failure> {
    let mut db = context.pool.acquire().await?;
    let mut ages = Vec::new();
    for queue in Queue::ALL {
        ages.push((*queue, desk::oldest_due_secs(&mut db, *queue, context.now()).await?));
    }
    Ok(ages)
}
