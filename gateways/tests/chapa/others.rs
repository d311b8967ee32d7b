//! The list of transactions, payouts, banks, pushed messages, and what must never be shown.

use gateways::chapa::{Chapa, ChapaConfig};
use gateways::{
    CallErrorKind, CreateTransfer, EventBody, Gateway, Movement, PaymentState, Push, Sent, TransactionPage,
    TransferName, TransferState, Transfers, WebhookError, Window,
};

use super::*;

#[tokio::test]
async fn the_list_is_read_page_by_page_and_the_window_is_ours() {
    let row = |id: &str, time: &str| {
        json!({"status": "success", "ref_id": id, "type": "API", "created_at": time, "currency": "ETB",
            "amount": "12.000", "trans_id": attempt()})
    };
    let listing = |rows: Value, next: Value| {
        yes(json!({"transactions": rows, "pagination": {"current_page": 1, "next_page_url": next}}))
    };
    let elsewhere = json!("https://elsewhere.example/transactions?page=7");
    let script = [
        listing(
            json!([row("AP3", "2026-01-02T00:00:00Z"), row("AP2", "2026-01-01T12:00:00Z")]),
            elsewhere.clone(),
        ),
        listing(
            json!([row("AP1", "2026-01-01T00:00:00Z"), row("AP0", "2025-12-31T23:00:00Z")]),
            elsewhere.clone(),
        ),
        listing(json!([{"status": "success", "ref_id": "AP9", "created_at": "once"}]), elsewhere),
    ];
    let (stub, chapa) = given(script).await;
    let window = Window { from: 1_767_225_600, until: 1_767_225_600 + 24 * 3600 };
    let ids = |page: &TransactionPage| page.transactions.iter().map(|row| row.id.clone()).collect::<Vec<_>>();
    let first = chapa.list_transactions(&context(), window, None).await.expect("a page");
    assert_eq!((ids(&first), first.next.as_deref()), (vec!["AP2".to_owned()], Some("2")));
    let Movement::Payment(view) = &first.transactions[0].what else { panic!("not a payment") };
    assert_eq!((view.our_attempt, view.amount), (Some(attempt()), etb(1200)));
    let second = chapa.list_transactions(&context(), window, Some("2")).await.expect("a page");
    assert_eq!((ids(&second), second.next), (vec!["AP1".to_owned()], None), "what follows is older");
    let error = chapa.list_transactions(&context(), window, Some("3")).await.expect_err("no times");
    assert!(error.is_retryable());
    assert!(chapa.list_transactions(&context(), window, Some("x")).await.is_err());
    assert_eq!(steps(&stub.seen())[1], "GET /v1/transactions?page=2&per_page=100");
}

#[tokio::test]
async fn a_transfer_is_queued_once() {
    let id = transfer().transfer_id;
    let (stub, chapa) = given([yes(json!(id))]).await;
    let view = chapa.create_transfer(&context(), &transfer()).await.expect("queued");
    assert_eq!((view.reference, view.state), (id.to_string(), TransferState::Pending));
    let body: Value = serde_json::from_str(&stub.seen()[0].body).expect("JSON");
    let expected = json!({"account_name": "Sara Potter", "account_number": "1000123456789", "amount": "1500.00",
        "currency": "ETB", "reference": id, "bank_code": 855});
    assert_eq!(body, expected);

    let used = || no(400, "Reference number has been used before");
    let paid = yes(json!({"amount": 1500, "currency": "ETB", "status": "success", "bank_reference": "B1"}));
    let (stub, chapa) = given([used(), paid]).await;
    let view = chapa.create_transfer(&context(), &transfer()).await.expect("made before");
    assert_eq!((view.state, view.amount), (TransferState::Succeeded, etb(150_000)));
    assert_eq!(steps(&stub.seen())[1], format!("GET /v1/transfers/verify/{id}"));

    let (_, chapa) = given([used(), no(400, "Invalid transaction")]).await;
    let error = chapa.create_transfer(&context(), &transfer()).await.expect_err("made and not to be seen");
    assert!(error.outcome_unknown(), "{error}");
}

