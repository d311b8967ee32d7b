//! A payment from create to execute, and every way in which it comes to nothing. The payer confirms;
//! the merchant executes, once.

use std::time::Duration;

use haat_sandbox::bkash::{ClosedWords, Outcome};
use haat_sandbox::{BkashConfig, Closed};
use serde_json::json;

use crate::shop::{mugs, mugs_but, open_shop, open_shop_with};

#[tokio::test]
async fn a_payment_is_confirmed_by_the_payer_and_executed_by_the_merchant() {
    let shop = open_shop().await;
    let made = shop.ask("/create", &mugs()).await;
    let payment = made["paymentID"].as_str().unwrap();
    assert!(payment.starts_with("TR0011"));
    assert_eq!((&made["transactionStatus"], &made["amount"]), (&json!("Initiated"), &json!("500.50")));
    assert!(made["paymentCreateTime"].as_str().unwrap().ends_with(" GMT+0600"));
    let waiting = shop.query(payment).await;
    assert_eq!(waiting["verificationStatus"], "Incomplete");
    assert_eq!(shop.execute(payment).await["statusCode"], "2056");

    let page = shop.client.get(made["bkashURL"].as_str().unwrap()).send().await.unwrap();
    assert!(page.text().await.unwrap().contains("500.50 BDT"));
    let back = shop.click(payment, "01770618575").await;
    assert_eq!(back.status(), 303);
    assert_eq!(back.headers()["location"], made["successCallbackURL"].as_str().unwrap());
    let url = format!("https://shop.example/pay/bkash?order=1&paymentID={payment}&status=success&signature=");
    assert!(made["successCallbackURL"].as_str().unwrap().starts_with(&url));

    let confirmed = shop.query(payment).await;
    assert_eq!(confirmed["transactionStatus"], "Initiated");
    assert_eq!(confirmed["verificationStatus"], "Complete");
    assert!(confirmed.get("trxID").is_none());
    assert_eq!(shop.sandbox.bkash().captured()["BDT"], 0);

    let executed = shop.execute(payment).await;
    assert_eq!(executed["statusCode"], "0000");
    assert_eq!(executed["transactionStatus"], "Completed");
    assert_eq!(executed["merchantInvoiceNumber"], "ord_1");
    assert_eq!(executed["maxRefundableAmount"], "500.50");
    assert_eq!(executed["customerMsisdn"], "01770618575");
    assert_eq!(shop.sandbox.bkash().captured()["BDT"], 50_050);

    let done = shop.query(payment).await;
    assert_eq!(done["transactionStatus"], "Completed");
    assert_eq!((&done["trxID"], &done["merchantInvoice"]), (&executed["trxID"], &json!("ord_1")));
    assert!(done.get("merchantInvoiceNumber").is_none());
    let found = shop.ask("/general/searchTransaction", &json!({"trxID": executed["trxID"]})).await;
    assert_eq!((&found["amount"], &found["transactionStatus"]), (&json!("500.50"), &json!("Completed")));
}

#[tokio::test]
async fn a_second_execute_takes_nothing() {
    for code in ["2117", "2062"] {
        let config = BkashConfig { second_execute: code.into(), ..BkashConfig::default() };
        let shop = open_shop_with(config).await;
        let (payment, _) = shop.paid_with("01770618575").await;
        assert_eq!(shop.execute(&payment).await["statusCode"], code);
        assert_eq!(shop.sandbox.bkash().captured()["BDT"], 50_050);
        assert_eq!(shop.sandbox.bkash().completed_count(), 1);
    }
}

#[tokio::test]
async fn two_executes_at_once_take_the_money_once() {
    let shop = open_shop().await;
    let payment = shop.created(&mugs()).await;
    shop.sandbox.pay_bkash("ord_1", Outcome::Pay).unwrap();
    let (one, two) = tokio::join!(shop.execute(&payment), shop.execute(&payment));
    let mut codes = [one["statusCode"].clone(), two["statusCode"].clone()];
    codes.sort_by_key(|code| code.to_string());
    assert_eq!(codes, ["0000", "2117"]);
    assert_eq!(shop.sandbox.bkash().captured()["BDT"], 50_050);
}

#[tokio::test]
async fn wallets_that_cannot_pay_are_found_out_by_execute() {
    let shop = open_shop().await;
    for (wallet, code) in [("01823074817", "2023"), ("01823074818", "2037")] {
        let payment = shop.created(&mugs()).await;
        assert_eq!(shop.click(&payment, wallet).await.status(), 303);
        assert_eq!(shop.execute(&payment).await["statusCode"], code);
        // It stays so, whatever is asked afterwards.
        assert_eq!(shop.execute(&payment).await["statusCode"], code);
        let seen = shop.query(&payment).await;
        assert_eq!(
            (&seen["transactionStatus"], &seen["verificationStatus"]),
            (&json!("Initiated"), &json!("Incomplete"))
        );
    }
    assert_eq!(shop.sandbox.bkash().captured()["BDT"], 0);
}

