//! For unit tests: an app without services, routes of the test inside the real middleware, answers as JSON.

use axum::Router;
use axum::body::{Body, to_bytes};
use gateways::Gateways;
use http::header::HOST;
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use serde_json::Value;
use shared::kernel::{Bell, Clock, Settings, db};
use tower::ServiceExt;

use crate::app::App;
use crate::routes::wrapped;

/// No server listens there: everything that needs the database fails.
const SERVICES: [(&str, &str); 2] =
    [("DATABASE_URL", "postgres://127.0.0.1:1/none"), ("REDIS_URL", "redis://127.0.0.1:1")];

/// An app with these settings in addition to the defaults.
pub(crate) fn app_with(settings: &[(&str, &str)]) -> App {
    let pairs: Vec<(String, String)> =
        SERVICES.iter().chain(settings).map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let lookup = |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let settings = Settings::read(lookup).unwrap();
    let pool = db::pool(&settings.database_url, 1).unwrap();
    App::new(settings, pool, Clock::system(), Bell::local(), Gateways::default())
}

pub(crate) fn app() -> App {
    app_with(&[])
}

/// These routes within the real middleware.
pub(crate) fn serving(app: App, routes: Router<App>) -> Router {
    wrapped(routes, app)
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body, or null if it is not JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status and code of a failure.
    pub(crate) fn failure(&self) -> (u16, String) {
        let code = self.json()["code"].as_str().unwrap_or_default().to_owned();
        (self.status.as_u16(), code)
    }
}

pub(crate) async fn send(router: &Router, mut request: Request<Body>) -> Answer {
    request.headers_mut().entry(HOST).or_insert(HeaderValue::from_static("trial.example"));
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    Answer { status: parts.status, headers: parts.headers, body }
}

pub(crate) async fn get(router: &Router, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request =
        headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    send(router, request.body(Body::empty()).unwrap()).await
}

pub(crate) async fn post(router: &Router, path: &str, json: impl Into<Body>) -> Answer {
    let request = Request::post(path).header("content-type", "application/json");
    send(router, request.body(json.into()).unwrap()).await
}