#[tokio::test]
async fn a_transfer_that_is_refused_says_whether_to_wait() {
    use CallErrorKind::{Refused, Retry, Unknown};
    let table = [
        (vec![no(401, "Transfer hours are Mon-Sat from 08:30 AM - 04:30 PM only")], Retry),
        (vec![no(400, "Insufficient Balance")], Retry),
        (vec![no(401, "Bank Code is incorrect"), no(400, "Invalid transaction")], Refused),
        (vec![Reply::status(502)], Unknown),
    ];
    for (script, kind) in table {
        let (_, chapa) = given(script.clone()).await;
        let error = chapa.create_transfer(&context(), &transfer()).await.expect_err("refused");
        assert_eq!(error.kind, kind, "{script:?}");
    }
    let (_, chapa) = given([no(404, "Transfer not found"), Reply::status(500)]).await;
    let id = transfer().transfer_id;
    let name = TransferName { transfer_id: id, reference: None, amount: etb(1) };
    assert_eq!(chapa.find_transfer(&context(), &name).await, Ok(None));
    assert!(chapa.find_transfer(&context(), &name).await.expect_err("no answer").is_retryable());
    let dollars = Money::from_minor_units(1, "USD".parse().expect("a known code")).expect("small");
    let error = chapa.create_transfer(&context(), &CreateTransfer { amount: dollars, ..transfer() }).await;
    assert_eq!(error.expect_err("birr only").sent, Sent::No);
}

#[tokio::test]
async fn banks_are_listed_with_what_is_known_of_them() {
    let banks = json!([
        {"id": 855, "name": "telebirr", "is_mobilemoney": 1, "acct_length": 10, "currency": "ETB"},
        {"id": "946", "name": "CBE", "is_mobilemoney": null, "acct_length": "13"},
        {"name": "nameless code"},
    ]);
    let (stub, chapa) = given([yes(banks)]).await;
    let banks = chapa.banks(&context()).await.expect("a list");
    let facts: Vec<_> =
        banks.iter().map(|bank| (bank.code.as_str(), bank.is_mobile_money, bank.account_digits)).collect();
    assert_eq!(facts, [("855", true, Some(10)), ("946", false, Some(13))]);
    assert_eq!(steps(&stub.seen()), ["GET /v1/banks"]);
}

#[tokio::test]
async fn a_pushed_message_is_a_hint_and_must_be_signed() {
    let fixtures: Value =
        serde_json::from_str(include_str!("../../fixtures/chapa_webhooks.json")).expect("the fixture file");
    let [good, constant] = [&fixtures["vectors"][0], &fixtures["vectors"][1]];
    let secret = good["secret"].as_str().expect("a secret");
    let config = ChapaConfig::new(Secret::from("CHASECK_TEST-x"), vec![Secret::from(secret)]);
    let chapa = Chapa::new(config).expect("a good configuration");
    assert_eq!(chapa.capabilities().push, Push::Hint);
    let body = good["body"].as_str().expect("a body");
    let headers = |vector: &Value| {
        let name: http::HeaderName =
            vector["header_name"].as_str().expect("a name").parse().expect("a header name");
        let value = vector["header"].as_str().expect("a header").parse().expect("a header value");
        http::HeaderMap::from_iter([(name, value)])
    };
    let event = chapa.read_webhook(&headers(good), body.as_bytes(), 0).await.expect("signed").into_inner();
    let EventBody::Payment(view) = &event.body else { panic!("not about a payment") };
    assert_eq!((view.state, view.amount), (PaymentState::Captured, etb(40_000)));
    assert_eq!(chapa.parse_stored(body), event);
    let refused = chapa.read_webhook(&headers(constant), body.as_bytes(), 0).await;
    assert!(matches!(refused, Err(WebhookError::Malformed(_))));
    let tampered = body.replace("400.00", "4.00");
    let refused = chapa.read_webhook(&headers(good), tampered.as_bytes(), 0).await;
    assert_eq!(refused, Err(WebhookError::NoMatch));
}

#[tokio::test]
async fn no_secret_and_no_customer_is_in_an_error_or_in_debug() {
    let text = "Invalid API Key CHASECK_TEST-hush for abebe@example.test 0912345678";
    let script =
        [no(401, text), no(400, text), Reply::status(500), Reply::Answer(200, vec![], text.to_owned())];
    let (_, chapa) = given(script).await;
    for _ in 0..4 {
        let error = chapa.create_payment(&context(), &payment()).await.expect_err("refused");
        let shown = format!("{error} {error:?}");
        for word in ["hush", "abebe", "0912345678"] {
            assert!(!shown.contains(word), "{shown}");
        }
    }
    assert!(!format!("{chapa:?}").contains("hush"));
}
