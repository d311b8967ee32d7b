//! What a request says, from a JSON body or a query, read with the vendor's leniency: amounts come as
//! integers or as digits in a string, and an empty text counts as absent.

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// Longest text that is taken, in bytes: whatever is taken is kept in memory.
const LONGEST: usize = 2_000;
/// Longest metadata, serialised.
const LONGEST_METADATA: usize = 20_000;
/// Far above anything that is paid, and far below where sums overflow.
const MOST: i64 = 10_000_000_000_000;

#[derive(Debug, Default)]
pub struct Fields(Map<String, Value>);

impl Fields {
    /// An empty body has no fields.
    ///
    /// # Errors
    /// When it is no JSON object.
    pub fn of_body(body: &[u8]) -> Result<Self, Refusal> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(Refusal::invalid("The request body must be a JSON object")),
            Err(error) => Err(Refusal::invalid(format!("The request body is not valid JSON: {error}"))),
        }
    }

    pub fn of_query(pairs: Vec<(String, String)>) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect())
    }

    pub fn of_object(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub fn text(&self, name: &str) -> Result<Option<String>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() > LONGEST => {
                Err(Refusal::invalid(format!("{name} is too long")))
            }
            Some(Value::String(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
            Some(_) => Err(Refusal::invalid(format!("{name} must be a string"))),
        }
    }

    pub fn required_text(&self, name: &str) -> Result<String, Refusal> {
        self.text(name)?.ok_or_else(|| Refusal::missing(name))
    }

    /// A text that may also come as an integer: ids, bank codes.
    pub fn word(&self, name: &str) -> Result<Option<String>, Refusal> {
        match self.get(name) {
            Some(Value::Number(number)) if number.is_i64() || number.is_u64() => Ok(Some(number.to_string())),
            _ => self.text(name),
        }
    }

    /// A whole number that is not negative.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let wrong = || Refusal::invalid(format!("{name} must be a number"));
        let number = match self.get(name) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        number.filter(|number| *number >= 0).map(Some).ok_or_else(wrong)
    }

    /// Money as it travels: a whole number above zero.
    pub fn amount(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let amount = self.integer(name).map_err(|_| Refusal::invalid_amount())?;
        match amount {
            Some(amount) if !(1..=MOST).contains(&amount) => Err(Refusal::invalid_amount()),
            other => Ok(other),
        }
    }

    pub fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(text)) if matches!(text.as_str(), "true" | "false") => Ok(text == "true"),
            Some(_) => Err(Refusal::invalid(format!("{name} must be true or false"))),
        }
    }

    pub fn object(&self, name: &str) -> Result<Option<Fields>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Object(fields)) => Ok(Some(Self(fields.clone()))),
            Some(_) => Err(Refusal::invalid(format!("{name} must be an object"))),
        }
    }

    pub fn list(&self, name: &str) -> Result<Option<&Vec<Value>>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(_) => Err(Refusal::invalid(format!("{name} must be an array"))),
        }
    }

    /// An object, or one in a string, which is what the documents ask for. Any other text is kept.
    pub fn metadata(&self) -> Result<Option<Value>, Refusal> {
        let metadata = match self.get("metadata") {
            None => return Ok(None),
            Some(Value::String(text)) if text.is_empty() => return Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text)
                .ok()
                .filter(Value::is_object)
                .unwrap_or_else(|| text.as_str().into()),
            Some(object @ Value::Object(_)) => object.clone(),
            Some(_) => return Err(Refusal::invalid("metadata must be a stringified JSON object")),
        };
        if metadata.to_string().len() > LONGEST_METADATA {
            return Err(Refusal::invalid("metadata is too long"));
        }
        Ok(Some(metadata))
    }
}
