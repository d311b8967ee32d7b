//! Liveness and readiness of the process.
//!
//! Live means that the process answers. It checks nothing else, so that an outage of the database does not restart the
//! process. Ready means that the database has the schema of this build and accepts writes. If Redis is away or accepts
//! no writes, the process reports it and is still ready: orders are accepted without Redis, and processed a little
//! later.

use std::time::Duration;

use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use serde_json::json;
use shared::kernel::RedisState;
use shared::kernel::db::{self, Standing};
use tokio::time::timeout;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::envelope::{Envelope, Success};
use crate::error::ApiError;

/// The longest that a check may take: load balancers give up soon.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) fn live_router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(live))
}

pub(super) fn ready_router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(ready))
}

/// The state of a server that the process needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum PartHealth {
    Up,
    Down,
    /// It answers and accepts no writes: a standby or replica, or its disk or memory is full.
    ReadOnly,
    /// The database refuses our sign-in: wrong user, password or name of the database.
    RefusesSignIn,
    /// The database answers, but this build's migrations have not run.
    NotMigrated,
}

impl From<RedisState> for PartHealth {
    fn from(state: RedisState) -> Self {
        match state {
            RedisState::Up => Self::Up,
            RedisState::ReadOnly => Self::ReadOnly,
            RedisState::Down => Self::Down,
        }
    }
}

/// What readiness is based on.
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
    let redis = PartHealth::from(app.bell.redis());
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
    match timeout(PATIENCE, db::standing(&app.pool)).await {
        Ok(Ok(Standing::Ready)) => PartHealth::Up,
        Ok(Ok(Standing::NotMigrated)) => PartHealth::NotMigrated,
        Ok(Ok(Standing::ReadOnly)) => {
            tracing::warn!("the database takes no writes");
            PartHealth::ReadOnly
        }
        Ok(Err(error)) => {
            tracing::warn!(%error, "the database does not answer");
            if db::refuses_sign_in(&error) { PartHealth::RefusesSignIn } else { PartHealth::Down }
        }
        Err(_) => {
            tracing::warn!("the database does not answer in time");
            PartHealth::Down
        }
    }
}
