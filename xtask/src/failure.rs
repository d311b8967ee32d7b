//! The one error of this tool: what went wrong, and what the user should do about it. Both are required to make a
//! failure, so none can be reported without advice.

use std::fmt::Display;

pub type Result<T> = std::result::Result<T, Failure>;

#[derive(Debug)]
pub struct Failure {
    pub what: String,
    pub advice: String,
    interruption: bool,
}

impl Failure {
    pub fn new(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what: what.into(), advice: advice.into(), interruption: false }
    }

    /// Ctrl-C or SIGTERM: the way out is the same as for an error, but nothing is reported.
    pub fn interruption() -> Self {
        Self { what: "interrupted".into(), advice: String::new(), interruption: true }
    }

    pub fn is_interruption(&self) -> bool {
        self.interruption
    }
}

/// Turns any error into a [`Failure`]: `file.read().explain("cannot read x", "check y")?`.
pub trait Explain<T> {
    fn explain(self, what: impl Display, advice: impl Into<String>) -> Result<T>;
}

impl<T, E: Display> Explain<T> for std::result::Result<T, E> {
    fn explain(self, what: impl Display, advice: impl Into<String>) -> Result<T> {
        self.map_err(|error| Failure::new(format!("{what}: {error}"), advice))
    }
}
