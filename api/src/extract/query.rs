//! Parameters of the query string. `?name=` counts as absent, because forms send it for an empty field. A repeated
//! parameter is refused.
//!
//! Unknown names never reach this extractor. `middleware/queries.rs` refuses them by the API document, since several
//! extractors may read one query.

use axum::extract::FromRequestParts;
use http::Uri;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::body::NUL;
use super::stand_in::field;
use super::words;
use crate::error::ApiError;

/// The query string as a struct of options.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parse(&parts.uri).map(Self)
    }
}

/// 422 with the name of the parameter that can't be read.
pub(super) fn parse<T: DeserializeOwned>(uri: &Uri) -> Result<T, ApiError> {
    let query = uri.query().unwrap_or_default();
    if query.contains("%00") {
        return Err(ApiError::invalid_field(".", NUL));
    }
    let has_value = |pair: &&str| pair.split_once('=').is_some_and(|(_, value)| !value.is_empty());
    let filled = query.split('&').filter(has_value).collect::<Vec<_>>().join("&");
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(filled.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let problem = error.inner().to_string();
        ApiError::invalid_field(&field(&error.path().to_string(), &problem), words::plain(&problem))
    })
}
