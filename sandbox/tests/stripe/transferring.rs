//! Transfers to connected accounts and back: out of the balance, or out of a charge before its money
//! is available. What one account loses another gains.

use haat_sandbox::StripeConfig;
use serde_json::Value;

use crate::shop::{Shop, id, ids, json, mugs, open_shop, open_shop_under, text};

const ANNA: &str = "acct_anna";

fn available(shop: &Shop, account: Option<&str>) -> i64 {
    shop.sandbox.stripe().balance(account).available.get("usd").copied().unwrap_or(0)
}

async fn charge_of(shop: &Shop, payment: &str) -> String {
    text(&shop.read(&format!("/v1/payment_intents/{payment}")).await, "latest_charge")
}

#[tokio::test]
async fn a_transfer_needs_an_available_balance() {
    let shop = open_shop().await;
    let form = [("amount", "1000"), ("currency", "usd"), ("destination", ANNA), ("transfer_group", "ord_1")];
    let refused = shop.refused("/v1/transfers", &form, 400).await;
    assert_eq!(refused["code"], "balance_insufficient");
    shop.sandbox.stripe_bank().top_up(None, 5000, "usd");
    let transfer = shop.call("/v1/transfers", &form).await;
    assert!(id(&transfer).starts_with("tr_"));
    assert_eq!((&transfer["reversed"], &transfer["amount_reversed"]), (&false.into(), &0.into()));
    assert_eq!((available(&shop, None), available(&shop, Some(ANNA))), (4000, 1000));
    assert_eq!(shop.sandbox.stripe().transferred()["usd"], 1000);
    assert_eq!(shop.delivered("transfer.created").await.len(), 1);
    let money = shop.read("/v1/balance_transactions?type=transfer&expand[]=data.source").await;
    assert_eq!(
        (&money["data"][0]["net"], &money["data"][0]["source"]["id"]),
        (&(-1000).into(), &transfer["id"])
    );
    let balance = shop.read("/v1/balance").await;
    assert_eq!(balance["available"][0]["amount"], 4000);
}

#[tokio::test]
async fn a_pending_charge_can_be_the_source_and_is_never_exceeded() {
    let shop = open_shop_under(StripeConfig { pending_s: 7 * 24 * 3600, ..StripeConfig::default() }).await;
    let payment = shop.paid_with("4242424242424242").await;
    let charge = charge_of(&shop, &payment).await;
    let mut form = vec![("amount", "3000"), ("currency", "usd"), ("destination", ANNA)];
    assert_eq!(shop.refused("/v1/transfers", &form, 400).await["code"], "balance_insufficient");
    form.push(("source_transaction", &charge));
    let transfer = shop.call("/v1/transfers", &form).await;
    assert_eq!(transfer["transfer_group"], format!("group_{payment}"));
    assert_eq!(shop.refused("/v1/transfers", &form, 400).await["param"], "source_transaction");
    assert_eq!(shop.sandbox.stripe().payment(&payment).unwrap().transferred, 3000);
    let money = shop.read("/v1/balance_transactions?type=transfer").await;
    assert_eq!(money["data"][0]["status"], "pending");
    assert_eq!(available(&shop, Some(ANNA)), 0);
    assert_eq!(shop.sandbox.stripe().balance(Some(ANNA)).pending["usd"], 3000);
    shop.sandbox.advance(std::time::Duration::from_secs(7 * 24 * 3600 + 1));
    assert_eq!(available(&shop, Some(ANNA)), 3000);
    assert_eq!(available(&shop, None), 3998 - (3998 * 29 / 1000 + 30) - 3000);
}

#[tokio::test]
async fn what_is_wrong_with_a_transfer_is_named() {
    let shop = open_shop_under(StripeConfig { accounts: vec![ANNA.into()], ..StripeConfig::default() }).await;
    let payment = shop.paid_with("4242424242424242").await;
    let charge = charge_of(&shop, &payment).await;
    for (field, value, param) in [
        ("destination", "acct_bert", "destination"),
        ("destination", "", "destination"),
        ("amount", "0", "amount"),
        ("amount", "99999999999999999999", "amount"),
        ("amount", "999999999", "amount"),
        ("currency", "dollars", "currency"),
        ("source_transaction", "ch_none", "source_transaction"),
    ] {
        let mut form = vec![
            ("amount", "100"),
            ("currency", "usd"),
            ("destination", ANNA),
            ("source_transaction", charge.as_str()),
        ];
        form.retain(|(known, _)| *known != field);
        form.push((field, value));
        assert_eq!(shop.refused("/v1/transfers", &form, 400).await["param"], param, "{field}={value}");
    }
    let euros =
        [("amount", "100"), ("currency", "eur"), ("destination", ANNA), ("source_transaction", &charge)];
    shop.refused("/v1/transfers", &euros, 400).await;
    assert_eq!(shop.sandbox.stripe().transferred().len(), 0);
}

#[tokio::test]
async fn the_same_key_transfers_once() {
    let shop = open_shop().await;
    shop.sandbox.stripe_bank().top_up(None, 5000, "usd");
    let form = [("amount", "1000"), ("currency", "usd"), ("destination", ANNA)];
    let send = |fault: &'static str| {
        let request = shop.post("/v1/transfers", &form).header("idempotency-key", "t1");
        if fault.is_empty() { request } else { request.header("x-sandbox-fault", fault) }
    };
    assert!(send("cut_after").send().await.is_err());
    let again = send("").send().await.unwrap();
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    let transfer = json(again).await;
    assert_eq!(ids(&shop.read("/v1/transfers").await), [id(&transfer)]);
    assert_eq!(shop.sandbox.stripe().transferred()["usd"], 1000);
}

