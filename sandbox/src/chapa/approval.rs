//! The approval call: before a transfer is queued, Chapa asks the merchant's own server, which says
//! 200 to let it go and 400 to have it reverted. The handbook says nothing of other answers: here
//! the call is tried three times, then the transfer is reverted.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{StatusCode, header};
use serde_json::json;

use super::amount::{self, Places};
use super::books::Books;
use super::model::TransferStatus;
use super::payouts::TransferVerdict;
use super::signature;
use crate::world::World;

/// Before each try.
const GAPS: [Duration; 3] = [Duration::ZERO, Duration::from_millis(200), Duration::from_secs(1)];

#[derive(Debug)]
struct Question {
    client: reqwest::Client,
    url: String,
    body: Bytes,
    signature: String,
}

/// Asks beside everything else, one after the other.
pub fn ask_for(world: &Arc<World>, references: Vec<String>) {
    if references.is_empty() {
        return;
    }
    let world = Arc::clone(world);
    tokio::spawn(async move {
        let stop = world.stop.clone();
        tokio::select! {
            () = stop.cancelled() => {}
            () = ask_all(&world, &references) => {}
        }
    });
}

async fn ask_all(world: &World, references: &[String]) {
    for reference in references {
        let question = world.chapa.lock().question(reference);
        let Some(question) = question else { continue };
        let agreed = ask(&question).await;
        world.chapa.open(world, None, |books, now_ms| {
            if agreed {
                books.approve(now_ms, reference);
            } else if books.is_unapproved(reference) {
                books.end_transfer(now_ms, reference, TransferVerdict::Reverted);
            }
        });
    }
}

async fn ask(question: &Question) -> bool {
    for gap in GAPS {
        tokio::time::sleep(gap).await;
        let request = question
            .client
            .post(&question.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header("chapa-signature", &question.signature)
            .body(question.body.clone());
        match request.send().await.map(|response| response.status()) {
            Ok(StatusCode::OK) => return true,
            Ok(StatusCode::BAD_REQUEST) => return false,
            Ok(status) => tracing::debug!(%status, "no answer to an approval call"),
            Err(error) => tracing::debug!(%error, "no answer to an approval call"),
        }
    }
    false
}

impl Books {
    fn is_unapproved(&self, reference: &str) -> bool {
        let transfer = self.transfers.get(reference);
        transfer.is_some_and(|transfer| transfer.status == TransferStatus::Unapproved)
    }

    fn question(&self, reference: &str) -> Option<Question> {
        let approval = self.config.approval.as_ref()?;
        let transfer = self.transfers.get(reference)?;
        let body = json!({
            "amount": amount::text(transfer.amount, Places::Two),
            "reference": transfer.reference,
            "bank": transfer.bank.name,
            "account_name": transfer.account_name,
            "account_number": transfer.account_number,
        });
        let body = Bytes::from(body.to_string());
        let signature = signature::of_approval(approval, &body);
        let client = self.callbacks.client.clone();
        Some(Question { client, url: approval.url.clone(), body, signature })
    }
}
