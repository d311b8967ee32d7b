//! Paystack's words, one by one.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const ATTEMPT: Uuid = Uuid::from_u128(7);
const ORDER: Uuid = Uuid::from_u128(8);
const UNITS: Units = Units { xof_subunit: 100 };

fn transaction(status: &str) -> Value {
    json!({
        "id": 302_961, "domain": "test", "status": status, "reference": ATTEMPT.to_string(), "amount": 500_000,
        "requested_amount": 500_000, "currency": "NGN", "fees": null, "gateway_response": "Declined",
        "paid_at": null, "paidAt": null, "created_at": "2026-01-01T00:00:00.000Z",
        "createdAt": "2026-01-01T00:00:00.000Z", "metadata": {"order_id": ORDER}, "a_new_field": {"deep": [1.5]},
    })
}

fn view(row: Value) -> Result<PaymentView, MapError> {
    payment_view(serde_json::from_str(&row.to_string()).expect("nothing is indispensable to read it"), UNITS)
}

fn with(mut row: Value, name: &str, value: Value) -> Value {
    row[name] = value;
    row
}

#[test]
fn a_payment_is_captured_by_two_words_only() {
    for (word, state) in [
        ("success", PaymentState::Captured),
        ("reversed", PaymentState::Captured),
        ("failed", PaymentState::Failed),
        ("abandoned", PaymentState::Open),
        ("ongoing", PaymentState::Open),
        ("pending", PaymentState::Processing),
        ("processing", PaymentState::Processing),
        ("queued", PaymentState::Processing),
        ("Success", PaymentState::Processing),
        ("", PaymentState::Processing),
    ] {
        assert_eq!(view(transaction(word)).map(|view| view.state), Ok(state), "{word}");
    }
    assert_eq!(payment_state(None), PaymentState::Processing);
}

#[test]
fn a_view_carries_what_the_caller_compares() {
    let seen = view(transaction("failed")).expect("complete");
    assert_eq!(seen.reference, Some(ATTEMPT.to_string()));
    assert_eq!(seen.payment_reference.as_deref(), Some("302961"));
    assert_eq!(seen.amount.to_string(), "5000.00 NGN");
    assert_eq!((seen.our_attempt, seen.our_order), (Some(ATTEMPT), Some(ORDER)));
    let reason = seen.failure_reason.expect("a failure says why");
    assert_eq!((reason.code, reason.detail.as_deref()), (FailureCode::Declined, Some("Declined")));
    let later = with(transaction("success"), "reference", json!(format!("{ATTEMPT}-2")));
    assert_eq!(view(later).map(|view| view.our_attempt), Ok(Some(ATTEMPT)));
    let taken = with(transaction("success"), "amount", json!("400000"));
    assert_eq!(view(taken.clone()).map(|view| view.amount.minor_units()), Ok(400_000), "what was taken");
    assert_eq!(
        view(with(taken, "status", json!("ongoing"))).map(|view| view.amount.minor_units()),
        Ok(500_000)
    );
    assert_eq!(view(transaction("abandoned")).map(|view| view.payment_reference), Ok(None));
}

#[test]
fn metadata_comes_in_four_kinds() {
    for (metadata, order) in [
        (json!({"order_id": ORDER}), Some(ORDER)),
        (json!(json!({"order_id": ORDER}).to_string()), Some(ORDER)),
        (json!({"order_id": "H-1001"}), None),
        (json!(""), None),
        (json!(0), None),
        (Value::Null, None),
    ] {
        let row = with(transaction("success"), "metadata", metadata.clone());
        assert_eq!(view(row).map(|view| view.our_order), Ok(order), "{metadata}");
    }
}

#[test]
fn without_amount_currency_or_reference_there_is_no_view() {
    for name in ["currency", "reference"] {
        assert_eq!(view(with(transaction("success"), name, Value::Null)), Err(MapError::Missing(name)));
    }
    assert_eq!(view(with(transaction("success"), "amount", json!(0.5))), Err(MapError::Missing("amount")));
    assert!(matches!(view(with(transaction("success"), "currency", json!("EGP"))), Err(MapError::Amount(_))));
}

