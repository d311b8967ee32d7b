//! A gateway's own text as logs may have it.

/// Of a text; enough to find the cause.
const MAX_CHARS: usize = 300;

/// Cut short, and without e-mail addresses, what the gateway's `is_key` takes for a secret, and anything that could be
/// the number of a card, an account or a phone.
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
