//! Stripe's words, one by one.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::FailureCode;

const ATTEMPT: Uuid = Uuid::from_u128(7);

fn session(status: &str, payment_status: &str, intent: Value) -> Session {
    let id = ATTEMPT.to_string();
    let session = json!({
        "id": "cs_1", "object": "checkout.session", "status": status, "payment_status": payment_status,
        "amount_total": 4999, "currency": "usd", "client_reference_id": id, "payment_intent": intent,
        "metadata": {"attempt_id": id, "order_id": "not one of ours"}, "a_new_field": {"deep": [1.5]},
    });
    serde_json::from_value(session).expect("a session")
}

#[test]
fn a_session_is_paid_only_by_its_payment_status() {
    let cases = [
        ("open", "unpaid", Value::Null, PaymentState::Open),
        ("complete", "paid", json!("pi_1"), PaymentState::Captured),
        ("open", "paid", json!("pi_1"), PaymentState::Captured),
        ("complete", "no_payment_required", Value::Null, PaymentState::Captured),
        ("complete", "unpaid", json!("pi_1"), PaymentState::Processing),
        ("expired", "unpaid", Value::Null, PaymentState::Expired),
        ("complete", "unpaid", json!({"id": "pi_1", "status": "processing"}), PaymentState::Processing),
        ("complete", "unpaid", json!({"id": "pi_1", "status": "succeeded"}), PaymentState::Processing),
        (
            "complete",
            "unpaid",
            json!({"id": "pi_1", "status": "requires_payment_method"}),
            PaymentState::Failed,
        ),
        ("complete", "unpaid", json!({"id": "pi_1", "status": "canceled"}), PaymentState::Failed),
        ("complete", "half_paid", json!("pi_1"), PaymentState::Processing),
        ("dreaming", "unpaid", Value::Null, PaymentState::Processing),
    ];
    for (status, payment_status, intent, expected) in cases {
        let state = session_state(&session(status, payment_status, intent.clone()));
        assert_eq!(state, expected, "{status} {payment_status} {intent}");
    }
}

#[test]
fn a_view_carries_what_the_caller_compares() {
    let intent = json!({
        "id": "pi_1", "status": "requires_payment_method",
        "last_payment_error": {"code": "card_declined", "decline_code": "insufficient_funds"},
    });
    let view = session_view(session("complete", "unpaid", intent)).expect("complete");
    assert_eq!(view.reference.as_deref(), Some("cs_1"));
    assert_eq!(view.payment_reference.as_deref(), Some("pi_1"));
    assert_eq!(view.amount.to_string(), "49.99 USD");
    assert_eq!(view.our_attempt, Some(ATTEMPT));
    assert_eq!(view.our_order, None);
    let reason = view.failure_reason.expect("a decline says why");
    assert_eq!(
        (reason.code, reason.detail.as_deref()),
        (FailureCode::InsufficientFunds, Some("insufficient_funds"))
    );
}

#[test]
fn a_declined_intent_leaves_the_payment_open() {
    let intent = json!({
        "id": "pi_1", "status": "requires_payment_method", "amount": 500, "amount_received": 0, "currency": "jpy",
        "last_payment_error": {"code": "card_declined"},
    });
    let view = intent_view(serde_json::from_value(intent).expect("an intent")).expect("complete");
    assert_eq!(view.state, PaymentState::Open);
    assert_eq!(view.amount.to_string(), "500 JPY");
    let reason = view.failure_reason.expect("a decline says why");
    assert_eq!((reason.code, reason.detail.as_deref()), (FailureCode::Declined, Some("card_declined")));
}

#[test]
fn a_captured_intent_counts_what_was_received() {
    let intent = json!({"id": "pi_1", "status": "succeeded", "amount": 500, "amount_received": 450, "currency": "usd"});
    let view = intent_view(serde_json::from_value(intent).expect("an intent")).expect("complete");
    assert_eq!((view.state, view.amount.minor_units()), (PaymentState::Captured, 450));
}

#[test]
fn every_refund_word_has_its_state() {
    let cases = [
        (Some("pending"), RefundState::Pending),
        (Some("succeeded"), RefundState::Succeeded),
        (Some("failed"), RefundState::Failed),
        (Some("canceled"), RefundState::Cancelled),
        (Some("requires_action"), RefundState::NeedsAction),
        (Some("a_new_word"), RefundState::Pending),
        (None, RefundState::Pending),
    ];
    for (word, state) in cases {
        assert_eq!(refund_state(word), state, "{word:?}");
    }
}

#[test]
fn a_session_without_an_amount_is_not_a_view() {
    let bare = serde_json::from_value(json!({"id": "cs_1"})).expect("a session");
    assert_eq!(session_view(bare), Err(MapError::Missing("amount_total")));
}

proptest! {
    /// Whatever Stripe invents, nothing but its word for paid makes a payment captured.
    #[test]
    fn an_unknown_word_is_never_money(status in "[a-z_]{0,20}", payment_status in "[a-z_]{0,20}") {
        prop_assume!(payment_status != "paid" && payment_status != "no_payment_required");
        let state = session_state(&session(&status, &payment_status, Value::Null));
        prop_assert_ne!(state, PaymentState::Captured);
        prop_assert_ne!(state, PaymentState::Failed);
    }
}
