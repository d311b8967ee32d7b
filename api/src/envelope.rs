//! The common shape of every answer.
//!
//! Success is `{"status":"success","message":…,"data":…}`, a list has
//! `data: {count, count_is_exact, next, previous, results}`.
//! Failure is `{"status":"error","code":…,"message":…,"errors":…,"request_id":…}`, or RFC 9457 for a caller that
//! asks for `application/problem+json`. Handlers build [`Success`] or fail with an `ApiError`; the bodies of
//! failures are written by the middleware, which knows what the caller accepts.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, ETAG, LINK, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::Value;
use shared::kernel::page::Page;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::etag::Etag;
use crate::extract::Paging;

/// The body of a successful answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Envelope<T> {
    #[schema(examples("success"))]
    pub status: &'static str,
    /// One sentence for people.
    pub message: Cow<'static, str>,
    pub data: T,
}

/// The data of an answer that has none: null.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Nothing;

/// A page of a list, and the addresses of its neighbours.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listed<T> {
    /// Number of results on all pages together, at most 10,000.
    pub count: i64,
    /// False if there are more results than were counted: then `count` is 10,000.
    pub count_is_exact: bool,
    /// Address of the next page, relative to this one's host: path and query with all your parameters. Null on the last.
    pub next: Option<String>,
    /// Address of the previous page; null on the first.
    pub previous: Option<String>,
    pub results: Vec<T>,
}

/// The body of a failed answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error)]
pub(crate) struct Failed<'a> {
    #[schema(examples("error"))]
    pub status: &'static str,
    /// Stable, for machines.
    #[schema(examples("cart_empty"))]
    pub code: &'a str,
    /// For people; the wording may change.
    pub message: &'a str,
    /// The details of the error; for bad input, texts by the path of the field.
    #[schema(value_type = Option<Object>)]
    pub errors: Option<&'a Value>,
    /// Quote it to support; also in the X-Request-Id header.
    pub request_id: &'a str,
}

/// A failed answer by RFC 9457.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem<'a> {
    /// A stable name of the kind of problem.
    #[serde(rename = "type")]
    #[schema(examples("urn:problem-type:haat:cart_empty"))]
    pub kind: String,
    /// The reason phrase of the status.
    pub title: &'a str,
    pub status: u16,
    pub detail: &'a str,
    pub code: &'a str,
    #[schema(value_type = Option<Object>)]
    pub errors: Option<&'a Value>,
    pub request_id: &'a str,
}

/// A successful answer.
#[derive(Debug)]
pub struct Success<T> {
    status: StatusCode,
    headers: HeaderMap,
    body: Envelope<T>,
}

impl<T> Success<T> {
    fn new(status: StatusCode, message: impl Into<Cow<'static, str>>, data: T) -> Self {
        let body = Envelope { status: "success", message: message.into(), data };
        Self { status, headers: HeaderMap::new(), body }
    }

    /// 200.
    pub fn ok(message: impl Into<Cow<'static, str>>, data: T) -> Self {
        Self::new(StatusCode::OK, message, data)
    }

    /// 201: the new resource is at this path.
    pub fn created(message: impl Into<Cow<'static, str>>, location: &str, data: T) -> Self {
        Self::new(StatusCode::CREATED, message, data).at(location)
    }

    /// 202: the request is stored and work goes on; look at this path.
    pub fn accepted(message: impl Into<Cow<'static, str>>, location: &str, data: T) -> Self {
        Self::new(StatusCode::ACCEPTED, message, data).at(location)
    }

    /// Sets the version that the data shows.
    #[must_use]
    pub fn tagged(self, etag: &Etag) -> Self {
        self.with(ETAG, etag.header())
    }

    /// Adds a header, or replaces it.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    fn at(self, location: &str) -> Self {
        let location = HeaderValue::from_str(location).expect("locations are made of literals and ids");
        self.with(LOCATION, location)
    }
}

impl<T> Success<Listed<T>> {
    /// 200 with a page; `Link` (RFC 8288) says the same as `next` and `previous`.
    pub fn list<K>(message: impl Into<Cow<'static, str>>, page: Page<T>, paging: &Paging<K>) -> Self {
        let at = |cursor: Option<String>| cursor.map(|cursor| paging.page_at(&cursor));
        let (next, previous) = (at(page.next), at(page.previous));
        let link = |address: &Option<String>, relation: &str| {
            address.as_ref().map(|address| format!("<{address}>; rel=\"{relation}\""))
        };
        let links: Vec<String> =
            [link(&next, "next"), link(&previous, "prev")].into_iter().flatten().collect();
        let total = page.total;
        let success = Self::ok(
            message,
            Listed {
                count: total.count,
                count_is_exact: total.is_exact,
                next,
                previous,
                results: page.results,
            },
        );
        match HeaderValue::try_from(links.join(", ")) {
            Ok(links) if !links.is_empty() => success.with(LINK, links),
            Ok(_) | Err(_) => success,
        }
    }
}

impl<T: Serialize> IntoResponse for Success<T> {
    fn into_response(self) -> Response {
        let Self { status, mut headers, body } = self;
        match serde_json::to_vec(&body) {
            Ok(json) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                (status, headers, json).into_response()
            }
            Err(error) => ApiError::broken(error).into_response(),
        }
    }
}
