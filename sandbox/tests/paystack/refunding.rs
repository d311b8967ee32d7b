//! Refunds: how they settle, how they fail, and what the shop hears of it.

use std::time::Duration;

use haat_sandbox::paystack::{Impossible, PaystackConfig, RefundStatus};
use serde_json::{Value, json};

use crate::shop::{PAYS, Shop, bad, good, open_shop, open_shop_with};

async fn refund(shop: &Shop, reference: &str, amount: Option<i64>, note: &str) -> Value {
    let body = json!({"transaction": reference, "amount": amount, "merchant_note": note});
    shop.call("/refund", &body).await
}

fn half_an_hour(shop: &Shop) {
    shop.sandbox.advance(Duration::from_secs(1801));
}

#[tokio::test]
async fn a_refund_goes_its_way() {
    let shop = open_shop().await;
    let paid = shop.paid_with("ord-1", PAYS).await;
    let made = refund(&shop, "ord-1", Some(200_000), "ref_1").await;
    assert_eq!((&made["status"], &made["amount"]), (&json!("pending"), &json!(200_000)));
    assert_eq!(
        (&made["transaction"]["id"], &made["transaction"]["reference"]),
        (&paid["id"], &json!("ord-1"))
    );
    assert_eq!((&made["deducted_amount"], &made["fully_deducted"]), (&json!(0), &json!(false)));

    let path = format!("/refund/{}", made["id"]);
    half_an_hour(&shop);
    assert_eq!(shop.read(&path).await["status"], "processing");
    half_an_hour(&shop);
    let seen = shop.read(&path).await;
    assert_eq!((&seen["status"], &seen["fully_deducted"]), (&json!("processed"), &json!(true)));
    assert_eq!((&seen["transaction"], &seen["merchant_note"]), (&paid["id"], &json!("ref_1")));
    assert_eq!(seen["customer_note"], "Refund for transaction ord-1");
    assert_eq!(shop.verify("ord-1").await["status"], "success");

    for (kind, bank_reference) in
        [("refund.pending", false), ("refund.processing", false), ("refund.processed", true)]
    {
        let told = shop.delivered(kind).await;
        assert_eq!(told.len(), 1, "{kind}");
        let data = &told[0].event()["data"];
        assert_eq!((&data["transaction_reference"], &data["amount"]), (&json!("ord-1"), &json!("200000")));
        assert_eq!(data["refund_reference"].is_string(), bank_reference);
        assert!(data.get("id").is_none());
    }
    assert_eq!(shop.sandbox.paystack().refunded()["NGN"], 200_000);
}

#[tokio::test]
async fn all_of_it_reverses_the_transaction() {
    let shop = open_shop().await;
    let paid = shop.paid_with("ord-1", PAYS).await;
    refund(&shop, "ord-1", Some(200_000), "ref_1").await;
    let over = json!({"transaction": "ord-1", "amount": 300_001});
    assert_eq!(shop.refused("/refund", &over, 400).await["code"], "invalid_params");
    // The rest, by number this time.
    let rest = shop.call("/refund", &json!({"transaction": paid["id"]})).await;
    assert_eq!(rest["amount"], 300_000);
    assert_eq!(shop.verify("ord-1").await["status"], "success");
    let more = shop.refused("/refund", &json!({"transaction": "ord-1"}), 400).await;
    assert_eq!(
        (&more["code"], &more["message"]),
        (&json!("transaction_reversed"), &json!("Transaction has been fully reversed"))
    );
    shop.sandbox.settle_all();
    assert_eq!(shop.verify("ord-1").await["status"], "reversed");
    assert_eq!(shop.sandbox.paystack().payment("ord-1").unwrap().refunded, 500_000);
    assert_eq!(shop.sandbox.paystack().captured(), shop.sandbox.paystack().refunded());
}

#[tokio::test]
async fn a_refund_that_fails_can_be_made_again() {
    let shop = open_shop().await;
    shop.paid_with("ord-1", "4084080000001803").await;
    let balance = shop.sandbox.paystack().balance();
    let made = refund(&shop, "ord-1", None, "ref_1").await;
    shop.sandbox.settle_all();
    assert_eq!(shop.read(&format!("/refund/{}", made["id"])).await["status"], "failed");
    let told = shop.delivered("refund.failed").await;
    assert_eq!(told[0].event()["data"]["amount"], 500_000);
    assert_eq!(shop.sandbox.paystack().refunded()["NGN"], 0);
    assert_eq!(shop.sandbox.paystack().balance(), balance);
    assert_eq!(shop.verify("ord-1").await["status"], "success");
    refund(&shop, "ord-1", None, "ref_2").await;
}

