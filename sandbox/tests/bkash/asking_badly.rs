//! Requests that say nothing sensible: each is answered in one of bKash's own envelopes, none with
//! a 5xx, and none changes anything.

use serde_json::{Value, json};

use haat_sandbox::BkashConfig;
use haat_sandbox::bkash::Amounts;

use crate::shop::{
    BASE, REFUND_STATUS_V2, REFUND_V2, Shop, json_of, mugs, mugs_but, open_shop, open_shop_with, v1_refund,
};

#[tokio::test]
async fn every_field_is_looked_at() {
    let shop = open_shop().await;
    let long = "x".repeat(256);
    for (change, code) in [
        (json!({"mode": "0012"}), "2063"),
        (json!({"mode": null}), "2065"),
        (json!({"payerReference": ""}), "2048"),
        (json!({"payerReference": "<b>"}), "2048"),
        (json!({"payerReference": long}), "2048"),
        (json!({"callbackURL": "shop"}), "2049"),
        (json!({"callbackURL": "javascript:alert(1)"}), "2049"),
        (json!({"callbackURL": "https://shop.example/দোকান"}), "2049"),
        (json!({"callbackURL": "https://shop.example/\r\nx: y"}), "2049"),
        (json!({"amount": "1.001"}), "2006"),
        (json!({"amount": "-5"}), "2006"),
        (json!({"amount": "99999999999999999999999999"}), "2006"),
        (json!({"amount": null}), "2065"),
        (json!({"currency": "USD"}), "2007"),
        (json!({"intent": "gift"}), "2008"),
        (json!({"merchantInvoiceNumber": "a&b"}), "2031"),
        (json!({"merchantInvoiceNumber": long}), "2031"),
        (json!({"merchantAssociationInfo": long}), "2047"),
    ] {
        assert_eq!(shop.code("/create", &mugs_but(&change)).await, code, "{change}");
    }
    for (path, body, code) in [
        ("/execute", json!({}), "2065"),
        ("/execute", json!({"paymentID": "TR0011none"}), "2002"),
        ("/payment/status", json!({"paymentID": ""}), "2002"),
        ("/general/searchTransaction", json!({"trxID": "NONE"}), "2033"),
        ("/agreement/status", json!({"agreementID": "none"}), "2051"),
        ("/payment/confirm/capture", json!({"paymentID": "none"}), "2002"),
        ("/payment/refund", json!({"paymentID": "none"}), "2065"),
    ] {
        assert_eq!(shop.code(path, &body).await, code, "{path} {body}");
    }
    assert_eq!(shop.sandbox.bkash().created_count(), 0);
    let blank = mugs_but(&json!({"payerReference": " "}));
    shop.created(&blank).await;
}

#[tokio::test]
async fn bodies_that_cannot_be_read_get_an_error_in_the_api_s_own_envelope() {
    let shop = open_shop().await;
    let deep = "[".repeat(100_000);
    let bodies: [&[u8]; 9] = [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\"text\"",
        b"{\"paymentID\": \"\xff\xfe\"}",
        b"{\"paymentID\": 5, \"paymentId\": 5, \"mode\": 5, \"trxID\": 5, \"agreementID\": 5, \"trxId\": \"\"}",
        b"{\"paymentID\": {\"a\": []}, \"paymentId\": {}, \"mode\": [], \"trxID\": [], \"agreementID\": {}}",
        deep.as_bytes(),
    ];
    let calls = [
        "create",
        "execute",
        "payment/status",
        "general/searchTransaction",
        "payment/refund",
        "payment/confirm/capture",
        "payment/confirm/void",
        "agreement/status",
        "agreement/cancel",
    ];
    for body in bodies {
        for call in calls {
            let response = shop.post(&format!("{BASE}/{call}")).body(body.to_vec()).send().await.unwrap();
            assert_eq!(response.status(), 400, "{call}");
            assert_eq!(json_of(response).await["errorCode"], "2025", "{call}");
        }
        for path in [REFUND_V2, REFUND_STATUS_V2] {
            let response = shop.post(path).body(body.to_vec()).send().await.unwrap();
            assert_eq!(response.status(), 400, "{path}");
            assert_eq!(json_of(response).await["externalCode"], "2025", "{path}");
        }
    }
}

