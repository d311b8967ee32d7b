//! Servers that lie, behind each adapter: nothing that can't be is handed on, whichever gateway says it.

mod stub;

use std::sync::Arc;

use gateways::bkash::{Bkash, BkashConfig, Credentials};
use gateways::chapa::{Chapa, ChapaConfig};
use gateways::paystack::{Paystack, PaystackConfig};
use gateways::stripe::{Stripe, StripeConfig};
use gateways::{
    CallContext, CallErrorKind, CreatePayment, FailureCode, Gateway, GatewayName, Gateways, LocalShelf,
    PaymentState, Secret, Sent,
};
use money::Money;
use serde_json::{Value, json};
use stub::{Reply, Stub, nobody, serve_and_cut};
use uuid::Uuid;

const ATTEMPT: Uuid = Uuid::from_u128(1);

fn context() -> CallContext {
    CallContext { traceparent: None, now: 1_767_225_600 }
}

fn payment(name: GatewayName) -> CreatePayment {
    let currency = match name {
        GatewayName::Stripe => "USD",
        GatewayName::Bkash => "BDT",
        GatewayName::Paystack => "NGN",
        GatewayName::Chapa => "ETB",
    };
    CreatePayment {
        attempt_id: ATTEMPT,
        order_id: Uuid::from_u128(2),
        order_number: "H-1001".to_owned(),
        amount: Money::from_minor_units(50_000, currency.parse().expect("a known code")).expect("small"),
        lines: vec![],
        customer_email: Some("ada@example.test".to_owned()),
        customer_name: None,
        customer_phone: None,
        success_url: "https://shop.example/paid".to_owned(),
        cancel_url: "https://shop.example/cart".to_owned(),
        attempt_created_at: 1_767_225_600,
        expires_at: 1_767_229_200,
    }
}

/// The gateway as the product has it, over a server at this address.
fn gateway(name: GatewayName, address: &str) -> Arc<dyn Gateway> {
    let secret = || Secret::from("hush");
    let adapter: Arc<dyn Gateway> = match name {
        GatewayName::Stripe => {
            let config = StripeConfig::new(Secret::from("sk_test_x"), vec![Secret::from("whsec_x")]);
            let config = StripeConfig { base_url: address.to_owned(), max_retries: 0, ..config };
            Arc::new(Stripe::new(config).expect("good settings"))
        }
        GatewayName::Bkash => {
            let credentials = Credentials {
                username: secret(),
                password: secret(),
                app_key: secret(),
                app_secret: secret(),
            };
            let mut config = BkashConfig::new(credentials, Arc::new(LocalShelf::default()));
            config.base_url = format!("{address}/v1.2.0-beta");
            Arc::new(Bkash::new(config).expect("good settings"))
        }
        GatewayName::Paystack => {
            let config = PaystackConfig::new(Secret::from("sk_test_x"));
            let config = PaystackConfig { base_url: address.to_owned(), ..config };
            Arc::new(Paystack::new(config).expect("good settings"))
        }
        GatewayName::Chapa => {
            let config = ChapaConfig::new(Secret::from("CHASECK_TEST-x"), vec![secret()]);
            let config = ChapaConfig { base_url: address.to_owned(), ..config };
            Arc::new(Chapa::new(config).expect("good settings"))
        }
    };
    Gateways::new([adapter]).get(name).expect("it is the one")
}

fn ok(body: &Value) -> Reply {
    Reply::json(200, body)
}

/// What comes before the first answer: bKash's token.
fn before(name: GatewayName) -> Vec<Reply> {
    match name {
        GatewayName::Bkash => {
            vec![ok(
                &json!({"statusCode": "0000", "id_token": "t", "expires_in": 3600, "refresh_token": "r"}),
            )]
        }
        GatewayName::Stripe | GatewayName::Paystack | GatewayName::Chapa => vec![],
    }
}

/// A page that was opened, with this name where the gateway gives one, and this address.
fn page(name: GatewayName, reference: &str, address: &str) -> Reply {
    ok(&match name {
        GatewayName::Stripe => json!({"id": reference, "url": address, "expires_at": 1_767_229_200}),
        GatewayName::Bkash => json!({
            "statusCode": "0000", "paymentID": reference, "bkashURL": address, "amount": "500.00",
            "currency": "BDT", "transactionStatus": "Initiated",
        }),
        GatewayName::Paystack => json!({
            "status": true, "message": "Authorization URL created",
            "data": {"authorization_url": address, "reference": ATTEMPT},
        }),
        GatewayName::Chapa => {
            json!({"status": "success", "message": "Hosted Link", "data": {"checkout_url": address}})
        }
    })
}