#[tokio::test]
async fn reversals_bring_back_what_the_transfer_took() {
    let shop = open_shop().await;
    shop.sandbox.stripe_bank().top_up(None, 5000, "usd");
    let form = [("amount", "1000"), ("currency", "usd"), ("destination", ANNA)];
    let transfer = shop.call("/v1/transfers", &form).await;
    let path = format!("/v1/transfers/{}/reversals", id(&transfer));
    let first = shop.call(&path, &[("amount", "400"), ("metadata[refund]", "rf_1")]).await;
    assert!(id(&first).starts_with("trr_"));
    assert_eq!((&first["object"], &first["transfer"]), (&"transfer_reversal".into(), &transfer["id"]));
    assert_eq!(shop.refused(&path, &[("amount", "601")], 400).await["param"], "amount");
    let rest = shop.call(&path, &[]).await;
    assert_eq!(rest["amount"], 600);
    shop.refused(&path, &[], 400).await;
    let seen = shop.read(&format!("/v1/transfers/{}", id(&transfer))).await;
    assert_eq!((&seen["reversed"], &seen["amount_reversed"]), (&true.into(), &1000.into()));
    assert_eq!(ids(&seen["reversals"]), [id(&rest), id(&first)]);
    assert_eq!(ids(&shop.read(&format!("{path}?limit=1")).await), [id(&rest)]);
    let named = shop.call(&format!("{path}/{}", id(&first)), &[("metadata[seen]", "yes")]).await;
    assert_eq!(named["metadata"], serde_json::json!({"refund": "rf_1", "seen": "yes"}));
    assert_eq!(shop.read(&format!("{path}/{}", id(&first))).await, named);
    assert_eq!((available(&shop, None), available(&shop, Some(ANNA))), (5000, 0));
    assert_eq!(shop.delivered("transfer.reversed").await.len(), 2);
}

#[tokio::test]
async fn an_account_that_has_spent_the_money_cannot_give_it_back() {
    let shop = open_shop().await;
    shop.sandbox.stripe_bank().top_up(None, 5000, "usd");
    let form = [("amount", "1000"), ("currency", "usd"), ("destination", ANNA)];
    let transfer = shop.call("/v1/transfers", &form).await;
    assert!(shop.sandbox.stripe_bank().pay_out(Some(ANNA), "usd").is_some());
    let path = format!("/v1/transfers/{}/reversals", id(&transfer));
    assert_eq!(shop.refused(&path, &[], 400).await["code"], "balance_insufficient");
}

#[tokio::test]
async fn transfers_are_found_by_group_and_destination() {
    let shop = open_shop().await;
    shop.sandbox.stripe_bank().top_up(None, 5000, "usd");
    for (account, group) in [(ANNA, "ord_1"), ("acct_bert", "ord_1"), (ANNA, "ord_2")] {
        let form =
            [("amount", "10"), ("currency", "usd"), ("destination", account), ("transfer_group", group)];
        shop.call("/v1/transfers", &form).await;
    }
    let count = |list: Value| list["data"].as_array().unwrap().len();
    assert_eq!(count(shop.read("/v1/transfers?transfer_group=ord_1").await), 2);
    assert_eq!(count(shop.read(&format!("/v1/transfers?destination={ANNA}&transfer_group=ord_1")).await), 1);
    assert_eq!(count(shop.read("/v1/transfers?created[gt]=9999999999").await), 0);
    let newest = shop.read("/v1/transfers?limit=1").await;
    assert_eq!(
        (newest["data"][0]["transfer_group"].as_str(), &newest["has_more"]),
        (Some("ord_2"), &true.into())
    );
    let path = format!("/v1/transfers/{}", ids(&newest)[0]);
    let changed = shop.call(&path, &[("metadata[note]", "late"), ("description", "For mugs")]).await;
    assert_eq!((&changed["metadata"]["note"], &changed["description"]), (&"late".into(), &"For mugs".into()));
}

#[tokio::test]
async fn a_refund_can_take_its_part_of_the_share_back() {
    let shop = open_shop().await;
    let mut form = mugs();
    form.push(("payment_intent_data[transfer_data][destination]", ANNA));
    form.push(("payment_intent_data[transfer_data][amount]", "1999"));
    let session = shop.call("/v1/checkout/sessions", &form).await;
    assert_eq!(shop.click(id(&session), "4242424242424242").await.status(), 303);
    assert_eq!(available(&shop, Some(ANNA)), 1999);
    let payment = shop.sandbox.stripe().payments(1)[0].id.clone();
    let form = [("payment_intent", payment.as_str()), ("amount", "2000"), ("reverse_transfer", "true")];
    let refund = shop.call("/v1/refunds", &form).await;
    assert!(refund["transfer_reversal"].as_str().unwrap().starts_with("trr_"));
    assert_eq!(available(&shop, Some(ANNA)), 1999 - 1999 * 2000 / 3998);
    let plain = shop.paid_with("4242424242424242").await;
    let form = [("payment_intent", plain.as_str()), ("reverse_transfer", "true")];
    assert_eq!(shop.refused("/v1/refunds", &form, 400).await["param"], "reverse_transfer");
}
