//! The odd forms in which Paystack's own samples depart from its specification: metadata as a string,
//! null where there was a value, 0 for false, fields that are not there. Struck by chance, from a seed,
//! at answers and events alike. Ids, status, amount, currency and reference never change their meaning.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};

/// Optional fields that some samples have and others have not.
const OPTIONAL: [&str; 8] = [
    "receipt_number",
    "order_id",
    "source_details",
    "pos_transaction_data",
    "fees_breakdown",
    "connect",
    "isDeleted",
    "bank_reference",
];

#[derive(Debug)]
pub struct Odd {
    rate: f64,
    rng: StdRng,
}

impl Odd {
    pub fn new(rate: f64, seed: u64) -> Self {
        Self { rate, rng: StdRng::seed_from_u64(seed ^ 0x0dd_f0a5) }
    }

    /// Gives every object within `value` its chance to come out odd.
    pub fn twist(&mut self, value: &mut Value) {
        if self.rate <= 0.0 {
            return;
        }
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.twist(item)),
            Value::Object(fields) => {
                // What the merchant wrote himself is not Paystack's to lose.
                let inner = fields.iter_mut().filter(|(name, _)| *name != "metadata");
                inner.for_each(|(_, inner)| self.twist(inner));
                if self.rng.random::<f64>() < self.rate {
                    self.twist_object(fields);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn twist_object(&mut self, fields: &mut Map<String, Value>) {
        if let Some(metadata) = fields.get_mut("metadata") {
            *metadata = self.odd_metadata(metadata);
        }
        for name in ["fees", "log", "deducted_amount", "plan", "split", "subaccount"] {
            fields.entry(name).and_modify(|value| *value = Value::Null);
        }
        if let Some(Value::Bool(flag)) = fields.get("fully_deducted") {
            let flag = i32::from(*flag);
            fields.insert("fully_deducted".into(), json!(flag));
        }
        if fields.contains_key("recipient_code") {
            fields.remove("email");
        }
        if fields.contains_key("refund_reference") {
            fields.entry("amount").and_modify(flip_amount);
        }
        if fields.contains_key("merchant_note") {
            fields.remove("reason");
            for (camel, snake) in [("createdAt", "created_at"), ("updatedAt", "updated_at")] {
                if let Some(time) = fields.remove(camel) {
                    fields.insert(snake.into(), time);
                }
            }
        }
        for name in OPTIONAL {
            fields.remove(name);
        }
    }

    /// What was given comes as a string of JSON; what was not as one of the three nothings.
    fn odd_metadata(&mut self, metadata: &Value) -> Value {
        if metadata.is_object() {
            return Value::String(metadata.to_string());
        }
        if metadata.as_str().is_some_and(|text| !text.is_empty()) {
            return metadata.clone();
        }
        match self.rng.random_range(0..3) {
            0 => json!(0),
            1 => json!(""),
            _ => Value::Null,
        }
    }
}

/// Events of refunds have the amount as a number or as a string.
fn flip_amount(amount: &mut Value) {
    let flipped = match amount.as_str() {
        Some(text) => text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number)),
        None => Value::String(amount.to_string()),
    };
    *amount = flipped;
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Odd;

    fn twisted(rate: f64, mut value: Value) -> Value {
        Odd::new(rate, 7).twist(&mut value);
        value
    }

    #[test]
    fn what_counts_keeps_its_meaning() {
        let plain = json!({"id": 5, "status": "success", "amount": 3, "fees": 1, "metadata": {"order_id": "o"},
            "merchant_note": "r1", "fully_deducted": true, "createdAt": "t"});
        assert_eq!(twisted(0.0, plain.clone()), plain);
        let odd = json!({"id": 5, "status": "success", "amount": 3, "fees": null,
            "metadata": "{\"order_id\":\"o\"}", "merchant_note": "r1", "fully_deducted": 1, "created_at": "t"});
        assert_eq!(twisted(1.0, plain), odd);
    }

    #[test]
    fn an_event_of_a_refund_has_its_amount_in_either_form() {
        let event = |amount: Value| json!({"refund_reference": null, "amount": amount});
        assert_eq!(twisted(1.0, event(json!("50"))), event(json!(50)));
        assert_eq!(twisted(1.0, event(json!(50))), event(json!("50")));
    }
}
