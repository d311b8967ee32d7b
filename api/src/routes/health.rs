//! Whether the process lives, and whether it can serve.
//!
//! Live says that the process answers; it looks at nothing else, so that an outage of the database restarts nobody.
//! Ready needs the database with this build's schema. Redis away is reported and still ready: orders are accepted
//! without it, and worked on a little later.

use std::time::Duration;

use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use serde_json::json;
use shared::kernel::db;
use tokio::time::timeout;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::envelope::{Envelope, Success};
use crate::error::ApiError;

/// Who asks gives up soon.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) fn live_router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(live))
}

pub(super) fn ready_router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(ready))
}

/// How a part that we stand on is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum PartHealth {
    Up,
    Down,
    /// The database answers, but this build's migrations have not run.
    NotMigrated,
}

/// What readiness rests on.
#[derive(Debug, Serialize, ToSchema)]
struct Readiness {
    /// `ready`, `degraded` (serving, but something is away), `unready` or `stopping`.
    state: &'static str,
    database: PartHealth,
    redis: PartHealth,
}

#[derive(Debug, Serialize, ToSchema)]
struct Liveness {
    version: &'static str,
}

/// The process answers.
#[utoipa::path(get, path = "/health/live", tag = "operations",
    responses((status = 200, body = Envelope<Liveness>)))]
async fn live() -> Success<Liveness> {
    Success::ok("Alive.", Liveness { version: env!("CARGO_PKG_VERSION") })
}

/// Whether requests should be sent here.
#[utoipa::path(get, path = "/health/ready", tag = "operations", responses(
    (status = 200, description = "Send requests", body = Envelope<Readiness>),
    (status = 503, description = "`unready` or `stopping`: send none; `errors` says what is away."),
))]
async fn ready(State(app): State<App>) -> Result<Success<Readiness>, ApiError> {
    let database = database(&app).await;
    let redis = if app.bell.is_listening() { PartHealth::Up } else { PartHealth::Down };
    let state = match (database, redis) {
        _ if app.stopping.is_cancelled() => "stopping",
        (PartHealth::Up, PartHealth::Up) => "ready",
        (PartHealth::Up, _) => "degraded",
        _ => "unready",
    };
    let readiness = Readiness { state, database, redis };
    match state {
        "ready" | "degraded" => Ok(Success::ok("Readiness.", readiness)),
        _ => {
            let refusal = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, state, "Send no requests here.");
            Err(refusal.with_errors(json!(readiness)))
        }
    }
}

async fn database(app: &App) -> PartHealth {
    match timeout(PATIENCE, db::is_migrated(&app.pool)).await {
        Ok(Ok(true)) => PartHealth::Up,
        Ok(Ok(false)) => PartHealth::NotMigrated,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the database does not answer");
            PartHealth::Down
        }
        Err(_) => {
            tracing::warn!("the database does not answer in time");
            PartHealth::Down
        }
    }
}
