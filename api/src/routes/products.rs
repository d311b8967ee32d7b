//! Products: listed and shown to all, made and changed by shops.

use axum::extract::State;
use axum::routing::{post, put};
use http::StatusCode;
use serde::Deserialize;
use shared::catalog::{
    self, Filter, Found, NewProduct, Product, ProductChange, ProductStatus, ProductSummary, Publication,
    Reach, Rules, StockFilter,
};
use shared::kernel::db;
use shared::kernel::ids::{CategoryId, ProductId};
use utoipa::openapi::HttpMethod;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::product_images::ImageBody;
use super::variants::VariantBody;
use crate::app::App;
use crate::envelope::{Envelope, Listed, Nothing, Success};
use crate::error::ApiError;
use crate::etag::Etag;
use crate::extract::{
    Admin, Body, CatalogEditor, CatalogViewer, IfMatch, Json, Paging, Path, Problems, Query, VendorCaller,
    precondition_failed, present,
};
use crate::openapi::Aliases;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_products, create_product))
        .routes(routes!(list_own_products))
        .routes(routes!(list_all_products))
        .alias(HttpMethod::Post, "/api/vendor/products", "/api/products", post(create_product))
        .routes(routes!(show_product, update_product, archive_product))
        .alias_of(
            (HttpMethod::Put, "/api/products/{id}"),
            (HttpMethod::Patch, "/api/products/{id}"),
            put(update_product),
        )
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Slug of a shop.
    vendor: Option<String>,
    /// Slug of a category; products directly in it.
    category: Option<String>,
    /// Only what can be bought now.
    #[serde(default)]
    in_stock: bool,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OwnWanted {
    status: Option<ProductStatus>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AllWanted {
    /// `pending` for what waits to be decided on.
    status: Option<ProductStatus>,
    /// Slug of a shop.
    vendor: Option<String>,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = NewProduct)]
struct ProductBody {
    #[schema(examples("Clay plant pot"), min_length = 1, max_length = 255)]
    title: String,
    /// Its name in a path, unique within the shop; made from the title if absent.
    #[schema(min_length = 1, max_length = 255)]
    handle: Option<String>,
    /// Text or HTML, kept as it is; with the rest of the body at most 256 KiB, more by an import.
    #[serde(default)]
    description: String,
    #[schema(max_length = 255)]
    product_type: Option<String>,
    /// At most 250 different ones, of 255 characters each.
    #[serde(default)]
    tags: Vec<String>,
    category_id: Option<CategoryId>,
    /// Published if absent: `approved`, or `pending` where an administrator looks at products first.
    status: Option<ProductStatus>,
    #[serde(default)]
    variants: Vec<VariantBody>,
    #[serde(default)]
    images: Vec<ImageBody>,
}

/// What changes; absent fields stay as they are.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = ProductChange)]
struct ChangeBody {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, min_length = 1, max_length = 255)]
    title: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, min_length = 1, max_length = 255)]
    handle: Option<String>,
    /// With the rest of the body at most 256 KiB, more by an import.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String)]
    description: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 255)]
    product_type: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Vec<String>)]
    tags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<CategoryId>)]
    category_id: Option<Option<CategoryId>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = ProductStatus)]
    status: Option<ProductStatus>,
}

impl Body for ProductBody {
    fn problems(&self, _: &App, unread: &Problems) -> Problems {
        let new = NewProduct::from(self.clone());
        Problems::of(if unread.is_empty() { new.check() } else { new.check_values() })
    }
}

impl Body for ChangeBody {
    fn problems(&self, _: &App, _: &Problems) -> Problems {
        Problems::of(ProductChange::from(self.clone()).check())
    }
}

/// Products for sale, from the newest to the oldest.
#[utoipa::path(get, path = "/api/products", tag = "products", params(Wanted, Paging<ProductId>),
    responses(
        (status = 200, description = "A page.", body = Envelope<Listed<ProductSummary>>),
        (status = 503, description = "`busy`: it takes too long just now. Repeat it later."),
    ))]
