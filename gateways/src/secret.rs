//! Keys and signing secrets, in a type that does not print.
//!
//! Whoever needs the text says so with [`Secret::expose`], which is easy to search for.

use std::fmt;

/// A key or signing secret. It has no `Display` and no `Serialize`; `Debug` shows only that it is there.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one header or signature it belongs in.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Nothing but white space, so surely a mistake.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }

    /// Printable ASCII without blanks, as keys are.
    pub(crate) fn is_graphic(&self) -> bool {
        self.0.bytes().all(|byte| byte.is_ascii_graphic())
    }

    /// White space around it, which a copy from a page brings along.
    pub(crate) fn is_padded(&self) -> bool {
        self.0.trim() != self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}
