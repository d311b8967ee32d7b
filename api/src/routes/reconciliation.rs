//! For operators: differences between the gateways' own lists and our books.

use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use shared::foreign::{self, Day, Movement};
use shared::jobs::Reconcile;
use shared::kernel::ids::{DifferenceId, ForeignMovementId};
use shared::payments::Provider;
use shared::reconciliation::{Desk, Difference, Which, check_end, named_window};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::orders::note_problems;
use crate::app::App;
use crate::envelope::{Envelope, Listed, Success};
use crate::error::ApiError;
use crate::extract::{Admin, Body, Json, Paging, Path, Problems, Query};

const PATH: &str = "/api/admin/reconciliation";
const FOREIGN: &str = "/api/admin/reconciliation/foreign";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_differences, compare_gateway))
        .routes(routes!(close_difference))
        .routes(routes!(list_foreign))
        .routes(routes!(count_foreign))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Include differences that were repaired or closed.
    #[serde(default)]
    all: bool,
}

/// Differences between gateways' lists and our books, newest first.
///
/// Only open differences, or all of them. A payment that we had missed is applied at once, and is listed here as
/// repaired.
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

/// The gateway and the window to compare.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ReconciliationWish)]
struct Wish {
    gateway: Provider,
    /// Not before 2000-01-01; two days before the end if only the end is given.
    from: Option<DateTime<Utc>>,
    /// Not in the future; a minute ago if only the beginning is given.
    to: Option<DateTime<Utc>>,
}

impl Body for Wish {
    fn problems(&self, app: &App, unread: &Problems) -> Problems {
        let mut found = Problems::default();
        if app.gateways.get(outbound::name(self.gateway)).is_none() {
            found.add("gateway", "is not configured here");
        }
        let now = app.clock.now();
        for (field, moment) in [("from", self.from), ("to", self.to)] {
            found.merge(Problems::of(check_end(field, moment, now)));
        }
        if unread.is_empty() && ["from", "to"].iter().all(|end| !found.is_about(end)) {
            found.merge(Problems::of(named_window(self.from, self.to, now)));
        }
        found
    }
}

/// The comparison that was started.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReconciliationQueued)]
struct Queued {
    gateway: Provider,
}

/// Compare a gateway's own list with our books now.
///
/// A job does it, and its results are listed here. Without a window this is the schedule's next run, which otherwise
/// comes every ten minutes: it starts where the last run ended, with an overlap. A run with a window does not affect
/// the schedule.
#[utoipa::path(post, path = PATH, tag = "operations", security(("bearer" = [])),
    responses((status = 202, body = Envelope<Queued>)))]
async fn compare_gateway(
    State(app): State<App>,
    Admin(_admin): Admin,
    Json(wish): Json<Wish>,
) -> Result<Success<Queued>, ApiError> {
    let gateway = wish.gateway;
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

impl Body for Note {
    fn problems(&self, _: &App, _: &Problems) -> Problems {
        note_problems(&self.note)
    }
}

/// Close a difference that you have dealt with.
///
/// It no longer counts as open, and its incident is closed too. If it is found again it stays closed, unless the
/// gateway agreed with the books in between.
#[utoipa::path(post, path = "/api/admin/reconciliation/{id}/close", tag = "operations",
    params(("id" = DifferenceId, Path)), security(("bearer" = [])),
    responses(
        (status = 200, body = Envelope<Difference>),
        (status = 404, description = "`difference_not_found`"),
        (status = 409, description = "`difference_over`: it was repaired or closed already"),
    ))]
async fn close_difference(
    State(app): State<App>,
    Admin(admin): Admin,
    Path(id): Path<DifferenceId>,
    Json(note): Json<Note>,
) -> Result<Success<Difference>, ApiError> {
    let note = note.note.trim();
    Ok(Success::ok("The difference is closed.", desk(&app).close(id, admin.user, note).await?))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ForeignFilter {
    /// All gateways if absent.
    #[param(inline)]
    gateway: Option<Provider>,
    /// UTC, by the gateway's own time, such as `2026-01-31`; all days if absent.
    day: Option<NaiveDate>,
}

/// Movements on your gateway accounts that bear none of this product's marks, newest first.
///
/// Another system uses the same account. Such movements are stored and counted, and are not differences.
#[utoipa::path(get, path = FOREIGN, tag = "operations", params(ForeignFilter, Paging<ForeignMovementId>),
    security(("bearer" = [])), responses((status = 200, body = Envelope<Listed<Movement>>)))]
async fn list_foreign(
    State(app): State<App>,
    Admin(_admin): Admin,
    paging: Paging<ForeignMovementId>,
    Query(filter): Query<ForeignFilter>,
) -> Result<Success<Listed<Movement>>, ApiError> {
    let filter = foreign::Filter { gateway: filter.gateway, day: filter.day };
    let page = foreign::list(&app.pool, filter, &paging.asked).await?;
    Ok(Success::list("Movements of other systems.", page, &paging))
}

/// Number of other systems' movements, by gateway and day: the last 31 days, newest first.
#[utoipa::path(get, path = "/api/admin/reconciliation/foreign/days", tag = "operations",
    security(("bearer" = [])), responses((status = 200, body = Envelope<Vec<Day>>)))]
async fn count_foreign(State(app): State<App>, Admin(_admin): Admin) -> Result<Success<Vec<Day>>, ApiError> {
    let days = foreign::days(&app.pool, app.clock.now()).await?;
    Ok(Success::ok("Movements of other systems by day.", days))
}

fn desk(app: &App) -> Desk<'_> {
    Desk { pool: &app.pool, clock: &app.clock, bell: &app.bell }
}
