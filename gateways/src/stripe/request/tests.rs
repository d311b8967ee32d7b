//! The forms we send.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::RefundName;

fn usd(cents: i64) -> Money {
    Money::from_minor_units(cents, "USD".parse().expect("a known code")).expect("a small amount")
}

fn line(name: &str, cents: i64, quantity: u32) -> PaymentLine {
    PaymentLine { name: name.to_owned(), unit_price: usd(cents), quantity }
}

fn payment(cents: i64, lines: Vec<PaymentLine>) -> CreatePayment {
    CreatePayment {
        attempt_id: Uuid::from_u128(1),
        order_id: Uuid::from_u128(2),
        order_number: "H-1001".to_owned(),
        amount: usd(cents),
        lines,
        customer_email: Some("ada@example.test".to_owned()),
        customer_name: None,
        customer_phone: None,
        success_url: "https://shop.example/paid?sid={CHECKOUT_SESSION_ID}".to_owned(),
        cancel_url: "https://shop.example/cart".to_owned(),
        attempt_created_at: 1_767_225_600,
        expires_at: 1_767_225_600 + 3600,
    }
}

fn form(request: &CreatePayment) -> Form {
    session_form(request).expect("a sendable request")
}

#[test]
fn the_session_names_us_and_shows_the_lines() {
    let form = form(&payment(4498, vec![line("Shirt", 1999, 2), line("Shipping", 500, 1)]));
    let attempt = Uuid::from_u128(1).to_string();
    let order = Uuid::from_u128(2).to_string();
    let expected = [
        ("mode", "payment"),
        ("client_reference_id", &attempt),
        ("expires_at", "1767229200"),
        ("adaptive_pricing[enabled]", "false"),
        ("customer_email", "ada@example.test"),
        ("line_items[0][quantity]", "2"),
        ("line_items[0][price_data][currency]", "usd"),
        ("line_items[0][price_data][unit_amount]", "1999"),
        ("line_items[0][price_data][product_data][name]", "Shirt"),
        ("line_items[1][price_data][unit_amount]", "500"),
        ("metadata[order_id]", &order),
        ("metadata[attempt_id]", &attempt),
        ("payment_intent_data[metadata][order_id]", &order),
        ("payment_intent_data[metadata][attempt_id]", &attempt),
    ];
    for (key, value) in expected {
        assert_eq!(form.get(key), Some(value), "{key}");
    }
}

#[test]
fn lines_that_do_not_make_the_amount_become_one() {
    let discount = vec![line("Shirt", 1999, 1), line("Discount", -999, 1)];
    let foreign = PaymentLine {
        unit_price: Money::from_minor_units(1000, "EUR".parse().expect("a known code")).expect("small"),
        ..line("Shirt", 1000, 1)
    };
    let many = (0..101).map(|_| line("Bead", 10, 1)).collect();
    let cases = [vec![line("Shirt", 999, 1)], discount, vec![foreign], vec![], vec![line("", 1000, 1)], many];
    for lines in cases {
        let amount = if lines.len() == 101 { 1010 } else { 1000 };
        let form = form(&payment(amount, lines));
        assert_eq!(form.get("line_items[0][price_data][product_data][name]"), Some("H-1001"));
        assert_eq!(form.get("line_items[0][price_data][unit_amount]"), Some(amount.to_string().as_str()));
        assert_eq!(form.get("line_items[1][quantity]"), None);
    }
}

#[test]
fn what_stripe_can_not_take_is_refused_before_it_is_sent() {
    assert_eq!(session_form(&payment(0, vec![])).expect_err("zero").sent, crate::Sent::No);
    let fils = Money::from_minor_units(5124, "KWD".parse().expect("a known code")).expect("small");
    let error = session_form(&CreatePayment { amount: fils, ..payment(1, vec![]) }).expect_err("too fine");
    assert_eq!((error.kind, error.sent), (crate::CallErrorKind::Refused, crate::Sent::No));
}

#[test]
fn a_refund_names_its_payment_and_itself() {
    let mut request = CreateRefund {
        name: RefundName {
            refund_id: Uuid::from_u128(3),
            reference: None,
            page_reference: "cs_1".to_owned(),
            payment_reference: "pi_1".to_owned(),
            amount: usd(500),
            others: Vec::new(),
        },
        order_id: Uuid::from_u128(2),
        reason: RefundReason::RequestedByCustomer,
    };
    let form = refund_form(&request).expect("a sendable request");
    assert_eq!(form.get("payment_intent"), Some("pi_1"));
    assert_eq!(form.get("amount"), Some("500"));
    assert_eq!(form.get("reason"), Some("requested_by_customer"));
    assert_eq!(form.get("metadata[refund_id]"), Some(Uuid::from_u128(3).to_string().as_str()));
    request.reason = RefundReason::Other;
    assert_eq!(refund_form(&request).expect("a sendable request").get("reason"), None);
}

proptest! {
    #[test]
    fn the_page_closes_within_stripes_limits(created in 0_i64..4_000_000_000, wish in any::<i64>()) {
        let at = within_limits(created, wish);
        prop_assert!((30 * 60..24 * 3600).contains(&(at - created)));
    }

    #[test]
    fn the_lines_shown_always_make_the_amount(
        prices in proptest::collection::vec((0_i64..100_000, 0_u32..5), 0..120),
        off_by in 0_i64..2,
    ) {
        let total: i64 = prices.iter().map(|(cents, count)| cents * i64::from(*count)).sum();
        let lines = prices.iter().map(|&(cents, count)| line("Thing", cents, count)).collect();
        let request = payment(total + off_by + i64::from(total == 0), lines);
        let form = form(&request);
        let number = |key: String| form.get(&key).and_then(|text| text.parse::<i64>().ok());
        let shown: i64 = (0..)
            .map_while(|i| {
                let price = number(format!("line_items[{i}][price_data][unit_amount]"))?;
                Some(price * number(format!("line_items[{i}][quantity]"))?)
            })
            .sum();
        prop_assert_eq!(shown, request.amount.minor_units());
    }
}
