//! The worker's own small port: liveness, readiness and metrics.
//!
//! Ready means that work gets done. A worker whose oldest due job has waited for a minute is alive but not working, and
//! a worker whose database accepts no writes can't work. Without Redis it processes nothing, but no other worker would
//! either: that is `degraded`, and answered with 200 until jobs have waited for too long.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;
use shared::jobs::Queue;
use shared::jobs::store::desk;
use shared::kernel::db::{self, Standing};
use shared::kernel::{RedisState, vitals};

use crate::context::Context;
use crate::start::Startup;

/// Seconds that the oldest due job may wait. Beyond that no worker is working.
const STALLED_AFTER_SECS: f64 = 60.0;

#[derive(Clone)]
struct Seen {
    context: Context,
    startup: Startup,
    metrics: PrometheusHandle,
}

pub(crate) fn router(context: Context, startup: Startup, metrics: PrometheusHandle) -> Router {
    Router::new()
        .route("/health/live", get(|| async { Json(json!({ "status": "alive" })) }))
        .route("/health/ready", get(ready))
        .route("/metrics", get(figures))
        .with_state(Seen { context, startup, metrics })
}

async fn figures(State(seen): State<Seen>) -> impl IntoResponse {
    vitals::observe(&seen.context.pool);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], seen.metrics.render())
}

async fn ready(State(seen): State<Seen>) -> impl IntoResponse {
    if let Some(reason) = seen.startup.waits_for() {
        let waits = json!({ "status": "starting", "waits_for": reason });
        return (StatusCode::SERVICE_UNAVAILABLE, Json(waits));
    }
    match look(&seen.context).await {
        Ok((Standing::ReadOnly, _)) => {
            tracing::warn!("not ready: the database takes no writes");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "database_read_only" })))
        }
        Ok((Standing::Ready | Standing::NotMigrated, ages)) => {
            let redis = seen.context.bell.redis();
            let stalled = ages.iter().any(|(_, secs)| *secs > STALLED_AFTER_SECS);
            let (status, word) = match (stalled, redis) {
                (true, _) => (StatusCode::SERVICE_UNAVAILABLE, "stalled"),
                (false, RedisState::Up) => (StatusCode::OK, "ready"),
                (false, RedisState::ReadOnly | RedisState::Down) => (StatusCode::OK, "degraded"),
            };
            let ages: serde_json::Map<_, _> =
                ages.into_iter().map(|(queue, secs)| (queue.as_str().to_owned(), json!(secs))).collect();
            // An open breaker delays only its own gateway's orders, so it makes no worker unready.
            let gateways: serde_json::Map<_, _> = seen
                .context
                .gateways
                .breakers()
                .map(|(name, breaker)| (name.as_str().to_owned(), json!(breaker.as_str())))
                .collect();
            let body = json!({
                "status": word, "redis": redis.as_str(), "oldest_due_secs": ages, "gateways": gateways,
            });
            (status, Json(body))
        }
        Err(error) => {
            tracing::warn!(%error, "not ready: the database does not answer");
            let word = if db::refuses_sign_in(&error) { "database_refuses_us" } else { "database_away" };
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": word })))
        }
    }
}

async fn look(context: &Context) -> Result<(Standing, Vec<(Queue, f64)>), db::Failure> {
    Ok((db::standing(&context.pool).await?, oldest(context).await?))
}

async fn oldest(context: &Context) -> Result<Vec<(Queue, f64)>, db::Failure> {
    let mut db = context.pool.acquire().await?;
    let mut ages = Vec::new();
    for queue in Queue::ALL {
        ages.push((*queue, desk::oldest_due_secs(&mut db, *queue, context.now()).await?));
    }
    Ok(ages)
}
