//! For administrators: what gateways answered about the money of an order.

use axum::extract::State;
use shared::kernel::ids::{OrderId, PaymentLogId};
use shared::payment_log::{self, LogEntry};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::envelope::{Envelope, Listed, Success};
use crate::error::ApiError;
use crate::extract::{Admin, Paging, Path};

const PATH: &str = "/api/admin/orders/{id}/payment-log";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_payment_log))
}

/// What gateways answered to our calls about an order, newest first.
///
/// One entry per request: opening, finishing, closing and asking about payments, making refunds and asking about them.
/// Each answer is stored as it was received, except for values that identify a person or open an account, until its
/// retention ends. Messages that gateways push are stored separately.
#[utoipa::path(get, path = PATH, tag = "operations", params(("id" = OrderId, Path), Paging<PaymentLogId>),
    security(("bearer" = [])),
    responses(
        (status = 200, body = Envelope<Listed<LogEntry>>),
        (status = 404, description = "`order_not_found`"),
    ))]
async fn list_payment_log(
    State(app): State<App>,
    Admin(_admin): Admin,
    Path(id): Path<OrderId>,
    paging: Paging<PaymentLogId>,
) -> Result<Success<Listed<LogEntry>>, ApiError> {
    let page = payment_log::of_order(&app.pool, id, &paging.asked).await?;
    Ok(Success::list("Answers of the gateways.", page, &paging))
}
