//! The address of an order: a snapshot, checked when the order is placed.

use serde::{Deserialize, Serialize};

/// A postal address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Address {
    /// Name of the recipient.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    #[schema(min_length = 1, max_length = 200)]
    pub line1: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub line2: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    pub city: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub state: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2, as `BD`.
    #[schema(example = "BD", pattern = "^[A-Za-z]{2}$")]
    pub country: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub phone: Option<String>,
}

/// The wrong field and its problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressProblem {
    pub field: &'static str,
    pub problem: &'static str,
}

const LONGEST: usize = 200;

impl Address {
    /// The address of [`Self::problems`] none, as it is stored: trimmed, without empty optional fields.
    #[must_use]
    pub fn normalised(self) -> Self {
        let trim = |text: String| text.trim().to_owned();
        let optional = |text: Option<String>| text.map(trim).filter(|text| !text.is_empty());
        Self {
            name: trim(self.name),
            line1: trim(self.line1),
            line2: optional(self.line2),
            city: trim(self.city),
            state: optional(self.state),
            postal_code: optional(self.postal_code),
            country: trim(self.country).to_ascii_uppercase(),
            phone: optional(self.phone),
        }
    }

    /// Every wrong field. Spaces around a field do not count.
    #[must_use]
    pub fn problems(&self) -> Vec<AddressProblem> {
        let fields = [
            ("name", Some(&self.name), true),
            ("line1", Some(&self.line1), true),
            ("line2", self.line2.as_ref(), false),
            ("city", Some(&self.city), true),
            ("state", self.state.as_ref(), false),
            ("postal_code", self.postal_code.as_ref(), false),
            ("country", Some(&self.country), true),
            ("phone", self.phone.as_ref(), false),
        ];
        let mut problems = Vec::new();
        for (field, text, required) in fields {
            let text = text.map_or("", |text| text.trim());
            if required && text.is_empty() {
                problems.push(AddressProblem { field, problem: "must not be empty" });
            } else if text.chars().count() > LONGEST {
                problems.push(AddressProblem { field, problem: "is too long" });
            } else if text.chars().any(char::is_control) {
                problems.push(AddressProblem { field, problem: "has control characters" });
            } else if field == "country"
                && !(text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic()))
            {
                problems.push(AddressProblem { field, problem: "is not a two-letter country code" });
            }
        }
        problems
    }
}
