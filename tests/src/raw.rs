//! Requests that no well-behaved client sends.

use reqwest::{Method, RequestBuilder};

use crate::{Answer, Person, World};

impl World {
    /// Somebody who is not signed in.
    #[must_use]
    pub fn nobody(&self) -> Person {
        let user = shared::kernel::ids::UserId::new();
        Person { user, token: String::new(), url: self.url.clone(), http: self.http.clone() }
    }
}

impl Person {
    /// A request with this person's token, if there is one, and nothing else.
    #[must_use]
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    /// The same person with another token.
    #[must_use]
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self { token: token.into(), ..self.clone() }
    }

    /// Sends a CSV file to the shop's import.
    pub async fn import(&self, file: impl Into<Vec<u8>>) -> Answer {
        let path = "/api/vendor/products/import";
        Answer::to(self.request(Method::POST, path).header("Content-Type", "text/csv").body(file.into()))
            .await
    }
}

impl Answer {
    /// What a request is answered with. A stream is not read.
    pub async fn to(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("the API answers");
        let (status, headers) = (response.status(), response.headers().clone());
        let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.starts_with("text/event-stream") {
            return Self { status, headers, body: serde_json::Value::Null };
        }
        let text = response.text().await.expect("a whole body");
        let body = serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text));
        Self { status, headers, body }
    }
}
