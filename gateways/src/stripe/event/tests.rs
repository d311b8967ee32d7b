//! Events as Stripe sends them.

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::{DisputedAmount, PaymentView, RefundState, Unclear};

const OURS: Uuid = Uuid::from_u128(7);
const VERSION: &str = "2026-10-28.endive";

fn event(kind: &str, object: Value) -> GatewayEvent {
    let event = json!({
        "id": "evt_1", "object": "event", "api_version": VERSION, "created": 1_767_225_599,
        "data": {"object": object, "previous_attributes": {"x": 1}}, "livemode": false, "type": kind,
    });
    parse(&event.to_string(), VERSION)
}

fn session_object(status: &str, payment_status: &str) -> Value {
    json!({
        "id": "cs_1", "status": status, "payment_status": payment_status, "amount_total": 4999,
        "currency": "usd", "payment_intent": "pi_1", "metadata": {"attempt_id": OURS},
    })
}

fn payment(event: GatewayEvent) -> PaymentView {
    let EventBody::Payment(view) = event.body else { panic!("not about a payment") };
    view
}

#[test]
fn each_session_event_has_its_state() {
    let cases = [
        ("checkout.session.completed", "complete", "paid", PaymentState::Captured),
        ("checkout.session.completed", "complete", "unpaid", PaymentState::Processing),
        ("checkout.session.async_payment_succeeded", "complete", "paid", PaymentState::Captured),
        ("checkout.session.async_payment_failed", "complete", "unpaid", PaymentState::Failed),
        ("checkout.session.async_payment_failed", "complete", "paid", PaymentState::Captured),
        ("checkout.session.expired", "expired", "unpaid", PaymentState::Expired),
    ];
    for (kind, status, payment_status, state) in cases {
        let event = event(kind, session_object(status, payment_status));
        assert_eq!((event.id.as_str(), event.created), ("evt_1", 1_767_225_599));
        let view = payment(event);
        assert_eq!((view.state, view.our_attempt), (state, Some(OURS)), "{kind} {payment_status}");
    }
}

#[test]
fn an_intent_event_has_no_session() {
    let object = json!({"id": "pi_1", "status": "succeeded", "amount": 4999, "amount_received": 4999,
        "currency": "usd", "metadata": {"attempt_id": OURS}});
    let view = payment(event("payment_intent.succeeded", object));
    assert_eq!((view.reference, view.payment_reference.as_deref()), (None, Some("pi_1")));
    assert_eq!((view.state, view.our_attempt), (PaymentState::Captured, Some(OURS)));
}

#[test]
fn a_refund_event_names_its_payment() {
    let object = json!({"id": "re_1", "status": "failed", "amount": 500, "currency": "usd",
        "payment_intent": {"id": "pi_1"}, "failure_reason": "expired_or_canceled_card",
        "metadata": {"refund_id": OURS}});
    for kind in ["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"] {
        let event = event(kind, object.clone());
        let EventBody::Refund { view, payment_reference } = event.body else { panic!("{kind}") };
        assert_eq!((view.state, view.our_refund), (RefundState::Failed, Some(OURS)));
        assert_eq!(view.failure_reason.as_deref(), Some("expired_or_canceled_card"));
        assert_eq!(payment_reference.as_deref(), Some("pi_1"));
    }
}

#[test]
fn what_we_do_not_act_on_is_other() {
    for kind in ["charge.refunded", "customer.created", "something.new"] {
        assert_eq!(event(kind, json!({"id": "x"})).body, EventBody::Other, "{kind}");
    }
}

fn unclear(event: GatewayEvent) -> (String, Named) {
    let EventBody::Unclear(Unclear { why, names }) = event.body else { panic!("it can be read") };
    (why, names)
}

#[test]
fn what_can_not_be_read_is_unclear_with_what_it_names() {
    let foreign =
        json!({"id": "cs_1", "amount_total": 1, "currency": "isk", "payment_intent": {"id": "pi_1"}});
    let (page, charge) = (Some("cs_1".to_owned()), Some("pi_1".to_owned()));
    let named = Named { page: page.clone(), charge, ..Named::default() };
    assert_eq!(unclear(event("checkout.session.completed", foreign)).1, named);
    let ours = json!({"id": "cs_1", "client_reference_id": OURS, "currency": "usd"});
    let named = Named { page, our_attempt: Some(OURS), ..Named::default() };
    let told = ("amount_total is missing".to_owned(), named);
    assert_eq!(unclear(event("checkout.session.completed", ours)), told);
    // An amount of another kind than Stripe's.
    let odd =
        json!({"id": "re_1", "amount": "12.50", "payment_intent": "pi_1", "metadata": {"refund_id": OURS}});
    let (why, names) = unclear(event("refund.updated", odd));
    assert!(why.starts_with("not the JSON expected"), "{why}");
    assert_eq!((names.refund.as_deref(), names.charge.as_deref()), (Some("re_1"), Some("pi_1")));
    assert_eq!(names.our_refund, Some(OURS));
    for object in [json!(null), json!([1]), json!("text"), json!({}), json!({"id": 7})] {
        assert_eq!(unclear(event("payment_intent.succeeded", object)).1, Named::default());
    }
}

