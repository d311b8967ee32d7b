//! Messages as Paystack sends them.

use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::{DisputeState, PaymentState};

const OURS: Uuid = Uuid::from_u128(7);
const UNITS: Units = Units { xof_subunit: 100 };

fn event(kind: &str, data: &Value) -> Result<GatewayEvent, UnreadableEvent> {
    parse(&json!({"event": kind, "data": data}).to_string(), UNITS)
}

fn charge() -> Value {
    json!({
        "id": 302_961, "domain": "test", "status": "success", "reference": OURS, "amount": 500_000, "message": null,
        "gateway_response": "Approved", "paid_at": "2026-01-01T00:00:00.000Z", "channel": "card", "currency": "NGN",
        "metadata": {"order_id": "ord_1"}, "fees": 7500, "customer": {"id": 1, "email": "a@example.com"},
    })
}

fn refund(status: &str, amount: Value) -> Value {
    json!({
        "status": status, "transaction_reference": OURS, "refund_reference": null, "amount": amount,
        "currency": "NGN", "customer": {"email": "a@example.com"}, "integration": 1, "domain": "test",
    })
}

fn id(kind: &str, data: &Value) -> String {
    event(kind, data).expect("readable").id
}

#[test]
fn a_charge_is_a_payment() {
    let event = event("charge.success", &charge()).expect("readable");
    assert_eq!((event.kind_text.as_str(), event.created), ("charge.success", 1_767_225_600));
    let EventBody::Payment(view) = event.body else { panic!("not about a payment") };
    assert_eq!((view.state, view.our_attempt), (PaymentState::Captured, Some(OURS)));
    assert_eq!(view.amount.to_string(), "5000.00 NGN");
    assert!(event.id.starts_with("paystack:") && event.id.len() == 9 + 64);
}

#[test]
fn a_refund_names_its_payment_only() {
    for kind in
        ["refund.pending", "refund.processing", "refund.processed", "refund.failed", "refund.needs-attention"]
    {
        for amount in [json!("10000"), json!(10_000)] {
            let event = event(kind, &refund("processed", amount)).expect("readable");
            assert_eq!(event.body, EventBody::RefundsOf(OURS.to_string()), "{kind}");
        }
    }
    let nested = json!({"status": "pending", "transaction": {"reference": OURS}});
    assert_eq!(
        event("refund.pending", &nested).map(|event| event.body),
        Ok(EventBody::RefundsOf(OURS.to_string()))
    );
    assert!(event("refund.pending", &json!({"status": "pending"})).is_err());
}

#[test]
fn a_dispute_is_shown() {
    let data = json!({
        "id": 358_950, "refund_amount": 5800, "currency": "NGN", "status": "resolved", "category": "chargeback",
        "resolution": "merchant-accepted", "transaction": {"id": 1, "reference": "x"}, "dueAt": null,
    });
    for kind in ["charge.dispute.create", "charge.dispute.remind", "charge.dispute.resolve"] {
        let EventBody::Dispute(view) = event(kind, &data).expect("readable").body else {
            panic!("no dispute")
        };
        assert_eq!((view.state, view.page_reference.as_deref()), (DisputeState::Lost, Some("x")));
    }
}

#[test]
fn what_we_do_not_act_on_is_other() {
    for (kind, data) in [
        ("transfer.success", json!({"transfer_code": "TRF_1", "status": "success"})),
        ("charge.failed", charge()),
        ("invoice.update", json!([1])),
        ("subscription.create", json!("text")),
    ] {
        assert_eq!(event(kind, &data).map(|event| event.body), Ok(EventBody::Other), "{kind}");
    }
    let mut foreign = charge();
    foreign["reference"] = json!("a-shop-of-somebody");
    let EventBody::Payment(view) = event("charge.success", &foreign).expect("readable").body else {
        panic!()
    };
    assert_eq!(view.our_attempt, None);
    foreign["currency"] = json!("EGP");
    assert_eq!(event("charge.success", &foreign).map(|event| event.body), Ok(EventBody::Other));
}

#[test]
fn one_of_ours_that_can_not_be_read_is_an_error_and_tells_nothing_private() {
    for name in ["amount", "currency", "reference"] {
        let mut data = charge();
        data[name] = Value::Null;
        assert!(event("charge.success", &data).is_err(), "{name}");
    }
    let whole = json!({"event": "charge.success", "data": charge()}).to_string();
    for text in [
        &whole[..whole.len() - 2],
        "",
        "[]",
        "{}",
        "null",
        "{\"event\":\"charge.success\"}",
        "{\"event\":1,\"data\":{}}",
    ] {
        let error = parse(text, UNITS).expect_err(text);
        assert!(!error.to_string().contains("example.com"), "{error}");
    }
}

#[test]
fn an_id_is_the_same_for_a_repeat_and_another_for_another() {
    let same = json!({"event": "charge.success", "data": charge()});
    let pretty = serde_json::to_string_pretty(&same).expect("plain data");
    assert_eq!(parse(&pretty, UNITS).expect("readable").id, id("charge.success", &charge()));
    let mut other = charge();
    other["reference"] = json!(format!("{OURS}-2"));
    let others = [
        id("charge.success", &charge()),
        id("charge.success", &other),
        id("charge.other", &charge()),
        id("refund.pending", &refund("pending", json!(1))),
        id("refund.pending", &refund("pending", json!(2))),
        id("refund.processed", &refund("processed", json!(1))),
        id(
            "charge.dispute.create",
            &json!({"id": 1, "status": "pending", "refund_amount": 1, "currency": "NGN"}),
        ),
        id(
            "charge.dispute.create",
            &json!({"id": 1, "status": "resolved", "refund_amount": 1, "currency": "NGN"}),
        ),
        id("x", &json!({"id": "ab", "reference": ""})),
        id("x", &json!({"id": "a", "reference": "b"})),
    ];
    let distinct: std::collections::HashSet<&String> = others.iter().collect();
    assert_eq!(distinct.len(), others.len());
}

proptest! {
    #[test]
    fn only_a_charges_own_word_is_money(status in "[a-z-]{0,12}", kind in "[a-z.]{0,20}") {
        prop_assume!(status != "success" && status != "reversed");
        let mut data = charge();
        data["status"] = json!(status);
        for kind in [kind.as_str(), "charge.success"] {
            if let Ok(GatewayEvent { body: EventBody::Payment(view), .. }) = event(kind, &data) {
                prop_assert_ne!(view.state, PaymentState::Captured);
            }
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        let _ = parse(&text, UNITS);
        let _ = parse(&format!("{{\"event\":\"charge.success\",\"data\":{text}}}"), UNITS);
    }
}
