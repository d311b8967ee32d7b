//! What a gateway answered, request by request, for whoever keeps it.
//!
//! A caller that wants to know runs its call within [`Record::of`]; the exchange adds each request to the record of the task
//! it runs in. Nothing is collected elsewhere. Requests for tokens are never in it.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::redaction;

/// Requests of one call at the most; a search may take many, and its first ones tell enough.
const MOST_REQUESTS: usize = 32;

/// One request and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Method and path, as `POST /v1/refunds`.
    pub request: String,
    /// Of HTTP; none if no answer came.
    pub status: Option<u16>,
    /// As it came, but bounded, and without what names a person or opens an account.
    pub body: Option<String>,
    /// Why there is no answer; safe for logs.
    pub problem: Option<String>,
    pub took: Duration,
}

/// What one call was answered.
#[derive(Clone, Debug, Default)]
pub struct Record(Arc<Mutex<Vec<Answered>>>);

tokio::task_local! {
    static RECORD: Record;
}

impl Record {
    /// Runs a call, and gives what its requests were answered beside what it came to.
    pub async fn of<T>(call: impl Future<Output = T>) -> (T, Vec<Answered>) {
        let record = Self::default();
        let outcome = RECORD.scope(record.clone(), call).await;
        let answers = std::mem::take(&mut *record.0.lock().unwrap_or_else(PoisonError::into_inner));
        (outcome, answers)
    }

    /// Whether somebody keeps what this task's requests are answered.
    pub(crate) fn is_kept() -> bool {
        RECORD.try_with(|_| ()).is_ok()
    }

    pub(crate) fn add(answered: Answered) {
        // Outside of a record nobody wants to know.
        let _ = RECORD.try_with(|record| {
            let mut answers = record.0.lock().unwrap_or_else(PoisonError::into_inner);
            if answers.len() < MOST_REQUESTS {
                answers.push(answered);
            }
        });
    }
}

/// Method and path of a request: a query may hold what names a person.
pub(crate) fn line(method: &http::Method, url: &str) -> String {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = path.find('/').map_or("/", |at| &path[at..]);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    redaction::line(&format!("{method} {path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_told_by_its_method_and_path() {
        let told = |url: &str| line(&http::Method::GET, url);
        assert_eq!(told("https://api.example/v1/refunds/re_1?expand[]=x"), "GET /v1/refunds/re_1");
        assert_eq!(told("https://api.example"), "GET /");
    }

    #[tokio::test]
    async fn a_call_has_its_own_record() {
        let answered = |status| Answered {
            request: "GET /".to_owned(),
            status: Some(status),
            body: None,
            problem: None,
            took: Duration::ZERO,
        };
        Record::add(answered(1)); // nobody keeps it
        assert!(!Record::is_kept());
        let ((), first) = Record::of(async {
            assert!(Record::is_kept());
            Record::add(answered(200));
            Record::add(answered(409));
        })
        .await;
        assert_eq!(first.iter().map(|one| one.status).collect::<Vec<_>>(), [Some(200), Some(409)]);
        let ((), many) = Record::of(async { (0..100).for_each(|_| Record::add(answered(200))) }).await;
        assert_eq!(many.len(), MOST_REQUESTS);
    }
}
