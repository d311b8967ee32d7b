//! Whatever nonsense a caller sends, the answer is one of Paystack's own refusals.

use reqwest::Method;
use serde_json::{Value, json};

use crate::shop::{KEY, bad, open_shop, open_shop_with, order};
use haat_sandbox::PaystackConfig;

const POSTS: [&str; 10] = [
    "/transaction/initialize",
    "/transaction/charge_authorization",
    "/refund",
    "/refund/retry_with_customer_details/1",
    "/transferrecipient",
    "/transfer",
    "/transfer/bulk",
    "/transfer/finalize_transfer",
    "/dispute/1/evidence",
    "/nothing",
];

#[tokio::test]
async fn a_body_that_is_no_json_object() {
    let shop = open_shop().await;
    let deep = "[".repeat(100_000);
    let long = format!("{{\"email\": \"{}\"}}", "a".repeat(300_000));
    let bodies: [&[u8]; 9] = [
        b"{",
        b"[1]",
        b"null",
        b"\"x\"",
        b"\xff\xfe",
        b"{\"email\": \"\xff\"}",
        b"{\"amount\": 1e999}",
        deep.as_bytes(),
        long.as_bytes(),
    ];
    for path in POSTS {
        for body in bodies {
            let url = format!("{}/paystack{path}", shop.sandbox.url());
            let request = shop.client.post(url).bearer_auth(KEY).header("content-type", "application/json");
            bad(request.body(body.to_vec()).send().await.unwrap(), 400).await;
        }
    }
}

#[tokio::test]
async fn fields_of_the_wrong_kind() {
    let shop = open_shop().await;
    let nonsense = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(1.5),
        json!(u64::MAX),
        json!([]),
        json!({}),
        json!("\u{0}"),
        json!("x".repeat(5_000)),
        json!("٣"),
    ];
    let fields = [
        "email",
        "amount",
        "currency",
        "reference",
        "callback_url",
        "metadata",
        "channels",
        "transaction",
        "authorization_code",
        "refund_account_details",
        "type",
        "account_number",
        "bank_code",
        "source",
        "recipient",
        "transfers",
        "transfer_code",
        "otp",
        "queue",
        "bearer",
        "split",
        "merchant_note",
    ];
    for path in POSTS {
        for field in fields {
            for value in &nonsense {
                let mut body = order("ord-1");
                body["reference"] = json!(null);
                body["source"] = json!("balance");
                body[field] = value.clone();
                let status = shop.post(path, &body).send().await.unwrap().status().as_u16();
                assert!(status == 200 || (400..500).contains(&status), "{path} {body}: {status}");
            }
        }
    }
}

#[tokio::test]
async fn what_initialize_refuses() {
    let shop = open_shop().await;
    let with = |field: &str, value: Value| {
        let mut body = order("ord-1");
        body[field] = value;
        body
    };
    for (body, code) in [
        (with("email", json!(null)), "missing_params"),
        (with("email", json!("ada")), "invalid_params"),
        (with("email", json!("a b@example.com")), "invalid_params"),
        (with("amount", json!(null)), "missing_params"),
        (with("amount", json!("")), "missing_params"),
        (with("amount", json!(0)), "invalid_params"),
        (with("amount", json!(-5)), "invalid_params"),
        (with("amount", json!(10.5)), "invalid_params"),
        (with("amount", json!("5,000")), "invalid_params"),
        (with("amount", json!(u64::MAX)), "invalid_params"),
        (with("amount", json!(i64::MAX)), "invalid_params"),
        (with("reference", json!("ord_1")), "invalid_params"),
        (with("reference", json!("ord 1")), "invalid_params"),
        (with("reference", json!("ord/1")), "invalid_params"),
        (with("reference", json!(17)), "invalid_params"),
        (with("callback_url", json!("javascript:alert(1)")), "invalid_params"),
        (with("callback_url", json!("shop.example")), "invalid_params"),
        (with("metadata", json!([1])), "invalid_params"),
        (with("metadata", json!({"x": "y".repeat(30_000)})), "invalid_params"),
        (with("channels", json!(["cash"])), "invalid_params"),
        (with("channels", json!("card")), "invalid_params"),
    ] {
        assert_eq!(shop.refused("/transaction/initialize", &body, 400).await["code"], code, "{body}");
    }
    let missing = shop.refused("/transaction/initialize", &json!({}), 400).await;
    assert_eq!(missing["message"], "Email Address is required");
    assert_eq!(shop.sandbox.paystack().initialized_count(), 0);
}

#[tokio::test]
async fn metadata_and_references_in_their_forms() {
    let shop = open_shop_with(PaystackConfig { underscores: true, ..PaystackConfig::default() }).await;
    for (reference, metadata, seen) in [
        ("ord_1", json!("{\"order_id\": \"ord_1\"}"), json!({"order_id": "ord_1"})),
        ("ord-2", json!("two mugs"), json!("two mugs")),
        ("ord.3=", json!({}), json!({})),
        ("ord-4", json!(null), json!("")),
    ] {
        let mut body = order(reference);
        body["metadata"] = metadata;
        shop.call("/transaction/initialize", &body).await;
        assert_eq!(shop.verify(&reference.replace('=', "%3D")).await["metadata"], seen);
    }
}

#[tokio::test]
async fn places_that_are_not_there() {
    let shop = open_shop().await;
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "/customer"),
        (Method::DELETE, "/transaction/1"),
        (Method::PUT, "/transaction/initialize"),
        (Method::GET, "/transaction/verify/"),
        (Method::GET, "/transaction/verify/%ff%fe"),
        (Method::GET, "/transaction/9999999999999999999999"),
        (Method::GET, "/refund/x"),
        (Method::GET, "/transfer/TRF_x"),
        (Method::GET, "/transferrecipient/RCP_x"),
    ] {
        let url = format!("{}/paystack{path}", shop.sandbox.url());
        let response = shop.client.request(method, url).bearer_auth(KEY).send().await.unwrap();
        bad(response, 404).await;
    }
    for code in ["nothing", "%ff"] {
        let page = format!("{}/paystack/checkout/{code}", shop.sandbox.url());
        let status = shop.client.get(page).send().await.unwrap().status();
        assert!(status.is_client_error(), "{status}");
    }
    let code = shop.initialize("ord-1").await;
    assert_eq!(shop.click(&code, "4242424242424242").await.status(), 400);
}
