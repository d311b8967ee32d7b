//! The API as a frontend sees it: JSON in, `data` of the envelope out. Every refusal becomes a
//! failure that names the request and quotes the answer.

use std::time::Duration;

use serde_json::Value;
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body, RequestBuilder};

use crate::failure::{Explain, Failure, Result};
use crate::interrupt;

/// Longer than the longest wait we ask the API for.
const LIMIT: Duration = Duration::from_secs(30);

#[derive(Debug, Clone)]
pub struct Client {
    agent: Agent,
    base: String,
    token: Option<String>,
}

/// What a page answered, for talking to something that is not the API.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub location: Option<String>,
}

/// Connects directly, follows no redirect, and returns every status as an answer.
pub fn agent(limit: Duration) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(limit))
        .proxy(None)
        .build();
    config.into()
}

impl Client {
    pub fn new(base: &str) -> Self {
        Self { agent: agent(LIMIT), base: base.to_owned(), token: None }
    }

    /// The same, signed in.
    pub fn sign_in(&self, email: &str, password: &str) -> Result<Self> {
        Ok(self.with_token(&self.token(email, password)?))
    }

    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// An access token.
    pub fn token(&self, email: &str, password: &str) -> Result<String> {
        let login = serde_json::json!({ "email": email, "password": password });
        text(&self.post("/api/auth/login", &login)?, "/access_token")
    }

    fn signed<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        match &self.token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        }
    }

    pub fn is_healthy(&self) -> bool {
        self.agent.get(&self.base).call().is_ok_and(|answer| answer.status().is_success())
    }

    pub fn get(&self, path: &str) -> Result<Value> {
        interrupt::check()?;
        let request = self.signed(self.agent.get(format!("{}{path}", self.base)));
        data(&format!("GET {path}"), request.call())
    }

    /// The newer state if there is one since the version `known`, which is then replaced.
    pub fn poll(&self, path: &str, known: &mut Option<String>) -> Result<Option<Value>> {
        interrupt::check()?;
        let mut request = self.signed(self.agent.get(format!("{}{path}", self.base)));
        if let Some(etag) = known.as_deref() {
            request = request.header("if-none-match", etag);
        }
        let answer = request.call();
        if let Ok(answer) = &answer {
            if answer.status().as_u16() == 304 {
                return Ok(None);
            }
            *known = answer.headers().get("etag").and_then(|etag| etag.to_str().ok()).map(str::to_owned);
        }
        data(&format!("GET {path}"), answer).map(Some)
    }

    pub fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.post_once(path, body, None)
    }

    /// With an Idempotency-Key, so that asking again is harmless.
    pub fn post_once(&self, path: &str, body: &Value, key: Option<&str>) -> Result<Value> {
        interrupt::check()?;
        let mut request = self.signed(self.agent.post(format!("{}{path}", self.base)));
        if let Some(key) = key {
            request = request.header("idempotency-key", format!("\"{key}\""));
        }
        data(&format!("POST {path}"), request.send_json(body))
    }

    /// A PATCH with the current version of the resource.
    pub fn change(&self, path: &str, body: &Value) -> Result<Value> {
        let mut version = None;
        self.poll(path, &mut version)?;
        let mut request = self.signed(self.agent.patch(format!("{}{path}", self.base)));
        if let Some(etag) = version {
            request = request.header("if-match", etag);
        }
        data(&format!("PATCH {path}"), request.send_json(body))
    }

    /// As a browser follows a link.
    pub fn open(&self, url: &str) -> Result<Page> {
        let answer = self.agent.get(url).call().explain(format!("GET {url} got no answer"), LOGS)?;
        let location = answer.headers().get("location").and_then(|value| value.to_str().ok());
        Ok(Page { status: answer.status().as_u16(), location: location.map(str::to_owned) })
    }

    /// JSON without the API's envelope, as the sandbox's control uses it.
    pub fn post_plain(&self, path: &str, body: &Value) -> Result<Value> {
        let request = format!("POST {path}");
        let answer = self.agent.post(format!("{}{path}", self.base)).send_json(body);
        let (status, text) = whole(&request, answer)?;
        if !status.is_success() {
            return Err(Failure::new(format!("{request} answered {status}: {text}"), LOGS));
        }
        serde_json::from_str(&text).explain(format!("{request} answered no JSON: {text}"), LOGS)
    }
}

type Answer = std::result::Result<Response<Body>, ureq::Error>;

fn whole(request: &str, answer: Answer) -> Result<(StatusCode, String)> {
    let mut answer = answer.explain(format!("{request} got no answer"), LOGS)?;
    let body = answer.body_mut().read_to_string().explain(format!("{request} was cut short"), LOGS)?;
    Ok((answer.status(), body))
}

fn data(request: &str, answer: Answer) -> Result<Value> {
    let (status, body) = whole(request, answer)?;
    let envelope: Option<Value> = serde_json::from_str(&body).ok();
    match envelope {
        Some(mut envelope) if status.is_success() => Ok(envelope["data"].take()),
        Some(envelope) => {
            let message = envelope["message"].as_str().unwrap_or("no message");
            let details =
                if envelope["errors"].is_null() { String::new() } else { envelope["errors"].to_string() };
            Err(Failure::new(format!("{request} answered {status}: {message} {details}"), LOGS))
        }
        None => Err(Failure::new(format!("{request} answered {status}, and not JSON:\n{body}"), LOGS)),
    }
}

/// A text of an answer that must be there.
pub fn text(value: &Value, pointer: &str) -> Result<String> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| Failure::new(format!("an answer lacks {pointer}: {value}"), LOGS))
}

const LOGS: &str = "see the processes' logs in target/services/logs";
