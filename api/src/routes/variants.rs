//! Variants of products: SKU, price, options.

use axum::extract::State;
use money::Money;
use serde::Deserialize;
use shared::catalog::{self, NewVariant, Options, Variant, VariantChange};
use shared::kernel::db;
use shared::kernel::ids::{ProductId, VariantId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::envelope::{Envelope, Nothing, Success};
use crate::error::ApiError;
use crate::extract::{Body, CatalogEditor, CatalogViewer, Json, Path, Problems, Query, present};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_variants, create_variant)).routes(routes!(
        show_variant,
        update_variant,
        archive_variant
    ))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Of {
    /// The product whose variants are listed.
    product: ProductId,
}

/// A new variant, alone or with a new product.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = NewVariant)]
pub(super) struct VariantBody {
    /// Unique within the shop.
    #[schema(max_length = 255)]
    sku: Option<String>,
    /// Made from the options if absent.
    #[schema(max_length = 255)]
    title: Option<String>,
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    options: Options,
    price: Money,
    /// Former price, in the same currency.
    compare_at: Option<Money>,
    #[schema(max_length = 255)]
    barcode: Option<String>,
    #[schema(minimum = 0, maximum = 100_000_000)]
    weight_grams: Option<i32>,
    /// First stock, in pieces.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000_000)]
    quantity: i32,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = NewVariantOfProduct)]
struct NewBody {
    product_id: ProductId,
    /// Unique within the shop.
    #[schema(max_length = 255)]
    sku: Option<String>,
    /// Made from the options if absent.
    #[schema(max_length = 255)]
    title: Option<String>,
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    options: Options,
    price: Money,
    /// Former price, in the same currency.
    compare_at: Option<Money>,
    #[schema(max_length = 255)]
    barcode: Option<String>,
    #[schema(minimum = 0, maximum = 100_000_000)]
    weight_grams: Option<i32>,
    /// First stock, in pieces.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000_000)]
    quantity: i32,
}

/// The fields to change; absent fields stay as they are, null empties.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = VariantChange)]
struct ChangeBody {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 255)]
    sku: Option<Option<String>>,
    /// Empty: made from the options again.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, max_length = 255)]
    title: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = BTreeMap<String, String>)]
    options: Option<Options>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Money)]
    price: Option<Money>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Money>)]
    compare_at: Option<Option<Money>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 255)]
    barcode: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 100_000_000)]
    weight_grams: Option<Option<i32>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = i32, minimum = 0, maximum = 1_000_000)]
    position: Option<i32>,
    /// False archives, true restores.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool)]
    active: Option<bool>,
}

impl Body for NewBody {
    fn problems(&self, _: &App, unread: &Problems) -> Problems {
        let new = NewVariant::from(self.clone());
        Problems::of(if unread.is_empty() { new.check() } else { new.check_values() })
    }
}

impl Body for ChangeBody {
    fn problems(&self, _: &App, _: &Problems) -> Problems {
        Problems::of(VariantChange::from(self.clone()).check())
    }
}

/// The variants of a product, in their order.
#[utoipa::path(get, path = "/api/variants", tag = "products", params(Of),
    responses(
        (status = 200, description = "All of them.", body = Envelope<Vec<Variant>>),
        (status = 404, description = "`product_not_found`."),
    ))]
async fn list_variants(
    State(app): State<App>,
    CatalogViewer(viewer): CatalogViewer,
    Query(of): Query<Of>,
) -> Result<Success<Vec<Variant>>, ApiError> {
    let found = db::connected(&app.pool, async |db| catalog::variants(db, of.product, viewer).await).await?;
    Ok(Success::ok("Variants.", found))
}

/// One variant.
#[utoipa::path(get, path = "/api/variants/{id}", tag = "products", params(("id" = VariantId, Path)),
    responses((status = 200, description = "The variant.", body = Envelope<Variant>),
        (status = 404, description = "`variant_not_found`")))]
