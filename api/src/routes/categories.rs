//! The tree of categories: shown to everyone, maintained by administrators.

use axum::extract::State;
use serde::Deserialize;
use shared::catalog::{
    self, Category, CategoryChange, CategoryNode, Filter, NewCategory, ProductSummary, StockFilter,
};
use shared::kernel::db;
use shared::kernel::ids::{CategoryId, ProductId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::products;
use crate::app::App;
use crate::envelope::{Envelope, Listed, Nothing, Success};
use crate::error::ApiError;
use crate::extract::{Admin, Body, Json, Paging, Path, Problems, present};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_categories, create_category))
        .routes(routes!(update_category, remove_category))
        .routes(routes!(list_category_products))
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = NewCategory)]
struct NewBody {
    #[schema(examples("Pots & pans"), min_length = 1, max_length = 255)]
    name: String,
    /// Made from the name if absent.
    #[schema(max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    slug: Option<String>,
    /// A root if absent.
    parent_id: Option<CategoryId>,
    /// Order among its siblings.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000)]
    position: i32,
}

/// The fields to change; absent fields stay as they are.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = CategoryChange)]
struct ChangeBody {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, min_length = 1, max_length = 255)]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    slug: Option<String>,
    /// Null makes it a root.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<CategoryId>)]
    parent_id: Option<Option<CategoryId>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = i32, minimum = 0, maximum = 1_000_000)]
    position: Option<i32>,
}

impl NewBody {
    fn meant(self) -> NewCategory {
        let Self { name, slug, parent_id: parent, position } = self;
        NewCategory { name, slug, parent, position }
    }
}

impl Body for NewBody {
    fn problems(&self, _: &App, _: &Problems) -> Problems {
        Problems::of(self.clone().meant().check())
    }
}

impl ChangeBody {
    fn meant(self) -> CategoryChange {
        let Self { name, slug, parent_id: parent, position } = self;
        CategoryChange { name, slug, parent, position }
    }
}

impl Body for ChangeBody {
    fn problems(&self, _: &App, _: &Problems) -> Problems {
        Problems::of(self.clone().meant().check())
    }
}

/// All categories, as a tree.
#[utoipa::path(get, path = "/api/categories", tag = "categories",
    responses((status = 200, description = "The roots, each with what is below it.",
        body = Envelope<Vec<CategoryNode>>)))]
async fn list_categories(State(app): State<App>) -> Result<Success<Vec<CategoryNode>>, ApiError> {
    let flat = db::connected(&app.pool, async |db| catalog::categories(db).await).await?;
    Ok(Success::ok("Categories.", catalog::tree(flat)))
}

/// Products for sale directly in a category.
#[utoipa::path(get, path = "/api/categories/{slug}/products", tag = "categories",
    params(("slug" = String, Path), Paging<ProductId>),
    responses((status = 200, description = "A page; empty if there is no such category.",
        body = Envelope<Listed<ProductSummary>>)))]
async fn list_category_products(
    State(app): State<App>,
    Path(slug): Path<String>,
    paging: Paging<ProductId>,
) -> Result<Success<Listed<ProductSummary>>, ApiError> {
    let filter = Filter { vendor: None, category: Some(slug), stock: StockFilter::Any };
    products::listed(&app, &filter, &paging).await
}

/// Add a category.
#[utoipa::path(post, path = "/api/categories", tag = "categories", request_body = NewBody,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "The category.", body = Envelope<Category>),
        (status = 409, description = "`category_slug_taken`."),
        (status = 422, description = "`invalid`, or `category_unknown`: there is no such parent."),
    ))]
async fn create_category(
    State(app): State<App>,
    _admin: Admin,
    Json(body): Json<NewBody>,
) -> Result<Success<Category>, ApiError> {
    let new = body.meant();
    let made = db::transaction(&app.pool, async |db| catalog::create_category(db, &new).await).await?;
    let location = format!("/api/categories/{}/products", made.slug);
    Ok(Success::created("The category was added.", &location, made))
}

/// Change or move a category.
#[utoipa::path(patch, path = "/api/categories/{id}", tag = "categories", request_body = ChangeBody,
    params(("id" = CategoryId, Path)), security(("bearer" = [])),
    responses(
        (status = 200, description = "The category as it is now.", body = Envelope<Category>),
        (status = 409, description = "`category_slug_taken`, or `category_cycle`: it can't be below itself."),
        (status = 422, description = "`invalid`, or `category_unknown`: there is no such parent."),
        (status = 404, description = "`category_not_found`"),
    ))]
async fn update_category(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<CategoryId>,
    Json(body): Json<ChangeBody>,
) -> Result<Success<Category>, ApiError> {
    let change = body.meant();
    let changed =
        db::transaction(&app.pool, async |db| catalog::update_category(db, id, &change).await).await?;
    Ok(Success::ok("Changed.", changed))
}

/// Remove an empty category.
#[utoipa::path(delete, path = "/api/categories/{id}", tag = "categories", params(("id" = CategoryId, Path)),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "Removed.", body = Envelope<Nothing>),
        (status = 409, description = "`category_in_use`: products or other categories are in it."),
        (status = 404, description = "`category_not_found`"),
    ))]
async fn remove_category(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<CategoryId>,
) -> Result<Success<Nothing>, ApiError> {
    db::transaction(&app.pool, async |db| catalog::delete_category(db, id).await).await?;
    Ok(Success::ok("Removed.", Nothing))
}
