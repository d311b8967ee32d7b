//! The metrics of every request. A series is looked up by its labels, and created only once.
//!
//! The number of series is limited by the routes, methods and statuses: a route is the pattern that the router matched,
//! not the path that a caller wrote.

use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, PoisonError, RwLock};
use std::time::Duration;

use http::StatusCode;
use metrics::{Counter, Histogram};

/// The metrics of one method, route and status.
#[derive(Debug)]
struct Series {
    requests: Counter,
    seconds: Histogram,
}

type Key = (&'static str, &'static str, StatusCode);

static ROUTES: LazyLock<RwLock<HashSet<&'static str>>> = LazyLock::new(RwLock::default);
static SERIES: LazyLock<RwLock<HashMap<Key, Series>>> = LazyLock::new(RwLock::default);

/// The matched route as a static string: each route is copied once.
pub(super) fn route(matched: &str) -> &'static str {
    if let Some(known) = ROUTES.read().unwrap_or_else(PoisonError::into_inner).get(matched) {
        return known;
    }
    let mut routes = ROUTES.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = routes.get(matched) {
        return known; // another request was faster
    }
    let kept: &'static str = Box::leak(matched.to_owned().into_boxed_str());
    routes.insert(kept);
    kept
}

/// Counts an answered request.
pub(super) fn count(method: &'static str, route: &'static str, status: StatusCode, took: Duration) {
    let key = (method, route, status);
    if let Some(series) = SERIES.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return series.record(took);
    }
    let mut all = SERIES.write().unwrap_or_else(PoisonError::into_inner);
    all.entry(key).or_insert_with(|| Series::named(key)).record(took);
}

impl Series {
    fn named((method, route, status): Key) -> Self {
        let code = status.as_str().to_owned();
        Self {
            requests: metrics::counter!(
                "haat_http_requests_total", "method" => method, "route" => route, "status" => code
            ),
            seconds: metrics::histogram!("haat_http_request_seconds", "method" => method, "route" => route),
        }
    }

    fn record(&self, took: Duration) {
        self.requests.increment(1);
        self.seconds.record(took.as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_kept_once() {
        let first = route("/mugs/{id}");
        assert!(std::ptr::eq(first, route(&String::from("/mugs/{id}"))));
        assert!(!std::ptr::eq(first, route("/mugs")));
    }
}
