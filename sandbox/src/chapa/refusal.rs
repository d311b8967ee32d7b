//! Chapa's refusals: one envelope, in which `message` is a text, or an object of texts by field.
//! There are no error codes. The texts are those of Chapa's documents where they give one.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Value, json};

/// What is wrong with each field, in validation keys.
pub type Complaints = BTreeMap<String, Vec<String>>;

#[derive(Debug, Clone)]
pub struct Refusal {
    pub status: StatusCode,
    pub message: Value,
    /// `failed`, or null.
    pub word: Option<&'static str>,
    /// The `Retry-After` header, in seconds.
    pub retry_after_s: Option<u64>,
}

impl Refusal {
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: Value::String(message.into()), word: Some("failed"), retry_after_s: None }
    }

    pub fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub fn invalid(complaints: &Complaints) -> Self {
        Self { message: json!(complaints), ..Self::bad("") }
    }

    pub fn no_key() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Authorization required")
    }

    pub fn wrong_key() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Invalid API Key or User doesn't exist")
    }

    pub fn content_type(wanted: &str) -> Self {
        Self::bad(format!(
            "Incorrect header settings Please check if content-type is present and set to {wanted}"
        ))
    }

    pub fn currency() -> Self {
        Self::bad("Invalid currency, currency is not supported")
    }

    pub fn no_transaction() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Invalid transaction or Transaction not found")
    }

    /// Also 404, but not for ever: the customer may pay yet.
    pub fn not_paid_yet() -> Self {
        Self { word: None, ..Self::new(StatusCode::NOT_FOUND, "Payment not paid yet") }
    }

    pub fn insufficient_balance() -> Self {
        Self::bad("Insufficient Balance")
    }

    pub fn no_route(method: &str, path: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("The route {method} {path} could not be found."))
    }

    pub fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large.")
    }

    pub fn too_many(retry_after_s: u64) -> Self {
        let refusal = Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests");
        Self { retry_after_s: Some(retry_after_s), ..refusal }
    }

    pub fn broken() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Server Error")
    }

    pub fn body(&self) -> Value {
        json!({"message": self.message, "status": self.word, "data": null})
    }
}
