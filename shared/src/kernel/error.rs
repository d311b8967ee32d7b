//! The common part of all errors: a kind that decides the outcome, and a stable code that callers can match.
//!
//! Each capability has one error enum that implements [`Fault`]. The API maps [`Kind`] to a status in one place, the
//! worker maps it to retry or fail in another; neither looks at variants. Messages of a database or a gateway stay in
//! the source chain, for the log; they never reach a client.

use std::time::Duration;

use serde_json::{Map, Value, json};

/// The meaning of an error for its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The request itself is wrong; repeating it is pointless.
    Invalid,
    /// No caller is signed in, or the caller is not known.
    Unauthenticated,
    /// The caller is known and may not do this.
    Denied,
    /// It does not exist, or this caller may not know of it.
    Missing,
    /// The request was fine, the current state does not allow it: read again, then decide.
    Conflict,
    /// Not possible at the moment; the same request may succeed later.
    Busy,
    /// This caller sends too many requests; the same request may succeed later.
    Throttled,
    /// An internal error, of this product or of what it depends on.
    Broken,
}

/// An error of a capability.
pub trait Fault: std::error::Error + Send + Sync + 'static {
    fn kind(&self) -> Kind;

    /// Stable and machine-readable, such as `cart_empty`. Part of the API.
    fn code(&self) -> &'static str;

    /// The details of the error, for machines: fields, lines, limits. Never a secret, never a source.
    fn detail(&self) -> Option<Value> {
        None
    }

    /// After how long the same request may succeed, if that is known better than "in a moment".
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

/// The code of every value that the request itself shows to be wrong: of the wrong type, too long, out of range. One code
/// for all of them, because one request may have several: its details name each by the path of its field.
pub const INVALID: &str = "invalid";

/// How many problems of one request an answer tells. A request may have as many as bytes; whoever wrote it learns no more
/// from thousands.
pub const MOST_TOLD: usize = 100;

/// The details of an error that lies in one field: every field with a list of its problems, as the API's own checks
/// have it.
#[must_use]
pub fn in_field(field: &str, problem: &dyn std::error::Error) -> Value {
    json!({ field: [problem.to_string()] })
}

/// The same of several errors, each in a field of its own or not.
#[must_use]
pub fn in_fields<F: Fault>(errors: &[F]) -> Value {
    let mut all = Map::new();
    for detail in errors.iter().filter_map(Fault::detail) {
        for (field, told) in detail.as_object().into_iter().flatten() {
            match (all.get_mut(field), told) {
                (Some(Value::Array(known)), Value::Array(more)) => known.extend(more.iter().cloned()),
                (Some(_), _) => {}
                (None, told) => drop(all.insert(field.clone(), told.clone())),
            }
        }
    }
    Value::Object(all)
}

/// The name of the constraint that refused a statement, if one did.
#[must_use]
pub fn violated_constraint(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::constraint)
}

/// An error with its causes, in one line for a log.
#[must_use]
pub fn with_sources(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        line = format!("{line}: {cause}");
        source = cause.source();
    }
    line
}
