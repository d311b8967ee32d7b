//! What the API answered, read in full.

use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;
use uuid::Uuid;

/// An answer; a body that is no JSON is a text.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    /// What a request is answered with. A stream is not read.
    pub async fn to(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("the API answers");
        let (status, headers) = (response.status(), response.headers().clone());
        let mut answer = Self { status, headers, body: Value::Null };
        if !answer.header("content-type").starts_with("text/event-stream") {
            let text = response.text().await.expect("a whole body");
            answer.body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        }
        answer
    }

    /// Of an answer that worked.
    #[must_use]
    pub fn data(&self) -> &Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.body);
        &self.body["data"]
    }

    /// The id of the thing that a request made or changed.
    #[must_use]
    pub fn id(&self) -> Uuid {
        let id = self.data()["id"].as_str().and_then(|id| id.parse().ok());
        id.unwrap_or_else(|| panic!("no id: {}", self.body))
    }

    /// Status and code of a refusal.
    #[must_use]
    pub fn refusal(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["code"].as_str().unwrap_or_default())
    }

    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}
