//! Checks and normalises the address of a picture. Pure; nothing is fetched.
//!
//! Addresses are passed to browsers unchanged, so anything that could mislead one is refused: user names before the
//! host, backslashes (browsers read them as slashes), control characters, and characters that are invisible or reverse
//! text. Harmless mistakes are repaired as a browser would: spaces and brackets are percent-encoded, a scheme in
//! capitals is lowered, and an address without a scheme (`//cdn…`) becomes https.

use std::borrow::Cow;

use crate::kernel::text;

const LONGEST: usize = 2000;

/// Why an address was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlProblem {
    #[error("the URL of an image must begin with http:// or https://")]
    Scheme,
    #[error("the URL of an image must name a host")]
    Host,
    #[error("the URL of an image must not have a user name or password")]
    User,
    #[error("the URL of an image must not have control characters, backslashes or invisible characters")]
    Character,
    #[error("the URL of an image may have at most {LONGEST} bytes")]
    TooLong,
}

/// An address as it is stored and shown.
pub(super) fn checked(value: &str) -> Result<String, UrlProblem> {
    let value = value.trim();
    let misleading = |c: char| {
        c.is_control()
            || c == '\\'
            || (c.is_whitespace() && c != ' ')
            || text::is_hidden(c)
            || text::is_joiner(c)
    };
    if value.chars().any(misleading) {
        return Err(UrlProblem::Character);
    }
    let (scheme, rest) = match value.strip_prefix("//") {
        Some(rest) => ("https", rest),
        None => {
            let (scheme, rest) = value.split_once("://").ok_or(UrlProblem::Scheme)?;
            let known = ["https", "http"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known));
            (known.ok_or(UrlProblem::Scheme)?, rest)
        }
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(UrlProblem::User);
    }
    if authority.is_empty() || authority.starts_with(':') || authority.contains(unsafe_in_path) {
        return Err(UrlProblem::Host);
    }
    let url = format!("{scheme}://{}", encoded(rest));
    if url.len() <= LONGEST { Ok(url) } else { Err(UrlProblem::TooLong) }
}

/// The part that all addresses of the same picture share: without `v`, which Shopify changes with every change of a
/// picture, and without the fragment.
pub(super) fn same_picture(url: &str) -> Cow<'_, str> {
    let url = url.split('#').next().unwrap_or(url);
    let Some((address, query)) = url.split_once('?') else { return Cow::Borrowed(url) };
    let kept: Vec<&str> =
        query.split('&').filter(|part| !part.is_empty() && !part.starts_with("v=")).collect();
    if kept.is_empty() { Cow::Borrowed(address) } else { Cow::Owned(format!("{address}?{}", kept.join("&"))) }
}

/// Browsers encode these in a path (WHATWG URL, "path percent-encode set").
fn unsafe_in_path(c: char) -> bool {
    matches!(c, ' ' | '"' | '<' | '>' | '`' | '{' | '}')
}

fn encoded(rest: &str) -> String {
    let mut url = String::with_capacity(rest.len());
    for c in rest.chars() {
        if unsafe_in_path(c) {
            url.push_str(&format!("%{:02X}", u32::from(c)));
        } else {
            url.push(c);
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_name_images() {
        let refused = [
            ("", UrlProblem::Scheme),
            ("cdn.example.com/a.jpg", UrlProblem::Scheme),
            ("javascript:alert(1)", UrlProblem::Scheme),
            ("javascript://example.com/%0aalert(1)", UrlProblem::Scheme),
            ("https://", UrlProblem::Host),
            ("https:///a", UrlProblem::Host),
            ("https://?a", UrlProblem::Host),
            ("https://a b/c.jpg", UrlProblem::Host),
            ("https://shop@evil.example/a.jpg", UrlProblem::User),
            ("https://user:secret@example.com/a.jpg", UrlProblem::User),
            ("https://good.example\\@evil.example/a.jpg", UrlProblem::Character),
            ("https://example.com/a\nb.jpg", UrlProblem::Character),
            ("https://example.com/\u{202e}gpj.exe", UrlProblem::Character),
            ("https://example.com/a\u{200b}.jpg", UrlProblem::Character),
        ];
        for (url, problem) in refused {
            assert_eq!(checked(url), Err(problem), "{url}");
        }
        assert_eq!(checked(&format!("https://a.example/{}", "a".repeat(LONGEST))), Err(UrlProblem::TooLong));
    }

    #[test]
    fn what_is_sloppily_written_is_mended_as_a_browser_would() {
        let cases = [
            ("https://cdn.example.com/a.jpg", "https://cdn.example.com/a.jpg"),
            ("HTTPS://cdn.example.com/A.jpg", "https://cdn.example.com/A.jpg"),
            ("//cdn.example.com/a.jpg?v=1", "https://cdn.example.com/a.jpg?v=1"),
            (" https://a.example/blue vase (front).jpg ", "https://a.example/blue%20vase%20(front).jpg"),
            ("https://a.example/b?q=\"<x>\"", "https://a.example/b?q=%22%3Cx%3E%22"),
            ("https://a.example/ছবি.jpg?mail=a@b", "https://a.example/ছবি.jpg?mail=a@b"),
        ];
        for (given, stored) in cases {
            assert_eq!(checked(given), Ok(stored.into()), "{given}");
            assert_eq!(checked(stored), Ok(stored.into()), "{stored}");
        }
    }

    #[test]
    fn a_picture_that_was_touched_is_the_same_picture() {
        let picture = "https://cdn.example.com/files/rug.jpg";
        for touched in ["", "?v=1700000001", "?v=1", "#top", "?", "?v=2#top"] {
            assert_eq!(same_picture(&format!("{picture}{touched}")), picture);
        }
        assert_eq!(same_picture("https://a.example/b?id=3&v=2"), "https://a.example/b?id=3");
        assert_ne!(same_picture("https://a.example/b?id=3"), same_picture("https://a.example/b?id=4"));
    }
}
