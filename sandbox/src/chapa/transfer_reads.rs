//! What merchants ask of transfers: one by its reference, all of them, those of a batch.

use serde_json::{Value, json};

use super::books::Books;
use super::gate::Call;
use super::model::Transfer;
use super::paging::Page;
use super::refusal::Refusal;
use super::render::{self, done};
use crate::form;

/// Unknown is a 400 here, not a 404.
pub fn verify(books: &mut Books, _call: &Call, reference: &str) -> Result<Value, Refusal> {
    let transfer = books.transfers.get(reference);
    let transfer = transfer.ok_or_else(|| Refusal::bad("Transfer not found or invalid reference"))?;
    let status = books.word_of(transfer.status).to_owned();
    Ok(done("Transfer details", &render::transfer(transfer, &status, &mut books.writer)))
}

pub fn list(books: &mut Books, call: &Call) -> Result<Value, Refusal> {
    let batch = form::value(&call.query, "batch_id");
    let fits = |transfer: &&Transfer| {
        let of = transfer.batch.map(|batch| batch.to_string());
        batch.is_none_or(|batch| of.as_deref() == Some(batch))
    };
    let page = Page::of(call);
    let wanted = || books.transfers.iter().rev().map(|(_, transfer)| transfer).filter(fits);
    let (total, (found, _)) = (wanted().count(), page.cut(wanted()));
    let found: Vec<(&Transfer, String)> =
        found.into_iter().map(|transfer| (transfer, books.word_of(transfer.status).to_owned())).collect();
    let writer = &mut books.writer;
    let listed: Vec<Value> = found
        .into_iter()
        .map(|(transfer, status)| render::listed_transfer(transfer, &status, writer))
        .collect();
    let url = format!("{}/chapa/v1/transfers", books.public_url);
    let mut answer = done("Transfers retrieved successfully", &json!(listed));
    answer["meta"] = page.meta(&url, total);
    Ok(answer)
}
