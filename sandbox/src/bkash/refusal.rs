//! bKash says no in four shapes, and a caller must know them all: a status code under HTTP 200, an
//! error code, the second refund API's bilingual error, and the bare message of the API gateway
//! that stands in front.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::codes;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Envelope {
    /// `statusCode` and `statusMessage`.
    Status,
    /// `errorCode` and `errorMessage`.
    Error,
    /// `internalCode`, `externalCode` and a message in two languages.
    Refund,
    /// `message` alone.
    Gateway,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub status: StatusCode,
    envelope: Envelope,
    /// Empty for the gateway's.
    code: String,
    message: String,
    /// What was asked for and is not there, beside the words of the gateway.
    lost: Option<String>,
}

impl Refusal {
    /// What bKash itself decides: HTTP 200.
    pub fn code(code: &str) -> Self {
        Self::new(StatusCode::OK, Envelope::Status, code)
    }

    /// What it says to a request that it cannot read.
    pub fn error(code: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Envelope::Error, code)
    }

    pub fn gateway(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, envelope: Envelope::Gateway, code: String::new(), message: message.into(), lost: None }
    }

    pub fn unauthorized() -> Self {
        Self::gateway(StatusCode::UNAUTHORIZED, "Unauthorized")
    }

    /// The same for what bKash has at no merchant: with the sandbox's word on what it is.
    pub fn no_such_call(method: &str, path: &str) -> Self {
        Self {
            lost: Some(format!("bKash answers so where there is nothing: {method} {path}")),
            ..Self::no_such_path()
        }
    }

    /// The gateway's words for a path or method that it does not know.
    pub fn no_such_path() -> Self {
        Self::gateway(StatusCode::FORBIDDEN, "Missing Authentication Token")
    }

    pub fn forbidden() -> Self {
        Self::gateway(StatusCode::FORBIDDEN, "Forbidden")
    }

    pub fn broken() -> Self {
        Self::gateway(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
    }

    pub fn rate_limited() -> Self {
        Self::gateway(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests")
    }

    /// In the words of the second refund API; what the gateway says stays as it is.
    #[must_use]
    pub fn of_refund(self) -> Self {
        match self.envelope {
            Envelope::Gateway => self,
            Envelope::Status | Envelope::Error | Envelope::Refund => {
                Self { status: StatusCode::BAD_REQUEST, envelope: Envelope::Refund, ..self }
            }
        }
    }

    fn new(status: StatusCode, envelope: Envelope, code: &str) -> Self {
        Self { status, envelope, code: code.to_owned(), message: codes::message(code).to_owned(), lost: None }
    }

    pub fn body(&self) -> Value {
        let (code, message) = (&self.code, &self.message);
        match self.envelope {
            Envelope::Status => json!({"statusCode": code, "statusMessage": message}),
            Envelope::Error => json!({"errorCode": code, "errorMessage": message}),
            Envelope::Refund => json!({
                "internalCode": message.to_lowercase().replace(' ', "_"),
                "externalCode": code,
                "errorMessageEn": message,
                "errorMessageBn": "অনুরোধটি সম্পন্ন করা যায়নি",
            }),
            Envelope::Gateway => match &self.lost {
                None => json!({"message": message}),
                Some(lost) => json!({"message": message, "sandbox": lost}),
            },
        }
    }
}

/// The answer that a script asks for.
///
/// # Errors
/// When the envelope cannot carry such a code.
pub fn scripted(envelope: Envelope, code: &str) -> Result<Refusal, String> {
    match envelope {
        Envelope::Status => Ok(Refusal::code(code)),
        Envelope::Error => Ok(Refusal::error(code)),
        Envelope::Refund => Ok(Refusal::code(code).of_refund()),
        Envelope::Gateway => match code {
            "401" => Ok(Refusal::gateway(StatusCode::UNAUTHORIZED, "The incoming token has expired")),
            "403" => Ok(Refusal::forbidden()),
            "429" => Ok(Refusal::rate_limited()),
            "500" => Ok(Refusal::broken()),
            "503" => Ok(Refusal::gateway(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")),
            "504" => Ok(Refusal::gateway(StatusCode::GATEWAY_TIMEOUT, "Endpoint request timed out")),
            other => Err(format!("the gateway answers 401, 403, 429, 500, 503 or 504, not {other:?}")),
        },
    }
}
