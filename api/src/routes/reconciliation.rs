//! For operators: what gateways' own lists say otherwise than our books.

use axum::extract::State;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use shared::jobs::Reconcile;
use shared::kernel::ids::DifferenceId;
use shared::payments::Provider;
use shared::reconciliation::{Desk, Difference, Which};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::orders::short_text;
use crate::app::App;
use crate::envelope::{Envelope, Listed, Success};
use crate::error::ApiError;
use crate::extract::{Admin, Json, Paging, Path, Query};

const PATH: &str = "/api/admin/reconciliation";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_differences, compare_gateway)).routes(routes!(close_difference))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Also those that were put right or closed.
    #[serde(default)]
    all: bool,
}

/// Differences between gateways' lists and our books, newest first.
///
/// Those that stand, or all of them. A payment that we had missed is settled at once, and stands here as repaired.
#[utoipa::path(get, path = PATH, tag = "operations", params(Filter, Paging<DifferenceId>),
    security(("bearer" = [])), responses((status = 200, body = Envelope<Listed<Difference>>)))]
async fn list_differences(
    State(app): State<App>,
    Admin(_admin): Admin,
    paging: Paging<DifferenceId>,
    Query(filter): Query<Filter>,
) -> Result<Success<Listed<Difference>>, ApiError> {
    let which = if filter.all { Which::All } else { Which::Standing };
    let page = desk(&app).list(which, &paging.asked).await?;
    Ok(Success::list("Differences.", page, &paging))
}

/// What to compare.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)] // a misspelt `from` must not mean another window
#[schema(as = ReconciliationWish)]
struct Wish {
    gateway: Provider,
    /// From where the last run ended, with an overlap, if absent.
    from: Option<DateTime<Utc>>,
    /// Until a minute ago if absent.
    to: Option<DateTime<Utc>>,
}

/// What is going to be compared.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReconciliationQueued)]
struct Queued {
    gateway: Provider,
}

/// Compare a gateway's own list with our books now.
///
/// A job does it, as the schedule has it done every ten minutes; what it finds is listed here.
#[utoipa::path(post, path = PATH, tag = "operations", security(("bearer" = [])),
    responses(
        (status = 202, body = Envelope<Queued>),
        (status = 422, description = "`gateway_not_configured`, `window_to_come`, `window_empty`"),
    ))]
async fn compare_gateway(
    State(app): State<App>,
    Admin(_admin): Admin,
    Json(wish): Json<Wish>,
) -> Result<Success<Queued>, ApiError> {
    let gateway = wish.gateway;
    if app.gateways.get(outbound::name(gateway)).is_none() {
        let message = "This gateway is not configured.";
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "gateway_not_configured", message));
    }
    desk(&app).compare(&Reconcile { gateway, from: wish.from, until: wish.to }).await?;
    Ok(Success::accepted("The gateway is being compared.", PATH, Queued { gateway }))
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ReconciliationNote)]
struct Note {
    /// What you did about it.
    #[schema(min_length = 1, max_length = 500)]
    note: String,
}

/// You have dealt with a difference.
///
/// It no longer counts as standing. Found again, it stays closed.
#[utoipa::path(post, path = "/api/admin/reconciliation/{id}/close", tag = "operations",
    params(("id" = DifferenceId, Path)), security(("bearer" = [])),
    responses(
        (status = 200, body = Envelope<Difference>),
        (status = 404, description = "`difference_not_found`: there is none, or it does not stand"),
    ))]
async fn close_difference(
    State(app): State<App>,
    Admin(admin): Admin,
    Path(id): Path<DifferenceId>,
    Json(note): Json<Note>,
) -> Result<Success<Difference>, ApiError> {
    let note = short_text("note", Some(note.note))?;
    let note = note.ok_or_else(|| ApiError::invalid_field("note", "must not be empty"))?;
    Ok(Success::ok("The difference is closed.", desk(&app).close(id, admin.user, &note).await?))
}

fn desk(app: &App) -> Desk<'_> {
    Desk { pool: &app.pool, clock: &app.clock, bell: &app.bell }
}
