//! Whatever is sent, the answer is Stripe's own refusal: never a 5xx, never a hung or cut connection.

use serde_json::Value;

use crate::shop::{Shop, answer, open_shop};

const POSTS: [&str; 16] = [
    "/v1/checkout/sessions",
    "/v1/checkout/sessions/cs_1/expire",
    "/v1/payment_intents",
    "/v1/payment_intents/pi_1",
    "/v1/payment_intents/pi_1/confirm",
    "/v1/payment_intents/pi_1/capture",
    "/v1/payment_intents/pi_1/cancel",
    "/v1/refunds",
    "/v1/refunds/re_1",
    "/v1/refunds/re_1/cancel",
    "/v1/disputes/dp_1",
    "/v1/disputes/dp_1/close",
    "/v1/transfers",
    "/v1/transfers/tr_1/reversals",
    "/v1/payouts",
    "/v1/payouts/po_1/cancel",
];

const LISTS: [&str; 11] = [
    "/v1/checkout/sessions",
    "/v1/payment_intents",
    "/v1/charges",
    "/v1/refunds",
    "/v1/disputes",
    "/v1/radar/early_fraud_warnings",
    "/v1/transfers",
    "/v1/payouts",
    "/v1/balance_transactions",
    "/v1/events",
    "/v1/nothing",
];

async fn refused(what: &str, request: reqwest::RequestBuilder) {
    let (status, body) = answer(request).await;
    assert!(status.is_client_error(), "{what}: {status} {body}");
    let body: Value = body.parse().unwrap_or_default();
    assert!(body["error"]["type"].is_string() && body["error"]["message"].is_string(), "{what}: {body}");
}

fn raw(shop: &Shop, path: &str, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
    let request = shop.client.post(format!("{}/stripe{path}", shop.sandbox.url()));
    request
        .bearer_auth("sk_test_sandbox")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
}

#[tokio::test]
async fn bodies_without_sense_are_refused() {
    let shop = open_shop().await;
    for path in POSTS {
        for body in [
            b"{\"amount\": 1".to_vec(),
            b"\xff\xfe\x00=\xff&amount=\xff".to_vec(),
            b"amount=99999999999999999999999&currency=usd&destination=acct_1".to_vec(),
            b"amount=-9223372036854775808&currency=usd&destination=acct_1".to_vec(),
            b"amount[a]=1&amount=2".to_vec(),
            b"metadata=x&expand=y&currency[]=usd".to_vec(),
            b"metadata[a][b][c][d][e][f][g][h][i][j][k]=1".to_vec(),
            b"expand[]=everything".to_vec(),
            b"colour=red".to_vec(),
            [b"description=".to_vec(), vec![b'x'; 2 << 20]].concat(),
        ] {
            refused(path, raw(&shop, path, body)).await;
        }
        let json = shop.client.post(format!("{}/stripe{path}", shop.sandbox.url()));
        refused(path, json.bearer_auth("sk_test_sandbox").json(&serde_json::json!({"amount": 1}))).await;
        let long = "k".repeat(256);
        refused(path, raw(&shop, path, "").header("idempotency-key", long)).await;
        refused(path, raw(&shop, path, "").header("authorization", &b"Bearer \xff"[..])).await;
    }
}

#[tokio::test]
async fn queries_without_sense_are_refused() {
    let shop = open_shop().await;
    for path in LISTS {
        for query in [
            "limit=0",
            "limit=101",
            "limit=ten",
            "limit=99999999999999999999",
            "created[gte]=yesterday",
            "created[around]=1",
            "starting_after=xx_none",
            "ending_before=%ff%fe",
            "expand[]=data.everything",
            "colour=red",
        ] {
            let what = format!("{path}?{query}");
            refused(&what, shop.get(&what)).await;
        }
    }
    for query in ["type=a&types[]=b", "delivery_success=perhaps"] {
        refused(query, shop.get(&format!("/v1/events?{query}"))).await;
    }
    let many: String = (0..21).map(|at| format!("types[]=a{at}&")).collect();
    refused("21 types", shop.get(&format!("/v1/events?{many}"))).await;
    for path in
        ["/v1/charges/ch_%ff", "/v1/disputes/dp_0", "/v1/transfers/tr_1/reversals/trr_1", "/v1/events/evt_0"]
    {
        refused(path, shop.get(path)).await;
    }
}

#[tokio::test]
async fn objects_that_are_there_refuse_nonsense_too() {
    let shop = open_shop().await;
    let payment = shop.paid_with("4000000000000259").await;
    shop.sandbox.settle_all();
    let dispute = shop.sandbox.stripe().disputes_of(&payment)[0].id.clone();
    let path = format!("/v1/disputes/{dispute}");
    let long = format!("evidence[receipt]={}", "x".repeat(150_001));
    for body in ["evidence=x", "evidence[colour]=red", "evidence[receipt][a]=b", "submit=perhaps", &long] {
        refused(body.get(..20).unwrap_or(body), raw(&shop, &path, body.to_owned())).await;
    }
    assert_eq!(shop.sandbox.stripe().disputes_of(&payment)[0].status.as_str(), "needs_response");
}
