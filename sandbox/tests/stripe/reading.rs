//! Lists, filters and expansions: the reads that a product reconciles its own books with,
//! after it has missed an answer or an event.

use crate::shop::{error, open_shop};

#[tokio::test]
async fn lists_page_from_the_newest() {
    let shop = open_shop().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(shop.open_session().await);
    }
    made.reverse();
    let ids = |page: &serde_json::Value| {
        let data = page["data"].as_array().unwrap();
        data.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let first = shop.read("/v1/checkout/sessions?limit=2").await;
    assert_eq!(ids(&first), made[..2]);
    assert_eq!(first["has_more"], true);
    let next = shop.read(&format!("/v1/checkout/sessions?limit=3&starting_after={}", made[1])).await;
    assert_eq!(ids(&next), made[2..]);
    assert_eq!(next["has_more"], false);
    let back = shop.read(&format!("/v1/checkout/sessions?limit=2&ending_before={}", made[3])).await;
    assert_eq!(ids(&back), made[1..3]);
    let lost = shop.get("/v1/checkout/sessions?starting_after=cs_none").send().await.unwrap();
    assert_eq!(error(lost, 400).await["code"], "resource_missing");
}

#[tokio::test]
async fn a_payment_is_found_from_every_side() {
    let shop = open_shop().await;
    let payment = shop.paid_with("4242424242424242").await;
    shop.refund(&payment, "100").await;
    let sessions = shop.read(&format!("/v1/checkout/sessions?payment_intent={payment}")).await;
    assert_eq!(sessions["data"][0]["client_reference_id"], "ord_1");
    let refunds = shop.read(&format!("/v1/refunds?payment_intent={payment}")).await;
    assert_eq!(refunds["data"][0]["amount"], 100);
    shop.refund(&payment, "200").await;
    let first = refunds["data"][0]["id"].as_str().unwrap();
    let newer = shop.read(&format!("/v1/refunds?payment_intent={payment}&ending_before={first}")).await;
    assert_eq!(
        (newer["data"][0]["amount"].as_i64(), newer["data"].as_array().unwrap().len()),
        (Some(200), 1)
    );
    let lost = shop.get(&format!("/v1/refunds?payment_intent={payment}&starting_after=re_none"));
    assert_eq!(error(lost.send().await.unwrap(), 400).await["code"], "resource_missing");
    let intent = shop.read(&format!("/v1/payment_intents/{payment}?expand[]=latest_charge")).await;
    assert_eq!(intent["latest_charge"]["amount_refunded"], 300);
    let listed = shop.read("/v1/payment_intents?expand[]=data.latest_charge").await;
    assert_eq!(listed["data"][0]["latest_charge"]["paid"], true);
    let wrong = shop.get("/v1/payment_intents?expand[]=latest_charge").send().await.unwrap();
    assert_eq!(error(wrong, 400).await["param"], "expand");
    let money = shop.read("/v1/balance_transactions?type=charge").await;
    assert_eq!(money["data"][0]["net"], 3998 - (3998 * 29 / 1000 + 30));
}

#[tokio::test]
async fn events_are_chosen_by_type_and_time() {
    let shop = open_shop().await;
    shop.paid_with("4242424242424242").await;
    let chosen = shop.read("/v1/events?types[]=checkout.session.completed&types[]=charge.*").await;
    assert_eq!(chosen["data"].as_array().unwrap().len(), 2);
    let one = shop.read(&format!("/v1/events/{}", chosen["data"][0]["id"].as_str().unwrap())).await;
    assert_eq!(one["type"], "checkout.session.completed");
    let later = shop.sandbox.now() + 100;
    let none = shop.read(&format!("/v1/events?created[gte]={later}")).await;
    assert_eq!(none["data"].as_array().unwrap().len(), 0);
}
