//! Errors of accounts, and what a client learns about them.

use std::time::Duration;

use serde_json::Value;

use super::checks;
use crate::kernel::text::TextProblem;
use crate::kernel::{Fault, INVALID, Kind, in_field, in_fields};
use crate::vendors;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("this is not an e-mail address")]
    EmailInvalid,
    #[error("an account with this e-mail address exists")]
    EmailTaken,
    #[error("a password must have at least {} characters", checks::SHORTEST_PASSWORD)]
    PasswordTooShort,
    #[error("a password may have at most {} bytes", checks::LONGEST_PASSWORD)]
    PasswordTooLong,
    #[error("{field} {problem}")]
    Text { field: &'static str, problem: TextProblem },
    #[error("a phone number has 6 to 15 digits")]
    PhoneInvalid,
    /// Two or more errors of one request, of one kind.
    #[error("several values are refused")]
    Several(Vec<Error>),
    /// Does not say which of the two was wrong.
    #[error("e-mail address or password is wrong")]
    WrongCredentials,
    #[error("this account is suspended")]
    AccountSuspended,
    #[error("the token has expired")]
    TokenExpired,
    #[error("the token is not valid")]
    TokenInvalid,
    #[error("the session has ended: sign in again")]
    SessionEnded,
    #[error("there is no such account")]
    Missing,
    #[error("too many passwords wait to be checked")]
    PasswordQueueFull,
    /// Returned before the password is checked, for known and unknown accounts alike.
    #[error("too many failed attempts to sign in to this account: wait, then try again")]
    TooManyAttempts { retry_after: Duration },
    #[error(transparent)]
    Vendor(#[from] vendors::Error),
    #[error("a password could not be hashed")]
    Hashing(#[source] argon2::password_hash::Error),
    #[error("a token could not be signed")]
    Signing(#[source] jsonwebtoken::errors::Error),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::EmailInvalid
            | Self::PasswordTooShort
            | Self::PasswordTooLong
            | Self::Text { .. }
            | Self::PhoneInvalid => Kind::Invalid,
            Self::Several(errors) => errors.first().map_or(Kind::Invalid, Self::kind),
            Self::EmailTaken => Kind::Conflict,
            Self::WrongCredentials | Self::TokenExpired | Self::TokenInvalid | Self::SessionEnded => {
                Kind::Unauthenticated
            }
            Self::AccountSuspended => Kind::Denied,
            Self::Missing => Kind::Missing,
            Self::PasswordQueueFull => Kind::Busy,
            Self::TooManyAttempts { .. } => Kind::Throttled,
            Self::Vendor(error) => error.kind(),
            Self::Hashing(_) | Self::Signing(_) | Self::Database(_) => Kind::Broken,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::EmailInvalid
            | Self::PasswordTooShort
            | Self::PasswordTooLong
            | Self::Text { .. }
            | Self::PhoneInvalid => INVALID,
            Self::Several(errors) => errors.first().map_or(INVALID, Self::code),
            Self::EmailTaken => "email_taken",
            Self::WrongCredentials => "wrong_credentials",
            Self::AccountSuspended => "account_suspended",
            Self::TokenExpired => "token_expired",
            Self::TokenInvalid => "token_invalid",
            Self::SessionEnded => "session_ended",
            Self::Missing => "user_not_found",
            Self::PasswordQueueFull => "busy",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::Vendor(error) => error.code(),
            Self::Hashing(_) | Self::Signing(_) | Self::Database(_) => "internal",
        }
    }

    fn detail(&self) -> Option<Value> {
        match self {
            Self::EmailInvalid | Self::EmailTaken => Some(in_field("email", self)),
            Self::PasswordTooShort | Self::PasswordTooLong => Some(in_field("password", self)),
            Self::Text { field, .. } => Some(in_field(field, self)),
            Self::PhoneInvalid => Some(in_field("phone", self)),
            Self::Several(errors) => Some(in_fields(errors)),
            Self::Vendor(error) => error.detail(),
            Self::WrongCredentials
            | Self::AccountSuspended
            | Self::TokenExpired
            | Self::TokenInvalid
            | Self::SessionEnded
            | Self::Missing
            | Self::PasswordQueueFull
            | Self::TooManyAttempts { .. }
            | Self::Hashing(_)
            | Self::Signing(_)
            | Self::Database(_) => None,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyAttempts { retry_after } => Some(*retry_after),
            Self::EmailInvalid
            | Self::EmailTaken
            | Self::PasswordTooShort
            | Self::PasswordTooLong
            | Self::Text { .. }
            | Self::PhoneInvalid
            | Self::Several(_)
            | Self::WrongCredentials
            | Self::AccountSuspended
            | Self::TokenExpired
            | Self::TokenInvalid
            | Self::SessionEnded
            | Self::Missing
            | Self::PasswordQueueFull
            | Self::Vendor(_)
            | Self::Hashing(_)
            | Self::Signing(_)
            | Self::Database(_) => None,
        }
    }
}
