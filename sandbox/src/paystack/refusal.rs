//! Paystack's error envelope. The newer paths say `type`, `code` and what to do next, the older ones
//! only a message; a caller must cope with both.

use axum::http::StatusCode;
use serde_json::{Value, json};

const VALIDATION: &str = "validation_error";

#[derive(Debug, Clone)]
pub struct Refusal {
    pub status: StatusCode,
    message: String,
    detail: Option<Detail>,
}

#[derive(Debug, Clone, Copy)]
struct Detail {
    kind: &'static str,
    code: &'static str,
    next_step: &'static str,
}

impl Refusal {
    /// As the older paths have it: nothing but a message.
    pub fn bare(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), detail: None }
    }

    fn detailed(
        kind: &'static str,
        code: &'static str,
        next_step: &'static str,
        message: impl Into<String>,
    ) -> Self {
        let detail = Some(Detail { kind, code, next_step });
        Self { status: StatusCode::BAD_REQUEST, message: message.into(), detail }
    }

    pub fn missing(what: &str) -> Self {
        let next_step = "Provide all required params ";
        Self::detailed(VALIDATION, "missing_params", next_step, format!("{what} is required"))
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        let next_step = "Ensure that the value(s) you're passing are valid.";
        Self::detailed(VALIDATION, "invalid_params", next_step, message)
    }

    /// A well-formed request that the state of its object forbids.
    pub fn wrong_state(message: impl Into<String>) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, ..Self::invalid(message) }
    }

    pub fn invalid_amount() -> Self {
        Self::invalid("Invalid Amount Sent")
    }

    /// Also what a repeated request is told that seems to run twice, for there are no idempotency keys.
    pub fn duplicate_reference() -> Self {
        let next_step = "Try and create the Transaction or Charge with a new reference";
        Self::detailed(VALIDATION, "duplicate_reference", next_step, "Duplicate Transaction Reference")
    }

    pub fn duplicate_transfer() -> Self {
        let message = "Please provide a unique reference. Reference already exists on a transfer";
        let next_step = "Create a new reference for the new transfer";
        Self::detailed(VALIDATION, "duplicate_transfer_reference", next_step, message)
    }

    /// The documents give 404 for a batch that repeats a reference.
    pub fn duplicates_in_batch(references: &[String]) -> Self {
        let message = format!("Duplicate reference(s) found: {}", references.join(","));
        let refusal = Self::detailed("api_error", "unknown", "Try again later", message);
        Self { status: StatusCode::NOT_FOUND, ..refusal }
    }

    pub fn invalid_recipient() -> Self {
        let next_step = "Provide a valid recipient. Ensure you are passing the recipient code in the \
                         recipient param";
        Self::detailed(VALIDATION, "invalid_transfer_recipient", next_step, "Recipient specified is invalid")
    }

    pub fn balance_too_low() -> Self {
        let next_step = "Top up your balance, or transfer less";
        let message = "Your balance is not enough to fulfil this request";
        Self::detailed("api_error", "insufficient_balance", next_step, message)
    }

    pub fn fully_reversed() -> Self {
        let next_step = "Ensure that the transaction has something left to refund";
        let message = "Transaction has been fully reversed";
        Self::detailed("api_error", "transaction_reversed", next_step, message)
    }

    pub fn unknown_reference() -> Self {
        let next_step = "Ensure that you're passing the reference of a transaction that exists on this \
                         integration";
        Self::detailed(VALIDATION, "transaction_not_found", next_step, "Transaction reference not found")
    }

    pub fn not_found() -> Self {
        Self::bare(StatusCode::NOT_FOUND, "Entity not found")
    }

    /// There is no such endpoint.
    pub fn no_route(method: &str, path: &str) -> Self {
        Self::bare(StatusCode::NOT_FOUND, format!("Route not found: {method} {path}"))
    }

    pub fn no_such_transfer() -> Self {
        Self::bare(StatusCode::NOT_FOUND, "Transfer not found")
    }

    pub fn wrong_key() -> Self {
        Self::bare(StatusCode::UNAUTHORIZED, "Invalid key")
    }

    pub fn unsupported_currency() -> Self {
        Self::bare(StatusCode::BAD_REQUEST, "Currency not supported by merchant")
    }

    pub fn rate_limited() -> Self {
        Self::bare(StatusCode::TOO_MANY_REQUESTS, "Too many requests. Please try again later")
    }

    pub fn broken() -> Self {
        let refusal = Self::detailed("api_error", "unknown", "Try again later", "An error occurred");
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, ..refusal }
    }

    pub fn body(&self) -> Value {
        match self.detail {
            None => json!({"status": false, "message": self.message}),
            Some(detail) => json!({
                "status": false,
                "message": self.message,
                "meta": {"nextStep": detail.next_step},
                "type": detail.kind,
                "code": detail.code,
            }),
        }
    }
}
