//! The extractors describe themselves in the API document.

use serde::Deserialize;
use serde_json::Value;
use shared::kernel::ids::OrderId;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::*;
use crate::app::App;
use crate::openapi::complete;

#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "only described")]
struct NewMug {
    size: u32,
}

impl Body for NewMug {}

#[derive(Deserialize, utoipa::IntoParams)]
#[expect(dead_code, reason = "only described")]
struct Filter {
    /// Of this colour.
    colour: Option<String>,
}

/// Fill a mug.
#[utoipa::path(post, path = "/mugs/{id}", request_body = NewMug,
    params(("id" = OrderId, Path), Filter, Paging<u32>, IdempotencyKey, IfMatch, IfNoneMatch),
    responses((status = 200)))]
async fn fill(
    Path(_id): Path<OrderId>,
    Query(_filter): Query<Filter>,
    _paging: Paging<u32>,
    _key: IdempotencyKey,
    _expected: IfMatch,
    _known: IfNoneMatch,
    Json(_new): Json<NewMug>,
) {
}

#[test]
fn parameters_have_a_place_a_name_and_a_meaning() {
    let router: OpenApiRouter<App> = OpenApiRouter::new().routes(routes!(fill));
    let document = complete(router.into_openapi());
    let operation = &document["paths"]["/mugs/{id}"]["post"];
    let parameters: Vec<String> = operation["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|parameter| {
            let text = |field: &str| parameter[field].as_str().unwrap_or_default().to_owned();
            let required = if parameter["required"] == Value::Bool(true) { "!" } else { "" };
            format!("{} {}{required}", text("in"), text("name"))
        })
        .collect();
    let expected = [
        "path id!",
        "query colour",
        "query cursor",
        "query limit",
        "header Idempotency-Key!",
        "header If-Match!",
        "header If-None-Match",
    ];
    assert_eq!(parameters, expected);
    let statuses: Vec<&String> = operation["responses"].as_object().unwrap().keys().collect();
    let expected =
        ["200", "400", "404", "408", "409", "412", "413", "415", "422", "428", "429", "500", "503"];
    assert_eq!(statuses, expected);
}
