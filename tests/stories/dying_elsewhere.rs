//! The worker dies at each of its commits while bKash, Paystack and Chapa are paid and refunded, and while one payment
//! of two goes back.

use haat_tests::{Doom, Fate, Purchase, TO_STRIPE, Till, World};
use serde_json::json;

use crate::dying::die_everywhere;

async fn from_checkout_to_refund(till: Till, doom: &Doom) -> World {
    let purchase = Purchase::placed(till).await;
    doom.work(&purchase.world).await;
    purchase.pay(Fate::Pays).await;
    doom.work(&purchase.world).await;
    assert_eq!(purchase.steps().await, ["pending", "awaiting_payment", "paid"]);
    assert_eq!(purchase.captured(), 50_000);

    let answer = purchase.refund(json!({ "restock": true })).await;
    assert_eq!(answer.status.as_u16(), 202, "{}", answer.body);
    doom.work(&purchase.world).await;
    purchase.world.sandbox.settle_all();
    doom.work(&purchase.world).await;
    assert_eq!((purchase.status().await.as_str(), purchase.stock().await), ("refunded", (5, 0)));
    assert_eq!((purchase.refunds_at_gateway().await, purchase.given_back()), (1, 50_000));
    purchase.world
}

#[tokio::test]
async fn while_bkash_is_paid_and_refunded() {
    let deaths = die_everywhere(async |doom| from_checkout_to_refund(Till::Bkash, doom).await).await;
    assert!(deaths >= 7, "only {deaths} commits");
}

#[tokio::test]
async fn while_paystack_is_paid_and_refunded() {
    let deaths = die_everywhere(async |doom| from_checkout_to_refund(Till::Paystack, doom).await).await;
    assert!(deaths >= 8, "only {deaths} commits");
}

#[tokio::test]
async fn while_chapa_is_paid_and_refunded() {
    let deaths = die_everywhere(async |doom| from_checkout_to_refund(Till::Chapa, doom).await).await;
    assert!(deaths >= 8, "only {deaths} commits");
}

#[tokio::test]
async fn while_two_pages_are_paid_and_one_payment_goes_back() {
    let deaths = die_everywhere(async |doom| {
        let purchase = Purchase::placed(Till::Paystack).await;
        doom.work(&purchase.world).await;
        assert_eq!(purchase.wish(TO_STRIPE).await.status.as_u16(), 202);
        doom.work(&purchase.world).await;
        purchase.pay_by_stripe().await;
        purchase.pay(Fate::Pays).await;
        doom.work(&purchase.world).await;
        purchase.world.sandbox.settle_all();
        doom.work(&purchase.world).await;

        let mut kept: Vec<String> = purchase.attempts().await.into_iter().map(|(_, status)| status).collect();
        kept.sort();
        assert_eq!(kept, ["captured", "surplus"]);
        assert_eq!(purchase.refunds().await, ["succeeded"]);
        assert_eq!((purchase.status().await.as_str(), purchase.stock().await), ("paid", (3, 0)));
        assert_eq!(purchase.world.incidents().await, ["surplus_capture"]);
        purchase.world
    })
    .await;
    assert!(deaths >= 9, "only {deaths} commits");
}
