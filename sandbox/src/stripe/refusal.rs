//! Stripe's error envelope. Every refusal knows whether the endpoint's code had begun to run: only
//! then is it remembered under the idempotency key; a failed validation leaves the key free.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::model::Decline;

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
    /// Further fields of the error: `decline_code`, `charge`, `payment_intent`.
    pub details: Option<Box<Map<String, Value>>>,
}

const INVALID: &str = "invalid_request_error";

impl Refusal {
    fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        let (message, details) = (message.into(), None);
        Self { status, kind, code: None, param: None, message, began: false, retry: None, details }
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

    /// An empty value for what cannot be cleared.
    pub fn parameter_empty(param: &str) -> Self {
        let message = format!(
            "You passed an empty string for '{param}'. We assume empty values are an attempt to unset a field; \
             however '{param}' cannot be unset. You should remove '{param}' from your request or supply a \
             non-empty value."
        );
        Self::coded("parameter_invalid_empty", param, message)
    }

    pub fn not_an_integer(param: &str, text: &str) -> Self {
        Self::coded("parameter_invalid_integer", param, format!("Invalid integer: {text}"))
    }

    /// Stripe knows it, but the sandbox could not do as Stripe does.
    pub fn not_simulated(param: &str, what: &str) -> Self {
        let message =
            format!("The sandbox does not simulate {what}. Stripe knows it: this is the sandbox's limit.");
        Self::invalid(param, message)
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
        let message = format!("Invalid API Key provided: {}", masked(key));
        Self::new(StatusCode::UNAUTHORIZED, INVALID, message)
    }

    pub fn not_a_form() -> Self {
        let message =
            "Invalid request (check that your POST content type is application/x-www-form-urlencoded).";
        Self::new(StatusCode::BAD_REQUEST, INVALID, message)
    }

    /// A connected account that the key has nothing to do with.
    pub fn no_access(key: &str, account: &str) -> Self {
        let message = format!(
            "The provided key '{}' does not have access to account '{account}' (or that account does not \
             exist). Application access may have been revoked.",
            masked(key)
        );
        let refusal = Self::new(StatusCode::FORBIDDEN, INVALID, message);
        Self { code: Some("account_invalid"), ..refusal }
    }

    /// A restricted key goes no further.
    pub fn not_permitted(key: &str, permission: &str) -> Self {
        let message = format!(
            "The provided key '{}' does not have the required permissions for this endpoint on account \
             'acct_sandbox'. Having the '{permission}' permission would allow this request to continue.",
            masked(key)
        );
        Self::new(StatusCode::FORBIDDEN, INVALID, message)
    }

    /// With a further field.
    pub fn with(mut self, field: &str, value: Value) -> Self {
        self.details.get_or_insert_default().insert(field.into(), value);
        self
    }

    /// A payment was tried and declined, or its customer not recognized.
    pub fn declined(why: Decline, payment: Value) -> Self {
        let refusal = Self::new(StatusCode::PAYMENT_REQUIRED, why.kind, why.message);
        let mut refusal = Self { code: Some(why.code), began: true, ..refusal };
        if let Some(decline_code) = why.decline_code {
            let charge = payment["latest_charge"].clone();
            refusal = refusal.with("decline_code", json!(decline_code)).with("charge", charge);
        }
        refusal.with("payment_intent", payment)
    }

    /// The account has not enough money.
    pub fn balance_insufficient() -> Self {
        let message = "You have insufficient available funds in your Stripe account. Try adding funds directly to \
                       your available balance by creating Charges using the 4000000000000077 test card.";
        Self::forbidden_by_state(Some("balance_insufficient"), message)
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
        error.extend(self.details.iter().flat_map(|details| (**details).clone()));
        json!({ "error": error })
    }
}

/// A key that may be shown.
fn masked(key: &str) -> String {
    let tail: String = key.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
    format!("{}****{tail}", key.get(..8).unwrap_or_default())
}
