//! The API document and the two pages that show it. Everything is part of this binary; nothing is loaded from
//! elsewhere.
//!
//! Large files are stored and sent compressed, which every browser reads. The pages have their own policy: it lets them
//! run their scripts and call this server, and nothing more.

use axum::Router;
use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::etag::Etag;
use crate::extract::IfNoneMatch;

/// Swagger UI and Redoc style their elements in place and show images from `data:`; Redoc searches in a worker.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src blob:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
/// The type that tools expect; `application/openapi+json` is registered, but few tools know it.
const JSON: &str = "application/json";

/// Path, type and bytes of the files that are part of the binary.
const FILES: [(&str, &str, &[u8]); 6] = [
    ("/api/docs", HTML, include_bytes!("../../assets/swagger-ui.html")),
    ("/api/docs/swagger-ui-start.js", JAVASCRIPT, include_bytes!("../../assets/swagger-ui-start.js")),
    ("/api/docs/swagger-ui.css", CSS, include_bytes!("../../assets/swagger-ui.css.gz")),
    ("/api/docs/swagger-ui-bundle.js", JAVASCRIPT, include_bytes!("../../assets/swagger-ui-bundle.js.gz")),
    ("/api/redoc", HTML, include_bytes!("../../assets/redoc.html")),
    ("/api/redoc/redoc.standalone.js", JAVASCRIPT, include_bytes!("../../assets/redoc.standalone.js.gz")),
];

/// Serves the finished document, so it is built after all other routes were added.
pub(super) fn router(document: &Value) -> Router<App> {
    let json = Bytes::from(document.to_string());
    let files = FILES.iter().map(|(path, kind, bytes)| (*path, *kind, Bytes::from_static(bytes)));
    files.chain([("/api/schema", JSON, json)]).fold(Router::new(), |router, (path, kind, bytes)| {
        let etag = Etag::new(hex::encode(&Sha256::digest(&bytes)[..16]));
        router.route(path, get(move |known: IfNoneMatch| async move { answer(kind, bytes, &etag, &known) }))
    })
}

fn answer(kind: &'static str, bytes: Bytes, etag: &Etag, known: &IfNoneMatch) -> Response {
    let mut response = if known.covers(etag) {
        etag.not_modified()
    } else if bytes.starts_with(b"\x1f\x8b") {
        ([(CONTENT_TYPE, kind), (CONTENT_ENCODING, "gzip")], bytes).into_response()
    } else {
        ([(CONTENT_TYPE, kind)], bytes).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(ETAG, etag.header());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
    // Also with a 304: a browser replaces its stored headers by those.
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    /// Our own files.
    fn texts() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
        let text = |bytes| std::str::from_utf8(bytes).ok();
        FILES.iter().filter_map(move |(path, kind, bytes)| Some((*path, *kind, text(bytes)?)))
    }

    #[test]
    fn pages_name_no_other_host() {
        assert_eq!(texts().count(), 3);
        for (path, _, text) in texts() {
            assert!(!text.contains("//") || text.starts_with("// "), "{path} leads elsewhere");
            assert!(!text.contains("http:") && !text.contains("https:"), "{path} leads elsewhere");
        }
    }

    /// The policy would keep it from being loaded, and browsers would say so in their console.
    #[test]
    fn scripts_and_styles_ask_for_no_picture_elsewhere() {
        let packed = FILES.iter().filter(|(.., bytes)| bytes.starts_with(b"\x1f\x8b"));
        for (path, _, bytes) in packed {
            let mut text = String::new();
            flate2::read::GzDecoder::new(*bytes).read_to_string(&mut text).unwrap();
            assert!(text.len() > bytes.len(), "{path}");
            for elsewhere in ["src:\"http", "src=\"http", "url(http", "@import"] {
                assert!(!text.contains(elsewhere), "{path} has {elsewhere}");
            }
        }
    }

    #[test]
    fn every_file_a_page_names_is_there() {
        for (page, _, text) in texts().filter(|(_, kind, _)| *kind == HTML) {
            let named = text.split('"').filter(|word| word.starts_with("/api/") && *word != "/api/schema");
            let missing: Vec<_> =
                named.filter(|named| !FILES.iter().any(|(path, ..)| path == named)).collect();
            assert!(missing.is_empty(), "{page}: {missing:?}");
        }
    }
}
