//! The API document (OpenAPI 3.1): what is true of every operation is written here, once.
//!
//! Routes describe what is their own. [`complete`] adds, by the shape of each operation, the failures that follow
//! from it: an operation with a body can be refused for its body, one with a path parameter can miss its thing.

mod alias;
mod complete;

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, ComponentsBuilder};
use utoipa::openapi::{Info, License, OpenApi, OpenApiBuilder};

use crate::envelope::{Failed, Problem};

pub use alias::Aliases;
pub(crate) use complete::complete;

const DESCRIPTION: &str = "\
Every answer is one envelope: `{\"status\":\"success\",\"message\":…,\"data\":…}`; lists have \
`data: {count, next, previous, results}`, where `next` is the address of the next page. Failures are \
`{\"status\":\"error\",\"code\":…,\"message\":…,\"errors\":…,\"request_id\":…}`: match on `code`, show `message`. \
With `Accept: application/problem+json` they come as RFC 9457. A path works with or without a slash at its end. \
Money is a decimal string with its currency. Timestamps are RFC 3339 in UTC.";

/// The document before any route has joined.
pub(crate) fn base() -> OpenApi {
    let mut info = Info::new("Haat API", env!("CARGO_PKG_VERSION"));
    info.description = Some(DESCRIPTION.to_owned());
    info.license = Some(License::new(env!("CARGO_PKG_LICENSE")));
    OpenApiBuilder::new().info(info).components(Some(components())).build()
}

fn components() -> Components {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("The access token of `POST /api/auth/login`."))
        .build();
    complete::failures(ComponentsBuilder::new())
        .security_scheme("bearer", SecurityScheme::Http(bearer))
        .schema_from::<Failed<'_>>()
        .schema_from::<Problem<'_>>()
        .build()
}