async fn list_products(
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
    paging: Paging<ProductId>,
) -> Result<Success<Listed<ProductSummary>>, ApiError> {
    let stock = if wanted.in_stock { StockFilter::InStock } else { StockFilter::Any };
    let filter = Filter { vendor: wanted.vendor, category: wanted.category, stock };
    listed(&app, &filter, &paging).await
}

/// A page of the public list; categories show theirs with it too.
pub(super) async fn listed(
    app: &App,
    filter: &Filter,
    paging: &Paging<ProductId>,
) -> Result<Success<Listed<ProductSummary>>, ApiError> {
    let counts = &app.product_counts;
    let page =
        db::briefly(&app.pool, async |db| catalog::list(db, filter, &paging.asked, counts).await).await?;
    Ok(Success::list("Products.", page, paging))
}

/// Products of your own shop, in every state.
#[utoipa::path(get, path = "/api/vendor/products", tag = "products", security(("bearer" = [])),
    params(OwnWanted, Paging<ProductId>),
    responses((status = 200, description = "A page.", body = Envelope<Listed<ProductSummary>>)))]
async fn list_own_products(
    State(app): State<App>,
    seller: VendorCaller,
    Query(wanted): Query<OwnWanted>,
    paging: Paging<ProductId>,
) -> Result<Success<Listed<ProductSummary>>, ApiError> {
    let page = db::connected(&app.pool, async |db| {
        catalog::list_of_vendor(db, seller.vendor, wanted.status, &paging.asked).await
    })
    .await?;
    Ok(Success::list("Your products.", page, &paging))
}

/// Products of all shops, in every state; with `status=pending` those that wait for your decision.
///
/// To approve or refuse one, change its `status` at `/api/products/{id}` to `approved`, `draft` or `archived`.
#[utoipa::path(get, path = "/api/admin/products", tag = "administration", security(("bearer" = [])),
    params(AllWanted, Paging<ProductId>),
    responses((status = 200, description = "A page.", body = Envelope<Listed<ProductSummary>>)))]
async fn list_all_products(
    State(app): State<App>,
    _admin: Admin,
    Query(wanted): Query<AllWanted>,
    paging: Paging<ProductId>,
) -> Result<Success<Listed<ProductSummary>>, ApiError> {
    let found = Found { vendor: wanted.vendor, status: wanted.status };
    let page =
        db::connected(&app.pool, async |db| catalog::list_all(db, &found, &paging.asked).await).await?;
    Ok(Success::list("Products of all shops.", page, &paging))
}

/// One product with its variants and images.
///
/// The ETag is its version, for `If-Match`; stock is not part of it. By its handle it is found at
/// `/api/vendors/{slug}/products/{handle}`.
#[utoipa::path(get, path = "/api/products/{id}", tag = "products", params(("id" = ProductId, Path)),
    responses((status = 200, description = "The product.", body = Envelope<Product>),
        (status = 404, description = "`product_not_found`")))]
async fn show_product(
    State(app): State<App>,
    CatalogViewer(viewer): CatalogViewer,
    id: Result<Path<ProductId>, ApiError>,
) -> Result<Success<Product>, ApiError> {
    let Path(id) = id.map_err(|_| no_id())?;
    let product = db::connected(&app.pool, async |db| catalog::product(db, id, viewer).await).await?;
    let etag = Etag::new(product.version);
    Ok(Success::ok("The product.", product).tagged(&etag))
}

/// Instead of an id, a frontend may have put a handle into the path.
fn no_id() -> ApiError {
    let message = "There is no product with this id. By its handle a product is found at \
                   /api/vendors/{slug of its shop}/products/{handle}.";
    ApiError::new(StatusCode::NOT_FOUND, "product_not_found", message)
}