#[tokio::test]
async fn tokens_are_asked_for_badly() {
    let shop = open_shop().await;
    for (body, field, code) in
        [("{", "errorCode", "2025"), ("{\"app_key\": 1}", "errorCode", "2025"), ("{}", "statusCode", "2065")]
    {
        let response = shop.grant().body(body).send().await.unwrap();
        assert!(response.status().as_u16() < 500);
        assert_eq!(json_of(response).await[field], code, "{body}");
    }
    let odd = shop.client.post(shop.url(&format!("{BASE}/create"))).json(&mugs());
    let odd = odd.header("authorization", reqwest::header::HeaderValue::from_bytes(b"\xff").unwrap());
    assert_eq!(odd.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn amounts_are_texts_unless_a_setting_takes_numbers() {
    let shop = open_shop().await;
    let refused = |shop: &Shop, amount: Value| {
        shop.post(&format!("{BASE}/create")).json(&mugs_but(&json!({"amount": amount}))).send()
    };
    let number = refused(&shop, json!(10)).await.unwrap();
    assert_eq!((number.status().as_u16(), &json_of(number).await["errorCode"]), (400, &json!("2025")));
    let lenient = BkashConfig { amounts: Amounts::Either, ..BkashConfig::default() };
    let shop = open_shop_with(lenient).await;
    let made = shop.ask("/create", &mugs_but(&json!({"amount": 10.5}))).await;
    assert_eq!((&made["statusCode"], &made["amount"]), (&json!("0000"), &json!("10.5")));
    for amount in [json!(0), json!(-1), json!(1.001), json!(1e300)] {
        assert_eq!(shop.code("/create", &mugs_but(&json!({"amount": amount}))).await, "2006", "{amount}");
    }
    assert_eq!(refused(&shop, json!(true)).await.unwrap().status(), 400);
    let (payment, trx) = shop.paid_with("01770618575").await;
    let mut refund = v1_refund(&payment, &trx, "0");
    refund["amount"] = json!(10.0);
    assert_eq!(shop.code("/payment/refund", &refund).await, "0000");
    let seen = shop.ask("/payment/refund", &json!({"paymentID": payment, "trxID": trx})).await;
    assert_eq!(seen["amount"], "10.0");
}

#[tokio::test]
async fn what_is_too_large_is_not_read() {
    let shop = open_shop().await;
    let huge = mugs_but(&json!({"payerReference": "x".repeat(2 << 20)}));
    let response = shop.post(&format!("{BASE}/create")).json(&huge).send().await.unwrap();
    assert_eq!(response.status(), 413);
    assert_eq!(json_of(response).await["message"], "Request Too Long");
}

#[tokio::test]
async fn the_page_and_the_messenger_refuse_nonsense_too() {
    let shop = open_shop().await;
    let payment = shop.created(&mugs()).await;
    let page = |payment: &str| shop.url(&format!("/pay/{payment}"));
    assert_eq!(shop.client.get(page("TR0011none")).send().await.unwrap().status(), 404);
    let form = shop.client.post(page(&payment)).body(b"card=\xff%ff".to_vec());
    assert_eq!(form.send().await.unwrap().status(), 400);
    for (query, status) in [
        ("", 400),
        ("?Action=Nothing", 400),
        ("?Action=ConfirmSubscription&Token=none", 400),
        ("?Action=Unsubscribe&SubscriptionArn=none", 404),
        ("none.pem", 404),
    ] {
        let response = shop.client.get(shop.url(&format!("/sns/{query}"))).send().await.unwrap();
        assert_eq!(response.status(), status, "{query}");
    }
    let fault = shop.post(&format!("{BASE}/create")).header("x-sandbox-fault", "earthquake");
    let fault: Value = json_of(fault.json(&mugs()).send().await.unwrap()).await;
    assert!(fault["message"].as_str().unwrap().contains("earthquake"));
}
