//! The odd forms of Paystack's own samples, all at once: a caller that reads only what counts reads
//! the same.

use haat_sandbox::PaystackConfig;
use serde_json::{Value, json};

use crate::shop::{PAYS, open_shop_with};

#[tokio::test]
async fn what_counts_can_be_read_from_all_of_them() {
    let shop = open_shop_with(PaystackConfig { odd_rate: 1.0, ..PaystackConfig::default() }).await;
    let seen = shop.paid_with("ord-1", PAYS).await;
    assert_eq!(
        (&seen["status"], &seen["amount"], &seen["currency"]),
        (&json!("success"), &json!(500_000), &json!("NGN"))
    );
    assert_eq!((&seen["fees"], &seen["log"], &seen["split"]), (&json!(null), &json!(null), &json!(null)));
    assert!(seen.get("receipt_number").is_none());
    let metadata: Value = serde_json::from_str(seen["metadata"].as_str().unwrap()).unwrap();
    assert_eq!(metadata["order_id"], "ord_1");

    let refund = shop.call("/refund", &json!({"transaction": "ord-1", "amount": 100})).await;
    let refund = shop.read(&format!("/refund/{}", refund["id"])).await;
    assert_eq!((&refund["fully_deducted"], &refund["amount"]), (&json!(0), &json!(100)));
    assert!(refund.get("createdAt").is_none() && refund["created_at"].is_string());
    let told = shop.delivered("refund.pending").await;
    assert_eq!(told[0].event()["data"]["amount"], 100);
    let code = shop.recipient("0123456789").await;
    assert!(shop.read(&format!("/transferrecipient/{code}")).await.get("email").is_none());
}

#[tokio::test]
async fn the_same_seed_gives_the_same_oddities() {
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        let shop = open_shop_with(PaystackConfig { odd_rate: 0.5, seed, ..PaystackConfig::default() }).await;
        let mut kinds = Vec::new();
        for number in 0..12 {
            shop.initialize(&format!("ord-{number}")).await;
            kinds.push(shop.verify(&format!("ord-{number}")).await["metadata"].is_string());
        }
        assert!(kinds.contains(&true) && kinds.contains(&false));
        runs.push(kinds);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}
