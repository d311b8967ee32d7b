//! Transfers: to vendors' wallets and banks, alone and in batches, with and without the shop's own
//! approval. What fails or is reverted comes back to the balance.

use axum::http::StatusCode;
use haat_sandbox::chapa::{Hashed, TransferVerdict};
use serde_json::{Value, json};

use crate::shop::{
    APPROVAL_SECRET, Shop, hmac, json_of, open_careful_shop, open_shop, open_shop_with, payout, refusal,
};

const ACCOUNT: &str = "0911111111";

async fn status(shop: &Shop, reference: &str) -> Value {
    shop.read(&format!("/v1/transfers/verify/{reference}")).await["data"]["status"].take()
}

#[tokio::test]
async fn a_transfer_is_queued_and_arrives() {
    let shop = open_shop().await;
    let queued = json_of(shop.transfer("payout-1", ACCOUNT).await).await;
    assert_eq!(
        queued,
        json!({"message": "Transfer Queued Successfully", "status": "success", "data": "payout-1"})
    );
    assert_eq!(status(&shop, "payout-1").await, "pending");
    shop.sandbox.settle_all();
    let seen = shop.read("/v1/transfers/verify/payout-1").await;
    let seen = &seen["data"];
    assert_eq!((&seen["status"], &seen["amount"]), (&"success".into(), &"1500".into()));
    assert_eq!((&seen["bank_code"], &seen["bank_name"]), (&855.into(), &"telebirr".into()));
    let event = shop.delivered("payout.success").await[0].event();
    assert_eq!((&event["type"], &event["reference"]), (&"Payout".into(), &"payout-1".into()));
    assert_eq!((&event["amount"], &event["account_number"]), (&"1500.00".into(), &ACCOUNT.into()));
    assert_eq!(shop.sandbox.chapa().transferred()["ETB"], 150_000);
    assert_eq!(shop.sandbox.chapa().balance()["ETB"], 100_000_000_000 - 150_000);
}

#[tokio::test]
async fn the_account_decides_over_the_end() {
    let shop = open_shop().await;
    for (reference, account, ended) in [
        ("payout-1", "0911110002", "failed/cancelled"),
        ("payout-2", "0911110003", "reverted"),
        ("payout-3", "0911110004", "pending"),
    ] {
        shop.transfer(reference, account).await;
        shop.sandbox.settle_all();
        assert_eq!(status(&shop, reference).await, ended);
    }
    assert_eq!(shop.delivered("payout.failed/cancelled").await.len(), 2);
    assert_eq!(shop.sandbox.chapa().transferred()["ETB"], 150_000);
    assert!(shop.sandbox.force_chapa_transfer("payout-3", TransferVerdict::Success));
    assert!(shop.sandbox.force_chapa_transfer("payout-3", TransferVerdict::Reverted));
    assert!(!shop.sandbox.force_chapa_transfer("payout-4", TransferVerdict::Success));
    assert_eq!(shop.sandbox.chapa().transferred()["ETB"], 0);
    assert_eq!(shop.sandbox.chapa().balance()["ETB"], 100_000_000_000);
}

#[tokio::test]
async fn what_cannot_be_transferred_is_refused() {
    let shop = open_shop_with(|chapa| chapa.balance = 200_000).await;
    shop.transfer("payout-1", ACCOUNT).await;
    refusal(shop.transfer("payout-1", ACCOUNT).await, 400).await;
    assert_eq!(refusal(shop.transfer("payout-2", ACCOUNT).await, 400).await, "Insufficient Balance");
    refusal(shop.transfer("payout-2", "123").await, 400).await;
    let mut wrong = payout("payout-2", ACCOUNT);
    wrong["bank_code"] = json!(1);
    refusal(shop.post("/v1/transfers", &wrong).send().await.unwrap(), 400).await;
    wrong["currency"] = json!("KES");
    refusal(shop.post("/v1/transfers", &wrong).send().await.unwrap(), 400).await;
    refusal(shop.get("/v1/transfers/verify/payout-2").send().await.unwrap(), 400).await;
    assert_eq!(shop.sandbox.chapa().transferred()["ETB"], 150_000);
}

