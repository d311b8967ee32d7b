//! A stand-in for a gateway's server: answers what it was told to, in order, and remembers what came.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// What the stub does with one request.
#[derive(Clone, Debug)]
pub enum Reply {
    Answer(u16, Vec<(&'static str, &'static str)>, String),
    /// Takes the request and never answers.
    Silence,
    /// Answers after this time.
    Late(Duration, Box<Self>),
}

impl Reply {
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::Answer(status, vec![], body.to_string())
    }

    pub fn status(status: u16) -> Self {
        Self::Answer(status, vec![], String::new())
    }

    pub fn with(self, name: &'static str, value: &'static str) -> Self {
        match self {
            Self::Answer(status, mut headers, body) => {
                headers.push((name, value));
                Self::Answer(status, headers, body)
            }
            Self::Late(time, reply) => Self::Late(time, Box::new(reply.with(name, value))),
            Self::Silence => self,
        }
    }
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: String,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

#[derive(Clone, Debug, Default)]
pub struct Stub {
    script: Arc<Mutex<VecDeque<Reply>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Stub {
    /// Serves on a free port; answers 418 once the script is used up. Returns its address.
    pub async fn serve(script: impl IntoIterator<Item = Reply>) -> (Self, String) {
        let stub = Self { script: Arc::new(Mutex::new(script.into_iter().collect())), ..Self::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let app = Router::new().fallback(answer).with_state(stub.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (stub, address)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no panic under the lock").clone()
    }
}

async fn answer(
    State(stub): State<Stub>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body = String::from_utf8(body.to_vec()).expect("forms are text");
    stub.seen.lock().expect("no panic under the lock").push(Seen { method, uri, headers, body });
    let reply = stub.script.lock().expect("no panic under the lock").pop_front();
    let mut reply = reply.unwrap_or_else(|| Reply::status(418));
    while let Reply::Late(time, later) = reply {
        tokio::time::sleep(time).await;
        reply = *later;
    }
    match reply {
        Reply::Late(..) | Reply::Silence => std::future::pending().await,
        Reply::Answer(status, headers, body) => {
            let status = StatusCode::from_u16(status).expect("a status");
            let mut response = (status, body).into_response();
            for (name, value) in headers {
                response.headers_mut().insert(name, HeaderValue::from_static(value));
            }
            response
        }
    }
}

/// Serves `bytes` to each connection after its first bytes came, then cuts it.
pub async fn serve_and_cut(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 16_384];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(bytes).await;
        }
    });
    address
}

/// An address at which nobody listens.
pub async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    format!("http://{}", listener.local_addr().expect("it is bound"))
}
