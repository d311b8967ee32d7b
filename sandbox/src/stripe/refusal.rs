//! Stripe's error envelope. Every refusal knows whether the endpoint's code had begun to run: only
//! then is it remembered under the idempotency key; a failed validation leaves the key free.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

#[derive(Debug, Clone)]
pub struct Refusal {
    pub status: StatusCode,
    pub kind: &'static str,
    pub code: Option<&'static str>,
    pub param: Option<String>,
    pub message: String,
    /// Whether it came after validation, so that a replay must give it again.
    pub began: bool,
    /// The `Stripe-Should-Retry` header.
    pub retry: Option<&'static str>,
}

const INVALID: &str = "invalid_request_error";

impl Refusal {
    fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, code: None, param: None, message: message.into(), began: false, retry: None }
    }

    /// A parameter that validation does not let through.
    pub fn invalid(param: &str, message: impl Into<String>) -> Self {
        Self { param: Some(param.into()), ..Self::new(StatusCode::BAD_REQUEST, INVALID, message) }
    }

    /// As `invalid`, with one of Stripe's codes.
    pub fn coded(code: &'static str, param: &str, message: impl Into<String>) -> Self {
        Self { code: Some(code), ..Self::invalid(param, message) }
    }

    pub fn parameter_missing(param: &str) -> Self {
        Self::coded("parameter_missing", param, format!("Missing required param: {param}."))
    }

    pub fn parameter_unknown(param: &str) -> Self {
        Self::coded("parameter_unknown", param, format!("Received unknown parameter: {param}"))
    }

    /// The request was well formed, but the state of things forbids it.
    pub fn forbidden_by_state(code: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { code, began: true, ..Self::new(StatusCode::BAD_REQUEST, INVALID, message) }
    }

    /// An object named in the path: 404.
    pub fn no_such(what: &str, param: &str, id: &str) -> Self {
        Self { status: StatusCode::NOT_FOUND, ..Self::no_such_param(what, param, id) }
    }

    /// An object named in a parameter: 400, as Stripe has it.
    pub fn no_such_param(what: &str, param: &str, id: &str) -> Self {
        let message = format!("No such {what}: '{id}'");
        Self { began: true, ..Self::coded("resource_missing", param, message) }
    }

    pub fn unknown_url(method: &str, path: &str) -> Self {
        let message = format!(
            "Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can help at \
             https://support.stripe.com/."
        );
        Self::new(StatusCode::NOT_FOUND, INVALID, message)
    }

    pub fn no_key() -> Self {
        let message = "You did not provide an API key. You need to provide your API key in the Authorization \
                       header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').";
        Self::new(StatusCode::UNAUTHORIZED, INVALID, message)
    }

    pub fn wrong_key(key: &str) -> Self {
        let tail: String = key.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
        let message = format!("Invalid API Key provided: {}****{tail}", key.get(..8).unwrap_or_default());
        Self::new(StatusCode::UNAUTHORIZED, INVALID, message)
    }

    pub fn key_reused(key: &str) -> Self {
        let message = format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used \
             with. Try using a key other than '{key}' if you meant to execute a different request."
        );
        Self::new(StatusCode::BAD_REQUEST, "idempotency_error", message)
    }

    pub fn key_in_use() -> Self {
        let message = "There is currently another in-progress request using this Idempotent Key (that probably \
                       means you submitted twice, and the other request is still going through): please wait \
                       for it to finish.";
        let refusal = Self::new(StatusCode::CONFLICT, "idempotency_error", message);
        Self { code: Some("idempotency_key_in_use"), retry: Some("true"), ..refusal }
    }

    pub fn rate_limited() -> Self {
        let message = "Request rate limit exceeded. Learn more about rate limits here \
                       https://stripe.com/docs/rate-limits.";
        let refusal = Self::new(StatusCode::TOO_MANY_REQUESTS, INVALID, message);
        Self { code: Some("rate_limit"), retry: Some("true"), ..refusal }
    }

    pub fn broken() -> Self {
        let message = "An unknown error occurred.";
        Self { began: true, ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, "api_error", message) }
    }

    pub fn body(&self) -> Value {
        let mut error = Map::new();
        if let Some(code) = self.code {
            error.insert("code".into(), json!(code));
            error.insert("doc_url".into(), json!(format!("https://stripe.com/docs/error-codes/{code}")));
        }
        error.insert("message".into(), json!(self.message));
        if let Some(param) = &self.param {
            error.insert("param".into(), json!(param));
        }
        error.insert("type".into(), json!(self.kind));
        json!({ "error": error })
    }
}
