//! For operators: what gateways' own lists say otherwise than our books.

use axum::extract::State;
use serde::Deserialize;
use shared::kernel::ids::DifferenceId;
use shared::reconciliation::{self, Difference, Which};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::envelope::{Envelope, Listed, Success};
use crate::error::ApiError;
use crate::extract::{Admin, Paging, Query};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_differences))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Also those that were put right.
    #[serde(default)]
    all: bool,
}

/// Differences between gateways' lists and our books, newest first.
///
/// Those that stand, or all of them. A payment that we had missed is settled at once, and stands here as repaired.
#[utoipa::path(get, path = "/api/admin/reconciliation", tag = "operations", params(Filter, Paging<DifferenceId>),
    security(("bearer" = [])), responses((status = 200, body = Envelope<Listed<Difference>>)))]
async fn list_differences(
    State(app): State<App>,
    Admin(_admin): Admin,
    paging: Paging<DifferenceId>,
    Query(filter): Query<Filter>,
) -> Result<Success<Listed<Difference>>, ApiError> {
    let which = if filter.all { Which::All } else { Which::Standing };
    let page =
        reconciliation::list(&app.pool, which, &paging.asked).await.map_err(shared::desk::Error::from)?;
    Ok(Success::list("Differences.", page, &paging))
}
