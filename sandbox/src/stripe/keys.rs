//! Idempotency keys as Stripe has them: the first answer whose endpoint began to run is kept and
//! replayed, failures included; other parameters are refused; a running key is in use; a failed
//! validation leaves no trace. Keys are forgotten after a day, and the oldest when there are too many.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::body::Bytes;
use axum::http::StatusCode;

use super::refusal::Refusal;
use crate::shelf::Shelf;

const KEPT_FOR_S: i64 = 24 * 60 * 60;

#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Bytes,
    pub request_id: String,
}

#[derive(Debug)]
struct Entry {
    print: u64,
    created: i64,
    /// None while the first request runs.
    answer: Option<Answer>,
}

#[derive(Debug)]
pub struct Keys {
    entries: Shelf<Entry>,
    keep: usize,
}

impl Keys {
    pub fn new(keep: usize) -> Self {
        Self { entries: Shelf::default(), keep }
    }

    /// Takes the key for a request, or gives the answer it already has.
    ///
    /// # Errors
    /// When the key belongs to another request, or to one that is still running.
    pub fn reserve(&mut self, key: &str, print: u64, now: i64) -> Result<Option<Answer>, Refusal> {
        if let Some(entry) = self.entries.get(key) {
            if entry.created + KEPT_FOR_S > now {
                if entry.print != print {
                    // Kept with its account in front.
                    return Err(Refusal::key_reused(key.split_once('/').map_or(key, |(_, key)| key)));
                }
                return entry.answer.clone().map(Some).ok_or_else(Refusal::key_in_use);
            }
            self.entries.remove(key);
        }
        self.entries.insert(key, Entry { print, created: now, answer: None });
        self.entries.trim(self.keep);
        Ok(None)
    }

    pub fn store(&mut self, key: &str, answer: Answer) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.answer = Some(answer);
        }
    }

    pub fn release(&mut self, key: &str) {
        self.entries.remove(key);
    }
}

/// What makes two requests the same: endpoint and parameters, in whatever order.
pub fn fingerprint(path: &str, pairs: &[(String, String)]) -> u64 {
    let mut sorted: Vec<_> = pairs.iter().collect();
    sorted.sort();
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    sorted.hash(&mut hasher);
    hasher.finish()
}
