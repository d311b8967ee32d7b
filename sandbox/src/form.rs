//! `application/x-www-form-urlencoded`, in query strings and bodies, as pairs in their order.
//! What the names mean is for each gateway to decide.

/// Bytes that are not UTF-8 after decoding are replaced, as browsers and gateways do.
pub fn pairs(text: &[u8]) -> Vec<(String, String)> {
    text.split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default());
            (name, decode(halves.next().unwrap_or_default()))
        })
        .collect()
}

/// The keys of a bracketed name, `a[b][]` being `a`, `b` and an empty one.
pub fn keys(name: &str) -> Vec<&str> {
    let (root, rest) = name.split_at(name.find('[').unwrap_or(name.len()));
    let keys = rest.split('[').skip(1).map(|key| key.trim_end_matches(']'));
    std::iter::once(root).chain(keys).collect()
}

/// The first value of this name.
pub fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn decode(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let escaped = text.get(at + 1..at + 3).filter(|_| *byte == b'%').and_then(hex_byte);
        bytes.push(match (byte, escaped) {
            (_, Some(decoded)) => decoded,
            (b'+', None) => b' ',
            (plain, None) => *plain,
        });
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    let high = char::from(digits[0]).to_digit(16)?;
    let low = char::from(digits[1]).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn decodes_escapes_pluses_and_stray_percents() {
        let found = pairs(b"a%5Bb%5D=1+2&c=100%&&d=%e2%82%ac&e");
        let wanted = [("a[b]", "1 2"), ("c", "100%"), ("d", "€"), ("e", "")];
        assert_eq!(found, wanted.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