#[tokio::test]
async fn a_refund_that_needs_attention_is_retried_with_an_account() {
    let shop = open_shop().await;
    shop.paid_with("ord-1", "4084080000001902").await;
    let made = refund(&shop, "ord-1", None, "ref_1").await;
    let path = format!("/refund/retry_with_customer_details/{}", made["id"]);
    let details = json!({"refund_account_details":
        {"currency": "NGN", "account_number": "1234567890", "bank_id": "9"}});
    let early = bad(shop.post(&path, &details).send().await.unwrap(), 422).await;
    assert_eq!(early["message"], "Invalid Refund state, refund status should be \"needs-attention\"");

    shop.sandbox.settle_all();
    let told = shop.delivered("refund.needs-attention").await[0].event();
    assert_eq!(told["data"]["id"], made["id"].to_string());
    assert_eq!((&told["data"]["merchant_note"], &told["data"]["amount"]), (&json!("ref_1"), &json!(500_000)));
    assert_eq!(shop.sandbox.paystack().refunded()["NGN"], 500_000);

    let retried = good(shop.post(&path, &details).send().await.unwrap(), 200).await;
    assert_eq!(retried["message"], "Refund retried and has been queued for processing");
    assert_eq!(retried["data"]["status"], "processing");
    shop.sandbox.settle_all();
    assert_eq!(shop.sandbox.paystack().refunds_of("ord-1")[0].status, "processed");
    assert_eq!(shop.verify("ord-1").await["status"], "reversed");
}

#[tokio::test]
async fn what_was_not_paid_is_not_refunded() {
    let shop = open_shop().await;
    shop.initialize("ord-1").await;
    assert_eq!(
        shop.refused("/refund", &json!({"transaction": "ord-1"}), 400).await["code"],
        "invalid_params"
    );
    assert_eq!(
        shop.refused("/refund", &json!({"transaction": "ord-2"}), 404).await["message"],
        "Entity not found"
    );
    assert_eq!(shop.refused("/refund", &json!({}), 400).await["code"], "missing_params");
    shop.paid_with("ord-2", PAYS).await;
    let dollars = json!({"transaction": "ord-2", "currency": "USD"});
    shop.refused("/refund", &dollars, 400).await;
    assert_eq!(shop.sandbox.paystack().refunds_of("ord-2").len(), 0);
}

#[tokio::test]
async fn the_bank_may_decide_otherwise() {
    let shop = open_shop().await;
    shop.paid_with("ord-1", PAYS).await;
    let id = refund(&shop, "ord-1", Some(100), "ref_1").await["id"].as_i64().unwrap();
    let force = |status| shop.sandbox.force_paystack_refund(id, status);
    assert_eq!(force(RefundStatus::NeedsAttention), Ok(()));
    assert_eq!(force(RefundStatus::Failed), Ok(()));
    assert_eq!(force(RefundStatus::Processed), Err(Impossible::Now));
    assert_eq!(shop.sandbox.force_paystack_refund(1, RefundStatus::Failed), Err(Impossible::NoSuch));
    shop.sandbox.settle_all();
    assert_eq!(shop.sandbox.paystack().refunds_of("ord-1")[0].status, "failed");
}

#[tokio::test]
async fn whether_the_list_can_be_narrowed_is_a_setting() {
    for (refund_filters, found) in [(false, 2), (true, 1)] {
        let shop = open_shop_with(PaystackConfig { refund_filters, ..PaystackConfig::default() }).await;
        for reference in ["ord-1", "ord-2"] {
            shop.paid_with(reference, PAYS).await;
            refund(&shop, reference, Some(500), reference).await;
        }
        let list = shop.read_all("/refund?transaction=ord-1&perPage=10").await;
        assert_eq!(list["data"].as_array().unwrap().len(), found);
        assert_eq!(list["meta"]["total"], found);
        assert_eq!(list["data"][found - 1]["merchant_note"], "ord-1");
    }
}
