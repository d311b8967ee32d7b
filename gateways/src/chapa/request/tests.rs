//! What goes out.

use money::Money;
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{RefundName, Secret};

fn config() -> ChapaConfig {
    ChapaConfig::new(Secret::from("CHASECK_TEST-x"), vec![Secret::from("hook_x")])
}

fn money(minor: i64, code: &str) -> Money {
    Money::from_minor_units(minor, code.parse().expect("a known code")).expect("a small amount")
}

fn payment() -> CreatePayment {
    CreatePayment {
        attempt_id: Uuid::from_u128(1),
        order_id: Uuid::from_u128(2),
        order_number: "H-1001".to_owned(),
        amount: money(40_050, "ETB"),
        lines: vec![],
        customer_email: Some("abebe@example.test".to_owned()),
        customer_name: Some(" Abebe  Bikila Demissie".to_owned()),
        customer_phone: Some("+251 91-234 5678".to_owned()),
        success_url: "https://shop.example/paid?sid={CHECKOUT_SESSION_ID}".to_owned(),
        cancel_url: "https://shop.example/cart".to_owned(),
        attempt_created_at: 1_767_225_600,
        expires_at: 1_767_229_200,
    }
}

#[test]
fn a_payment_reads_like_the_example_in_the_documentation() {
    let mut config = config();
    config.callback_url = Some("https://shop.example/cb".to_owned());
    let expected = json!({
        "amount": "400.50", "currency": "ETB", "tx_ref": "ref-2", "email": "abebe@example.test",
        "first_name": "Abebe", "last_name": "Bikila Demissie", "phone_number": "0912345678",
        "callback_url": "https://shop.example/cb", "return_url": "https://shop.example/paid?sid=ref-2",
        "customization": {"title": "Order", "description": "Order H-1001"},
        "meta": {"order_id": Uuid::from_u128(2), "attempt_id": Uuid::from_u128(1)},
    });
    assert_eq!(initialize(&config, &payment(), "ref-2"), Ok(expected));
}

#[test]
fn what_is_not_known_is_not_sent() {
    let request = CreatePayment {
        customer_email: Some(" ".to_owned()),
        customer_name: None,
        customer_phone: Some("+8801712345678".to_owned()),
        ..payment()
    };
    let body = initialize(&config(), &request, "ref").expect("a body");
    let absent = ["email", "first_name", "last_name", "phone_number", "callback_url"];
    assert!(absent.iter().all(|field| body.get(field).is_none()), "{body}");
}

#[test]
fn only_what_the_account_takes_is_asked_for() {
    let of = |amount| CreatePayment { amount, ..payment() };
    assert!(initialize(&config(), &of(money(0, "ETB")), "ref").is_err());
    assert!(initialize(&config(), &of(money(-5, "ETB")), "ref").is_err());
    assert!(initialize(&config(), &of(money(500, "USD")), "ref").is_err());
    let config = ChapaConfig { accepts_usd: true, ..config() };
    assert!(initialize(&config, &of(money(500, "USD")), "ref").is_ok());
    assert!(initialize(&config, &of(money(500, "BDT")), "ref").is_err());
}

#[test]
fn phones_are_written_in_many_ways_and_sent_in_one() {
    let good = [
        "0912345678",
        "+251912345678",
        "251912345678",
        "00251 912 345 678",
        "912345678",
        "+251 (0)91.234.5678",
    ];
    for written in good {
        assert_eq!(phone_number(written).as_deref(), Some("0912345678"), "{written}");
    }
    assert_eq!(phone_number("+251712345678").as_deref(), Some("0712345678"));
    for bad in ["", "0112345678", "091234567", "09123456789", "+14155550123", "phone", "09é234567"] {
        assert_eq!(phone_number(bad), None, "{bad}");
    }
}

#[test]
fn a_description_has_only_what_chapa_prints() {
    assert_eq!(description("H/10#01 (ዘጠኝ)"), "Order H 10 01");
    assert_eq!(description(&"9".repeat(99)).chars().count(), MAX_DESCRIPTION_CHARS);
}

#[test]
fn a_refund_carries_our_reference_twice() {
    let id = Uuid::from_u128(7);
    let request = CreateRefund {
        name: RefundName {
            refund_id: id,
            reference: None,
            page_reference: "ref".to_owned(),
            payment_reference: "AP1".to_owned(),
            amount: money(500, "ETB"),
            others: vec![],
        },
        order_id: Uuid::from_u128(2),
        reason: RefundReason::RequestedByCustomer,
    };
    let form = refund_form(&request).expect("a form");
    let pairs: Vec<(String, String)> = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let expected = [
        pair("amount", "5.00"),
        pair("reason", "Requested by the customer"),
        pair("reference", &id.to_string()),
        pair("meta[refund_id]", &id.to_string()),
        pair("meta[order_id]", &request.order_id.to_string()),
    ];
    assert_eq!(pairs, expected);
}

proptest! {
    #[test]
    fn no_phone_leaves_that_chapa_refuses(written in ".{0,20}") {
        if let Some(phone) = phone_number(&written) {
            prop_assert!(phone.len() == 10 && phone.bytes().all(|byte| byte.is_ascii_digit()), "{}", phone);
            prop_assert!(phone.starts_with("09") || phone.starts_with("07"), "{}", phone);
        }
    }

    #[test]
    fn every_description_can_be_printed(number in ".{0,80}") {
        let text = description(&number);
        prop_assert!(text.chars().all(is_printable) && text.len() <= MAX_DESCRIPTION_CHARS);
    }
}
