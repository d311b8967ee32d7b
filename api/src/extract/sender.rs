//! Where a request comes from: the client as limits count it, and the browser as it names itself.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::header::USER_AGENT;
use http::request::Parts;
use shared::kernel::Client;

/// The sender of a request. Never refuses.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Set by the middleware, which knows the connection and the trusted proxies.
    pub client: Client,
    pub user_agent: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Sender {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let user_agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self {
            client: parts.extensions.get().copied().unwrap_or_else(Client::unknown),
            user_agent: user_agent.map(str::to_owned),
        })
    }
}
