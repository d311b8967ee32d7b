//! Shops, as everyone sees them and as their owners maintain them.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use shared::catalog::{self, NotListed, Product, ProductStatus};
use shared::kernel::db;
use shared::vendors::{self, Profile, ShopPage, Vendor};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::envelope::{Envelope, Success};
use crate::error::ApiError;
use crate::etag::Etag;
use crate::extract::{Body, CatalogViewer, Json, Path, Problems, VendorCaller, present};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show_own_shop, update_own_shop))
        .routes(routes!(show_shop))
        .routes(routes!(show_product_of_shop))
}

/// Your shop.
#[derive(Debug, Serialize, ToSchema)]
struct OwnShop {
    #[serde(flatten)]
    vendor: Vendor,
    /// Whether the public lists show its approved products.
    products_listed: bool,
    /// Why they don't; null if they do.
    products_not_listed_because: Option<NotListed>,
}

/// The fields to change; absent fields stay as they are.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = OwnShopChange)]
struct ChangeBody {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, min_length = 1, max_length = 120)]
    name: Option<String>,
    /// Text, as buyers read it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, max_length = 5_000)]
    description: Option<String>,
    /// Whether an order with your goods can be paid on delivery. Existing orders are not affected.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool)]
    cash_on_delivery: Option<bool>,
}

impl ChangeBody {
    fn meant(self) -> Profile {
        let Self { name, description, cash_on_delivery } = self;
        Profile { name, description, cash_on_delivery }
    }
}

impl Body for ChangeBody {
    fn problems(&self, _: &App, _: &Problems) -> Problems {
        Problems::of(self.clone().meant().check())
    }
}

impl From<Vendor> for OwnShop {
    fn from(vendor: Vendor) -> Self {
        let because = ProductStatus::Approved.not_listed_because(vendor.status);
        Self { vendor, products_listed: because.is_none(), products_not_listed_because: because }
    }
}

/// Your shop: its state, its terms, and whether its products are listed.
#[utoipa::path(get, path = "/api/vendor/me", tag = "products", security(("bearer" = [])),
    responses((status = 200, description = "The shop.", body = Envelope<OwnShop>)))]
async fn show_own_shop(State(app): State<App>, seller: VendorCaller) -> Result<Success<OwnShop>, ApiError> {
    let vendor = db::connected(&app.pool, async |db| vendors::find(db, seller.vendor).await).await?;
    Ok(Success::ok("Your shop.", vendor.into()))
}

/// Change your shop's name and description, and whether it accepts cash on delivery.
#[utoipa::path(patch, path = "/api/vendor/me", tag = "products", request_body = ChangeBody,
    security(("bearer" = [])),
    responses((status = 200, description = "The shop as it is now.", body = Envelope<OwnShop>)))]
async fn update_own_shop(
    State(app): State<App>,
    seller: VendorCaller,
    Json(body): Json<ChangeBody>,
) -> Result<Success<OwnShop>, ApiError> {
    let profile = body.meant();
    let vendor =
        db::transaction(&app.pool, async |db| vendors::change_profile(db, seller.vendor, &profile).await)
            .await?;
    Ok(Success::ok("Changed.", vendor.into()))
}

/// A shop, by its slug.
#[utoipa::path(get, path = "/api/vendors/{slug}", tag = "products", params(("slug" = String, Path)),
    responses((status = 200, description = "The shop.", body = Envelope<ShopPage>),
        (status = 404, description = "`vendor_not_found`")))]
async fn show_shop(State(app): State<App>, Path(slug): Path<String>) -> Result<Success<ShopPage>, ApiError> {
    let shop = db::connected(&app.pool, async |db| vendors::public_page(db, &slug).await).await?;
    Ok(Success::ok("The shop.", shop))
}

/// One product, by its shop's slug and its handle: the names in a frontend's addresses.
#[utoipa::path(get, path = "/api/vendors/{slug}/products/{handle}", tag = "products",
    params(("slug" = String, Path), ("handle" = String, Path)),
    responses((status = 200, description = "The product.", body = Envelope<Product>),
        (status = 404, description = "`product_not_found`")))]
async fn show_product_of_shop(
    State(app): State<App>,
    CatalogViewer(viewer): CatalogViewer,
    Path((slug, handle)): Path<(String, String)>,
) -> Result<Success<Product>, ApiError> {
    let product =
        db::connected(&app.pool, async |db| catalog::product_by_handle(db, &slug, &handle, viewer).await)
            .await?;
    let etag = Etag::new(product.version);
    Ok(Success::ok("The product.", product).tagged(&etag))
}
