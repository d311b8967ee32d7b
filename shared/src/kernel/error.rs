//! What all errors have in common: a kind that decides the outcome, and a stable code that callers can match.
//!
//! Each capability has one error enum that implements [`Fault`]. The API maps [`Kind`] to a status in one
//! place, the worker maps it to retry or fail in another; neither looks at variants. What a database or a
//! gateway said stays in the source chain, for the log: it never reaches a client.

use std::time::Duration;

use serde_json::{Map, Value, json};

/// What an error means for whoever caused the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The request itself is wrong; repeating it is pointless.
    Invalid,
    /// Nobody, or nobody we know, is asking.
    Unauthenticated,
    /// Somebody we know asks for what is not theirs to do.
    Denied,
    /// There is no such thing, or none that this caller may know of.
    Missing,
    /// The request was fine, the state of things is not: read again, then decide.
    Conflict,
    /// We can't just now; the same request will do later.
    Busy,
    /// This caller asks too often; the same request will do later.
    Throttled,
    /// A fault of ours, or of what we stand on.
    Broken,
}

/// An error of a capability.
pub trait Fault: std::error::Error + Send + Sync + 'static {
    fn kind(&self) -> Kind;

    /// Stable and machine-readable, as `cart_empty`. Part of the API.
    fn code(&self) -> &'static str;

    /// What exactly was wrong, for machines: fields, lines, limits. Never a secret, never a source.
    fn detail(&self) -> Option<Value> {
        None
    }

    /// When the same request may do, if that is known better than "in a moment".
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

/// The detail of an error that lies in one field: every field with a list of what is wrong with it, as the API's
/// own checks have it.
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

/// An error with what caused it, in one line for a log.
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
