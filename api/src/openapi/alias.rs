//! Several paths of one endpoint.
//!
//! The handler documents the first path; the document says of the others that they are the same. Each gets its own
//! operation id when the document is completed.

use axum::routing::MethodRouter;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::{HttpMethod, RefOr};
use utoipa_axum::router::OpenApiRouter;

/// Adds further paths to a router that has the endpoint already.
pub trait Aliases<S> {
    /// Answers `path` like `same_as`, for one method. Parameters of the path must have the same names.
    ///
    /// # Panics
    /// If the router does not have `same_as` with this method yet: a bug that shows at every start.
    #[must_use]
    fn alias(self, method: HttpMethod, path: &str, same_as: &str, handler: MethodRouter<S>) -> Self;

    /// Answers one method of a path like another method of a path, such as PUT like PATCH.
    ///
    /// # Panics
    /// Like [`Self::alias`].
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
        let same = format!("The same as `{} {same_as}`, which is preferred.", word(&same_method));
        let known = paths.get_path_operation(same_as, same_method.clone());
        let mut operation = known.expect("an alias names a known endpoint").clone();
        let summary = operation.summary.unwrap_or_default();
        operation.summary = Some(format!("Alias of {} {same_as}: {summary}", word(&same_method)));
        operation.description = Some(same);
        let is_within = |parameter: &Parameter| {
            parameter.parameter_in != ParameterIn::Path || path.contains(&format!("{{{}}}", parameter.name))
        };
        // A path that has the value of a parameter written out does not have that parameter.
        operation.parameters = operation.parameters.map(|all| {
            let inline = |parameter: &RefOr<Parameter>| match parameter {
                RefOr::T(parameter) => is_within(parameter),
                RefOr::Ref(_) => true,
            };
            all.into_iter().filter(inline).collect()
        });
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
    #[utoipa::path(get, path = "/mugs/{id}/{side}", params(("id" = u32, Path), ("side" = String, Path)),
        responses((status = 200)))]
    async fn show_mug() {}

    #[test]
    fn an_alias_says_what_it_is_the_same_as() {
        let router: OpenApiRouter = OpenApiRouter::new().routes(routes!(show_mug)).alias(
            HttpMethod::Get,
            "/cups/{id}/left",
            "/mugs/{id}/{side}",
            get(show_mug),
        );
        let document = router.into_openapi();
        let alias = document.paths.get_path_operation("/cups/{id}/left", HttpMethod::Get).unwrap();
        assert_eq!(
            alias.description.as_deref(),
            Some("The same as `GET /mugs/{id}/{side}`, which is preferred.")
        );
        assert_eq!(alias.summary.as_deref(), Some("Alias of GET /mugs/{id}/{side}: A mug."));
        let names: Vec<String> = alias
            .parameters
            .iter()
            .flatten()
            .filter_map(|parameter| match parameter {
                RefOr::T(parameter) => Some(parameter.name.clone()),
                RefOr::Ref(_) => None,
            })
            .collect();
        assert_eq!(names, ["id"]);
    }
}
