//! Several paths of one endpoint.
//!
//! The first path is documented by its handler; the others are said to be the same. Each gets an operation id of its
//! own when the document is completed.

use axum::routing::MethodRouter;
use utoipa::openapi::HttpMethod;
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
        let same = format!("The same as `{} {same_as}`.", word(&same_method));
        let known = paths.get_path_operation(same_as, same_method);
        let mut operation = known.expect("an alias names a known endpoint").clone();
        operation.description = Some(same);
        paths.add_path_operation(path, vec![method], operation);
        self.route(path, handler)
    }
}

fn word(method: &HttpMethod) -> &'static str {
    match method {
        HttpMethod::Get => "GET",
        HttpMethod::Put => "PUT",
        HttpMethod::Post => "POST",
        HttpMethod::Delete => "DELETE",
        HttpMethod::Options => "OPTIONS",
        HttpMethod::Head => "HEAD",
        HttpMethod::Patch => "PATCH",
        HttpMethod::Trace => "TRACE",
    }
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
    fn an_alias_says_what_it_is_the_same_as() {
        let router: OpenApiRouter = OpenApiRouter::new().routes(routes!(show_mug)).alias(
            HttpMethod::Get,
            "/cups/{id}",
            "/mugs/{id}",
            get(show_mug),
        );
        let document = router.into_openapi();
        let alias = document.paths.get_path_operation("/cups/{id}", HttpMethod::Get).unwrap();
        assert_eq!(alias.description.as_deref(), Some("The same as `GET /mugs/{id}`."));
        assert_eq!(alias.summary.as_deref(), Some("A mug."));
    }
}
