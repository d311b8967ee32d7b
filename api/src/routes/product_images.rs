//! Pictures of products, by URL.

use axum::extract::State;
use serde::Deserialize;
use shared::catalog::{self, Image, NewImage};
use shared::kernel::db;
use shared::kernel::ids::{ImageId, ProductId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::envelope::{Envelope, Nothing, Success};
use crate::error::ApiError;
use crate::extract::{Body, CatalogEditor, CatalogViewer, Json, Path, Problems, Query};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_images, add_image)).routes(routes!(remove_image))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Of {
    /// The product whose pictures are listed.
    product: ProductId,
}

/// A new picture, alone or with a new product.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = NewImage)]
pub(super) struct ImageBody {
    #[schema(
        examples("https://img.example.com/pot.jpg"),
        max_length = 2000,
        pattern = "^https?://[^/\\s][^\\s]*$"
    )]
    url: String,
    /// Alternative text: what the picture shows.
    #[schema(max_length = 512)]
    alt: Option<String>,
    /// After the others if absent.
    #[schema(minimum = 0, maximum = 1_000_000)]
    position: Option<i32>,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = NewImageOfProduct)]
struct NewBody {
    product_id: ProductId,
    #[schema(
        examples("https://img.example.com/pot.jpg"),
        max_length = 2000,
        pattern = "^https?://[^/\\s][^\\s]*$"
    )]
    url: String,
    /// Alternative text: what the picture shows.
    #[schema(max_length = 512)]
    alt: Option<String>,
    /// After the others if absent.
    #[schema(minimum = 0, maximum = 1_000_000)]
    position: Option<i32>,
}

impl Body for NewBody {
    fn problems(&self, _: &App, _: &Problems) -> Problems {
        Problems::of(NewImage::from(self.clone()).check())
    }
}

/// The pictures of a product, in their order.
#[utoipa::path(get, path = "/api/product-images", tag = "products", params(Of),
    responses(
        (status = 200, description = "All of them.", body = Envelope<Vec<Image>>),
        (status = 404, description = "`product_not_found`."),
    ))]
async fn list_images(
    State(app): State<App>,
    CatalogViewer(viewer): CatalogViewer,
    Query(of): Query<Of>,
) -> Result<Success<Vec<Image>>, ApiError> {
    let found = db::connected(&app.pool, async |db| catalog::images(db, of.product, viewer).await).await?;
    Ok(Success::ok("Pictures.", found))
}

/// Add a picture to a product.
#[utoipa::path(post, path = "/api/product-images", tag = "products", request_body = NewBody,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "The picture.", body = Envelope<Image>),
        (status = 404, description = "`product_not_found`."),
        (status = 409, description = "`image_exists`: the product has this URL already; `product_full`: as many as may be."),
    ))]
async fn add_image(
    State(app): State<App>,
    CatalogEditor(editor): CatalogEditor,
    Json(body): Json<NewBody>,
) -> Result<Success<Image>, ApiError> {
    let (product, new, now) = (body.product_id, body.into(), app.clock.now());
    let image =
        db::transaction(&app.pool, async |db| catalog::add_image(db, editor, product, &new, now).await)
            .await?;
    let location = format!("/api/product-images?product={product}");
    Ok(Success::created("The picture was added.", &location, image))
}

/// Remove a picture.
#[utoipa::path(delete, path = "/api/product-images/{id}", tag = "products", params(("id" = ImageId, Path)),
    security(("bearer" = [])),
    responses((status = 200, description = "Removed.", body = Envelope<Nothing>),
        (status = 404, description = "`image_not_found`")))]
async fn remove_image(
    State(app): State<App>,
    CatalogEditor(editor): CatalogEditor,
    Path(id): Path<ImageId>,
) -> Result<Success<Nothing>, ApiError> {
    let now = app.clock.now();
    db::transaction(&app.pool, async |db| catalog::remove_image(db, editor, id, now).await).await?;
    Ok(Success::ok("Removed.", Nothing))
}

impl From<ImageBody> for NewImage {
    fn from(body: ImageBody) -> Self {
        Self { url: body.url, alt: body.alt, position: body.position }
    }
}

impl From<NewBody> for NewImage {
    fn from(body: NewBody) -> Self {
        Self { url: body.url, alt: body.alt, position: body.position }
    }
}
