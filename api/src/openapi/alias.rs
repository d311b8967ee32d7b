//! Several paths of one endpoint.
//!
//! The first path is documented by its handler; the others are said to be the same, with operation ids of their
//! own, so that generated clients have no two functions of one name.

use axum::routing::MethodRouter;
use utoipa::openapi::HttpMethod;
use utoipa::openapi::path::{Operation, Paths};
use utoipa_axum::router::OpenApiRouter;

/// Joins further paths to a router that has the endpoint already.
pub trait Aliases<S> {
    /// Answers `path` like `same_as`, for one method. Parameters of the path must have the same names.
    ///
    /// # Panics
    /// If `same_as` with this method is not in the router yet: a mistake in the code, met at every start.
    #[must_use]
    fn alias(self, method: HttpMethod, path: &str, same_as: &str, handler: MethodRouter<S>) -> Self;

    /// Answers one method of a path like another method of a path, as PUT like PATCH.
    ///
    /// # Panics
    /// As [`Self::alias`].
    #[must_use]
    fn alias_of(
        self,
        alias: (HttpMethod, &str),
        same_as: (HttpMethod, &str),
        handler: MethodRouter<S>,
    ) -> Self;
}

impl<S: Clone + Send + Sync + 'static> Aliases<S> for OpenApiRouter<S> {
    fn alias(self, method: HttpMethod, path: &str, same_as: &str, handler: MethodRouter<S>) -> Self {
        self.alias_of((method.clone(), path), (method, same_as), handler)
    }

    fn alias_of(
        mut self,
        (method, path): (HttpMethod, &str),
        (same_method, same_as): (HttpMethod, &str),
        handler: MethodRouter<S>,
    ) -> Self {
        let paths = &mut self.get_openapi_mut().paths;
        let known = operation(paths, &same_method, same_as);
        let mut operation = known.expect("an alias names a known endpoint").clone();
        let (word, same_word) = (word(&method), word(&same_method));
        let suffix = if word == same_word { as_suffix(path) } else { format!("_{word}{}", as_suffix(path)) };
        operation.operation_id = operation.operation_id.map(|id| format!("{id}{suffix}"));
        operation.description = Some(format!("The same as `{} {same_as}`.", same_word.to_uppercase()));
        paths.add_path_operation(path, vec![method], operation);
        self.route(path, handler)
    }
}

fn operation<'a>(paths: &'a Paths, method: &HttpMethod, path: &str) -> Option<&'a Operation> {
    let item = paths.get_path_item(path)?;
    match method {
        HttpMethod::Get => item.get.as_ref(),
        HttpMethod::Put => item.put.as_ref(),
        HttpMethod::Post => item.post.as_ref(),
        HttpMethod::Delete => item.delete.as_ref(),
        HttpMethod::Patch => item.patch.as_ref(),
        HttpMethod::Options | HttpMethod::Head | HttpMethod::Trace => None,
    }
}

fn word(method: &HttpMethod) -> &'static str {
    match method {
        HttpMethod::Get => "get",
        HttpMethod::Put => "put",
        HttpMethod::Post => "post",
        HttpMethod::Delete => "delete",
        HttpMethod::Options => "options",
        HttpMethod::Head => "head",
        HttpMethod::Patch => "patch",
        HttpMethod::Trace => "trace",
    }
}

/// `/api/orders/{id}` becomes `_api_orders_id`.
fn as_suffix(path: &str) -> String {
    path.replace(['{', '}'], "").replace(|character: char| !character.is_ascii_alphanumeric(), "_")
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use utoipa_axum::routes;

    use super::*;

    /// A mug.
    #[utoipa::path(get, path = "/mugs/{id}", responses((status = 200)))]
    async fn show_mug() {}

    #[test]
    fn an_alias_is_documented_under_a_name_of_its_own() {
        let router: OpenApiRouter = OpenApiRouter::new().routes(routes!(show_mug)).alias(
            HttpMethod::Get,
            "/cups/{id}",
            "/mugs/{id}",
            get(show_mug),
        );
        let document = router.into_openapi();
        let alias = document.paths.get_path_operation("/cups/{id}", HttpMethod::Get).unwrap();
        assert_eq!(alias.operation_id.as_deref(), Some("show_mug_cups_id"));
        assert_eq!(alias.summary.as_deref(), Some("A mug."));
    }
}
