//! Subaccounts, of which the sandbox remembers only that they exist. Nothing is split: a transaction
//! that names one which does not exist is refused, and that is all.

use serde_json::{Value, json};

use super::banks;
use super::books::Books;
use super::gate::Call;
use super::refusal::Refusal;
use super::render::done;
use super::transfers::WRONG_BANK;
use crate::ids::uuid;

const NOT_YOURS: &str = "The subaccount id you provided isn't associated with this account. Please make sure \
                         the id is correct or to create a subaccount before proceeding.";

pub fn create(books: &mut Books, call: &Call) -> Result<Value, Refusal> {
    let mut fields = call.fields()?;
    for name in ["business_name", "account_name"] {
        fields.required_text(name);
    }
    fields.required_digits("account_number");
    let bank = fields.required_digits("bank_code");
    let split = fields.required_text("split_type");
    if !["", "percentage", "flat"].contains(&split.as_str()) {
        fields.complain("split_type", "validation.in");
    }
    match fields.take("split_value") {
        Some(Value::Number(number)) if number.as_f64().is_some_and(|value| value >= 0.0) => {}
        Some(Value::String(text)) if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => {}
        Some(_) => fields.complain("split_value", "validation.numeric"),
        None => fields.complain("split_value", "validation.required"),
    }
    fields.finish()?;
    banks::find(&bank).ok_or_else(|| Refusal::bad(WRONG_BANK))?;
    let id = uuid();
    books.subaccounts.insert(&id, ());
    books.subaccounts.trim(books.keep);
    // The documents show an object, a widely used client a plain text: callers must take both.
    let data = if books.writer.coin() { json!({"id": id}) } else { json!(id) };
    Ok(done("Subaccount created successfully", &data))
}

/// # Errors
/// When one of those named is not known.
pub fn check(books: &Books, asked: Option<&Value>) -> Result<(), Refusal> {
    let all_known = match asked {
        None => true,
        Some(Value::Array(parts)) => parts.iter().all(|part| is_known(books, part)),
        Some(part) => is_known(books, part),
    };
    if all_known { Ok(()) } else { Err(Refusal::bad(NOT_YOURS)) }
}

fn is_known(books: &Books, part: &Value) -> bool {
    part.get("id").and_then(Value::as_str).is_some_and(|id| books.subaccounts.contains(id))
}
