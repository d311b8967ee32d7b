//! What comes in.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const OURS: Uuid = Uuid::from_u128(7);

fn etb(minor: i64) -> Money {
    Money::from_minor_units(minor, "ETB".parse().expect("a known code")).expect("a small amount")
}

fn charge(text: &str) -> Charge {
    serde_json::from_str(text).expect("a charge")
}

fn refund_name() -> RefundName {
    RefundName {
        refund_id: OURS,
        reference: None,
        page_reference: "ref".to_owned(),
        payment_reference: "AP1".to_owned(),
        amount: etb(500),
        others: vec![],
    }
}

fn refund(text: &str) -> Result<RefundView, MapError> {
    refund_view(&serde_json::from_str(text).expect("a refund"), &refund_name())
}

#[test]
fn a_verified_payment_tells_all() {
    let text = format!(
        r#"{{"first_name":"A","currency":"ETB","amount":"400","charge":"12","status":"success",
            "reference":"AP634JFwnYlc","tx_ref":"{OURS}-2","meta":{{"order_id":"{}"}}}}"#,
        Uuid::from_u128(2)
    );
    let view = payment_view(&charge(&text)).expect("readable");
    assert_eq!((view.state, view.amount), (PaymentState::Captured, etb(40_000)));
    assert_eq!(view.reference, Some(format!("{OURS}-2")));
    assert_eq!(view.payment_reference.as_deref(), Some("AP634JFwnYlc"));
    assert_eq!((view.our_attempt, view.our_order), (Some(OURS), Some(Uuid::from_u128(2))));
    assert_eq!(view.failure_reason, None);
}

