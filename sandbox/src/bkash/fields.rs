//! The JSON body of a request, field by field. What cannot be read is refused with the error
//! envelope; a field that is missing, or says nothing sensible, with a code of its own.

use serde_json::{Map, Value};

use super::refusal::Refusal;
use super::settings::Amounts;

/// The longest text bKash takes in any field.
const MOST_CHARACTERS: usize = 255;

#[derive(Debug)]
pub struct Fields {
    object: Map<String, Value>,
    amounts: Amounts,
}

impl Fields {
    pub fn parse(body: &[u8], amounts: Amounts) -> Result<Self, Refusal> {
        let object = serde_json::from_slice(body).map_err(|_| Refusal::error("2025"))?;
        Ok(Self { object, amounts })
    }

    /// An amount as it was written; as a number only where the settings take that.
    pub fn amount(&self, name: &str) -> Result<Option<String>, Refusal> {
        match (self.object.get(name), self.amounts) {
            (Some(Value::Number(number)), Amounts::Either) => Ok(Some(number.to_string())),
            _ => Ok(self.text(name)?.map(str::to_owned)),
        }
    }

    pub fn required_amount(&self, name: &str) -> Result<String, Refusal> {
        self.amount(name)?.ok_or_else(|| Refusal::code("2065"))
    }

    /// `null` counts as absent; anything but text is a body that cannot be read.
    pub fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.object.get(name) {
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