#[tokio::test]
async fn the_shop_is_asked_first() {
    for hashed in [Hashed::Body, Hashed::Secret] {
        let shop = open_careful_shop(hashed).await;
        shop.answer_approvals(&[StatusCode::OK, StatusCode::BAD_REQUEST]);
        shop.transfer("payout-1", ACCOUNT).await;
        let asked = shop.questions_about("payout-1").await;
        assert_eq!(asked.len(), 1);
        assert_eq!(
            asked[0].event(),
            json!({"amount": "1500.00", "reference": "payout-1", "bank": "telebirr",
                "account_name": "Derartu Tulu", "account_number": ACCOUNT})
        );
        let message =
            if hashed == Hashed::Body { asked[0].body.as_ref() } else { APPROVAL_SECRET.as_bytes() };
        assert_eq!(asked[0].header("chapa-signature"), hmac(APPROVAL_SECRET, message));
        assert_eq!(status(&shop, "payout-1").await, "pending");
        shop.sandbox.settle_all();
        assert_eq!(status(&shop, "payout-1").await, "success");

        shop.transfer("payout-2", ACCOUNT).await;
        shop.questions_about("payout-2").await;
        assert_eq!(status(&shop, "payout-2").await, "reverted");
        assert_eq!(shop.sandbox.chapa().transferred()["ETB"], 150_000);
    }
}

#[tokio::test]
async fn who_does_not_answer_is_asked_again_and_then_reverted() {
    let shop = open_careful_shop(Hashed::Body).await;
    shop.answer_approvals(&[StatusCode::BAD_GATEWAY, StatusCode::OK]);
    shop.transfer("payout-1", ACCOUNT).await;
    assert_eq!(shop.questions_about("payout-1").await.len(), 2);
    assert_eq!(shop.sandbox.chapa().transfer("payout-1").unwrap().status, "pending");
    shop.answer_approvals(&[StatusCode::BAD_GATEWAY; 3]);
    shop.transfer("payout-2", ACCOUNT).await;
    assert_eq!(shop.questions_about("payout-2").await.len(), 3);
    assert_eq!(shop.sandbox.chapa().transfer("payout-2").unwrap().status, "reverted");
}

#[tokio::test]
async fn a_batch_goes_as_a_whole() {
    let shop = open_shop().await;
    let batch = |from: usize, rows: usize| {
        let rows: Vec<_> =
            (from..from + rows).map(|number| payout(&format!("payout-{number}"), ACCOUNT)).collect();
        json!({"title": "Vendors", "currency": "ETB", "bulk_data": rows})
    };
    let send = |body: Value| shop.post("/v1/bulk-transfers", &body).send();
    let queued = json_of(send(batch(0, 12)).await.unwrap()).await;
    let id = queued["data"]["id"].as_u64().unwrap();
    let soon = send(batch(20, 1)).await.unwrap();
    assert_eq!(soon.headers()["retry-after"], "5");
    refusal(soon, 429).await;
    shop.sandbox.advance(std::time::Duration::from_secs(5));
    refusal(send(batch(11, 2)).await.unwrap(), 400).await;
    let too_many = refusal(send(batch(100, 101)).await.unwrap(), 400).await;
    assert_eq!(too_many, json!({"bulk_data": ["validation.max.array"]}));
    let mut wrong = batch(30, 2);
    wrong["bulk_data"][1]["amount"] = json!("a lot");
    let wrong = refusal(send(wrong).await.unwrap(), 400).await;
    assert_eq!(wrong, json!({"bulk_data.1.amount": ["validation.numeric"]}));
    assert_eq!(shop.sandbox.chapa().transfers(100).len(), 12);

    shop.transfer("alone", ACCOUNT).await;
    let all = shop.read("/v1/transfers").await;
    assert_eq!((&all["meta"]["total"], &all["meta"]["last_page"]), (&13.into(), &2.into()));
    assert_eq!(all["data"][0]["reference"], "alone");
    let of_batch = shop.read(&format!("/v1/transfers?batch_id={id}&per_page=5&page=3")).await;
    assert_eq!(of_batch["meta"]["total"], 12);
    assert_eq!(of_batch["data"].as_array().unwrap().len(), 2);
    assert!(of_batch["meta"]["next_page_url"].is_null());
}
