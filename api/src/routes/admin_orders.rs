//! Searching orders, for people who answer questions about them.

use axum::extract::State;
use serde::Deserialize;
use shared::kernel::ids::{OrderId, UserId};
use shared::orders::store::{Audience, Sought};
use shared::orders::{OrderStatus, OrderSummary, look, number};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::envelope::{Envelope, Listed, Success};
use crate::error::ApiError;
use crate::extract::{Admin, Paging, Query};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(find_orders))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// What people call the order, as `7K3M-9QX2`, with or without the hyphen, in upper or lower case.
    #[param(max_length = 100)]
    number: Option<String>,
    /// The address of the customer's account; upper or lower case.
    #[param(max_length = 254)]
    email: Option<String>,
    /// The id of the customer's account.
    #[param(value_type = Option<UserId>)]
    customer: Option<UserId>,
    /// Only orders that stand here. Alone it is looked for from the newest order on, without an index.
    #[param(inline)]
    status: Option<OrderStatus>,
}

/// Orders by number, e-mail address, customer or status, newest first.
///
/// All given filters apply. Without a filter: every order.
#[utoipa::path(get, path = "/api/admin/orders", tag = "administration", params(Paging<OrderId>, Wanted),
    security(("bearer" = [])),
    responses((status = 200, description = "A page, with the customers.", body = Envelope<Listed<OrderSummary>>)))]
async fn find_orders(
    State(app): State<App>,
    _admin: Admin,
    paging: Paging<OrderId>,
    Query(wanted): Query<Wanted>,
) -> Result<Success<Listed<OrderSummary>>, ApiError> {
    let sought = Sought {
        customer: wanted.customer,
        number: wanted.number.as_deref().map(number::as_kept),
        email: wanted.email.map(|address| address.trim().to_owned()),
        status: wanted.status,
        audience: Audience::Admins,
    };
    let page = look::list(&app.pool, &sought, &paging.asked).await?;
    Ok(Success::list("Orders.", page, &paging))
}