#[tokio::test]
async fn whoever_leaves_or_fails_comes_back_with_that_status() {
    let config = BkashConfig { closed_words: ClosedWords::Named, ..BkashConfig::default() };
    let shop = open_shop_with(config).await;
    for (act, status, word) in [("leave", "cancel", "Cancelled"), ("decline", "failure", "Failed")] {
        let payment = shop.created(&mugs()).await;
        let back = shop.click(&payment, act).await;
        let location = back.headers()["location"].to_str().unwrap();
        assert!(location.contains(&format!("paymentID={payment}&status={status}&")), "{location}");
        assert_eq!(shop.click(&payment, "01770618575").await.status(), 410);
        assert_eq!(shop.execute(&payment).await["statusCode"], "2056");
        assert_eq!(shop.query(&payment).await["transactionStatus"], word);
    }
}

#[tokio::test]
async fn three_wrong_pins_are_too_many() {
    let shop = open_shop().await;
    let payment = shop.created(&mugs()).await;
    for status in [402, 402, 303, 410] {
        assert_eq!(shop.click(&payment, "wrong_pin").await.status(), status);
    }
}

#[tokio::test]
async fn after_a_day_a_payment_is_dead() {
    let shop = open_shop().await;
    let waiting = shop.created(&mugs()).await;
    let confirmed = shop.created(&mugs()).await;
    shop.sandbox.pay_bkash(&confirmed, Outcome::Pay).unwrap();
    let again = shop.sandbox.pay_bkash(&confirmed, Outcome::Pay);
    assert_eq!(again, Err(Closed::Complete));
    shop.sandbox.advance(Duration::from_secs(24 * 3600));
    assert_eq!(shop.sandbox.pay_bkash(&waiting, Outcome::Pay), Err(Closed::Expired));
    assert_eq!(shop.sandbox.pay_bkash("ord_2", Outcome::Pay), Err(Closed::NoSuch));
    let token = shop.granted().await;
    let execute = shop.client.post(shop.url("/v1.2.0-beta/tokenized/checkout/execute"));
    let execute = execute.header("x-app-key", "sandbox_key").bearer_auth(token);
    let answer = execute.json(&json!({"paymentID": confirmed})).send().await.unwrap();
    assert_eq!(crate::shop::json_of(answer).await["statusCode"], "2056");
    assert_eq!(shop.sandbox.bkash().payment(&confirmed).unwrap().status, "expired");
}

#[tokio::test]
async fn the_same_wallet_pays_the_same_amount_once_in_a_while() {
    let config = BkashConfig { duplicate_ms: 120_000, ..BkashConfig::default() };
    let shop = open_shop_with(config).await;
    shop.paid_with("01770618575").await;
    let other_invoice = mugs_but(&json!({"merchantInvoiceNumber": "ord_2"}));
    let again = shop.created(&other_invoice).await;
    shop.sandbox.pay_bkash(&again, Outcome::Pay).unwrap();
    assert_eq!(shop.execute(&again).await["statusCode"], "2029");
    shop.paid_with("01929918378").await;
    shop.sandbox.advance(Duration::from_secs(120));
    shop.paid_with("01770618575").await;
    assert_eq!(shop.sandbox.bkash().completed_count(), 3);
}

#[tokio::test]
async fn reserved_money_is_captured_or_let_go_once() {
    let shop = open_shop().await;
    for (act, status, captured) in [("capture", "Completed", 50_050), ("void", "Voided", 50_050)] {
        let payment = shop.created(&mugs_but(&json!({"intent": "authorization"}))).await;
        let named = json!({"paymentID": payment});
        let path = format!("/payment/confirm/{act}");
        assert_eq!(shop.code(&path, &named).await, "2056");
        shop.sandbox.pay_bkash(&payment, Outcome::Pay).unwrap();
        assert_eq!(shop.execute(&payment).await["transactionStatus"], "Authorized");
        assert_eq!(shop.query(&payment).await["transactionStatus"], "Authorized");
        assert_eq!(shop.ask(&path, &named).await["transactionStatus"], status);
        assert_eq!(shop.code(&path, &named).await, "2119");
        assert_eq!(shop.query(&payment).await["transactionStatus"], status);
        assert_eq!(shop.sandbox.bkash().captured()["BDT"], captured);
    }
}

#[tokio::test]
async fn a_second_create_is_another_payment() {
    let shop = open_shop().await;
    let (one, two) = (shop.created(&mugs()).await, shop.created(&mugs()).await);
    assert_ne!(one, two);
    // By invoice number it is the latest that is meant.
    shop.sandbox.pay_bkash("ord_1", Outcome::Pay).unwrap();
    assert_eq!(shop.query(&one).await["verificationStatus"], "Incomplete");
    assert_eq!(shop.execute(&two).await["statusCode"], "0000");
    assert_eq!(shop.sandbox.bkash().payment("ord_1").unwrap().captured, 50_050);
}

#[tokio::test]
async fn search_may_be_missing() {
    let shop = open_shop_with(BkashConfig { search: false, ..BkashConfig::default() }).await;
    let path = "/v1.2.0-beta/tokenized/checkout/general/searchTransaction";
    let missing = shop.post(path).json(&json!({"trxID": "X"})).send().await.unwrap();
    assert_eq!(missing.status(), 403);
    assert_eq!(crate::shop::json_of(missing).await["message"], "Missing Authentication Token");
}