#[tokio::test]
async fn no_address_but_a_web_page_is_handed_to_a_customer() {
    let long = format!("https://x.example/{}", "a".repeat(900_000));
    for name in GatewayName::ALL.iter().copied() {
        for address in [
            "javascript:alert(document.domain)",
            "data:text/html,<script>alert(1)</script>",
            "https://x.example/\r\nset-cookie: a=b",
            "https://x.example/\u{0}",
            "//x.example/",
            &long,
        ] {
            let script = before(name).into_iter().chain([page(name, "cs_1", address)]);
            let (_, server) = Stub::serve(script).await;
            let opened = gateway(name, &server).create_payment(&context(), &payment(name)).await;
            let error = opened.expect_err("no page");
            assert_eq!((error.kind, error.sent), (CallErrorKind::Refused, Sent::Yes), "{name}: {error:?}");
            assert_eq!(error.failure, Some(FailureCode::Refused));
            assert!(!error.outcome_unknown() && error.message.len() < 200, "{name}: {error:?}");
        }
        // The server is reached by http, so its pages may be too.
        let script = before(name).into_iter().chain([page(name, "cs_1", "http://127.0.0.1:9/pay")]);
        let (_, server) = Stub::serve(script).await;
        gateway(name, &server).create_payment(&context(), &payment(name)).await.expect("a simulator's page");
    }
}

#[tokio::test]
async fn a_name_that_can_not_be_stored_is_no_answer() {
    for name in [GatewayName::Stripe, GatewayName::Bkash] {
        for reference in ["cs_\u{0}1", "cs_\n1", &"x".repeat(300)] {
            let script = before(name).into_iter().chain([page(name, reference, "https://x.example/")]);
            let (_, server) = Stub::serve(script).await;
            let opened = gateway(name, &server).create_payment(&context(), &payment(name)).await;
            let error = opened.expect_err("no name");
            assert!(!error.outcome_unknown(), "{name}: {error:?}");
        }
    }
    let paid = |reference: &str| {
        ok(&json!({
            "id": "cs_1", "status": "complete", "payment_status": "paid", "amount_total": 50_000,
            "currency": "usd", "payment_intent": reference,
        }))
    };
    for reference in ["pi_\u{0}", &"x".repeat(300)] {
        let (_, server) = Stub::serve([paid(reference)]).await;
        let found = gateway(GatewayName::Stripe, &server).find_payment(&context(), "cs_1").await;
        let error = found.expect_err("no name");
        assert_eq!((error.kind, error.outcome_unknown()), (CallErrorKind::Retry, false));
    }
}

#[tokio::test]
async fn words_for_people_are_cut_and_can_be_stored() {
    let words = "<script>\u{0}".repeat(1_000);
    let refused = json!({"error": {"type": "card_error", "code": words, "message": words}});
    let (_, server) = Stub::serve([Reply::json(402, &refused)]).await;
    let opened =
        gateway(GatewayName::Stripe, &server).create_payment(&context(), &payment(GatewayName::Stripe)).await;
    let error = opened.expect_err("a refusal");
    for text in [Some(error.message), error.code, error.customer_message].into_iter().flatten() {
        assert!(text.chars().count() <= 300 && !text.contains('\u{0}'), "{}", text.len());
    }
    let failed = json!({
        "status": true, "message": "m",
        "data": {"id": 1, "status": "failed", "reference": ATTEMPT, "amount": 50_000, "currency": "NGN",
            "gateway_response": words},
    });
    let (_, server) = Stub::serve([ok(&failed)]).await;
    let found = gateway(GatewayName::Paystack, &server).find_payment(&context(), &ATTEMPT.to_string()).await;
    let view = found.expect("readable");
    let detail = view.failure_reason.and_then(|reason| reason.detail).expect("a word");
    assert_eq!(view.state, PaymentState::Failed);
    assert!(detail.chars().count() <= 300 && !detail.contains('\u{0}'));
}

/// A page that can't be used is the answer: asking again would open another one.
#[tokio::test]
async fn a_liar_is_asked_once() {
    let page = page(GatewayName::Stripe, "cs_1", "javascript:alert(1)").with("request-id", "req_1");
    let (stub, server) = Stub::serve([page, Reply::Silence]).await;
    let opened =
        gateway(GatewayName::Stripe, &server).create_payment(&context(), &payment(GatewayName::Stripe)).await;
    opened.expect_err("no page");
    let seen = stub.seen();
    let [asked] = seen.as_slice() else { panic!("asked {} times", seen.len()) };
    assert_eq!((asked.method.as_str(), asked.uri.path()), ("POST", "/v1/checkout/sessions"));
    assert_eq!(asked.header("idempotency-key"), Some(format!("{ATTEMPT}:create").as_str()));
    assert!(asked.body.contains("Order+H-1001"), "{}", asked.body);
}

#[tokio::test]
async fn a_server_that_hangs_up_says_nothing_of_the_payment() {
    for address in [nobody().await, serve_and_cut(b"").await] {
        let found = gateway(GatewayName::Stripe, &address).find_payment(&context(), "cs_1").await;
        assert!(!found.expect_err("no answer").outcome_unknown());
    }
}
