//! Messages as Paystack sends them.

use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::{DisputeState, DisputedAmount, PaymentState};

const OURS: Uuid = Uuid::from_u128(7);
const UNITS: Units = Units { xof_subunit: 100 };

fn event(kind: &str, data: &Value) -> GatewayEvent {
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

fn refunds_of(charge: Option<String>) -> EventBody {
    let page = Some(OURS.to_string());
    EventBody::RefundsOf {
        names: Named { page, charge, our_attempt: Some(OURS), ..Named::default() },
        amount: None,
    }
}

fn id(kind: &str, data: &Value) -> String {
    event(kind, data).id
}

#[test]
fn a_charge_is_a_payment() {
    let event = event("charge.success", &charge());
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
            let event = event(kind, &refund("processed", amount));
            assert_eq!(event.body, refunds_of(None), "{kind}");
        }
    }
    let nested = json!({"status": "pending", "transaction": {"reference": OURS}});
    assert_eq!(event("refund.pending", &nested).body, refunds_of(None));
    for number in [json!(302_961), json!("302961"), json!({"id": 302_961})] {
        let by_number = json!({"status": "pending", "transaction": number, "refund_reference": null});
        let charge = Some("302961".to_owned());
        let named = EventBody::RefundsOf { names: Named { charge, ..Named::default() }, amount: None };
        assert_eq!(event("refund.pending", &by_number).body, named);
    }
    let nameless = event("refund.pending", &json!({"status": "pending"})).body;
    assert_eq!(nameless, EventBody::RefundsOf { names: Named::default(), amount: None });
}

#[test]
fn a_dispute_is_shown() {
    let data = json!({
        "id": 358_950, "refund_amount": 5800, "currency": "NGN", "status": "resolved", "category": "chargeback",
        "resolution": "merchant-accepted", "transaction": {"id": 1, "reference": "x"}, "dueAt": null,
    });
    for kind in ["charge.dispute.create", "charge.dispute.remind", "charge.dispute.resolve"] {
        let EventBody::Dispute(view) = event(kind, &data).body else { panic!("no dispute") };
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
        assert_eq!(event(kind, &data).body, EventBody::Other, "{kind}");
    }
    let mut foreign = charge();
    foreign["reference"] = json!("a-shop-of-somebody");
    let EventBody::Payment(view) = event("charge.success", &foreign).body else { panic!() };
    assert_eq!(view.our_attempt, None);
    foreign["currency"] = json!("EGP");
    let EventBody::Unclear(unclear) = event("charge.success", &foreign).body else { panic!("no such money") };
    assert_eq!(unclear.names.page.as_deref(), Some("a-shop-of-somebody"));
    assert_eq!((unclear.names.charge.as_deref(), unclear.names.our_attempt), (Some("302961"), None));
}

#[test]
fn what_can_not_be_read_is_unclear_and_tells_nothing_private() {
    for name in ["amount", "currency", "reference"] {
        let mut data = charge();
        data[name] = Value::Null;
        let EventBody::Unclear(unclear) = event("charge.success", &data).body else { panic!("{name}") };
        assert_eq!(unclear.why, format!("{name} is missing"));
        assert_eq!(unclear.names.charge.as_deref(), Some("302961"));
        assert_eq!(unclear.names.our_attempt.is_none(), name == "reference");
    }
    let whole = json!({"event": "charge.success", "data": charge()}).to_string();
    for text in [
        &whole[..whole.len() - 2],
        "",
        "[]",
        "{}",
        "null",
        "{\"event\":\"charge.success\"}",
        "{\"event\":{},\"data\":{}}",
    ] {
        let event = parse(text, UNITS);
        assert!(event.id.starts_with("paystack:text:"), "{text}");
        let EventBody::Unclear(unclear) = event.body else { panic!("{text}") };
        assert!(!unclear.why.contains("example.com"), "{unclear:?}");
        assert_eq!(unclear.names, Named::default());
    }
}

#[test]
fn a_dispute_in_a_currency_without_a_table_is_shown_as_it_came() {
    let data = json!({"id": 9, "refund_amount": 700, "currency": "RWF", "status": "pending"});
    let EventBody::Dispute(view) = event("charge.dispute.create", &data).body else { panic!("no dispute") };
    assert_eq!(view.amount, DisputedAmount::AsTold("700 RWF".to_owned()));
}

#[test]
fn an_id_is_the_same_for_a_repeat_and_another_for_another() {
    let same = json!({"event": "charge.success", "data": charge()});
    let pretty = serde_json::to_string_pretty(&same).expect("plain data");
    assert_eq!(parse(&pretty, UNITS).id, id("charge.success", &charge()));
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
            if let GatewayEvent { body: EventBody::Payment(view), .. } = event(kind, &data) {
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
