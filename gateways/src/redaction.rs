//! Prepares gateways' texts for logs, and their answers for storage.

/// Of a text; enough to find the cause.
const MAX_CHARS: usize = 300;

/// Shortens a text and removes e-mail addresses, secrets of the gateway (by `is_key`), and anything that could be the
/// number of a card, an account or a phone.
pub(crate) fn redacted(text: &str, is_key: impl Fn(&str) -> bool) -> String {
    let hide = |word: &str| {
        let numeric = word.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_punctuation());
        word.contains('@') || is_key(word) || (numeric && has_long_number(word))
    };
    let words = text.split_whitespace().map(|word| if hide(word) { "[hidden]" } else { word });
    words.collect::<Vec<_>>().join(" ").chars().take(MAX_CHARS).collect()
}

/// Enough digits for a phone.
pub(crate) fn has_long_number(word: &str) -> bool {
    word.bytes().filter(u8::is_ascii_digit).count() >= 9
}

/// Of a body; a longer one is cut.
const MAX_BODY_CHARS: usize = 16_000;
const HIDDEN: &str = "[hidden]";

/// Fields whose values identify a person or open an account, in lower case and without `_`, `-` and blanks.
const PERSONAL: &[&str] = &[
    "accesscode",
    "accountname",
    "accountnumber",
    "address",
    "authorizationcode",
    "bin",
    "cardnumber",
    "city",
    "clientsecret",
    "customeremail",
    "customermsisdn",
    "customername",
    "email",
    "firstname",
    "idtoken",
    "ipaddress",
    "last4",
    "lastname",
    "line1",
    "line2",
    "mobile",
    "msisdn",
    "name",
    "payeraccount",
    "payerreference",
    "phone",
    "phonenumber",
    "postalcode",
    "receiptemail",
    "refreshtoken",
    "signature",
    "token",
];
/// How secrets of the gateways begin.
const SECRET: &[&str] = &["sk_", "rk_", "pk_", "whsec_", "CHASECK", "CHAPUBK", "AUTH_", "eyJ"];

/// A body for storage: byte for byte as received, except for values that identify a person or open an account. A body
/// that is not JSON is shortened and cleaned as for logs.
pub(crate) fn kept(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let is_json = text.trim_start().starts_with(['{', '[']);
    let kept = if is_json { json(&text) } else { redacted(&text, is_secret) };
    kept.chars().take(MAX_BODY_CHARS).collect()
}

/// The line of a request, without numbers that could be a person's.
pub(crate) fn line(text: &str) -> String {
    redacted(text, is_secret)
}

/// Copies a JSON text and replaces the values of some of its strings. The text may be malformed: unrecognised parts
/// stay as they are.
fn json(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let (mut rest, mut key) = (text, String::new());
    while let Some(start) = rest.find('"') {
        let (before, from) = rest.split_at(start);
        kept.push_str(before);
        let end = end_of_string(from);
        let (string, after) = from.split_at(end);
        rest = after;
        let inner = string.trim_matches('"');
        if after.trim_start().starts_with(':') {
            key = plain(inner);
            kept.push_str(string);
        } else if !inner.is_empty()
            && (PERSONAL.contains(&key.as_str()) || inner.split_whitespace().any(tells))
        {
            kept.push('"');
            kept.push_str(HIDDEN);
            kept.push('"');
        } else {
            kept.push_str(string);
        }
    }
    kept.push_str(rest);
    kept
}

/// Where the string at the beginning of the text ends, after its closing quotation mark.
fn end_of_string(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn plain(key: &str) -> String {
    key.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a word is a secret, an address, or the number of a card, an account or a phone. Amounts are not.
fn tells(word: &str) -> bool {
    let numeric = word.bytes().all(|byte| byte.is_ascii_digit() || b"+-()/".contains(&byte));
    word.contains('@') || is_secret(word) || (numeric && has_long_number(word))
}

fn is_secret(word: &str) -> bool {
    let parts = word.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    parts.into_iter().any(|part| SECRET.iter().any(|prefix| part.starts_with(prefix)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_body_stays_as_it_came_but_for_persons_and_secrets() {
        let came = r#"{"id":"pi_1","amount": 10.10,"big":4099260516,"sum":"100000000.00","at":"2026-01-01T00:00:00.000Z",
            "customer":{"email":"a@b.example","First_Name":"Ada \"A\"","phone":null,"tags":["x",1]},"trxID":"BK12345678",
            "note":"call 01770618575 now","key":"sk_test_1","payerAccount":"01770618575"}"#;
        let expected = r#"{"id":"pi_1","amount": 10.10,"big":4099260516,"sum":"100000000.00","at":"2026-01-01T00:00:00.000Z",
            "customer":{"email":"[hidden]","First_Name":"[hidden]","phone":null,"tags":["x",1]},"trxID":"BK12345678",
            "note":"[hidden]","key":"[hidden]","payerAccount":"[hidden]"}"#;
        assert_eq!(kept(came.as_bytes()), expected);
        assert_eq!(kept(b"<html>ask ada@b.example</html>"), "<html>ask [hidden]");
        assert_eq!(kept(&[b'{', 0xff]).chars().count(), 2);
        assert_eq!(kept("[".repeat(20_000).as_bytes()).len(), MAX_BODY_CHARS);
    }

    proptest! {
        #[test]
        fn what_has_nothing_to_hide_is_unchanged(values in proptest::collection::vec("[a-z \\\\\"]{0,12}", 0..6)) {
            let text = serde_json::json!({ "values": values, "n": [1, 2.5, true, null] }).to_string();
            prop_assert_eq!(kept(text.as_bytes()), text);
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = kept(&bytes);
            let _ = json(&String::from_utf8_lossy(&bytes));
        }
    }
}
