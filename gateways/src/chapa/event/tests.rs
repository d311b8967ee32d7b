//! Messages as Chapa sends them.

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

const OURS: Uuid = Uuid::from_u128(7);

fn event(kind: &str, status: &str) -> Value {
    json!({
        "event": kind, "first_name": "Abebe", "email": "a@example.test", "mobile": "25190000000", "currency": "ETB",
        "amount": "400.00", "charge": "12.00", "status": status, "mode": "live", "reference": "AP634JFwnYlc",
        "created_at": "2026-01-01T00:00:00.000000Z", "updated_at": "2026-01-01T00:00:05.000000Z", "type": "API",
        "tx_ref": OURS, "payment_method": "telebirr", "customization": {"title": null}, "meta": null,
    })
}

fn read(value: &Value) -> GatewayEvent {
    parse(&value.to_string())
}

fn state(kind: &str, status: &str) -> PaymentState {
    let EventBody::Payment(view) = read(&event(kind, status)).body else { panic!("{kind}") };
    assert_eq!((view.our_attempt, view.reference), (Some(OURS), Some(OURS.to_string())));
    assert_eq!(view.payment_reference.as_deref(), Some("AP634JFwnYlc"));
    assert_eq!(view.amount.to_string(), "400.00 ETB");
    view.state
}

#[test]
fn a_payment_event_is_believed_if_it_agrees_with_itself() {
    assert_eq!(state("charge.success", "success"), PaymentState::Captured);
    assert_eq!(state("charge.failed/cancelled", "failed"), PaymentState::Failed);
    assert_eq!(state("charge.failed/cancelled", "failed/cancelled"), PaymentState::Failed);
    assert_eq!(state("charge.success", "failed"), PaymentState::Processing);
    assert_eq!(state("charge.failed/cancelled", "success"), PaymentState::Processing);
    assert_eq!(state("charge.success", "settling"), PaymentState::Processing);
}

#[test]
fn a_refund_event_names_its_payment_and_the_amount() {
    for kind in ["charge.refunded", "charge.reversed", "refund.success", "refund.something"] {
        let EventBody::RefundsOf { names, amount } = read(&event(kind, "refunded")).body else {
            panic!("{kind}")
        };
        assert_eq!((names.page, names.our_attempt), (Some(OURS.to_string()), Some(OURS)), "{kind}");
        assert_eq!((names.refund, names.our_refund), (None, None), "{kind}");
        assert_eq!(amount.map(|amount| amount.to_string()).as_deref(), Some("400.00 ETB"), "{kind}");
    }
    let nameless = read(&json!({"event": "refund.success", "ref_id": "RF1"}));
    let name = Some("RF1".to_owned());
    let names = Named { charge: name.clone(), refund: name, ..Named::default() };
    assert_eq!(nameless.body, EventBody::RefundsOf { names, amount: None });
}

#[test]
fn a_refund_event_bears_our_mark_if_chapa_gives_it_back() {
    let refund = Uuid::from_u128(8);
    let mut marked = event("charge.refunded", "refunded");
    marked["meta"] = json!({"refund_id": refund});
    let mut named = event("refund.success", "refunded");
    named["reference"] = json!(refund);
    for told in [marked, named] {
        let EventBody::RefundsOf { names, .. } = read(&told).body else { panic!("{told}") };
        assert_eq!((names.our_refund, names.our_attempt), (Some(refund), Some(OURS)), "{told}");
    }
}

#[test]
fn payouts_and_what_we_do_not_know_are_other() {
    for kind in ["payout.success", "payout.failed/cancelled", "charge.new_word", "something"] {
        assert_eq!(read(&event(kind, "success")).body, EventBody::Other, "{kind}");
    }
}

#[test]
fn a_second_delivery_has_the_same_id_and_another_message_another() {
    let first = read(&event("charge.success", "success"));
    assert_eq!(read(&event("charge.success", "success")).id, first.id);
    assert!(first.id.starts_with("chapa:") && first.id.len() == "chapa:".len() + 64);
    assert_eq!(first.created, 1_767_225_605);
    for (field, value) in [
        ("event", "charge.x"),
        ("status", "x"),
        ("reference", "APX"),
        ("tx_ref", "x"),
        ("amount", "7.00"),
        ("created_at", "2026-01-01T01:00:00.000000Z"),
        ("updated_at", "2026-01-01T01:00:00.000000Z"),
    ] {
        let mut other = event("charge.success", "success");
        other[field] = json!(value);
        assert_ne!(read(&other).id, first.id, "{field}");
    }
}

#[test]
fn what_can_not_be_read_is_unclear_with_what_it_names() {
    let mut foreign = event("charge.success", "success");
    foreign["currency"] = json!("XXX");
    foreign["tx_ref"] = json!("their-order");
    let EventBody::Unclear(unclear) = read(&foreign).body else { panic!("no such money") };
    assert_eq!((unclear.names.page.as_deref(), unclear.names.our_attempt), (Some("their-order"), None));
    assert_eq!(unclear.names.charge.as_deref(), Some("AP634JFwnYlc"));
    foreign["tx_ref"] = json!(OURS);
    let EventBody::Unclear(unclear) = read(&foreign).body else { panic!("no such money") };
    assert_eq!(unclear.names.our_attempt, Some(OURS));
}

#[test]
fn a_message_without_a_type_names_its_payment_all_the_same() {
    let told = read(&json!({"trx_ref": OURS, "ref_id": "APx", "status": "success"}));
    assert_eq!(told.kind_text, crate::UNREADABLE);
    assert!(told.id.starts_with("chapa:text:"), "{}", told.id);
    let EventBody::Unclear(unclear) = told.body else { panic!("it has no type") };
    assert_eq!((unclear.names.our_attempt, unclear.names.charge.as_deref()), (Some(OURS), Some("APx")));
}

#[test]
fn any_text_is_an_event_and_tells_nothing_private() {
    for text in ["", "[]", "null", "{}", "{\"id\":\"grace@example.test\"}", "grace@example.test"] {
        let EventBody::Unclear(unclear) = parse(text).body else { panic!("{text}") };
        assert!(!unclear.why.contains("grace"), "{unclear:?}");
    }
}
