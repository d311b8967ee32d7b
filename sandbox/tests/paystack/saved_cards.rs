//! Charging a card again without its owner: HTTP 200 whatever the bank says.

use serde_json::{Value, json};

use crate::shop::{Shop, open_shop};

async fn saved(shop: &Shop, card: &str) -> String {
    let seen = shop.paid_with("ord-1", card).await;
    seen["authorization"]["authorization_code"].as_str().expect("a card was saved").to_owned()
}

fn charge(code: &str, reference: &str) -> Value {
    json!({"email": "Ada@example.com", "amount": 700, "authorization_code": code, "reference": reference})
}

#[tokio::test]
async fn a_saved_card_is_charged_at_once() {
    let shop = open_shop().await;
    let code = saved(&shop, "4084084084084081").await;
    let seen = shop.call("/transaction/charge_authorization", &charge(&code, "ord-2")).await;
    assert_eq!(
        (&seen["status"], &seen["amount"], &seen["reference"]),
        (&json!("success"), &json!(700), &json!("ord-2"))
    );
    let again = shop.refused("/transaction/charge_authorization", &charge(&code, "ord-2"), 400).await;
    assert_eq!(again["code"], "duplicate_reference");
    assert_eq!(shop.sandbox.paystack().captured()["NGN"], 500_700);
    assert_eq!(shop.delivered("charge.success").await.len(), 2);
}

#[tokio::test]
async fn a_saved_card_may_fail_or_take_its_time() {
    for (card, queue, first, then) in [
        ("saved_card_declines", false, "failed", "failed"),
        ("saved_card_declines", true, "queued", "failed"),
        ("saved_card_pends", false, "pending", "success"),
        ("pay", true, "queued", "success"),
    ] {
        let shop = open_shop().await;
        let code = saved(&shop, card).await;
        let mut body = charge(&code, "ord-2");
        body["queue"] = json!(queue);
        let seen = shop.call("/transaction/charge_authorization", &body).await;
        assert_eq!(seen["status"], first, "{card}");
        shop.sandbox.settle_all();
        assert_eq!(shop.verify("ord-2").await["status"], then, "{card}");
    }
}

#[tokio::test]
async fn a_card_belongs_to_its_owner() {
    let shop = open_shop().await;
    let code = saved(&shop, "pay").await;
    let mut body = charge(&code, "ord-2");
    body["email"] = json!("eve@example.com");
    let refused = shop.refused("/transaction/charge_authorization", &body, 400).await;
    assert!(refused["message"].as_str().unwrap().starts_with("Email does not match"));
    shop.refused("/transaction/charge_authorization", &charge("AUTH_nobody", "ord-2"), 400).await;
    assert_eq!(shop.sandbox.paystack().initialized_count(), 1);
}
