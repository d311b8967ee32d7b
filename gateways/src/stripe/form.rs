//! Stripe's request encoding: `application/x-www-form-urlencoded` with brackets for nesting.
//!
//! Brackets in keys are left as they are, as Stripe's own libraries do; values are encoded in full.

use std::fmt::Write;

/// Pairs in the order they were added, so that a repeated request is equal byte for byte.
#[derive(Clone, Debug, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn set(&mut self, key: impl Into<String>, value: impl ToString) {
        self.0.push((key.into(), value.to_string()));
    }

    pub(super) fn with(mut self, key: impl Into<String>, value: impl ToString) -> Self {
        self.set(key, value);
        self
    }

    pub(super) fn encode(&self) -> String {
        let mut out = String::new();
        for (key, value) in &self.0 {
            if !out.is_empty() {
                out.push('&');
            }
            encode_into(&mut out, key, b"[]");
            out.push('=');
            encode_into(&mut out, value, b"");
        }
        out
    }

    #[cfg(test)]
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

fn encode_into(out: &mut String, text: &str, also_plain: &[u8]) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => out.push(byte.into()),
            b' ' => out.push('+'),
            _ if also_plain.contains(&byte) => out.push(byte.into()),
            _ => write!(out, "%{byte:02X}").expect("writing to a String can't fail"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_like_the_example_in_the_documentation() {
        let form = Form::default()
            .with("line_items[0][price_data][unit_amount]", 1999)
            .with("success_url", "https://shop.example/paid?sid={CHECKOUT_SESSION_ID}")
            .with("name", "Shirt & tie");
        assert_eq!(
            form.encode(),
            "line_items[0][price_data][unit_amount]=1999\
             &success_url=https%3A%2F%2Fshop.example%2Fpaid%3Fsid%3D%7BCHECKOUT_SESSION_ID%7D\
             &name=Shirt+%26+tie"
        );
    }

    proptest! {
        #[test]
        fn a_form_decoder_gets_back_what_was_put_in(pairs in proptest::collection::vec((".+", ".*"), 0..8)) {
            let mut form = Form::default();
            for (key, value) in &pairs {
                form.set(key.as_str(), value);
            }
            let mut url = reqwest::Url::parse("https://example.test/").expect("a literal URL");
            url.set_query(Some(&form.encode()));
            let decoded: Vec<(String, String)> =
                url.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
            prop_assert_eq!(decoded, pairs);
        }
    }
}