#[test]
fn a_thin_event_names_what_it_is_about() {
    let thin = |kind: &str, id: &str| {
        let event = json!({
            "id": "evt_test_65", "object": "v2.core.event", "type": kind, "livemode": false,
            "created": "2026-01-01T00:00:00.246Z", "context": null,
            "related_object": {"id": id, "type": "x", "url": format!("/v1/x/{id}")},
        });
        parse(&event.to_string(), VERSION)
    };
    let meter = thin("v1.billing.meter.no_meter_found", "mtr_test_1");
    assert_eq!((meter.id.as_str(), meter.created), ("evt_test_65", 1_767_225_600));
    assert_eq!((meter.kind_text.as_str(), meter.body), ("v1.billing.meter.no_meter_found", EventBody::Other));
    let page = unclear(thin("v1.checkout.session.completed", "cs_test_1")).1;
    assert_eq!(page, Named { page: Some("cs_test_1".to_owned()), ..Named::default() });
    let payment = unclear(thin("v1.payment_intent.succeeded", "pi_1")).1;
    assert_eq!(payment, Named { charge: Some("pi_1".to_owned()), ..Named::default() });
    let bare = parse(&json!({"id": "evt_1", "type": "refund.created", "created": 1}).to_string(), VERSION);
    assert_eq!(unclear(bare).1, Named::default());
}

#[test]
fn a_dispute_of_any_currency_is_shown() {
    for (amount, currency, told) in [
        (json!(700_000), json!("isk"), "700000 isk"),
        (json!(5), json!("ugx"), "5 ugx"),
        (json!(5), json!(null), "5 ?"),
        (json!(null), json!("usd"), "? usd"),
    ] {
        let object =
            json!({"id": "dp_1", "amount": amount, "currency": currency, "status": "needs_response"});
        let EventBody::Dispute(view) = event("charge.dispute.created", object).body else { panic!("{told}") };
        assert_eq!(view.amount, DisputedAmount::AsTold(told.to_owned()));
    }
}

#[test]
fn any_text_is_an_event_under_an_id_of_its_own_that_can_be_kept() {
    let texts = [
        "".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        "grace@example.test".to_owned(),
        "{\"id\":\"grace@example.test\"".to_owned(),
        json!({"id": "evt\u{0}", "type": "a"}).to_string(),
        json!({"id": "e".repeat(256), "type": "a"}).to_string(),
        json!({"type": "checkout.session.completed"}).to_string(),
    ];
    let mut ids = std::collections::HashSet::new();
    for text in &texts {
        let event = parse(text, VERSION);
        assert!(event.id.starts_with("stripe:text:") && event.id.len() < 256, "{}", event.id);
        assert_eq!(parse(text, VERSION), event);
        assert!(ids.insert(event.id.clone()), "{text}");
        if let EventBody::Unclear(unclear) = event.body {
            assert!(!unclear.why.contains("grace"), "{unclear:?}");
        }
    }
    let long = parse(&json!({"id": "evt_1", "type": "k".repeat(256)}).to_string(), VERSION);
    assert_eq!((long.id.as_str(), long.kind_text.as_str()), ("evt_1", crate::UNREADABLE));
}

#[test]
fn an_event_in_another_version_is_a_hint() {
    let push = |version: Value| {
        let event = json!({
            "id": "evt_1", "api_version": version, "created": 1, "type": "checkout.session.completed",
            "data": {"object": session_object("complete", "paid")},
        });
        parse(&event.to_string(), VERSION).push
    };
    assert_eq!(push(json!(VERSION)), Push::Proof);
    for other in [json!("2024-06-20"), json!("2027-01-27.fern"), json!(null)] {
        assert_eq!(push(other), Push::Hint);
    }
}
