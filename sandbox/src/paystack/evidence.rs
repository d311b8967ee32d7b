//! The merchant's answer to a dispute: evidence, and whether he gives in.

use serde_json::{Value, json};

use super::books::{Books, INTEGRATION};
use super::disputes::{Dispute, DisputeStatus};
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
    dispute.messages.push((MERCHANT.into(), message.clone(), now_ms));
    dispute.attachments = file;
    if resolution == "declined" {
        books.contest(id);
    } else {
        books.give_in(id, amount, "merchant-accepted");
    }
    let message_id = books.next_id();
    let dispute = books.disputes.get(id).ok_or_else(Refusal::not_found)?;
    let said = json!({"dispute": dispute.id, "sender": MERCHANT, "body": message, "id": message_id,
        "createdAt": iso(now_ms), "updatedAt": iso(now_ms)});
    Ok(Answer::new("Dispute successfully resolved", resolved(dispute, &resolution, said)))
}

/// The answer has the dispute in another form than the reads: its transaction, evidence and maker as numbers.
fn resolved(dispute: &Dispute, resolution: &str, message: Value) -> Value {
    json!({
        "currency": dispute.currency,
        "last4": dispute.last4,
        "bin": null,
        "transaction_reference": null,
        "merchant_transaction_reference": dispute.reference,
        "refund_amount": dispute.amount,
        "status": dispute.status.as_str(),
        "domain": "test",
        "resolution": resolution,
        "category": "chargeback",
        "note": null,
        "attachments": dispute.attachments,
        "id": dispute.id,
        "integration": INTEGRATION,
        "transaction": dispute.transaction,
        "created_by": dispute.customer.id,
        "evidence": dispute.evidence.as_ref().map(|evidence| evidence["id"].clone()),
        "resolvedAt": dispute.resolved_ms.map(iso),
        "createdAt": iso(dispute.created_ms),
        "updatedAt": iso(dispute.updated_ms),
        "dueAt": iso(dispute.due_ms),
        "message": message,
    })
}
