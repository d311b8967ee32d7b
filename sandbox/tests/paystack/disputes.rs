//! A customer complains to his bank; the merchant gives in, stands by the charge, or says nothing.

use std::time::Duration;

use haat_sandbox::paystack::{Impossible, Ruling};
use serde_json::{Value, json};

use crate::shop::{PAYS, Shop, bad, good, open_shop};

async fn complained(shop: &Shop, amount: Option<i64>) -> (i64, Value) {
    shop.paid_with("ord-1", PAYS).await;
    let id = shop.sandbox.open_paystack_dispute("ord-1", amount).expect("it is paid");
    (id, shop.read(&format!("/dispute/{id}")).await)
}

fn answer(resolution: &str, amount: i64) -> Value {
    json!({"resolution": resolution, "message": "Well", "refund_amount": amount, "uploaded_filename": "a.pdf"})
}

#[tokio::test]
async fn the_merchant_gives_in() {
    let shop = open_shop().await;
    let (id, seen) = complained(&shop, Some(40_000)).await;
    assert_eq!(
        (&seen["status"], &seen["refund_amount"]),
        (&json!("awaiting-merchant-feedback"), &json!(40_000))
    );
    assert_eq!(seen["transaction"]["reference"], "ord-1");
    assert_eq!(shop.delivered("charge.dispute.create").await[0].event()["data"]["id"], id);

    let path = format!("/dispute/{id}/resolve");
    bad(shop.put(&path, &answer("merchant-accepted", 40_001)).send().await.unwrap(), 400).await;
    let resolved =
        good(shop.put(&path, &answer("merchant-accepted", 30_000)).send().await.unwrap(), 200).await;
    assert_eq!(
        (&resolved["data"]["status"], &resolved["data"]["resolution"]),
        (&json!("resolved"), &json!("merchant-accepted"))
    );
    let refunds = shop.sandbox.paystack().refunds_of("ord-1");
    assert_eq!((refunds[0].amount, refunds[0].status, refunds[0].dispute), (30_000, "processed", Some(id)));
    assert_eq!(shop.delivered("charge.dispute.resolve").await.len(), 1);
    bad(shop.put(&path, &answer("declined", 0)).send().await.unwrap(), 400).await;
    assert_eq!(shop.sandbox.paystack().refunded()["NGN"], 30_000);
}

#[tokio::test]
async fn the_merchant_stands_by_the_charge() {
    let shop = open_shop().await;
    let (id, _) = complained(&shop, None).await;
    let evidence = json!({"customer_email": "ada@example.com", "customer_name": "Ada", "customer_phone": "080",
        "service_details": "two mugs"});
    let added = shop.call(&format!("/dispute/{id}/evidence"), &evidence).await;
    let mut declined = answer("declined", 0);
    declined["evidence"] = added["id"].clone();
    let answered = shop.put(&format!("/dispute/{id}/resolve"), &declined).send().await.unwrap();
    assert_eq!(good(answered, 200).await["data"]["status"], "awaiting-bank-feedback");
    shop.sandbox.settle_all();
    let seen = shop.read(&format!("/dispute/{id}")).await;
    assert_eq!((&seen["status"], &seen["resolution"]), (&json!("resolved"), &json!("declined")));
    assert_eq!(shop.sandbox.paystack().refunds_of("ord-1").len(), 0);
}

#[tokio::test]
async fn silence_is_consent() {
    let shop = open_shop().await;
    let (id, _) = complained(&shop, None).await;
    assert_eq!(shop.sandbox.rule_paystack_dispute(id, Ruling::Remind), Ok(()));
    assert_eq!(shop.delivered("charge.dispute.remind").await.len(), 1);
    shop.sandbox.settle_all();
    assert_eq!(shop.read(&format!("/dispute/{id}")).await["status"], "awaiting-merchant-feedback");
    shop.sandbox.advance(Duration::from_secs(49 * 3600));
    assert_eq!(shop.read(&format!("/dispute/{id}")).await["resolution"], "auto-accepted");
    assert_eq!(shop.verify("ord-1").await["status"], "reversed");
    assert_eq!(shop.sandbox.rule_paystack_dispute(id, Ruling::Declined), Err(Impossible::Now));
}

#[tokio::test]
async fn disputes_are_listed() {
    let shop = open_shop().await;
    let (id, seen) = complained(&shop, Some(10)).await;
    let transaction = &seen["transaction"]["id"];
    assert_eq!(shop.read(&format!("/dispute/transaction/{transaction}")).await["id"], id);
    for (query, found) in [
        ("", 1),
        ("?status=awaiting-merchant-feedback", 1),
        ("?status=resolved", 0),
        ("?from=2020-01-01&to=2020-02-01", 0),
    ] {
        assert_eq!(shop.read_all(&format!("/dispute{query}")).await["meta"]["total"], found, "{query}");
    }
    bad(shop.get("/dispute?status=open").send().await.unwrap(), 400).await;
    bad(shop.get("/dispute/12").send().await.unwrap(), 404).await;
    assert_eq!(shop.sandbox.open_paystack_dispute("ord-1", Some(10)), Err(Impossible::Now));
    assert_eq!(shop.sandbox.open_paystack_dispute("ord-2", None), Err(Impossible::NoSuch));
}