#[test]
fn a_refund_is_ours_by_its_note() {
    let row = json!({
        "id": 7, "status": "processed", "amount": "10000", "currency": "ngn", "transaction": 302_961,
        "merchant_note": note(ATTEMPT), "fully_deducted": true,
    });
    let seen = |row: &Value| refund_view(serde_json::from_str(&row.to_string()).expect("readable"), UNITS);
    let told = seen(&row).expect("complete");
    assert_eq!((told.reference.as_str(), told.state), ("7", RefundState::Succeeded));
    assert_eq!((told.our_refund, told.amount.to_string().as_str()), (Some(ATTEMPT), "100.00 NGN"));
    let nested = json!({"id": "7", "amount": 1, "transaction": {"id": 1, "currency": "GHS"}});
    let told = seen(&nested).expect("complete");
    assert_eq!((told.state, told.amount.to_string().as_str()), (RefundState::Pending, "0.01 GHS"));
    assert_eq!(seen(&with(row, "id", Value::Null)), Err(MapError::Missing("id")));
    for (text, id) in [
        (format!("Haat refund {ATTEMPT}, thanks"), Some(ATTEMPT)),
        (format!("refund of {ATTEMPT}"), None),
        ("refund".to_owned(), None),
        ("by hand".to_owned(), None),
    ] {
        assert_eq!(noted(&text), id, "{text}");
    }
}

#[test]
fn refunds_disputes_and_transfers_have_their_words() {
    for (word, state) in [
        ("pending", RefundState::Pending),
        ("processing", RefundState::Pending),
        ("processed", RefundState::Succeeded),
        ("failed", RefundState::Failed),
        ("needs-attention", RefundState::NeedsAction),
    ] {
        assert_eq!(refund_state(Some(word)), state, "{word}");
    }
    for (status, resolution, state) in [
        ("awaiting-merchant-feedback", None, DisputeState::Open),
        ("awaiting-bank-feedback", Some("declined"), DisputeState::Open),
        ("pending", None, DisputeState::Open),
        ("resolved", Some("declined"), DisputeState::Won),
        ("resolved", Some("merchant-accepted"), DisputeState::Lost),
        ("resolved", None, DisputeState::Open),
    ] {
        assert_eq!(dispute_state(Some(status), resolution), state, "{status}");
    }
    for (word, state) in [
        ("pending", TransferState::Pending),
        ("received", TransferState::Pending),
        ("success", TransferState::Succeeded),
        ("failed", TransferState::Failed),
        ("rejected", TransferState::Failed),
        ("reversed", TransferState::Reversed),
        ("otp", TransferState::NeedsAction),
        ("abandoned", TransferState::NeedsAction),
        ("blocked", TransferState::NeedsAction),
    ] {
        assert_eq!(transfer_state(Some(word)), state, "{word}");
    }
}

#[test]
fn a_dispute_names_its_payment() {
    let row = json!({
        "id": 358_950, "refund_amount": null, "currency": null, "status": "awaiting-merchant-feedback",
        "resolution": null, "category": "chargeback", "dueAt": "2026-01-01T00:00:00.000Z", "transaction_reference": null,
        "transaction": {"id": 302_961, "reference": ATTEMPT, "amount": 5800, "currency": "NGN"},
    });
    let seen =
        dispute_view(serde_json::from_str(&row.to_string()).expect("readable"), UNITS).expect("complete");
    assert_eq!(seen.reference, "358950");
    let DisputedAmount::Money(amount) = seen.amount else { panic!("naira are known") };
    assert_eq!(amount.to_string(), "58.00 NGN");
    assert_eq!(seen.payment_reference.as_deref(), Some("302961"));
    assert_eq!(seen.page_reference, Some(ATTEMPT.to_string()));
    assert_eq!((seen.due_by, seen.reason.as_deref()), (Some(1_767_225_600), Some("chargeback")));
}

proptest! {
    #[test]
    fn an_unknown_word_is_never_money(word in "[A-Za-z_-]{0,20}") {
        let known = [
            "success", "reversed", "failed", "abandoned", "ongoing", "processed", "needs-attention", "resolved",
            "rejected", "otp", "blocked", "declined", "merchant-accepted",
        ];
        prop_assume!(!known.contains(&word.as_str()));
        let word = Some(word.as_str());
        prop_assert_eq!(payment_state(word), PaymentState::Processing);
        prop_assert_eq!(refund_state(word), RefundState::Pending);
        prop_assert_eq!(transfer_state(word), TransferState::Pending);
        prop_assert_eq!(dispute_state(word, word), DisputeState::Open);
        prop_assert_eq!(dispute_state(Some("resolved"), word), DisputeState::Open);
        prop_assert!(!is_idle(word));
    }

    #[test]
    fn a_note_goes_out_and_comes_back(id in any::<u128>()) {
        prop_assert_eq!(noted(&note(Uuid::from_u128(id))), Some(Uuid::from_u128(id)));
    }

    #[test]
    fn no_row_panics(text in "\\PC{0,40}", number in any::<i64>()) {
        for value in [json!(text), json!(number), json!([text]), json!({"id": text})] {
            for name in ["id", "status", "reference", "amount", "currency", "metadata"] {
                let _ = view(with(transaction("success"), name, value.clone()));
            }
        }
    }
}
