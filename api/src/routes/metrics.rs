//! Metrics of this process in Prometheus' text format. They are not public: block the path at the proxy, or serve them
//! on a separate address (`HAAT_API_METRICS_ADDR`).

use axum::extract::State;
use axum::response::IntoResponse;
use http::header::CONTENT_TYPE;
use shared::kernel::vitals;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(metrics))
}

/// Metrics of this process.
#[utoipa::path(get, path = "/metrics", tag = "operations",
    responses((status = 200, description = "Prometheus text format", body = String, content_type = "text/plain")))]
async fn metrics(State(app): State<App>) -> impl IntoResponse {
    vitals::observe(&app.pool);
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], app.metrics.render())
}