#[test]
fn an_amount_is_read_digit_by_digit() {
    let amounts = [
        (r#""400.10""#, 40_010),
        ("400.10", 40_010),
        ("400", 40_000),
        (r#""12.000""#, 1_200),
        ("0.1", 10),
        (r#""1,000.10""#, 100_010),
        ("4e2", 40_000),
        ("90071992547.93", 9_007_199_254_793),
    ];
    for (amount, minor) in amounts {
        let charge = charge(&format!(r#"{{"status":"success","currency":"etb","amount":{amount}}}"#));
        assert_eq!(payment_view(&charge).map(|view| view.amount), Ok(etb(minor)), "{amount}");
    }
}

#[test]
fn captured_money_must_have_a_readable_amount() {
    for amount in ["null", r#""""#, r#""many""#, "1.005", "1e30", "{}", r#""1,0""#] {
        let captured = charge(&format!(r#"{{"status":"success","currency":"ETB","amount":{amount}}}"#));
        assert!(payment_view(&captured).is_err(), "{amount}");
        let waiting = charge(&format!(r#"{{"status":"pending","currency":"ETB","amount":{amount}}}"#));
        assert_eq!(payment_view(&waiting).map(|view| view.amount), Ok(etb(0)), "{amount}");
    }
    for currency in ["null", r#""XXX""#] {
        let charge = charge(&format!(r#"{{"status":"success","currency":{currency},"amount":1}}"#));
        assert!(payment_view(&charge).is_err(), "{currency}");
    }
}

#[test]
fn the_words_of_a_payment() {
    use PaymentState::{Captured, Failed, Open, Processing};
    let words = [
        ("success", Captured),
        ("pending", Open),
        ("failed", Failed),
        ("cancelled", Failed),
        ("failed/cancelled", Failed),
        ("refunded", Processing),
        ("", Processing),
    ];
    for (word, state) in words {
        assert_eq!(payment_state(Some(word)), state, "{word}");
    }
    assert_eq!(payment_state(None), Processing);
}

#[test]
fn a_page_that_nobody_paid_is_open_and_carries_nothing() {
    let view = unpaid(&OURS.to_string());
    assert_eq!((view.state, view.amount), (PaymentState::Open, etb(0)));
    assert_eq!(view.our_attempt, Some(OURS));
}

#[test]
fn a_strangers_payment_is_not_ours() {
    let view = payment_view(&charge(r#"{"status":"success","currency":"ETB","amount":1,"tx_ref":"ord-1"}"#));
    assert_eq!(view.expect("readable").our_attempt, None);
    let text = json!({"status": "pending", "tx_ref": "ord-1", "meta": {"attempt_id": OURS}}).to_string();
    assert_eq!(payment_view(&charge(&text)).expect("readable").our_attempt, Some(OURS));
}

#[test]
fn the_words_of_a_refund() {
    use RefundState::{Failed, Pending, Succeeded};
    let words =
        [("initiated", Pending), ("processing", Pending), ("refunded", Succeeded), ("reversed", Failed)];
    for (word, state) in words {
        assert_eq!(refund_state(Some(word)), state, "{word}");
    }
    assert_eq!(refund_state(None), Pending);
}

#[test]
fn a_refund_says_what_it_knows_and_the_rest_was_asked_for() {
    let full = refund(r#"{"amount":"5.00","currency":"ETB","ref_id":"RF1","status":"refunded"}"#);
    let full = full.expect("readable");
    assert_eq!((full.reference.as_str(), full.state, full.amount), ("RF1", RefundState::Succeeded, etb(500)));
    assert_eq!(full.our_refund, None);
    let empty = refund("{}").expect("readable");
    assert_eq!(
        (empty.reference, empty.state, empty.amount),
        (OURS.to_string(), RefundState::Pending, etb(500))
    );
    let other = refund(r#"{"amount":7,"currency":"ETB","ref_id":"RF1"}"#).expect("readable");
    assert_eq!(other.amount, etb(700), "for the caller to compare");
    assert_eq!(refund(r#"{"amount":7}"#).map(|view| view.amount), Ok(etb(700)));
    assert!(refund(r#"{"amount":"x","currency":"ETB"}"#).is_err());
}

#[test]
fn a_refund_of_ours_is_recognised_by_either_mark() {
    for text in [
        format!(r#"{{"ref_id":"RF1","meta":{{"refund_id":"{OURS}"}}}}"#),
        format!(r#"{{"ref_id":"RF1","reference":"{OURS}"}}"#),
    ] {
        assert_eq!(refund(&text).expect("readable").our_refund, Some(OURS), "{text}");
    }
}

#[test]
fn what_was_found_by_our_name_must_not_be_another() {
    let is_ours = |text: &str| is_refund_of(&serde_json::from_str(text).expect("a refund"), &refund_name());
    assert!(is_ours(r#"{"ref_id":"RF1"}"#) && is_ours(r#"{"status":"initiated","payment_reference":"AP1"}"#));
    assert!(!is_ours("{}") && !is_ours(r#"{"ref_id":"RF1","payment_reference":"AP2"}"#));
    let other = Uuid::from_u128(8);
    assert!(!is_ours(&format!(r#"{{"ref_id":"RF1","meta":{{"refund_id":"{other}"}}}}"#)));
}

#[test]
fn a_row_is_listed_if_it_is_a_payment_of_the_window() {
    let window = Window { from: 1_767_225_600, until: 1_767_225_601 };
    let row = |time: &str, kind: &str| {
        let text = json!({"status": "success", "ref_id": "AP1", "type": kind, "created_at": time,
            "currency": "ETB", "amount": "12.000", "trans_id": OURS});
        listed(&charge(&text.to_string()), window)
    };
    let found = row("2026-01-01T00:00:00.000000Z", "API").expect("within the window");
    assert_eq!((found.id.as_str(), found.at), ("AP1", 1_767_225_600));
    let Movement::Payment(view) = found.what else { panic!("not a payment") };
    assert_eq!((view.our_attempt, view.amount), (Some(OURS), etb(1200)));
    assert_eq!(row("2025-12-31T23:59:59Z", "API"), None);
    assert_eq!(row("2026-01-01T00:00:01Z", "API"), None);
    assert_eq!(row("yesterday", "API"), None);
    assert_eq!(row("2026-01-01T00:00:00Z", "Payout"), None);
}

proptest! {
    #[test]
    fn an_unknown_word_is_never_an_end(word in "[a-zA-Z_/ ]{0,20}") {
        let known = ["success", "pending", "failed", "cancelled", "canceled", "failed/cancelled", "refunded", "reversed"];
        prop_assume!(!known.contains(&word.to_ascii_lowercase().as_str()));
        prop_assert_eq!(payment_state(Some(&word)), PaymentState::Processing);
        prop_assert_eq!(refund_state(Some(&word)), RefundState::Pending);
    }

    #[test]
    fn what_goes_out_comes_back(minor in 1_i64..1_000_000_000_000, quoted in any::<bool>()) {
        let sent = etb(minor);
        let digits = sent.amount().to_string();
        let amount = if quoted { format!("\"{digits}\"") } else { digits };
        let charge = charge(&format!(r#"{{"status":"success","currency":"ETB","amount":{amount}}}"#));
        prop_assert_eq!(payment_view(&charge).map(|view| view.amount), Ok(sent));
    }
}
