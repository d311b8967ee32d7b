//! The books: every account's balance is the sum of its balance transactions, and memory has an end.

use std::collections::BTreeMap;
use std::time::Duration;

use haat_sandbox::stripe::{Accusation, DisputeStatus, Outcome, Verdict};
use haat_sandbox::{Config, Sandbox};
use serde_json::Value;

use crate::shop::{Shop, answer, data, id, json, mugs, number, open_shop, text};

async fn sums(shop: &Shop, account: Option<&str>) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    let mut after = String::new();
    loop {
        let mut request = shop.get(&format!("/v1/balance_transactions?limit=3{after}"));
        if let Some(account) = account {
            request = request.header("stripe-account", account);
        }
        let (_, page) = answer(request).await;
        let page: Value = page.parse().unwrap_or_default();
        for movement in data(&page) {
            let net = number(movement, "net");
            assert_eq!(net, number(movement, "amount") - number(movement, "fee"));
            *sums.entry(text(movement, "currency")).or_default() += net;
            after = format!("&starting_after={}", id(movement));
        }
        if page["has_more"] != true {
            return sums;
        }
    }
}

#[tokio::test]
async fn a_balance_is_the_sum_of_its_transactions() {
    let shop = open_shop().await;
    let bank = shop.sandbox.stripe_bank();
    bank.top_up(None, 10_000, "usd");
    bank.top_up(None, 900, "eur");
    let payment = shop.paid_with("4000000000005126").await;
    shop.refund(&payment, "1000").await;
    let transfer =
        [("amount", "2500"), ("currency", "usd"), ("destination", "acct_anna"), ("transfer_group", "g")];
    let transfer = shop.call("/v1/transfers", &transfer).await;
    shop.call(&format!("/v1/transfers/{}/reversals", id(&transfer)), &[("amount", "700")]).await;
    shop.sandbox.settle_all();
    for (verdict, amount) in [(Verdict::Failed, "10"), (Verdict::Succeeded, "20")] {
        let refund = json(shop.refund(&payment, amount).await).await;
        shop.sandbox.force_refund(id(&refund), verdict);
    }
    let dispute = bank.dispute(&payment, Accusation::General, Some(300)).unwrap();
    bank.turn_dispute(&dispute, DisputeStatus::Won);
    bank.dispute(&shop.paid_with("4242424242424242").await, Accusation::General, None).unwrap();
    bank.pay_out(None, "eur").unwrap();
    shop.call("/v1/payouts", &[("amount", "100"), ("currency", "usd")]).await;
    for account in [None, Some("acct_anna")] {
        let balance = shop.sandbox.stripe().balance(account);
        assert_eq!(sums(&shop, account).await, balance.available, "{account:?}");
    }
    let seen = shop.sandbox.stripe().payment(&payment).unwrap();
    assert_eq!((seen.captured, seen.refunded, seen.disputed), (3998, 20, 0));
}

#[tokio::test]
async fn what_is_over_is_forgotten() {
    let config = Config { keep: 5, settle: Duration::from_secs(3600), ..Config::default() };
    let sandbox = Sandbox::start(config).await.unwrap();
    let client = reqwest::Client::new();
    let post = |path: &str, form: Vec<(&'static str, &'static str)>| {
        let request = client.post(format!("{}/stripe{path}", sandbox.url()));
        request.bearer_auth("sk_test_sandbox").form(&form).send()
    };
    let card = [("payment_method", "pm_card_createDispute"), ("confirm", "true")];
    let direct = [[("amount", "100"), ("currency", "usd")], card].concat();
    for _ in 0..20 {
        let session = json(post("/v1/checkout/sessions", mugs()).await.unwrap()).await;
        sandbox.pay(id(&session), Outcome::PayDisputed).unwrap();
        assert_eq!(post("/v1/payment_intents", direct.clone()).await.unwrap().status(), 200);
        sandbox.settle_all();
    }
    let seen = sandbox.stripe();
    assert_eq!((seen.payments(100).len(), seen.sessions(100).len() <= 5, seen.events().len()), (5, true, 5));
    assert_eq!((seen.charged_count(), seen.captured()["usd"]), (40, 20 * (3998 + 100)));
    let disputes = client.get(format!("{}/stripe/v1/disputes?limit=100", sandbox.url()));
    let disputes = json(disputes.bearer_auth("sk_test_sandbox").send().await.unwrap()).await;
    assert_eq!(disputes["data"].as_array().unwrap().len(), 5);
}
