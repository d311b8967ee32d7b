//! Shops, as administrators see and approve them.

use axum::extract::State;
use rust_decimal::Decimal;
use serde::Deserialize;
use shared::kernel::db;
use shared::kernel::ids::VendorId;
use shared::vendors::{self, Filter, Step, Vendor, VendorStatus};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::envelope::{Envelope, Listed, Success};
use crate::error::ApiError;
use crate::extract::{Admin, Body, Json, Paging, Path, Problems, Query, present};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_vendors))
        .routes(routes!(verify_vendor))
        .routes(routes!(suspend_vendor))
        .routes(routes!(update_vendor))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    slug: Option<String>,
    status: Option<VendorStatus>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = VendorTerms)]
struct Terms {
    /// Fraction of a sale that the marketplace keeps: 0 to 1, at most four decimals. Orders already placed keep the
    /// earlier rate.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, examples("0.10"), pattern = "^(0(\\.[0-9]{1,4}0*)?|1(\\.0*)?)$")]
    commission_rate: Option<Decimal>,
    /// Whether an order with goods of this shop can be paid on delivery. Existing orders are not affected.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool)]
    cash_on_delivery: Option<bool>,
}

impl Terms {
    const fn meant(&self) -> vendors::Terms {
        let Self { commission_rate, cash_on_delivery } = *self;
        vendors::Terms { commission_rate, cash_on_delivery }
    }
}

impl Body for Terms {
    fn problems(&self, _: &App, unread: &Problems) -> Problems {
        let mut found = Problems::of(self.meant().check());
        let is_empty = self.commission_rate.is_none() && self.cash_on_delivery.is_none();
        if is_empty && unread.is_empty() {
            found.add("commission_rate", "must be given, or cash_on_delivery");
        }
        found
    }
}

/// Shops, from the newest to the oldest.
#[utoipa::path(get, path = "/api/admin/vendors", tag = "administration", params(Wanted, Paging<VendorId>),
    security(("bearer" = [])),
    responses((status = 200, description = "A page.", body = Envelope<Listed<Vendor>>)))]
async fn list_vendors(
    State(app): State<App>,
    _admin: Admin,
    Query(wanted): Query<Wanted>,
    paging: Paging<VendorId>,
) -> Result<Success<Listed<Vendor>>, ApiError> {
    let filter = Filter { slug: wanted.slug, status: wanted.status };
    let page = db::connected(&app.pool, async |db| vendors::list(db, &filter, &paging.asked).await).await?;
    Ok(Success::list("Shops.", page, &paging))
}

/// Approve a shop: its products are listed from now on. Also possible after a suspension; repeating it changes nothing.
#[utoipa::path(post, path = "/api/admin/vendors/{id}/verify", tag = "administration",
    params(("id" = VendorId, Path)), security(("bearer" = [])),
    responses((status = 200, description = "The shop, `approved`.", body = Envelope<Vendor>),
        (status = 404, description = "`vendor_not_found`")))]
async fn verify_vendor(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<VendorId>,
) -> Result<Success<Vendor>, ApiError> {
    let vendor = stepped(&app, id, Step::Approve).await?;
    Ok(Success::ok("The shop is approved.", vendor))
}

/// Suspend a shop: its products are no longer listed or sold. Existing orders continue.
#[utoipa::path(post, path = "/api/admin/vendors/{id}/suspend", tag = "administration",
    params(("id" = VendorId, Path)), security(("bearer" = [])),
    responses((status = 200, description = "The shop, `suspended`.", body = Envelope<Vendor>),
        (status = 404, description = "`vendor_not_found`")))]
async fn suspend_vendor(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<VendorId>,
) -> Result<Success<Vendor>, ApiError> {
    let vendor = stepped(&app, id, Step::Suspend).await?;
    Ok(Success::ok("The shop is suspended.", vendor))
}

/// Change the terms of a shop: one or both of them.
#[utoipa::path(patch, path = "/api/admin/vendors/{id}", tag = "administration", request_body = Terms,
    params(("id" = VendorId, Path)), security(("bearer" = [])),
    responses((status = 200, description = "The shop as it is now.", body = Envelope<Vendor>),
        (status = 404, description = "`vendor_not_found`")))]
async fn update_vendor(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<VendorId>,
    Json(terms): Json<Terms>,
) -> Result<Success<Vendor>, ApiError> {
    let vendor =
        db::transaction(&app.pool, async |db| vendors::change_terms(db, id, terms.meant()).await).await?;
    Ok(Success::ok("Changed.", vendor))
}

async fn stepped(app: &App, id: VendorId, step: Step) -> Result<Vendor, ApiError> {
    let now = app.clock.now();
    let vendor = db::transaction(&app.pool, async |db| vendors::take_step(db, id, step, now).await).await?;
    Ok(vendor)
}
