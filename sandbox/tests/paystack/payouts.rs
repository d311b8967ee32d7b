//! Transfers out of the balance: to whom, how often, and how they end.

use std::time::Duration;

use haat_sandbox::paystack::{Impossible, PaystackConfig, TransferStatus};
use serde_json::{Value, json};

use crate::shop::{Shop, bad, good, open_shop, open_shop_with};

const OPENING: i64 = 1_000_000_000;

fn transfer(recipient: &str, reference: &str) -> Value {
    json!({"source": "balance", "amount": 100_000, "recipient": recipient, "reference": reference,
        "reason": "September", "currency": "NGN"})
}

async fn verify(shop: &Shop, reference: &str) -> Value {
    shop.read(&format!("/transfer/verify/{reference}")).await
}

#[tokio::test]
async fn a_seller_is_paid() {
    let shop = open_shop().await;
    let recipient = shop.recipient("0123456789").await;
    assert!(recipient.starts_with("RCP_"));
    assert_eq!(shop.recipient("0123456789").await, recipient);
    assert_ne!(shop.recipient("0123456780").await, recipient);

    let made = shop.call("/transfer", &transfer(&recipient, "payout-0000000001")).await;
    assert_eq!(made["status"], "pending");
    assert!(made["transfer_code"].as_str().unwrap().starts_with("TRF_") && made["recipient"].is_i64());
    shop.sandbox.advance(Duration::from_secs(3601));
    let seen = verify(&shop, "payout-0000000001").await;
    assert_eq!((&seen["status"], &seen["transfer_code"]), (&json!("success"), &made["transfer_code"]));
    assert_eq!(seen["recipient"]["details"]["bank_name"], "Zenith Bank");
    let told = shop.delivered("transfer.success").await;
    assert_eq!(told[0].event()["data"]["reference"], "payout-0000000001");
    assert_eq!(told[0].event()["data"]["recipient"]["recipient_code"], recipient.as_str());
    assert_eq!(shop.sandbox.paystack().paid_out()["NGN"], 100_000);
    let balances = shop.read("/balance").await;
    let naira = balances.as_array().unwrap().iter().find(|one| one["currency"] == "NGN").unwrap();
    assert_eq!(naira["balance"], OPENING - 101_000);
    let ledger = shop.read_all("/balance/ledger").await;
    assert_eq!((&ledger["data"][0]["difference"], &ledger["meta"]["total"]), (&json!(-101_000), &json!(1)));
}

#[tokio::test]
async fn a_reference_pays_once() {
    let shop = open_shop().await;
    let recipient = shop.recipient("0123456789").await;
    let order = transfer(&recipient, "payout-0000000001");
    shop.call("/transfer", &order).await;
    let again = shop.refused("/transfer", &order, 400).await;
    assert_eq!(again["code"], "duplicate_transfer_reference");
    let unknown = shop.get("/transfer/verify/payout-0000000002").send().await.unwrap();
    assert_eq!(bad(unknown, 404).await, json!({"status": false, "message": "Transfer not found"}));
    assert_eq!(shop.sandbox.paystack().paid_out()["NGN"], 100_000);
}

#[tokio::test]
async fn accounts_that_go_wrong() {
    let shop = open_shop().await;
    for (number, account, steps, told) in [
        (1, "0000000001", vec!["failed"], vec!["transfer.failed"]),
        (2, "0000000002", vec!["success", "reversed"], vec!["transfer.success", "transfer.reversed"]),
        (3, "0000000003", vec!["pending", "pending"], vec![]),
        (4, "0000000004", vec!["blocked"], vec![]),
        (5, "0000000005", vec!["rejected"], vec![]),
    ] {
        let recipient = shop.recipient(account).await;
        let reference = format!("payout-000000000{number}");
        shop.call("/transfer", &transfer(&recipient, &reference)).await;
        for step in steps {
            shop.sandbox.advance(Duration::from_secs(3601));
            assert_eq!(verify(&shop, &reference).await["status"], step, "{account}");
        }
        let deliveries = shop.deliveries().await;
        let mut heard: Vec<String> = deliveries
            .iter()
            .filter(|one| one.event()["data"]["reference"] == reference.as_str())
            .map(|one| one.kind())
            .collect();
        heard.sort_by_key(|kind| kind == "transfer.reversed");
        assert_eq!(heard, told);
    }
    // Only the one that pends holds money.
    assert_eq!(shop.sandbox.paystack().paid_out()["NGN"], 100_000);
    assert_eq!(shop.sandbox.paystack().balance()["NGN"], OPENING - 101_000);
    let decide = |status| shop.sandbox.force_paystack_transfer("payout-0000000003", status);
    assert_eq!(decide(TransferStatus::Success), Ok(()));
    assert_eq!(decide(TransferStatus::Failed), Err(Impossible::Now));
    assert_eq!(decide(TransferStatus::Reversed), Ok(()));
    assert_eq!(shop.sandbox.paystack().balance()["NGN"], OPENING);
}

