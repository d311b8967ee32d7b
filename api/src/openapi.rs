//! The API document (OpenAPI 3.1): everything that applies to all operations, written once.
//!
//! Each route describes what is specific to it. [`complete`] adds the failures that follow from the shape of an
//! operation: an operation with a body can fail because of the body, and one with a path parameter may not find the
//! resource.

mod alias;
mod choices;
mod codes;
mod complete;
mod finish;

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{Components, ComponentsBuilder};
use utoipa::openapi::{Info, LicenseBuilder, OpenApi, OpenApiBuilder, Server};

use crate::envelope::{Failed, Problem};

pub use alias::Aliases;
pub(crate) use complete::complete;

const DESCRIPTION: &str = "\
Every answer is one envelope: `{\"status\":\"success\",\"message\":…,\"data\":…}`; lists have \
`data: {count, count_is_exact, next, previous, results}`: `count` is that of the whole list, up to 10,000; `next` and \
`previous` are the addresses of the pages beside this one. Failures are \
`{\"status\":\"error\",\"code\":…,\"message\":…,\"errors\":…,\"request_id\":…}`: match on `code`, show `message`. \
With `Accept: application/problem+json` they come as RFC 9457. Fields and parameters that an operation does not know \
are refused with 422, as is all else that is wrong with a request, at once and by the path of the field. A path works with or without a slash at its end. \
Any request may get 400 `host_invalid`, 404 `route_not_found` or 405 `method_not_allowed`. \
Money is a decimal string with its currency. Timestamps are RFC 3339 in UTC.";

/// The groups of operations.
const TAGS: &[(&str, &str)] = &[
    ("accounts", "Registering, signing in and out, and one's own profile."),
    ("products", "Products for sale: listed for everyone, maintained by shops."),
    ("categories", "The tree of product categories."),
    ("stock", "The stock of shops, and the journal of its changes."),
    ("cart", "The cart of a customer."),
    ("orders", "Checkout, and orders as their customers and administrators see them."),
    ("payments", "Paying an order that waits, and the way back from a gateway's page."),
    ("vendor orders", "The parts of orders that a shop is to fulfil."),
    ("administration", "Shops and their terms, for administrators."),
    ("operations", "The state of the product: queues, incidents, reconciliation, health."),
    ("webhooks", "Where gateways send their signed events."),
];

/// The document before any route is added.
pub(crate) fn base() -> OpenApi {
    let mut info = Info::new("Haat API", env!("CARGO_PKG_VERSION"));
    info.description = Some(DESCRIPTION.to_owned());
    let license = env!("CARGO_PKG_LICENSE");
    info.license = Some(LicenseBuilder::new().name(license).identifier(Some(license)).build());
    let tags =
        TAGS.iter().map(|(name, meaning)| TagBuilder::new().name(*name).description(Some(*meaning)).build());
    let document = OpenApiBuilder::new().info(info).components(Some(components()));
    document.servers(Some([Server::new("/")])).tags(Some(tags)).build()
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
