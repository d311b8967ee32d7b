//! All routes, assembled into one router and one API document.
//!
//! # How to add an endpoint
//!
//! 1. One file per thing, `routes/<things>.rs`, with `pub(super) fn router() -> OpenApiRouter<App>`; join it in
//!    [`public`]. Everything that answers to one concept stands in one file: handlers, bodies, answers.
//! 2. A handler takes extractors of [`crate::extract`] (never axum's own `Json`, `Query`, `Path`), calls one verb
//!    of `shared`, and returns `Result<Success<…>, ApiError>`; errors of a capability convert by `?`. The type of a
//!    body implements [`crate::extract::Body`], which has the rules for its values: the capability's own pure checks.
//! 3. `#[utoipa::path]` describes it: `body = Envelope<Thing>` or `Envelope<Listed<Thing>>`, `params(…)` with the
//!    extractors that have parameters (`IdempotencyKey`, `IfMatch`, `Paging<Key>`, a query struct), and
//!    `security(("bearer" = []))` if it needs a token. Failures that follow from this shape (400, 401, 403, 404,
//!    413, 415, 422, 500, 503) are added by themselves; name only what is particular, mostly
//!    `(status = 409, description = "`cart_empty`, `item_unavailable`")`: its body is added too. Every code that the
//!    operation answers stands in the description of its status: stories compare. Arguments need names
//!    (`Path(id)`, not `Path(_)`).
//!    What a body or a query has beyond its description is refused before the handler runs, so a body has no
//!    flattened field, and every parameter stands in `params(…)`. An address to which others append parameters has
//!    `extensions(("x-open-query" = json!(true)))`. A list takes `Paging<Key>` and answers `Success::list`.
//!    Derive a query struct's parameters as `utoipa::IntoParams`, without an import: the macro's code is linted.
//! 4. Another path of the same endpoint: `.alias(HttpMethod::Post, "/api/cups", "/api/mugs", post(create))` of
//!    [`crate::openapi::Aliases`], after the `.routes(…)` that has the first.
//! 5. A request that waits on purpose is listed in `middleware/gate.rs`; a stream holds a place of its own from there.
//!
//! ```ignore
//! pub(super) fn router() -> OpenApiRouter<App> {
//!     OpenApiRouter::new().routes(routes!(show))
//! }
//!
//! /// One mug.
//! #[utoipa::path(get, path = "/api/mugs/{id}", tag = "mugs", params(("id" = MugId, Path)),
//!     responses((status = 200, body = Envelope<Mug>)))]
//! async fn show(State(app): State<App>, Path(id): Path<MugId>) -> Result<Success<Mug>, ApiError> {
//!     let mug = mugs::show(&app.pool, id).await?;
//!     Ok(Success::ok("The mug.", mug))
//! }
//! ```

#![expect(
    unused_qualifications,
    reason = "utoipa's macros write qualified paths with the spans of our types"
)]

mod admin_jobs;
mod admin_orders;
mod auth;
mod cart;
mod categories;
mod checkout;
mod docs;
mod health;
mod home;
mod import;
mod metrics;
mod order_events;
mod orders;
mod payment_log;
mod payment_methods;
mod payment_return;
mod payments;
mod product_images;
mod products;
mod reconciliation;
mod refund_resolution;
mod refunds;
mod shops;
mod users;
mod variants;
mod vendor_orders;
mod vendor_stock;
mod vendors;
pub(crate) mod webhooks;

use axum::Router;
use axum::middleware::from_fn_with_state;
use http::header::{CONTENT_ENCODING, ETAG};
use http::{HeaderValue, StatusCode};
use serde_json::Value;
use tower::ServiceBuilder;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::error::ApiError;
use crate::middleware::{around, cors, without_slash_at_the_end};
use crate::openapi;

pub(crate) use webhooks::REFUSALS as WEBHOOK_REFUSALS;

/// The whole API as one service, with the middleware around its routes.
pub fn router(app: App) -> Router {
    let mut routes = public();
    if app.settings.edge.metrics_addr.is_none() {
        routes = routes.merge(operators());
    }
    let routes = routes.split_for_parts().0.merge(docs::router(&document())).merge(home::router());
    wrapped(routes, app)
}

/// Health and metrics alone, for an address that the public does not reach.
pub fn operators_router(app: App) -> Router {
    wrapped(operators().merge(health::live_router()).split_for_parts().0, app)
}

/// The API document.
#[must_use]
pub fn document() -> Value {
    openapi::complete(public().merge(operators()).into_openapi())
}

/// Every file of routes, in the order of the document.
fn public() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::base())
        .merge(checkout::router())
        .merge(orders::router())
        .merge(order_events::router())
        .merge(refunds::router())
        .merge(refund_resolution::router())
        .merge(reconciliation::router())
        .merge(vendor_orders::router())
        .merge(payment_log::router())
        .merge(payment_methods::router())
        .merge(payments::router())
        .merge(payment_return::router())
        .merge(webhooks::router())
        .merge(admin_jobs::router())
        .merge(admin_orders::router())
        .merge(auth::router())
        .merge(users::router())
        .merge(products::router())
        .merge(variants::router())
        .merge(vendor_stock::router())
        .merge(product_images::router())
        .merge(import::router())
        .merge(categories::router())
        .merge(cart::router())
        .merge(shops::router())
        .merge(vendors::router())
        .merge(health::live_router())
}

/// Endpoints of operators, which can move to a separate address.
fn operators() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(health::ready_router()).merge(metrics::router())
}

/// Smallest answer in bytes for which compression is worthwhile.
const WORTH_COMPRESSING: u16 = 1024;

/// For an answer that its handler has encoded: its tag belongs to exactly these bytes.
#[derive(Clone, Copy)]
struct Encoded;

fn marked_if_encoded<B>(mut response: http::Response<B>) -> http::Response<B> {
    if response.headers().contains_key(CONTENT_ENCODING) {
        response.extensions_mut().insert(Encoded);
    }
    response
}

/// A compressed answer is another sequence of bytes than the plain one, so the two can't share a strong entity tag (RFC
/// 9110, section 8.8.1). A weak tag identifies the version just as well.
fn weak_if_compressed<B>(mut response: http::Response<B>) -> http::Response<B> {
    let was_encoded = response.extensions().get::<Encoded>().is_some();
    let headers = response.headers_mut();
    if headers.contains_key(CONTENT_ENCODING)
        && !was_encoded
        && let Some(strong) = headers.get(ETAG).filter(|tag| tag.as_bytes().starts_with(b"\""))
        && let Ok(weak) = HeaderValue::from_bytes(&[b"W/", strong.as_bytes()].concat())
    {
        headers.insert(ETAG, weak);
    }
    response
}

/// A trailing slash and CORS are handled before a route is chosen, so they wrap the router as a whole.
pub(crate) fn wrapped(routes: Router<App>, app: App) -> Router {
    let cors = cors(&app.settings.cors_origins);
    let inner: Router =
        routes.fallback(unknown_path).layer(from_fn_with_state(app.clone(), around)).with_state(app);
    let compressed = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(WORTH_COMPRESSING).and(NotForContentType::SSE));
    let service = ServiceBuilder::new()
        .option_layer(cors)
        .map_response(weak_if_compressed)
        .layer(compressed)
        .map_response(marked_if_encoded)
        .map_request(without_slash_at_the_end)
        .service(inner);
    Router::new().fallback_service(service)
}

async fn unknown_path() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "route_not_found", "There is no such path; see /api/docs.")
}

#[cfg(test)]
mod tests;
