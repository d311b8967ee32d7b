//! The dispute endpoints: look, bring evidence, give in.
//! A dispute is never made by a merchant; the control API and test cards make them.

use serde_json::Value;

use super::books::Books;
use super::dispute::{Dispute, DisputeStatus, EVIDENCE, render};
use super::expand::Expand;
use super::gate::Call;
use super::listing::{Created, Page};
use super::owner::{self, Owner};
use super::refusal::Refusal;

const URL: &str = "/v1/disputes";
/// Of all evidence together, in characters.
const EVIDENCE_AT_MOST: usize = 150_000;

pub fn retrieve(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, "dispute")?;
    call.params.finish()?;
    show(books, &expand, &call.owner, id)
}

fn show(books: &Books, expand: &Expand, owner: &Owner, id: &str) -> Result<Value, Refusal> {
    let answer = render(find(books, id, owner)?, books);
    Ok(expand.apply(books, answer))
}

fn find<'a>(books: &'a Books, id: &str, owner: &Owner) -> Result<&'a Dispute, Refusal> {
    owner::of(&books.disputes, id, owner).ok_or_else(|| Refusal::no_such("dispute", "id", id))
}

pub fn list(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read_listed(params, "dispute")?;
    let (page, created) = (Page::read(params, &call.owner)?, Created::read(params)?);
    let (payment, charge) = (params.text("payment_intent")?, params.text("charge")?);
    params.finish()?;
    let fits = |dispute: &Dispute| {
        payment.as_ref().is_none_or(|payment| dispute.payment == *payment)
            && charge.as_ref().is_none_or(|charge| dispute.charge == *charge)
    };
    let by_time = (created, (|dispute: &Dispute| dispute.created) as fn(&Dispute) -> i64);
    let answer =
        page.of(("dispute", URL), &books.disputes, by_time, fits, |dispute| render(dispute, books))?;
    Ok(expand.apply(books, answer))
}

pub fn update(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read(params, "dispute")?;
    let mut evidence = Vec::new();
    if let Some(mut object) = params.object("evidence")? {
        for field in EVIDENCE {
            if let Some(text) = object.text(field)? {
                evidence.push((field, text));
            }
        }
        object.finish()?;
    }
    let length: usize = evidence.iter().map(|(_, text)| text.chars().count()).sum();
    if length > EVIDENCE_AT_MOST {
        return Err(Refusal::invalid("evidence", "The evidence has more than 150,000 characters."));
    }
    let submit = params.flag("submit")?.unwrap_or(true);
    let by = params.word("intended_submission_method");
    let found = find(books, id, &call.owner)?;
    let mut metadata = found.metadata.clone();
    params.change_metadata(&mut metadata)?;
    params.finish()?;
    if !evidence.is_empty() && found.status.after_evidence().is_none() {
        let message = format!("Dispute {id} takes no evidence: its status is {}.", found.status.as_str());
        return Err(Refusal::forbidden_by_state(None, message));
    }
    let Some(dispute) = books.disputes.get_mut(id) else { return Err(Refusal::no_such("dispute", "id", id)) };
    dispute.metadata = metadata;
    dispute.submission = by.or(dispute.submission);
    let brought = !evidence.is_empty();
    dispute.evidence.extend(evidence);
    if submit && !dispute.evidence.is_empty() && dispute.status.after_evidence().is_some() {
        books.evidence_is_in(id, &call.origin);
    } else if brought {
        books.emit_dispute("charge.dispute.updated", id, None, &call.origin);
    }
    show(books, &expand, &call.owner, id)
}

/// Gives in.
pub fn close(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, "dispute")?;
    call.params.finish()?;
    let status = find(books, id, &call.owner)?.status;
    let Some(to) = DisputeStatus::conceded(status) else {
        let message = format!("This dispute is already closed: its status is {}.", status.as_str());
        return Err(Refusal::forbidden_by_state(None, message));
    };
    books.turn_dispute(id, to, &call.origin);
    show(books, &expand, &call.owner, id)
}
