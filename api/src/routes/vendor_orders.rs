//! A shop's parts of orders.

use axum::extract::State;
use shared::kernel::ids::VendorOrderId;
use shared::orders::{OrderView, PartSummary, look};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::orders::Filter;
use crate::app::App;
use crate::envelope::{Envelope, Listed, Success};
use crate::error::ApiError;
use crate::extract::{Paging, Path, Query, VendorCaller};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_vendor_orders)).routes(routes!(show_vendor_order))
}

/// Your shop's parts of orders, newest first.
#[utoipa::path(get, path = "/api/vendor/orders", tag = "vendor orders", params(Paging<VendorOrderId>, Filter),
    security(("bearer" = [])), responses((status = 200, body = Envelope<Listed<PartSummary>>)))]
async fn list_vendor_orders(
    State(app): State<App>,
    VendorCaller { vendor, .. }: VendorCaller,
    paging: Paging<VendorOrderId>,
    Query(filter): Query<Filter>,
) -> Result<Success<Listed<PartSummary>>, ApiError> {
    let page = look::list_parts(&app.pool, vendor, filter.status, &paging.asked).await?;
    Ok(Success::list("Your shop's orders.", page, &paging))
}

/// One order, with your shop's part of it only.
///
/// Found by the id of the part, as in your list, or by the id of the order. `data.id` is the id of the order,
/// `data.vendors[0].id` that of the part.
#[utoipa::path(get, path = "/api/vendor/orders/{id}", tag = "vendor orders",
    params(("id" = Uuid, Path, description = "Of the part, or of its order.")),
    security(("bearer" = [])),
    responses((status = 200, body = Envelope<OrderView>), (status = 404, description = "`order_not_found`")))]
async fn show_vendor_order(
    State(app): State<App>,
    VendorCaller { vendor, .. }: VendorCaller,
    Path(id): Path<Uuid>,
) -> Result<Success<OrderView>, ApiError> {
    Ok(Success::ok("The order.", look::show_part(&app.pool, vendor, id).await?))
}
