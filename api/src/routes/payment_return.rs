//! Where a customer's browser comes back to from a payment page, unless the shop has a page of its own.
//!
//! A hint, never a proof: nothing is read from it and nothing changes by it.

use axum::response::Html;
use gateways::GatewayName;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::ApiError;
use crate::extract::Path;

const PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width\"><title>Back from payment</title>\
<h1>Thank you</h1><p>We are asking the payment provider what became of your payment. \
Your order shows the answer in a moment; you can close this page.</p></html>";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(return_from_payment))
}

/// The customer's browser, back from a payment page.
#[utoipa::path(get, path = "/api/payment/{gateway}/return", tag = "payments",
    params(("gateway" = String, Path, example = "stripe")),
    responses((status = 200, body = String, content_type = "text/html")))]
async fn return_from_payment(Path(gateway): Path<String>) -> Result<Html<&'static str>, ApiError> {
    let _: GatewayName = gateway.parse().map_err(|_| ApiError::not_found())?;
    Ok(Html(PAGE))
}
