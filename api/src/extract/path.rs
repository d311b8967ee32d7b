//! Parameters of the path. A text that can't be an id is 404, like an id that does not exist.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// One parameter, or several as a tuple or struct.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        // PostgreSQL refuses text with U+0000, so no resource can have such a name.
        if parts.uri.path().contains("%00") {
            return Err(ApiError::not_found());
        }
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) if rejection.status().is_client_error() => Err(ApiError::not_found()),
            Err(rejection) => Err(ApiError::broken(rejection)),
        }
    }
}
