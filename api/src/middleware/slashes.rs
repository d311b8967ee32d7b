//! Ignores a slash at the end of an address of the API, because frontends and gateways add one.
//!
//! Paths are not normalised in any other way. A proxy that hides `/metrics` from the public by its path must be able to
//! rely on it: `//metrics`, `/metrics/` and `/%6detrics` are other paths, which do not exist.

use http::Uri;
use http::uri::PathAndQuery;

/// The prefix of the addresses whose last slash is ignored.
const API: &str = "/api/";

/// Removes the last slash from the address of a request.
pub(crate) fn without_slash_at_the_end<B>(mut request: http::Request<B>) -> http::Request<B> {
    if let Some(uri) = trimmed(request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

fn trimmed(uri: &Uri) -> Option<Uri> {
    let path = uri.path().strip_suffix('/').filter(|_| uri.path().starts_with(API))?;
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as(target: &str) -> String {
        let request = http::Request::builder().uri(target).body(()).expect("a target");
        without_slash_at_the_end(request).uri().to_string()
    }

    #[test]
    fn one_slash_at_the_end_is_left_out_and_nothing_else() {
        assert_eq!(read_as("/api/"), "/api");
        assert_eq!(read_as("/api/mugs/?size=2"), "/api/mugs?size=2");
        assert_eq!(read_as("http://shop.example/api/mugs/"), "http://shop.example/api/mugs");
        for same in
            ["/", "/api/mugs", "/metrics/", "//metrics", "//api/mugs/", "/api/mugs?next=/", "/%61pi/mugs/"]
        {
            assert_eq!(read_as(same), same);
        }
        assert_eq!(read_as("/api/mugs//"), "/api/mugs/", "only one slash is left out");
    }
}
