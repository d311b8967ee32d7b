//! `cursor` and `limit` of a list, and the addresses of its neighbouring pages.

use axum::extract::FromRequestParts;
use http::Uri;
use http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use shared::kernel::page::Asked;
use utoipa::IntoParams;

use super::query;
use crate::error::ApiError;

/// The requested page of a list; `K` is the key that orders the list.
#[derive(Clone, Debug)]
pub struct Paging<K> {
    pub asked: Asked<K>,
    target: Uri,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Sent {
    /// From `next` or `previous` of another page; opaque.
    #[param(pattern = "^[A-Za-z0-9_-]+$")]
    cursor: Option<String>,
    /// Results per page.
    #[param(default = 20, minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

impl<K> IntoParams for Paging<K> {
    fn into_params(
        parameter_in: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
    ) -> Vec<utoipa::openapi::path::Parameter> {
        Sent::into_params(parameter_in)
    }
}

impl<K> Paging<K> {
    /// Path and query of the page that begins at this cursor: all other parameters stay.
    pub(crate) fn page_at(&self, cursor: &str) -> String {
        // Names are compared decoded, as they are read.
        let is_cursor =
            |pair: &str| form_urlencoded::parse(pair.as_bytes()).any(|(name, _)| name == "cursor");
        let others = self.target.query().unwrap_or_default().split('&');
        let others = others.filter(|pair| !pair.is_empty() && !is_cursor(pair));
        let cursor = format!("cursor={cursor}");
        let query: Vec<&str> = others.chain([cursor.as_str()]).collect();
        format!("{}?{}", self.target.path(), query.join("&"))
    }
}

impl<S: Send + Sync, K: DeserializeOwned> FromRequestParts<S> for Paging<K> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let sent: Sent = query::parse(&parts.uri)?;
        let asked = Asked::read(sent.cursor.as_deref(), sent.limit)
            .map_err(|problem| ApiError::invalid_field(problem.field(), problem))?;
        Ok(Self { asked, target: parts.uri.clone() })
    }
}
