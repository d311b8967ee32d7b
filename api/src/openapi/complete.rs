//! The failures that follow from the shape of an operation, each with a name.
//!
//! Each is described once among the components and referenced. If a route describes a status itself, or several failures
//! have one status, the descriptions are joined: every code that an operation answers stands in its own description.

use serde_json::{Value, json};
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::{ComponentsBuilder, ContentBuilder, OpenApi, PathItem, Ref, RefOr, Required, Response};

use super::codes::CODES;
use super::finish::finish;
use crate::middleware::OPEN;

/// An extension of operations whose body is taken as it is, whatever its type: it is never refused as malformed JSON.
const RAW: &str = "x-raw-body";

/// Name among the components, status, meaning.
const FAILURES: &[(&str, &str, &str)] = &[
    (
        "BadBody",
        "400",
        "`malformed_json`: the body is not well-formed JSON; `body_cut_short`: it ended early.",
    ),
    ("CutShort", "400", "`body_cut_short`: the body ended early."),
    ("BadOptionalKey", "400", "`idempotency_key_invalid`: the header is malformed."),
    (
        "BadKey",
        "400",
        "`idempotency_key_required` or `idempotency_key_invalid`: the header is missing or malformed.",
    ),
    ("Unauthenticated", "401", "`token_required`, `token_expired`, `token_invalid` or `session_ended`."),
    ("Denied", "403", "`denied`: the caller's role does not allow this."),
    ("NotFound", "404", "`not_found`: there is nothing with such an id, or not for this caller."),
    ("TooSlow", "408", "`body_too_slow`: the body did not come, or came too slowly."),
    ("KeyInUse", "409", "`idempotency_key_in_progress`: the first request with this key has no answer yet."),
    (
        "PreconditionFailed",
        "412",
        "`precondition_failed`: it has changed since the version named in If-Match.",
    ),
    ("TooLarge", "413", "`body_too_large`: the body is larger than this route takes."),
    ("UnsupportedMediaType", "415", "`unsupported_media_type`: the body is not of a type this route reads."),
    (
        "Invalid",
        "422",
        "`invalid`: well-formed, but with invalid values; `errors` names each field with its problems, at most 100 of \
            them (`.` is the request as a whole, and says if there are more). Fields are compared with each other once \
            each can be read.",
    ),
    ("KeyReused", "422", "`idempotency_key_reused`: the key was used for another request."),
    ("PreconditionRequired", "428", "`precondition_required`: If-Match is missing."),
    (
        "TooManyBodies",
        "429",
        "`too_many_uploads`: too many request bodies of this client are on their way; try again after Retry-After seconds.",
    ),
    ("Internal", "500", "`internal`: an internal error; it has been logged under `request_id`."),
    (
        "Unavailable",
        "503",
        "`unavailable`, `busy`, `overloaded` or `timeout`: not just now; try again after Retry-After seconds.",
    ),
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
    let header =
        |name: &str| inline().find(|parameter: &&Parameter| parameter.name.eq_ignore_ascii_case(name));
    let has_extension =
        |name: &str| operation.extensions.as_ref().is_some_and(|known| known.contains_key(name));
    let mut names = vec!["Internal", "Unavailable"];
    if operation.security.as_ref().is_some_and(|schemes| !schemes.is_empty()) {
        names.extend(["Unauthenticated", "Denied"]);
    }
    if within(ParameterIn::Path) {
        names.push("NotFound");
    }
    // With no known names, every name is unknown.
    if !has_extension(OPEN) || within(ParameterIn::Query) {
        names.push("Invalid");
    }
    if let Some(body) = &operation.request_body {
        let is_json = match body {
            RefOr::T(body) => body.content.contains_key("application/json"),
            RefOr::Ref(_) => true,
        };
        names.push(if is_json && !has_extension(RAW) { "BadBody" } else { "CutShort" });
        names.extend(["TooSlow", "TooLarge", "UnsupportedMediaType", "Invalid", "TooManyBodies"]);
    }
    if let Some(key) = header("Idempotency-Key") {
        names.push(if matches!(key.required, Required::True) { "BadKey" } else { "BadOptionalKey" });
        names.extend(["KeyInUse", "KeyReused"]);
    }
    if header("If-Match").is_some() {
        names.extend(["PreconditionFailed", "PreconditionRequired"]);
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// Adds a failure, unless the operation describes all its codes itself.
fn refer(operation: &mut Operation, name: &str) {
    let failure = |name: &str| FAILURES.iter().find(|(known, ..)| *known == name);
    let (_, status, meaning) = failure(name).expect("every name is in the list");
    let responses = &mut operation.responses.responses;
    let Some(known) = responses.get_mut(*status) else {
        responses.insert((*status).to_owned(), RefOr::Ref(Ref::from_response_name(name)));
        return;
    };
    let own = match known {
        RefOr::T(response) => response.description.trim_end_matches('.').to_owned(),
        RefOr::Ref(other) => {
            let other = other.ref_location.rsplit('/').next().and_then(failure);
            other.map_or("", |(_, _, meaning)| meaning.trim_end_matches('.')).to_owned()
        }
    };
    let word = |code: &&str| format!("`{code}`");
    let mut codes = CODES.iter().map(word).filter(|code| meaning.contains(code));
    if codes.all(|code| own.contains(&code)) {
        return;
    }
    *known = RefOr::T(response(&format!("{own}. {meaning}")));
}

#[cfg(test)]
mod tests {
    use utoipa_axum::router::OpenApiRouter;
    use utoipa_axum::routes;

    use super::*;

    /// Break a mug.
    #[utoipa::path(delete, path = "/mugs/{id}", params(("id" = u32, Path)), security(("bearer" = [])),
        responses((status = 204), (status = 404, description = "`mug_not_found`"), (status = 409, description = "`mug_full`"),
            (status = 422, description = "`invalid`: a mug that is stuck"), (status = 503, description = "`busy`: not now")))]
    async fn break_mug() {}

    /// Bring mugs.
    #[utoipa::path(post, path = "/mugs", request_body(content = String, content_type = "text/csv"),
        params(("Idempotency-Key" = Option<String>, Header)), responses((status = 204)))]
    async fn bring_mugs() {}

    /// Tell of a mug.
    #[utoipa::path(put, path = "/mugs", request_body(content = String, content_type = "application/json"),
        extensions(("x-raw-body" = json!(true))), responses((status = 204)))]
    async fn tell_of_mug() {}

    #[test]
    fn only_json_is_malformed_and_only_a_required_key_is_missing() {
        let router: OpenApiRouter = OpenApiRouter::new().routes(routes!(bring_mugs, tell_of_mug));
        let document = complete(router.into_openapi());
        let told = |method: &str| document["paths"]["/mugs"][method]["responses"]["400"].clone();
        assert_eq!(
            told("post")["description"],
            "`idempotency_key_invalid`: the header is malformed. `body_cut_short`: the body ended early."
        );
        assert_eq!(told("put")["$ref"], "#/components/responses/CutShort");
    }

    #[test]
    fn failures_follow_from_the_shape_and_a_route_adds_its_own_words() {
        let router: OpenApiRouter = OpenApiRouter::new().routes(routes!(break_mug));
        let document = complete(router.into_openapi());
        assert_eq!(document["paths"]["/mugs/{id}"]["delete"]["operationId"], "delete_mugs_id");
        let responses = &document["paths"]["/mugs/{id}"]["delete"]["responses"];
        let statuses: Vec<&String> = responses.as_object().unwrap().keys().collect();
        assert_eq!(statuses, ["204", "401", "403", "404", "409", "422", "500", "503"]);
        assert_eq!(responses["403"]["$ref"], "#/components/responses/Denied");
        assert_eq!(responses["409"]["description"], "`mug_full`");
        assert_eq!(
            responses["404"]["description"],
            "`mug_not_found`. `not_found`: there is nothing with such an id, or not for this caller."
        );
        assert_eq!(responses["422"]["description"], "`invalid`: a mug that is stuck");
        let busy = responses["503"]["description"].as_str().unwrap();
        assert!(busy.starts_with("`busy`: not now. `unavailable`, `busy`"), "{busy}");
        assert_eq!(responses["204"]["content"], Value::Null);
        let schema = &responses["409"]["content"]["application/json"]["schema"]["$ref"];
        assert_eq!(schema, "#/components/schemas/Error");
    }
}