async fn show_variant(
    State(app): State<App>,
    CatalogViewer(viewer): CatalogViewer,
    Path(id): Path<VariantId>,
) -> Result<Success<Variant>, ApiError> {
    let variant = db::connected(&app.pool, async |db| catalog::variant(db, id, viewer).await).await?;
    Ok(Success::ok("The variant.", variant))
}

/// Add a variant to a product, with its first stock.
#[utoipa::path(post, path = "/api/variants", tag = "products", request_body = NewBody,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "The variant.", body = Envelope<Variant>),
        (status = 404, description = "`product_not_found`."),
        (status = 409, description = "`sku_taken`, `options_taken`, `options_differ`, `currency_differs`: `errors` names \
            every field that clashes with another variant, `code` is that of the first; or `product_full`: as many as may be."),
    ))]
async fn create_variant(
    State(app): State<App>,
    CatalogEditor(editor): CatalogEditor,
    Json(body): Json<NewBody>,
) -> Result<Success<Variant>, ApiError> {
    let (product, new, now) = (body.product_id, body.into(), app.clock.now());
    let variant =
        db::transaction(&app.pool, async |db| catalog::add_variant(db, editor, product, &new, now).await)
            .await?;
    let location = format!("/api/variants/{}", variant.id);
    Ok(Success::created("The variant was added.", &location, variant))
}

/// Change a variant; stock is changed at `/api/variants/{id}/stock`.
#[utoipa::path(patch, path = "/api/variants/{id}", tag = "products", request_body = ChangeBody,
    params(("id" = VariantId, Path)), security(("bearer" = [])),
    responses(
        (status = 200, description = "The variant as it is now.", body = Envelope<Variant>),
        (status = 409, description = "`sku_taken`, `options_taken`, `options_differ`, `currency_differs`: `errors` names \
            every field that clashes with another variant, `code` is that of the first."),
        (status = 404, description = "`variant_not_found`"),
    ))]
async fn update_variant(
    State(app): State<App>,
    CatalogEditor(editor): CatalogEditor,
    Path(id): Path<VariantId>,
    Json(body): Json<ChangeBody>,
) -> Result<Success<Variant>, ApiError> {
    let (change, now) = (body.into(), app.clock.now());
    let variant =
        db::transaction(&app.pool, async |db| catalog::update_variant(db, editor, id, &change, now).await)
            .await?;
    Ok(Success::ok("Changed.", variant))
}

/// Remove a variant from the catalog. It keeps its SKU and its stock.
#[utoipa::path(delete, path = "/api/variants/{id}", tag = "products", params(("id" = VariantId, Path)),
    security(("bearer" = [])),
    responses((status = 200, description = "Archived.", body = Envelope<Nothing>),
        (status = 404, description = "`variant_not_found`")))]
async fn archive_variant(
    State(app): State<App>,
    CatalogEditor(editor): CatalogEditor,
    Path(id): Path<VariantId>,
) -> Result<Success<Nothing>, ApiError> {
    let now = app.clock.now();
    db::transaction(&app.pool, async |db| catalog::archive_variant(db, editor, id, now).await).await?;
    Ok(Success::ok("Archived.", Nothing))
}

impl From<VariantBody> for NewVariant {
    fn from(body: VariantBody) -> Self {
        Self {
            sku: body.sku,
            title: body.title,
            options: body.options,
            price: body.price,
            compare_at: body.compare_at,
            barcode: body.barcode,
            weight_grams: body.weight_grams,
            quantity: body.quantity,
        }
    }
}

impl From<NewBody> for NewVariant {
    fn from(body: NewBody) -> Self {
        Self {
            sku: body.sku,
            title: body.title,
            options: body.options,
            price: body.price,
            compare_at: body.compare_at,
            barcode: body.barcode,
            weight_grams: body.weight_grams,
            quantity: body.quantity,
        }
    }
}

impl From<ChangeBody> for VariantChange {
    fn from(body: ChangeBody) -> Self {
        Self {
            sku: body.sku,
            title: body.title,
            options: body.options,
            price: body.price,
            compare_at: body.compare_at,
            barcode: body.barcode,
            weight_grams: body.weight_grams,
            position: body.position,
            active: body.active,
        }
    }
}
