//! The merchant's answer to a dispute: evidence, and whether he gives in.

use serde_json::{Value, json};

use super::books::Books;
use super::disputes::DisputeStatus;
use super::fields::Fields;
use super::gate::Answer;
use super::refusal::Refusal;
use super::when::iso;

const MERCHANT: &str = "merchant@example.com";

pub fn add(books: &mut Books, fields: &Fields, id: &str) -> Result<Answer, Refusal> {
    let evidence_id = books.next_id();
    let now = iso(books.now_ms);
    let mut evidence = json!({"id": evidence_id, "createdAt": now, "updatedAt": now});
    for name in ["customer_email", "customer_name", "customer_phone", "service_details"] {
        evidence[name] = Value::String(fields.word(name)?.ok_or_else(|| Refusal::missing(name))?);
    }
    for name in ["delivery_address", "delivery_date"] {
        evidence[name] = fields.text(name)?.map_or(Value::Null, Value::String);
    }
    let dispute = books.disputes.get_mut(id).ok_or_else(Refusal::not_found)?;
    if dispute.status != DisputeStatus::AwaitingMerchant {
        return Err(Refusal::invalid("Dispute does not await the merchant's feedback"));
    }
    evidence["dispute"] = json!(dispute.id);
    dispute.evidence = Some(evidence.clone());
    Ok(Answer::new("Evidence created", evidence))
}

pub fn resolve(books: &mut Books, fields: &Fields, id: &str) -> Result<Answer, Refusal> {
    let resolution = fields.required_text("resolution")?;
    if !matches!(resolution.as_str(), "merchant-accepted" | "declined") {
        return Err(Refusal::invalid("Invalid resolution: it is merchant-accepted or declined"));
    }
    let message = fields.required_text("message")?;
    let amount = fields.integer("refund_amount")?.ok_or_else(|| Refusal::missing("refund_amount"))?;
    let file = fields.text("uploaded_filename")?;
    let evidence = fields.integer("evidence")?;
    let now_ms = books.now_ms;
    let dispute = books.disputes.get_mut(id).ok_or_else(Refusal::not_found)?;
    if dispute.status != DisputeStatus::AwaitingMerchant {
        return Err(Refusal::invalid("Dispute does not await the merchant's feedback"));
    }
    if amount > dispute.amount {
        return Err(Refusal::invalid("refund_amount cannot be more than what is disputed"));
    }
    let known = dispute.evidence.as_ref().and_then(|evidence| evidence["id"].as_i64());
    if evidence.is_some() && evidence != known {
        return Err(Refusal::not_found());
    }
    dispute.messages.push((MERCHANT.into(), message, now_ms));
    dispute.attachments = file;
    if resolution == "declined" {
        books.contest(id);
    } else {
        books.give_in(id, amount, "merchant-accepted");
    }
    let dispute = books.disputes.get(id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::new("Dispute successfully resolved", books.render_dispute(dispute)))
}
