//! Restricted keys: what one was not granted is refused with 403, before anything happens.

use haat_sandbox::StripeConfig;
use haat_sandbox::stripe::RestrictedKey;

use crate::shop::{error, mugs, open_shop, open_shop_under};

#[tokio::test]
async fn a_restricted_key_may_what_it_was_granted() {
    let restricted = RestrictedKey::parse_all("rk_test_refunds=refunds:write,payment_intents:read").unwrap();
    let shop = open_shop_under(StripeConfig { restricted, ..StripeConfig::default() }).await;
    let payment = shop.paid_with("4242424242424242").await;
    let url = |path: &str| format!("{}/stripe{path}", shop.sandbox.url());
    let get = |path: &str| shop.client.get(url(path)).bearer_auth("rk_test_refunds").send();
    assert_eq!(get(&format!("/v1/payment_intents/{payment}")).await.unwrap().status(), 200);
    let form = [("payment_intent", payment.as_str()), ("amount", "100")];
    let refund = shop.client.post(url("/v1/refunds")).bearer_auth("rk_test_refunds").form(&form);
    assert_eq!(refund.send().await.unwrap().status(), 200);
    assert_eq!(get("/v1/refunds").await.unwrap().status(), 200);

    let refused = error(get("/v1/events").await.unwrap(), 403).await;
    assert_eq!(refused["type"], "invalid_request_error");
    assert!(refused["message"].as_str().unwrap().contains("rak_event_read"));
    let session = shop.client.post(url("/v1/checkout/sessions")).bearer_auth("rk_test_refunds").form(&mugs());
    assert_eq!(session.send().await.unwrap().status(), 403);
    assert_eq!(shop.sandbox.stripe().session_count(), 1);
    assert_eq!(error(get("/v1/nothing").await.unwrap(), 404).await["type"], "invalid_request_error");
}

#[tokio::test]
async fn there_is_a_key_that_only_reads() {
    let shop = open_shop().await;
    let url = format!("{}/stripe/v1/checkout/sessions", shop.sandbox.url());
    let read = shop.client.get(&url).bearer_auth("rk_test_readonly").send().await.unwrap();
    assert_eq!(read.status(), 200);
    let write = shop.client.post(&url).bearer_auth("rk_test_readonly").form(&mugs()).send().await.unwrap();
    assert_eq!(write.status(), 403);
    let strange = shop.client.get(&url).bearer_auth("rk_test_other").send().await.unwrap();
    assert_eq!(strange.status(), 401);
}
