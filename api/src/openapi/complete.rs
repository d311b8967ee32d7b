//! The failures that follow from the shape of an operation, each with a name.
//!
//! Each is described once among the components and referenced. If a route describes a status itself, its description is
//! kept.

use serde_json::{Value, json};
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::{ComponentsBuilder, ContentBuilder, OpenApi, PathItem, Ref, RefOr, Response};

use super::finish::finish;
use crate::middleware::OPEN;

/// Name among the components, status, meaning.
const FAILURES: &[(&str, &str, &str)] = &[
    ("BadRequest", "400", "The body is not well-formed JSON, or a required header is missing or malformed."),
    ("Unauthenticated", "401", "No access token, or one that has expired, was revoked or is invalid."),
    ("Denied", "403", "The caller's role does not allow this."),
    ("NotFound", "404", "It does not exist, or not for this caller."),
    ("TooSlow", "408", "The body did not come, or came too slowly."),
    ("Conflict", "409", "The current state does not allow this; `code` says why."),
    ("PreconditionFailed", "412", "It has changed since the version named in If-Match."),
    ("TooLarge", "413", "The body is larger than this route takes."),
    ("UnsupportedMediaType", "415", "The body is not of a type this route reads."),
    ("Invalid", "422", "Well-formed, but with invalid values; `errors` names the fields."),
    ("PreconditionRequired", "428", "If-Match is missing."),
    (
        "TooManyBodies",
        "429",
        "Too many request bodies of this client are on their way; try again after Retry-After seconds.",
    ),
    ("Internal", "500", "An internal error; it has been logged under `request_id`."),
    ("Unavailable", "503", "Too busy, or too slow, just now; try again after Retry-After seconds."),
];

/// Describes every failure once.
pub(super) fn failures(components: ComponentsBuilder) -> ComponentsBuilder {
    FAILURES
        .iter()
        .fold(components, |components, (name, _, meaning)| components.response(*name, response(meaning)))
}

fn response(meaning: &str) -> Response {
    let mut response = Response::new(meaning);
    fill(&mut response);
    response
}

/// Adds both formats of a failure.
fn fill(response: &mut Response) {
    for (kind, schema) in [("application/json", "Error"), ("application/problem+json", "Problem")] {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build();
        response.content.insert(kind.to_owned(), content.into());
    }
}

/// Adds to every operation its possible failures, and everything else that follows from its shape.
pub(crate) fn complete(mut document: OpenApi) -> Value {
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            operation.operation_id = Some(name(method, path));
            describe_own(operation);
            for name in possible(operation) {
                refer(operation, name);
            }
        }
    }
    finish(json!(document))
}

/// A route may give a failure a description of its own; the schema of its body is always the same.
fn describe_own(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        match response {
            RefOr::T(response) if status.starts_with(['4', '5']) && response.content.is_empty() => {
                fill(response)
            }
            RefOr::T(_) | RefOr::Ref(_) => {}
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [
        ("get", &mut item.get),
        ("put", &mut item.put),
        ("post", &mut item.post),
        ("delete", &mut item.delete),
        ("patch", &mut item.patch),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Method and path as one word, such as `get_orders_id_events`: generated clients name their functions by it, and the
/// name of a handler is not unique.
fn name(method: &str, path: &str) -> String {
    let words = path.trim_start_matches("/api").split(|c: char| !c.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).fold(method.to_owned(), |name, word| format!("{name}_{word}"))
}

fn possible(operation: &Operation) -> Vec<&'static str> {
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let inline = || {
        parameters.iter().filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(_) => None,
        })
    };
    let within = |place: ParameterIn| inline().any(|parameter| parameter.parameter_in == place);
    let header = |name: &str| inline().any(|parameter: &Parameter| parameter.name.eq_ignore_ascii_case(name));
    let mut names = vec!["Internal", "Unavailable"];
    if operation.security.as_ref().is_some_and(|schemes| !schemes.is_empty()) {
        names.extend(["Unauthenticated", "Denied"]);
    }
    if within(ParameterIn::Path) {
        names.push("NotFound");
    }
    // With no known names, every name is unknown.
    let is_open = operation.extensions.as_ref().is_some_and(|known| known.contains_key(OPEN));
    if !is_open || within(ParameterIn::Query) {
        names.push("Invalid");
    }
    if operation.request_body.is_some() {
        names.extend([
            "BadRequest",
            "TooSlow",
            "TooLarge",
            "UnsupportedMediaType",
            "Invalid",
            "TooManyBodies",
        ]);
    }
    if header("Idempotency-Key") {
        names.extend(["BadRequest", "Conflict", "Invalid"]);
    }
    if header("If-Match") {
        names.extend(["PreconditionFailed", "PreconditionRequired"]);
    }
    names
}

fn refer(operation: &mut Operation, name: &str) {
    let (_, status, _) =
        FAILURES.iter().find(|(known, ..)| *known == name).expect("every name is in the list");
    operation
        .responses
        .responses
        .entry((*status).to_owned())
        .or_insert_with(|| RefOr::Ref(Ref::from_response_name(name)));
}

#[cfg(test)]
mod tests {
    use utoipa_axum::router::OpenApiRouter;
    use utoipa_axum::routes;

    use super::*;

    /// Break a mug.
    #[utoipa::path(delete, path = "/mugs/{id}", params(("id" = u32, Path)), security(("bearer" = [])),
        responses((status = 204), (status = 409, description = "`mug_full`")))]
    async fn break_mug() {}

    #[test]
    fn failures_follow_from_the_shape_and_a_route_adds_its_own_words() {
        let router: OpenApiRouter = OpenApiRouter::new().routes(routes!(break_mug));
        let document = complete(router.into_openapi());
        assert_eq!(document["paths"]["/mugs/{id}"]["delete"]["operationId"], "delete_mugs_id");
        let responses = &document["paths"]["/mugs/{id}"]["delete"]["responses"];
        let statuses: Vec<&String> = responses.as_object().unwrap().keys().collect();
        assert_eq!(statuses, ["204", "401", "403", "404", "409", "422", "500", "503"]);
        assert_eq!(responses["404"]["$ref"], "#/components/responses/NotFound");
        assert_eq!(responses["409"]["description"], "`mug_full`");
        assert_eq!(responses["204"]["content"], Value::Null);
        let schema = &responses["409"]["content"]["application/json"]["schema"]["$ref"];
        assert_eq!(schema, "#/components/schemas/Error");
    }
}
