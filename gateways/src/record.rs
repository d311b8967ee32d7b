//! Records a gateway's answers, request by request, for storage.
//!
//! A caller that wants them runs its call within [`Record::of`]. The exchange adds each request to the record of the
//! task in which it runs. Nothing is collected elsewhere. Requests for tokens are never recorded.
//! it runs in. Nothing is collected elsewhere. Requests for tokens are never in it.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::redaction;

/// Most requests of one call; a search may take many, and its first ones are enough.
const MOST_REQUESTS: usize = 32;

/// One request and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Method and path, such as `POST /v1/refunds`.
    pub request: String,
    /// HTTP status; `None` if no answer came.
    pub status: Option<u16>,
    /// The body as received, but limited in size, and without values that identify a person or open an account.
    pub body: Option<String>,
    /// Why there is no answer; safe for logs.
    pub problem: Option<String>,
    pub took: Duration,
}

/// The answers of one call.
#[derive(Clone, Debug, Default)]
pub struct Record(Arc<Mutex<Vec<Answered>>>);

tokio::task_local! {
    static RECORD: Record;
}

impl Record {
    /// Runs a call, and returns the answers to its requests along with its result.
    pub async fn of<T>(call: impl Future<Output = T>) -> (T, Vec<Answered>) {
        let record = Self::default();
        let outcome = RECORD.scope(record.clone(), call).await;
        let answers = std::mem::take(&mut *record.0.lock().unwrap_or_else(PoisonError::into_inner));
        (outcome, answers)
    }

    /// Whether this task records the answers to its requests.
    pub(crate) fn is_kept() -> bool {
        RECORD.try_with(|_| ()).is_ok()
    }

    pub(crate) fn add(answered: Answered) {
        // Outside of a record the answer is not needed.
        let _ = RECORD.try_with(|record| {
            let mut answers = record.0.lock().unwrap_or_else(PoisonError::into_inner);
            if answers.len() < MOST_REQUESTS {
                answers.push(answered);
            }
        });
    }
}

/// Method and path of a request: a query may contain personal data.
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
        Record::add(answered(1)); // there is no record
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
