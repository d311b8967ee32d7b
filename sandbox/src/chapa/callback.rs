//! The GET that Chapa sends to a payment's `callback_url`: a hint, neither signed nor repeated. It is
//! sent beside everything else, and what the merchant answers to it matters to nobody.

use std::sync::Arc;

use reqwest::Url;
use tokio::sync::{Semaphore, mpsc};

use crate::webhooks;

const AT_ONCE: usize = 16;
/// So many wait their turn; further ones are not sent.
const WAITING_AT_MOST: usize = 10_000;

#[derive(Debug)]
pub struct Callbacks {
    /// Also makes the approval calls.
    pub client: reqwest::Client,
    calls: mpsc::Sender<Url>,
}

impl Callbacks {
    /// Its task ends when the books are dropped.
    pub fn start() -> Self {
        let client = webhooks::client();
        let (calls, due) = mpsc::channel(WAITING_AT_MOST);
        tokio::spawn(make_calls(client.clone(), due));
        Self { client, calls }
    }

    /// Sends the outcome of a payment on its way; `query` is what Chapa adds to the address.
    pub fn send(&self, callback_url: &str, query: &[(&str, &str)]) {
        let Ok(mut url) = Url::parse(callback_url) else { return };
        url.query_pairs_mut().extend_pairs(query);
        if self.calls.try_send(url).is_err() {
            tracing::warn!(callback_url, "too many callbacks are waiting: not sent");
        }
    }
}

async fn make_calls(client: reqwest::Client, mut due: mpsc::Receiver<Url>) {
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    while let Some(url) = due.recv().await {
        let slot = Arc::clone(&slots).acquire_owned().await.expect("the slots are never closed");
        let request = client.get(url);
        tokio::spawn(async move {
            if let Err(error) = request.send().await {
                tracing::debug!(%error, "callback not delivered");
            }
            drop(slot);
        });
    }
}
