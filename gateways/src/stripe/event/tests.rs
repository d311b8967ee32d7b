//! Events as Stripe sends them.

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::{PaymentView, RefundState};

const OURS: Uuid = Uuid::from_u128(7);
const VERSION: &str = "2026-10-28.endive";

fn event(kind: &str, object: Value) -> Result<GatewayEvent, UnreadableEvent> {
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
        let event = event(kind, session_object(status, payment_status)).expect("readable");
        assert_eq!((event.id.as_str(), event.created), ("evt_1", 1_767_225_599));
        let view = payment(event);
        assert_eq!((view.state, view.our_attempt), (state, Some(OURS)), "{kind} {payment_status}");
    }
}

#[test]
fn an_intent_event_has_no_session() {
    let object = json!({"id": "pi_1", "status": "succeeded", "amount": 4999, "amount_received": 4999,
        "currency": "usd", "metadata": {"attempt_id": OURS}});
    let view = payment(event("payment_intent.succeeded", object).expect("readable"));
    assert_eq!((view.reference, view.payment_reference.as_deref()), (None, Some("pi_1")));
    assert_eq!((view.state, view.our_attempt), (PaymentState::Captured, Some(OURS)));
}

#[test]
fn a_refund_event_names_its_payment() {
    let object = json!({"id": "re_1", "status": "failed", "amount": 500, "currency": "usd",
        "payment_intent": {"id": "pi_1"}, "failure_reason": "expired_or_canceled_card",
        "metadata": {"refund_id": OURS}});
    for kind in ["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"] {
        let event = event(kind, object.clone()).expect("readable");
        let EventBody::Refund { view, payment_reference } = event.body else { panic!("{kind}") };
        assert_eq!((view.state, view.our_refund), (RefundState::Failed, Some(OURS)));
        assert_eq!(view.failure_reason.as_deref(), Some("expired_or_canceled_card"));
        assert_eq!(payment_reference.as_deref(), Some("pi_1"));
    }
}

#[test]
fn what_we_do_not_act_on_is_other() {
    for kind in ["charge.refunded", "customer.created", "something.new"] {
        assert_eq!(event(kind, json!({"id": "x"})).expect("readable").body, EventBody::Other, "{kind}");
    }
}

#[test]
fn a_strangers_unreadable_object_is_other_and_ours_is_an_error() {
    let kind = "checkout.session.completed";
    let foreign = event(kind, json!({"id": "cs_1", "amount_total": 1, "currency": "isk"}));
    assert_eq!(foreign.expect("readable").body, EventBody::Other);
    let ours = event(kind, json!({"id": "cs_1", "client_reference_id": OURS, "currency": "usd"}));
    assert_eq!(ours, Err(UnreadableEvent("amount_total is missing".to_owned())));
}

#[test]
fn an_error_does_not_repeat_the_payload() {
    for text in ["", "[]", "null", "{\"id\":\"grace@example.test\"}", "grace@example.test"] {
        let error = parse(text, VERSION).expect_err("no event");
        assert!(!error.to_string().contains("grace"), "{error}");
    }
}

#[test]
fn an_event_in_another_version_is_a_hint() {
    let push = |version: Value| {
        let event = json!({
            "id": "evt_1", "api_version": version, "created": 1, "type": "checkout.session.completed",
            "data": {"object": session_object("complete", "paid")},
        });
        parse(&event.to_string(), VERSION).expect("readable").push
    };
    assert_eq!(push(json!(VERSION)), Push::Proof);
    for other in [json!("2024-06-20"), json!("2027-01-27.fern"), json!(null)] {
        assert_eq!(push(other), Push::Hint);
    }
}
