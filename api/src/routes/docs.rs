//! The API document and the two pages that show it, from this binary alone: nothing is loaded from elsewhere.
//!
//! Assets are kept and sent compressed; every browser reads that. The pages get a policy of their own that lets
//! them run their scripts and talk to this server, and nothing more.

use axum::Router;
use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG};
use http::{HeaderName, StatusCode};
use sha2::{Digest, Sha256};
use utoipa::openapi::OpenApi;

use crate::app::App;
use crate::etag::Etag;
use crate::extract::IfNoneMatch;

/// Swagger UI and Redoc style their elements in place and show images from `data:`; Redoc searches in a worker.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src blob:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// One file that is part of the binary.
#[derive(Clone, Copy, Debug)]
struct Asset {
    path: &'static str,
    kind: &'static str,
    /// Changes with the content.
    version: &'static str,
    encoding: Encoding,
    bytes: &'static [u8],
}

#[derive(Clone, Copy, Debug)]
enum Encoding {
    Plain,
    Gzip,
}

const ASSETS: [Asset; 6] = [
    Asset {
        path: "/api/docs",
        kind: HTML,
        version: env!("CARGO_PKG_VERSION"),
        encoding: Encoding::Plain,
        bytes: include_bytes!("../../assets/swagger-ui.html"),
    },
    Asset {
        path: "/api/docs/swagger-ui-start.js",
        kind: JAVASCRIPT,
        version: env!("CARGO_PKG_VERSION"),
        encoding: Encoding::Plain,
        bytes: include_bytes!("../../assets/swagger-ui-start.js"),
    },
    Asset {
        path: "/api/docs/swagger-ui.css",
        kind: "text/css; charset=utf-8",
        version: "5.35.0",
        encoding: Encoding::Gzip,
        bytes: include_bytes!("../../assets/swagger-ui.css.gz"),
    },
    Asset {
        path: "/api/docs/swagger-ui-bundle.js",
        kind: JAVASCRIPT,
        version: "5.35.0",
        encoding: Encoding::Gzip,
        bytes: include_bytes!("../../assets/swagger-ui-bundle.js.gz"),
    },
    Asset {
        path: "/api/redoc",
        kind: HTML,
        version: env!("CARGO_PKG_VERSION"),
        encoding: Encoding::Plain,
        bytes: include_bytes!("../../assets/redoc.html"),
    },
    Asset {
        path: "/api/redoc/redoc.standalone.js",
        kind: JAVASCRIPT,
        version: "2.5.4",
        encoding: Encoding::Gzip,
        bytes: include_bytes!("../../assets/redoc.standalone.js.gz"),
    },
];

/// Serves the finished document, so it is built after all other routes have joined.
pub(super) fn router(document: &OpenApi) -> Router<App> {
    let json = Bytes::from(document.to_json().expect("the document is plain data"));
    let etag = Etag::new(hex::encode(&Sha256::digest(&json)[..16]));
    let schema = get(move |known: IfNoneMatch| async move { schema(json, &etag, &known) });
    ASSETS.iter().fold(Router::new().route("/api/schema", schema), |router, asset| {
        router.route(asset.path, get(move |known: IfNoneMatch| async move { asset.answer(&known) }))
    })
}

fn schema(json: Bytes, etag: &Etag, known: &IfNoneMatch) -> Response {
    if known.covers(etag) {
        return etag.not_modified();
    }
    let kind = "application/json"; // what tools expect; application/openapi+json is registered, and unknown to most
    (revalidated(etag), [(CONTENT_TYPE, kind)], json).into_response()
}

impl Asset {
    fn answer(&self, known: &IfNoneMatch) -> Response {
        let etag = Etag::new(self.version);
        if known.covers(&etag) {
            return etag.not_modified();
        }
        let headers = [(CONTENT_TYPE, self.kind), (CONTENT_SECURITY_POLICY, PAGE_POLICY)];
        let response = (StatusCode::OK, revalidated(&etag), headers, self.bytes);
        match self.encoding {
            Encoding::Plain => response.into_response(),
            Encoding::Gzip => ([(CONTENT_ENCODING, "gzip")], response).into_response(),
        }
    }
}

fn revalidated(etag: &Etag) -> [(HeaderName, http::HeaderValue); 2] {
    [(ETAG, etag.header()), (CACHE_CONTROL, http::HeaderValue::from_static("public, no-cache"))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_name_no_other_host() {
        for asset in ASSETS.iter().filter(|asset| asset.kind == HTML || asset.path.ends_with("start.js")) {
            let text = std::str::from_utf8(asset.bytes).unwrap();
            assert!(!text.contains("//") || text.starts_with("// "), "{} leads elsewhere", asset.path);
            assert!(!text.contains("http:") && !text.contains("https:"), "{} leads elsewhere", asset.path);
        }
    }

    #[test]
    fn every_file_a_page_names_is_there() {
        for page in ASSETS.iter().filter(|asset| asset.kind == HTML) {
            let text = std::str::from_utf8(page.bytes).unwrap();
            let named = text.split('"').filter(|word| word.starts_with("/api/") && *word != "/api/schema");
            let missing: Vec<_> =
                named.filter(|path| !ASSETS.iter().any(|asset| asset.path == *path)).collect();
            assert!(missing.is_empty(), "{}: {missing:?}", page.path);
        }
    }
}
