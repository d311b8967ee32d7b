//! Where a shop takes its webhooks, whatever the gateway: it keeps what it takes, and refuses when told to.
//! Also how tests wait.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use haat_sandbox::Sandbox;
use reqwest::Client;
use serde_json::Value;
use tokio::net::TcpListener;

#[derive(Debug, Clone)]
pub struct Delivery {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Delivery {
    pub fn event(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

#[derive(Debug, Default)]
pub struct Hook {
    taken: Mutex<Vec<Delivery>>,
    refusals: Mutex<VecDeque<StatusCode>>,
}

impl Hook {
    /// Serves at `/hook`, beside what a shop serves otherwise; the hook, and where the server is.
    pub async fn open(others: Router) -> (Arc<Self>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let hook = Arc::new(Self::default());
        let router = Router::new().route("/hook", post(take)).with_state(Arc::clone(&hook)).merge(others);
        tokio::spawn(async move { axum::serve(listener, router).await });
        (hook, url)
    }

    /// The next so many deliveries are answered with 503.
    pub fn refuse(&self, times: usize) {
        self.refusals.lock().unwrap().extend(vec![StatusCode::SERVICE_UNAVAILABLE; times]);
    }

    /// Everything that was taken, once nothing more is on its way.
    pub async fn deliveries(&self, sandbox: &Sandbox) -> Vec<Delivery> {
        within(sandbox.webhooks_idle()).await;
        self.taken.lock().unwrap().clone()
    }
}

async fn take(State(hook): State<Arc<Hook>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let refusal = hook.refusals.lock().unwrap().pop_front();
    if refusal.is_none() {
        hook.taken.lock().unwrap().push(Delivery { headers, body });
    }
    refusal.unwrap_or(StatusCode::OK)
}

/// A browser that shows where it is sent, and does not go there.
pub fn client() -> Client {
    let redirects = reqwest::redirect::Policy::none();
    Client::builder().redirect(redirects).timeout(Duration::from_secs(10)).build().unwrap()
}

/// A guard against waiting for ever, not a means of waiting.
pub async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), work).await.expect("it takes too long")
}

pub async fn until(mut reached: impl FnMut() -> bool) {
    within(async {
        while !reached() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
