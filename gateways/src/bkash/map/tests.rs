//! Words, amounts and names, both ways.

use proptest::prelude::*;

use super::*;

const MADE: i64 = 1_762_072_142;

fn bdt(poisha: i64) -> Money {
    Money::from_minor_units(poisha, BDT.parse().expect("a known code")).expect("a small amount")
}

fn payment(json: Value) -> Payment {
    serde_json::from_str(&json.to_string()).expect("nothing is indispensable")
}

fn status(word: &str, verified: &str) -> Payment {
    payment(json!({
        "paymentID": "TR1", "trxID": "BK1", "transactionStatus": word, "verificationStatus": verified,
        "amount": "500.50", "currency": "BDT", "merchantInvoice": Uuid::from_u128(1),
        "paymentCreateTime": "2025-11-02T14:29:02:166 GMT+0600",
    }))
}

fn request(amount: Money) -> CreatePayment {
    CreatePayment {
        attempt_id: Uuid::from_u128(1),
        order_id: Uuid::from_u128(2),
        order_number: "H-1001".to_owned(),
        amount,
        lines: vec![],
        customer_email: None,
        customer_name: None,
        customer_phone: Some("+880 1770-618575".to_owned()),
        success_url: "https://shop.example/paid".to_owned(),
        cancel_url: "https://shop.example/cart".to_owned(),
        attempt_created_at: MADE,
        expires_at: MADE + 1800,
    }
}

fn name(reference: Option<&str>, others: &[&str]) -> RefundName {
    RefundName {
        refund_id: Uuid::from_u128(7),
        reference: reference.map(str::to_owned),
        page_reference: "TR1".to_owned(),
        payment_reference: "BK1".to_owned(),
        amount: bdt(10_000),
        others: others.iter().map(|&other| other.to_owned()).collect(),
    }
}

fn view(reference: &str, amount: Money) -> RefundView {
    let (state, reference) = (RefundState::Succeeded, reference.to_owned());
    RefundView { reference, state, amount, our_refund: None, failure_reason: None }
}

#[test]
fn each_word_has_its_state() {
    use PaymentState::{AwaitsFinish, Captured, Expired, Failed, Open, Processing};
    let (young, old) = (MADE + 60, MADE + PAGE_LIFE_SECS);
    let cases = [
        ("Completed", "Complete", young, Captured),
        ("Completed", "Complete", old, Captured),
        ("Initiated", "Complete", young, AwaitsFinish),
        ("Initiated", "Incomplete", young, Open),
        ("Initiated", "", young, Open),
        ("Initiated", "Perhaps", young, Processing),
        ("Initiated", "Incomplete", old, Expired),
        ("Initiated", "Complete", old, Expired),
        ("Authorized", "Complete", young, Processing),
        ("Cancelled", "Incomplete", young, Failed),
        ("Failed", "Complete", young, Failed),
        ("Expired", "Incomplete", young, Expired),
        ("", "", old, Processing),
    ];
    for (word, verified, now, expected) in cases {
        assert_eq!(payment_state(&status(word, verified), now), expected, "{word} {verified}");
    }
}

#[test]
fn a_view_has_what_is_to_be_compared() {
    let view = payment_view(&status("Completed", "Complete"), "TR1", MADE).expect("a view");
    assert_eq!((view.reference.as_deref(), view.payment_reference.as_deref()), (Some("TR1"), Some("BK1")));
    assert_eq!((view.amount, view.our_attempt), (bdt(50_050), Some(Uuid::from_u128(1))));
    let executed = payment(json!({
        "transactionStatus": "Completed", "amount": 500.50, "currency": "BDT",
        "merchantInvoiceNumber": format!("{}-2", Uuid::from_u128(1)),
    }));
    let view = payment_view(&executed, "TR1", MADE).expect("a view");
    assert_eq!((view.reference.as_deref(), view.amount), (Some("TR1"), bdt(50_050)));
    assert_eq!(view.our_attempt, Some(Uuid::from_u128(1)));
    let bad = [
        ("amount", json!(null)),
        ("currency", json!(null)),
        ("amount", json!("5.005")),
        ("currency", json!("XXX")),
    ];
    for (field, value) in bad {
        let mut json = json!({"transactionStatus": "Completed", "amount": "1", "currency": "BDT"});
        json[field] = value;
        assert!(payment_view(&payment(json), "TR1", MADE).is_err(), "{field}");
    }
}

