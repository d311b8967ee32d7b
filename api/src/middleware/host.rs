//! Checks the `Host` header: there must be exactly one, with a name or address and an optional port.
//!
//! A server must refuse any other request of HTTP/1.1 (RFC 9112, section 3.2), and hyper leaves that to its user. With
//! two such headers a proxy and the server behind it could each believe another one.

use axum::extract::Request;
use http::header::HOST;
use http::{HeaderValue, StatusCode, Version};

use crate::error::ApiError;

/// 400 for a request whose host is missing, repeated or malformed.
pub(super) fn refusal(request: &Request) -> Option<ApiError> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let is_sound = match (hosts.next(), hosts.next()) {
        (Some(host), None) => is_host(host),
        (None, None) => request.version() < Version::HTTP_11,
        (_, Some(_)) => false,
    };
    (!is_sound).then(|| {
        let message = "The request needs one Host header, with a name or address and perhaps a port.";
        ApiError::new(StatusCode::BAD_REQUEST, "host_invalid", message)
    })
}

/// The value may be empty: it is for an address without a host.
fn is_host(value: &HeaderValue) -> bool {
    let Ok(text) = value.to_str() else { return false };
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) if address.bytes().all(|c| c.is_ascii_hexdigit() || b":.".contains(&c)) => {
            ("", port)
        }
        Some(_) => return false,
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let is_name = |c: u8| c.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(&c);
    let port = if port.is_empty() { Some(port) } else { port.strip_prefix(':') };
    host.bytes().all(is_name) && port.is_some_and(|port| port.bytes().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn is_refused(version: Version, hosts: &[&str]) -> bool {
        let request = hosts.iter().fold(Request::builder().version(version), |request, host| {
            request.header(HOST, HeaderValue::from_str(host).unwrap())
        });
        refusal(&request.body(Body::empty()).unwrap()).is_some()
    }

    #[test]
    fn a_request_has_one_host() {
        for sound in ["shop.example", "shop.example:8080", "127.0.0.1:80", "[::1]:8080", "a_b", ""] {
            assert!(!is_refused(Version::HTTP_11, &[sound]), "{sound}");
        }
        for bad in [
            "two words",
            "shop.example/path",
            "me@shop.example",
            "shop.example:port",
            "a:1:2",
            "[::1",
            "[x]",
            "[::1]x",
            "<b>",
            "a\tb",
        ] {
            assert!(is_refused(Version::HTTP_11, &[bad]), "{bad}");
        }
        assert!(is_refused(Version::HTTP_11, &["shop.example", "shop.example"]));
        assert!(is_refused(Version::HTTP_11, &[]));
        assert!(!is_refused(Version::HTTP_10, &[]));
    }
}
