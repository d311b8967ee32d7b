//! Push messages: the subscription's handshake, the signatures of both versions, and what goes wrong
//! on the way.

use haat_sandbox::bkash::{Handshake, Outcome, SignatureVersion};
use haat_sandbox::{BkashConfig, Config, Endpoint, FaultKind, Rule, Sandbox};
use serde_json::json;

use crate::hook::within;
use crate::shop::{mugs, open_shop, open_shop_with};

#[tokio::test]
async fn an_endpoint_hears_nothing_before_it_has_confirmed() {
    let shop = open_shop().await;
    shop.sandbox.set_bkash_webhook(&shop.hook);
    shop.paid_with("01770618575").await;
    assert_eq!(shop.delivered("Notification").await.len(), 0);
    assert_eq!(shop.sandbox.bkash().subscription(), "pending");

    let asked = shop.delivered("SubscriptionConfirmation").await;
    assert_eq!(asked.len(), 1);
    assert!(shop.finds_genuine(&asked[0]).await);
    assert_eq!(asked[0].headers["x-amz-sns-message-type"], "SubscriptionConfirmation");
    for _ in 0..2 {
        let confirmed = shop.client.get(asked[0].text("SubscribeURL")).send().await.unwrap();
        assert!(confirmed.text().await.unwrap().contains("<SubscriptionArn>arn:aws:sns:"));
    }
    assert_eq!(shop.sandbox.bkash().subscription(), "confirmed");

    let (payment, trx) = shop.paid_with("01929918378").await;
    let told = shop.delivered("Notification").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].headers["content-type"], "text/plain; charset=UTF-8");
    let message = told[0].message();
    assert_eq!((&message["trxID"], &message["amount"]), (&json!(trx), &json!("500.50")));
    assert_eq!(message["debitMSISDN"], "8801929918378");
    assert_eq!((&message["merchantInvoiceNumber"], &message["currency"]), (&json!("ord_1"), &json!("BDT")));
    assert_eq!(message["dateTime"].as_str().unwrap().len(), 14);
    assert_eq!(shop.query(&payment).await["trxID"], trx.as_str());
}

#[tokio::test]
async fn both_signature_versions_can_be_verified_and_nothing_else_passes() {
    for (version, name) in [(SignatureVersion::Sha1, "1"), (SignatureVersion::Sha256, "2")] {
        let config = BkashConfig { signature_version: version, ..BkashConfig::default() };
        let shop = open_shop_with(config).await;
        shop.listen().await;
        shop.paid_with("01770618575").await;
        let told = shop.delivered("Notification").await.remove(0);
        assert_eq!(told.text("SignatureVersion"), name);
        assert!(shop.finds_genuine(&told).await);
        let mut tampered = told.clone();
        tampered.envelope["Message"] = json!(told.text("Message").replace("500.50", "900.50"));
        assert!(!shop.finds_genuine(&tampered).await);
    }
}

#[tokio::test]
async fn whoever_leaves_is_asked_whether_he_meant_it() {
    let shop = open_shop().await;
    shop.listen().await;
    shop.paid_with("01770618575").await;
    let told = shop.delivered("Notification").await;
    let left = shop.client.get(told[0].text("UnsubscribeURL")).send().await.unwrap();
    assert_eq!(left.status(), 200);
    let asked = shop.delivered("UnsubscribeConfirmation").await;
    assert!(shop.finds_genuine(&asked[0]).await);
    shop.paid_with("01770618575").await;
    assert_eq!(shop.delivered("Notification").await.len(), 1);
    shop.client.get(asked[0].text("SubscribeURL")).send().await.unwrap();
    shop.paid_with("01770618575").await;
    assert_eq!(shop.delivered("Notification").await.len(), 2);
}

#[tokio::test]
async fn the_handshake_can_be_skipped_and_messages_lost_doubled_and_sent_again() {
    let config = BkashConfig { handshake: Handshake::Skipped, ..BkashConfig::default() };
    let shop = open_shop_with(config).await;
    shop.sandbox.set_bkash_webhook(&shop.hook);
    shop.sandbox.faults().add(Rule::on_event("Notification", FaultKind::WebhookLost, 1));
    shop.sandbox.faults().add(Rule::on_event("Notification", FaultKind::WebhookDuplicate, 1));
    let (_, lost) = shop.paid_with("01770618575").await;
    shop.paid_with("01929918378").await;
    let told = shop.delivered("Notification").await;
    assert_eq!(told.len(), 2);
    assert_eq!(told[0].envelope, told[1].envelope);
    let events = shop.sandbox.bkash().events();
    let missed = events.iter().find(|event| event.object == lost).unwrap();
    assert_eq!(missed.delivery.taken, 0);
    assert!(shop.sandbox.resend(&missed.id));
    let told = shop.delivered("Notification").await;
    assert!(shop.finds_genuine(&told[2]).await);
    assert_eq!(told[2].message()["trxID"], lost.as_str());
}

#[tokio::test]
async fn what_is_refused_comes_again() {
    let shop = open_shop().await;
    shop.listen().await;
    shop.refuse_messages(3);
    let payment = shop.created(&mugs()).await;
    shop.sandbox.pay_bkash(&payment, Outcome::Pay).unwrap();
    shop.execute(&payment).await;
    within(async { while shop.sandbox.deliver_pending_webhooks().await > 0 {} }).await;
    assert_eq!(shop.delivered("Notification").await.len(), 1);
    assert_eq!(shop.sandbox.bkash().events().last().unwrap().delivery.attempts, 4);
}

#[tokio::test]
async fn an_endpoint_from_the_settings_is_asked_when_the_sandbox_starts() {
    let mut shop = open_shop().await;
    let webhook = Some(Endpoint { url: shop.hook.clone(), secrets: Vec::new() });
    let bkash = BkashConfig { webhook, ..BkashConfig::default() };
    shop.sandbox = Sandbox::start(Config { bkash, ..Config::default() }).await.unwrap();
    assert_eq!(shop.delivered("SubscriptionConfirmation").await.len(), 1);
}
