//! What a message says, and what it does not.

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::bkash::webhook::tests::vectors;

fn notice(change: impl FnOnce(&mut Value)) -> GatewayEvent {
    let mut message = json!({
        "dateTime": "20180419122246", "debitMSISDN": "8801700000001", "trxID": "4VXX012345",
        "transactionStatus": "Completed", "transactionType": "10002294", "amount": "100", "currency": "BDT",
        "merchantInvoiceNumber": Uuid::from_u128(1),
    });
    change(&mut message);
    let posted = json!({
        "Type": "Notification", "MessageId": "m1", "TopicArn": "arn:x", "Message": message.to_string(),
        "Timestamp": "2026-01-01T06:00:01.000Z",
    });
    parse(&posted.to_string())
}

fn payment(change: impl FnOnce(&mut Value)) -> PaymentView {
    let event = notice(change);
    let EventBody::Payment(view) = event.body else { panic!("not a payment") };
    view
}

#[test]
fn a_notice_is_a_hint_whatever_it_says() {
    let event = notice(|_| ());
    assert_eq!(
        (event.id.as_str(), event.kind_text.as_str(), event.created),
        ("m1", "10002294", 1_767_247_201)
    );
    for word in ["Completed", "Failed", ""] {
        let view = payment(|message| message["transactionStatus"] = word.into());
        assert_eq!(view.state, PaymentState::Processing);
        assert_eq!((view.reference, view.payment_reference.as_deref()), (None, Some("4VXX012345")));
        assert_eq!(
            (view.our_attempt, view.amount.to_string().as_str()),
            (Some(Uuid::from_u128(1)), "100.00 BDT")
        );
    }
}

#[test]
fn with_a_coupon_the_price_counts() {
    let view = payment(|message| message["saleAmount"] = json!("120.50"));
    assert_eq!(view.amount.to_string(), "120.50 BDT");
}

#[test]
fn what_can_not_be_read_is_unclear_with_what_it_names() {
    assert_eq!(notice(|message| *message = json!("plain words")).body, EventBody::Other);
    let broken = |invoice: Value| {
        let event = notice(|message| {
            message["amount"] = json!("1e5");
            message["merchantInvoiceNumber"] = invoice;
        });
        let EventBody::Unclear(unclear) = event.body else { panic!("no amount") };
        assert_eq!(unclear.names.charge.as_deref(), Some("4VXX012345"));
        unclear.names.our_attempt
    };
    assert_eq!(broken(json!("ord_1")), None);
    assert_eq!(broken(json!(Uuid::from_u128(1))), Some(Uuid::from_u128(1)));
    let stranger = payment(|message| message["merchantInvoiceNumber"] = json!("ord_1"));
    assert_eq!(stranger.our_attempt, None);
}

#[test]
fn what_was_stored_is_read_again() {
    for vector in vectors() {
        let body = vector["body"].as_str().expect("a text");
        let event = parse(body);
        assert_eq!(event.id, "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324");
        assert_eq!(event.body == EventBody::Other, event.kind_text == "SubscriptionConfirmation");
    }
    let EventBody::Unclear(unclear) = parse("{\"Type\":\"secret words").body else { panic!("cut short") };
    assert!(!unclear.why.contains("secret"), "{unclear:?}");
}