#[test]
fn a_page_is_asked_for_in_taka_only() {
    let body = create_body(&request(bdt(50_050)), 1).expect("a body");
    let expected = json!({
        "mode": "0011", "payerReference": "01770618575", "callbackURL": "https://shop.example/paid",
        "amount": "500.50", "currency": "BDT", "intent": "sale",
        "merchantInvoiceNumber": format!("H-1001-{}", Uuid::from_u128(1)),
    });
    assert_eq!(body, expected);
    let usd = Money::from_minor_units(100, "USD".parse().expect("a known code")).expect("a small amount");
    for amount in [usd, bdt(0), bdt(-1)] {
        let error = create_body(&request(amount), 1).expect_err("not payable");
        assert_eq!((error.kind, error.sent), (crate::CallErrorKind::Refused, crate::Sent::No));
    }
    for phone in [None, Some("n/a"), Some("+1 555 0100"), Some("<01770618575>&01770618575")] {
        assert_eq!(payer_reference(phone), " ");
    }
}

#[test]
fn our_refund_is_told_from_the_others() {
    let hundred = bdt(10_000);
    let views = || vec![view("R1", hundred), view("R2", bdt(5)), view("R3", hundred)];
    let picked = |views, name: &RefundName| pick(views, name).map(|view| view.reference);
    assert_eq!(picked(views(), &name(Some("R3"), &[])).as_deref(), Some("R3"));
    assert_eq!(picked(views(), &name(Some("R9"), &[])), None);
    assert_eq!(picked(views(), &name(None, &["R1"])).as_deref(), Some("R3"));
    assert_eq!(picked(views(), &name(None, &["R1", "R3"])), None);
    let mut marked = views();
    marked[0].our_refund = Some(Uuid::from_u128(8));
    marked[1].our_refund = Some(Uuid::from_u128(7));
    assert_eq!(picked(marked.clone(), &name(None, &["R3"])).as_deref(), Some("R2"), "it carries our id");
    marked.remove(1);
    assert_eq!(picked(marked, &name(None, &["R3"])), None, "the other carries another's");
}

#[test]
fn both_versions_of_refunds_are_read() {
    let v1 = r#"{"statusCode":"0000","originalTrxID":"BK1","refundTrxID":"R1","transactionStatus":"Completed",
        "amount":"100.00","currency":"BDT"}"#;
    let v2 = r#"{"originalTrxId":"BK1","refundTrxId":"R1","refundTransactionStatus":"Completed",
        "originalTrxAmount":"500.50","refundAmount":"100.00","currency":"BDT"}"#;
    for json in [v1, v2] {
        let refund: Refund = serde_json::from_str(json).expect("a refund");
        assert_eq!(refund_view(&refund), Ok(view("R1", bdt(10_000))));
    }
    let list = r#"{"originalTrxId":"BK1","originalTrxAmount":"500.50","refundTransactions":[
        {"refundTrxId":"R1","refundTransactionStatus":"Completed","refundAmount":100,"completedTime":"x"}]}"#;
    let read = |json: &str| {
        let (list, alone) = (serde_json::from_str(json), serde_json::from_str(json));
        refund_views(list.expect("a list"), &alone.expect("a refund"))
    };
    assert_eq!(read(list), Ok(vec![view("R1", bdt(10_000))]));
    assert_eq!(read(v1), Ok(vec![view("R1", bdt(10_000))]));
    assert_eq!(read(r#"{"originalTrxId":"BK1","refundTransactions":[]}"#), Ok(vec![]));
    assert_eq!(read(r#"{"statusCode":"0000"}"#), Ok(vec![]));
    assert!(read(r#"{"refundTransactions":[{"refundAmount":"1"}]}"#).is_err());
}

#[test]
fn amounts_may_be_grouped() {
    for (text, poisha) in [("1,000.00", 100_000), ("1,00,000.50", 10_000_050), ("12,345", 1_234_500)] {
        assert_eq!(exact(text, BDT), Ok(bdt(poisha)), "{text}");
    }
    for text in ["1,0", "1,00", ",100", "1,000,", "1000,000", "-1,000", "1,000.0,0", "1 000"] {
        assert!(exact(text, BDT).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn an_unknown_word_is_never_money_and_never_a_failure(word in "\\PC{0,20}", verified in "\\PC{0,20}", age in 0_i64..200_000) {
        let known = ["Completed", "Initiated", "Failed"].contains(&word.trim());
        prop_assume!(!known);
        prop_assert_eq!(payment_state(&status(&word, &verified), MADE + age), PaymentState::Processing);
        prop_assert_eq!(refund_state(Some(&word)), RefundState::Pending);
    }

    #[test]
    fn an_amount_comes_back_as_it_went_out(poisha in 1_i64..=10_000_000_000_000) {
        let body = create_body(&request(bdt(poisha)), 1).expect("a body");
        let back = exact(body["amount"].as_str().expect("a text"), BDT);
        prop_assert_eq!(back, Ok(bdt(poisha)));
    }

    #[test]
    fn an_attempt_comes_back_from_its_invoice(id: u128, number in 1_u32..=9) {
        let id = Uuid::from_u128(id);
        prop_assert_eq!(attempt(Some(&names::of_attempt(id, number))), Some(id));
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,60}") {
        let _ = exact(&text, BDT);
        attempt(Some(&text));
        payer_reference(Some(&text));
    }
}
