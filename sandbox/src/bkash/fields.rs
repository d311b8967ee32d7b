//! The JSON body of a request, field by field. What cannot be read is refused with the error
//! envelope; a field that is missing, or says nothing sensible, with a code of its own.

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// The longest text bKash takes in any field.
const MOST_CHARACTERS: usize = 255;

#[derive(Debug)]
pub struct Fields(Map<String, Value>);

impl Fields {
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        serde_json::from_slice(body).map(Self).map_err(|_| Refusal::error("2025"))
    }

    /// `null` counts as absent; anything but text is a body that cannot be read.
    pub fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Refusal::error("2025")),
        }
    }

    pub fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name)?.ok_or_else(|| Refusal::code("2065"))
    }

    /// A required text of at most 255 characters without `<`, `>` and `&`; else `code`.
    pub fn plain(&self, name: &str, code: &str) -> Result<&str, Refusal> {
        let text = self.required(name)?;
        let fits = (1..=MOST_CHARACTERS).contains(&text.chars().count());
        if fits && !text.contains(['<', '>', '&']) { Ok(text) } else { Err(Refusal::code(code)) }
    }
}

pub fn is_too_long(text: &str) -> bool {
    text.chars().count() > MOST_CHARACTERS
}
