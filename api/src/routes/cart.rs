//! The caller's cart.

use axum::extract::State;
use serde::Deserialize;
use shared::carts::{self, Cart};
use shared::kernel::db;
use shared::kernel::ids::{CartItemId, VariantId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::envelope::{Envelope, Success};
use crate::error::ApiError;
use crate::extract::{Body, Customer, Json, Path, Problems};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show_cart, add_to_cart))
        .routes(routes!(clear_cart))
        .routes(routes!(set_cart_quantity, remove_from_cart))
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewCartLine)]
struct NewLine {
    variant_id: VariantId,
    /// Pieces to add.
    #[schema(minimum = 1, maximum = 10_000, format = "uint32")]
    quantity: u32,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CartQuantity)]
struct Quantity {
    /// New number of pieces of the line.
    #[schema(minimum = 1, maximum = 10_000, format = "uint32")]
    quantity: u32,
}

impl Body for NewLine {
    fn problems(&self, _: &App, _: &Problems) -> Problems {
        Problems::of(carts::check_quantity(self.quantity))
    }
}

impl Body for Quantity {
    fn problems(&self, _: &App, _: &Problems) -> Problems {
        Problems::of(carts::check_quantity(self.quantity))
    }
}

/// The cart with current prices and stock.
///
/// `notices` inform the customer about changes. These appear once: `removed` (no longer for sale, the line is gone) and
/// `price_changed` (`was` and `now`; the new price counts as shown from then on). These stay as long as they apply:
/// `fewer_available`, `line_too_large` and `total_too_large` (`line_total` is null, and the currency is missing in
/// `totals`; checkout refuses such lines, but every line can still be changed or removed).
#[utoipa::path(get, path = "/api/cart", tag = "cart", security(("bearer" = [])),
    responses((status = 200, description = "The cart.", body = Envelope<Cart>)))]
async fn show_cart(State(app): State<App>, Customer(caller): Customer) -> Result<Success<Cart>, ApiError> {
    let cart = db::connected(&app.pool, async |db| carts::view(db, caller.user).await).await?;
    Ok(Success::ok("Your cart.", cart))
}

/// Add pieces of a variant to the cart.
#[utoipa::path(post, path = "/api/cart", tag = "cart", request_body = NewLine, security(("bearer" = [])),
    responses(
        (status = 201, description = "The cart as it is now.", body = Envelope<Cart>),
        (status = 404, description = "`variant_not_found`: not there, or not for sale."),
        (status = 409, description = "`not_enough_stock`: `errors.available` says how many there are."),
        (status = 422, description = "`invalid`, also with more pieces of the line in all than a line may have; or `cart_full`."),
    ))]
async fn add_to_cart(
    State(app): State<App>,
    Customer(caller): Customer,
    Json(line): Json<NewLine>,
) -> Result<Success<Cart>, ApiError> {
    let now = app.clock.now();
    let cart = db::transaction(&app.pool, async |db| {
        carts::add(db, caller.user, line.variant_id, line.quantity, now).await
    })
    .await?;
    Ok(Success::created("Added to your cart.", "/api/cart", cart))
}

/// Set the number of pieces of a line.
#[utoipa::path(put, path = "/api/cart/{item_id}", tag = "cart", request_body = Quantity,
    params(("item_id" = CartItemId, Path)), security(("bearer" = [])),
    responses(
        (status = 200, description = "The cart as it is now.", body = Envelope<Cart>),
        (status = 409, description = "`not_enough_stock`: `errors.available` says how many there are."),
        (status = 404, description = "`cart_item_not_found`"),
    ))]
async fn set_cart_quantity(
    State(app): State<App>,
    Customer(caller): Customer,
    Path(item): Path<CartItemId>,
    Json(body): Json<Quantity>,
) -> Result<Success<Cart>, ApiError> {
    let now = app.clock.now();
    let cart = db::transaction(&app.pool, async |db| {
        carts::set_quantity(db, caller.user, item, body.quantity, now).await
    })
    .await?;
    Ok(Success::ok("Changed.", cart))
}

/// Remove a line from the cart.
#[utoipa::path(delete, path = "/api/cart/{item_id}", tag = "cart", params(("item_id" = CartItemId, Path)),
    security(("bearer" = [])),
    responses((status = 200, description = "The cart as it is now.", body = Envelope<Cart>),
        (status = 404, description = "`cart_item_not_found`")))]
async fn remove_from_cart(
    State(app): State<App>,
    Customer(caller): Customer,
    Path(item): Path<CartItemId>,
) -> Result<Success<Cart>, ApiError> {
    let now = app.clock.now();
    let cart = db::transaction(&app.pool, async |db| carts::remove(db, caller.user, item, now).await).await?;
    Ok(Success::ok("Removed.", cart))
}

/// Empty the cart.
#[utoipa::path(delete, path = "/api/cart/clear", tag = "cart", security(("bearer" = [])),
    responses((status = 200, description = "The empty cart.", body = Envelope<Cart>)))]
async fn clear_cart(State(app): State<App>, Customer(caller): Customer) -> Result<Success<Cart>, ApiError> {
    let now = app.clock.now();
    let cart = db::transaction(&app.pool, async |db| carts::clear(db, caller.user, now).await).await?;
    Ok(Success::ok("Your cart is empty.", cart))
}