#[tokio::test]
async fn what_cannot_be_paid_is_refused() {
    let shop = open_shop_with(PaystackConfig { opening_balance: 100_500, ..PaystackConfig::default() }).await;
    let recipient = shop.recipient("0123456789").await;
    let poor = shop.refused("/transfer", &transfer(&recipient, "payout-0000000001"), 400).await;
    assert_eq!(poor["message"], "Your balance is not enough to fulfil this request");
    let nobody = shop.refused("/transfer", &transfer("RCP_nobody", "payout-0000000001"), 400).await;
    assert_eq!(nobody["code"], "invalid_transfer_recipient");
    for reference in ["short", "Payout-0000000001", "payout 0000000001", ""] {
        shop.refused("/transfer", &transfer(&recipient, reference), 400).await;
    }
    let mut dollars = transfer(&recipient, "payout-0000000001");
    dollars["currency"] = json!("USD");
    shop.refused("/transfer", &dollars, 400).await;
    assert!(shop.sandbox.paystack().transfers(1).is_empty());
}

#[tokio::test]
async fn a_password_may_be_asked_for() {
    let shop = open_shop_with(PaystackConfig { transfer_otp: true, ..PaystackConfig::default() }).await;
    let recipient = shop.recipient("0123456789").await;
    let made =
        good(shop.post("/transfer", &transfer(&recipient, "payout-0000000001")).send().await.unwrap(), 200)
            .await;
    assert_eq!(
        (&made["data"]["status"], &made["message"]),
        (&json!("otp"), &json!("Transfer requires OTP to continue"))
    );
    assert_eq!(shop.sandbox.paystack().balance()["NGN"], OPENING);
    let finalize = |otp: &str| json!({"transfer_code": made["data"]["transfer_code"], "otp": otp});
    shop.refused("/transfer/finalize_transfer", &finalize("000000"), 400).await;
    assert_eq!(shop.call("/transfer/finalize_transfer", &finalize("123456")).await["status"], "pending");
    shop.refused("/transfer/finalize_transfer", &finalize("123456"), 400).await;
    let unknown = json!({"transfer_code": "TRF_nothing", "otp": "123456"});
    assert_eq!(
        shop.refused("/transfer/finalize_transfer", &unknown, 400).await["message"],
        "Transfer code is invalid"
    );
}

#[tokio::test]
async fn a_batch_is_all_or_nothing() {
    let shop = open_shop().await;
    let recipient = shop.recipient("0123456789").await;
    let batch = |references: &[&str]| {
        let each = references.iter().map(|reference| json!({"amount": 20_000, "reference": reference, "reason": "x", "recipient": recipient}));
        json!({"source": "balance", "currency": "NGN", "transfers": each.collect::<Vec<_>>()})
    };
    let made = good(
        shop.post("/transfer/bulk", &batch(&["batch-00000000001", "batch-00000000002"]))
            .send()
            .await
            .unwrap(),
        200,
    )
    .await;
    assert_eq!(made["message"], "2 transfers queued.");
    assert_eq!(made["data"].as_array().unwrap().len(), 2);
    for doubled in [["batch-00000000003", "batch-00000000003"], ["batch-00000000004", "batch-00000000002"]] {
        let refused = shop.refused("/transfer/bulk", &batch(&doubled), 404).await;
        assert_eq!(refused["message"], format!("Duplicate reference(s) found: {}", doubled[1]));
    }
    let listed = shop.read_all("/transfer?status=pending&perPage=1").await;
    assert_eq!((&listed["meta"]["total"], &listed["meta"]["pageCount"]), (&json!(2), &json!(2)));
    assert_eq!(listed["data"][0]["reference"], "batch-00000000002");
    assert_eq!(shop.read(&format!("/transfer/{}", listed["data"][0]["id"])).await["amount"], 20_000);
}

#[tokio::test]
async fn an_account_has_an_owner() {
    let shop = open_shop().await;
    let banks = shop.read("/bank?currency=NGN").await;
    let zenith = banks.as_array().unwrap().iter().find(|bank| bank["code"] == "057").unwrap();
    let owner = shop.read("/bank/resolve?account_number=0123456789&bank_code=057").await;
    assert_eq!((&owner["bank_id"], &owner["account_name"]), (&zenith["id"], &json!("TEST ACCOUNT")));
    for (query, status) in [
        ("account_number=9999999999&bank_code=057", 422),
        ("account_number=0123456789&bank_code=999", 422),
        ("account_number=012&bank_code=057", 422),
        ("account_number=0123456789", 400),
    ] {
        bad(shop.get(&format!("/bank/resolve?{query}")).send().await.unwrap(), status).await;
    }
}

#[tokio::test]
async fn recipients_are_read_again() {
    let shop = open_shop().await;
    let code = shop.recipient("0123456789").await;
    let seen = shop.read(&format!("/transferrecipient/{code}")).await;
    assert_eq!((&seen["type"], &seen["details"]["account_number"]), (&json!("nuban"), &json!("0123456789")));
    assert_eq!(
        shop.read(&format!("/transferrecipient/{}", seen["id"])).await["recipient_code"],
        code.as_str()
    );
    assert_eq!(shop.read_all("/transferrecipient").await["meta"]["total"], 1);
    for wrong in [
        json!({"type": "swift", "name": "B", "account_number": "1", "bank_code": "057"}),
        json!({"type": "nuban", "account_number": "1", "bank_code": "057"}),
        json!({"type": "nuban", "name": "B", "account_number": "1x", "bank_code": "057"}),
        json!({"type": "nuban", "name": "B", "account_number": "1"}),
        json!({"type": "authorization", "name": "B", "email": "a@example.com", "authorization_code": "AUTH_x"}),
    ] {
        shop.refused("/transferrecipient", &wrong, 400).await;
    }
}
