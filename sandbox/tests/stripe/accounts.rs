//! Connected accounts: what is made for one with `Stripe-Account` is its own, and tells so.

use haat_sandbox::StripeConfig;

use crate::shop::{error, id, ids, json, mugs, open_shop, open_shop_under};

const ANNA: &str = "acct_anna";

#[tokio::test]
async fn what_is_made_for_an_account_is_its_own() {
    let shop = open_shop().await;
    let theirs = |request: reqwest::RequestBuilder| request.header("stripe-account", ANNA);
    let made = theirs(shop.checkout("k")).send().await.unwrap();
    assert_eq!(made.headers()["stripe-account"], ANNA);
    let session = json(made).await;
    let mine = json(shop.checkout("k").send().await.unwrap()).await;
    assert_ne!(mine["id"], session["id"]);

    let path = format!("/v1/checkout/sessions/{}", id(&session));
    assert_eq!(error(shop.get(&path).send().await.unwrap(), 404).await["code"], "resource_missing");
    assert_eq!(json(theirs(shop.get(&path)).send().await.unwrap()).await["id"], session["id"]);
    assert_eq!(ids(&shop.read("/v1/checkout/sessions").await), [id(&mine)]);
    let cursor = format!("/v1/checkout/sessions?starting_after={}", id(&session));
    assert_eq!(error(shop.get(&cursor).send().await.unwrap(), 400).await["code"], "resource_missing");

    assert_eq!(shop.click(id(&session), "4242424242424242").await.status(), 303);
    let told = shop.delivered("checkout.session.completed").await;
    assert_eq!(told[0].event()["account"], ANNA);
    assert_eq!(shop.read("/v1/events").await["data"], serde_json::json!([]));
    let events = json(theirs(shop.get("/v1/events?type=charge.succeeded")).send().await.unwrap()).await;
    assert_eq!(events["data"][0]["account"], ANNA);
    let net = 3998 - (3998 * 29 / 1000 + 30);
    assert_eq!(shop.sandbox.stripe().balance(Some(ANNA)).available["usd"], net);
    let balance = json(theirs(shop.get("/v1/balance")).send().await.unwrap()).await;
    assert_eq!(balance["available"][0]["amount"], net);

    let payment = shop.sandbox.stripe().payments(1)[0].id.clone();
    assert_eq!(error(shop.refund(&payment, "1").await, 404).await["code"], "resource_missing");
    let form = [("payment_intent", payment.as_str()), ("amount", "100")];
    assert_eq!(theirs(shop.post("/v1/refunds", &form)).send().await.unwrap().status(), 200);
    let form = [("amount", "10"), ("currency", "usd"), ("destination", "acct_bert")];
    let refused = theirs(shop.post("/v1/transfers", &form)).send().await.unwrap();
    assert_eq!(error(refused, 400).await["code"], "transfers_not_allowed");
}

#[tokio::test]
async fn a_strange_account_is_no_business_of_the_key() {
    let shop = open_shop_under(StripeConfig { accounts: vec![ANNA.into()], ..StripeConfig::default() }).await;
    for strange in ["acct_bert", "cus_1", "acct_", "acct_\u{e9}"] {
        let request = shop.get("/v1/events").header("stripe-account", strange.as_bytes());
        let refused = error(request.send().await.unwrap(), 403).await;
        assert_eq!(
            (&refused["type"], &refused["code"]),
            (&"invalid_request_error".into(), &"account_invalid".into())
        );
    }
    let mut form = mugs();
    form.push(("payment_intent_data[transfer_data][destination]", "acct_bert"));
    let refused = shop.refused("/v1/checkout/sessions", &form, 400).await;
    assert_eq!(refused["param"], "payment_intent_data[transfer_data][destination]");
}
