//! Import of products from a file.

use axum::extract::{FromRequest as _, Request, State};
use money::Currency;
use serde::Deserialize;
use shared::catalog::Rules;
use shared::catalog::import::{self, Context, LARGEST_FILE, Report};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::envelope::{Envelope, Success};
use crate::error::ApiError;
use crate::extract::{Query, RawBody, VendorCaller, media_type, unsupported};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(import_products))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Options {
    /// Currency of all prices in the file; USD if absent.
    #[param(value_type = Option<String>, example = "USD")]
    currency: Option<Currency>,
}

/// Import products from Shopify's product CSV into your shop.
///
/// All or nothing: if anything in the file is wrong, nothing is written, and `errors.lines` lists every wrong cell by
/// line and column (the first 1000; `errors.count` is their number). Products are identified by their handle, variants
/// by SKU or options. Products and variants that the file does not name stay as they are. A shop imports one file at a
/// time. `notices` lists values that were read differently from what the file may mean, `ignored_columns` the columns
/// that were not read.
#[utoipa::path(post, path = "/api/vendor/products/import", tag = "products", params(Options),
    request_body(content = String, content_type = "text/csv"), security(("bearer" = [])),
    responses(
        (status = 200, description = "What was done.", body = Envelope<Report>),
        (status = 409, description = "`import_running`: another file is being imported into your shop. `shop_full`: it \
            would have more products than it may. `sku_taken`: another request took a SKU meanwhile."),
        (status = 422, description = "`import_refused`: `errors.lines` has `{line, column, message}`; `file_too_large`."),
        (status = 503, description = "`imports_busy`: other shops import just now"),
    ))]
async fn import_products(
    State(app): State<App>,
    seller: VendorCaller,
    Query(options): Query<Options>,
    request: Request,
) -> Result<Success<Report>, ApiError> {
    if media_type(request.headers()) != "text/csv" {
        return Err(unsupported("Send the file itself as the body, with the header Content-Type: text/csv."));
    }
    // All possible refusals come before the file is read into memory.
    let admission = app.imports.admit(seller.vendor)?;
    let RawBody(file) = RawBody::<LARGEST_FILE>::from_request(request, &app).await?;
    let context = Context {
        currency: options.currency.unwrap_or_else(import::default_currency),
        rules: Rules::of(&app.settings),
        actor: Some(seller.caller.user),
        now: app.clock.now(),
    };
    let report = import::shopify(&app.pool, &admission, file.into(), context).await?;
    Ok(Success::ok("The products were imported.", report))
}