/// Add a product to your shop, with its first variants and images.
#[utoipa::path(post, path = "/api/products", tag = "products", request_body = ProductBody,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "The product.", body = Envelope<Product>),
        (status = 403, description = "`review_required`: an administrator approves products here."),
        (status = 409, description = "`handle_taken`, `sku_taken`: `errors` names every field that clashes with another product, \
            `code` is that of the first; or `shop_full`: there are as many products as may be."),
        (status = 422, description = "`invalid`, also for variants or images that clash with each other; or \
            `category_unknown`."),
    ))]
async fn create_product(
    State(app): State<App>,
    seller: VendorCaller,
    Json(body): Json<ProductBody>,
) -> Result<Success<Product>, ApiError> {
    let editor = catalog::Editor { user: seller.caller.user, reach: Reach::Shop(seller.vendor) };
    let (new, rules, now) = (body.into(), Rules::of(&app.settings), app.clock.now());
    let product = db::transaction(&app.pool, async |db| {
        catalog::create_product(db, editor, seller.vendor, &new, rules, now).await
    })
    .await?;
    let (location, etag) = (format!("/api/products/{}", product.id), Etag::new(product.version));
    Ok(Success::created("The product is there.", &location, product).tagged(&etag))
}

/// Change a product.
///
/// A shop that asks for `pending` publishes. Where an administrator looks at products first it stays `pending` until
/// then, and a shop that asks for `approved` is refused; elsewhere both list it at once.
#[utoipa::path(patch, path = "/api/products/{id}", tag = "products", request_body = ChangeBody,
    params(("id" = ProductId, Path), IfMatch), security(("bearer" = [])),
    responses(
        (status = 200, description = "The product as it is now.", body = Envelope<Product>),
        (status = 403, description = "`review_required`: an administrator approves products here."),
        (status = 409, description = "`handle_taken`."),
        (status = 422, description = "`invalid`, or `category_unknown`."),
        (status = 404, description = "`product_not_found`"),
    ))]
async fn update_product(
    State(app): State<App>,
    CatalogEditor(editor): CatalogEditor,
    Path(id): Path<ProductId>,
    read: IfMatch,
    Json(body): Json<ChangeBody>,
) -> Result<Success<Product>, ApiError> {
    let seen = read.version()?;
    let (change, publication, now) = (body.into(), Publication::of(&app.settings), app.clock.now());
    let product = db::transaction(&app.pool, async |db| {
        catalog::update_product(db, editor, id, seen, &change, publication, now).await
    })
    .await
    .map_err(|error| {
        let stale = matches!(error, catalog::Error::VersionChanged { .. });
        if stale { precondition_failed() } else { error.into() }
    })?;
    let etag = Etag::new(product.version);
    Ok(Success::ok("Changed.", product).tagged(&etag))
}

/// Take a product out of the catalog. Orders keep what they have of it.
#[utoipa::path(delete, path = "/api/products/{id}", tag = "products", params(("id" = ProductId, Path)),
    security(("bearer" = [])),
    responses((status = 200, description = "Archived.", body = Envelope<Nothing>),
        (status = 404, description = "`product_not_found`")))]
async fn archive_product(
    State(app): State<App>,
    CatalogEditor(editor): CatalogEditor,
    Path(id): Path<ProductId>,
) -> Result<Success<Nothing>, ApiError> {
    let now = app.clock.now();
    db::transaction(&app.pool, async |db| catalog::archive_product(db, editor, id, None, now).await).await?;
    Ok(Success::ok("Archived.", Nothing))
}

impl From<ProductBody> for NewProduct {
    fn from(body: ProductBody) -> Self {
        Self {
            title: body.title,
            handle: body.handle,
            description: body.description,
            product_type: body.product_type,
            tags: body.tags,
            category: body.category_id,
            status: body.status,
            variants: body.variants.into_iter().map(Into::into).collect(),
            images: body.images.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<ChangeBody> for ProductChange {
    fn from(body: ChangeBody) -> Self {
        Self {
            title: body.title,
            handle: body.handle,
            description: body.description,
            product_type: body.product_type,
            tags: body.tags,
            category: body.category_id,
            status: body.status,
        }
    }
}
