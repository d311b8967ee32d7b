//! Lists and look-ups: the reads that a product reconciles its own books with, after it has missed
//! an answer or an event.

use serde_json::{Value, json};

use crate::shop::{json_of, open_shop, open_shop_with, refusal};

#[tokio::test]
async fn the_list_pages_from_the_newest_by_its_own_links() {
    let shop = open_shop().await;
    for number in 0..25 {
        shop.open_page(&format!("ord-{number}")).await;
    }
    shop.sandbox.pay_chapa("ord-24", haat_sandbox::chapa::Outcome::Pay).unwrap();
    let mut url = format!("{}/chapa/v1/transactions", shop.sandbox.url());
    let mut found = Vec::new();
    loop {
        let request = shop.client.get(&url).bearer_auth(crate::shop::KEY);
        let page = json_of(request.send().await.unwrap()).await;
        found.extend(page["data"]["transactions"].as_array().unwrap().clone());
        let Some(next) = page["data"]["pagination"]["next_page_url"].as_str() else { break };
        url = next.to_owned();
    }
    let refs: Vec<&str> = found.iter().map(|item| item["trans_id"].as_str().unwrap()).collect();
    let wanted: Vec<String> = (0..25).rev().map(|number| format!("ord-{number}")).collect();
    assert_eq!(refs, wanted);
    assert_eq!((&found[0]["status"], &found[1]["status"]), (&"success".into(), &"pending".into()));
    assert_eq!((&found[0]["amount"], &found[0]["charge"]), (&"400.000".into(), &"12.000".into()));
    assert_eq!(found[0]["customer"]["email"], "abebe@example.com");
    let paid = shop.sandbox.chapa().payment("ord-24").unwrap();
    assert_eq!(found[0]["ref_id"], paid.reference);

    let page = shop.read("/v1/transactions?per_page=20&page=2").await;
    let pagination = &page["data"]["pagination"];
    assert_eq!((&pagination["per_page"], &pagination["current_page"]), (&20.into(), &2.into()));
    assert!(pagination["next_page_url"].is_null());
    assert!(
        pagination["prev_page_url"].as_str().unwrap().ends_with("/chapa/v1/transactions?page=1&per_page=20")
    );
}

#[tokio::test]
async fn the_list_may_be_without_our_reference() {
    let shop = open_shop_with(|chapa| chapa.list_tx_ref = false).await;
    shop.open_page("ord-1").await;
    let page = shop.read("/v1/transactions").await;
    assert!(page["data"]["transactions"][0]["trans_id"].is_null());
}

#[tokio::test]
async fn a_page_that_makes_no_sense_is_the_first() {
    let shop = open_shop().await;
    shop.open_page("ord-1").await;
    let huge = u64::MAX;
    for query in ["page=0", "page=-1&per_page=abc", "per_page=99999", "page=%ff"] {
        let page = shop.read(&format!("/v1/transactions?{query}")).await;
        assert_eq!(page["data"]["transactions"].as_array().unwrap().len(), 1, "{query}");
    }
    let beyond = shop.read(&format!("/v1/transactions?page={huge}&per_page={huge}")).await;
    assert_eq!(beyond["data"]["transactions"], json!([]));
    let beyond = shop.read(&format!("/v1/transfers?page={huge}&per_page={huge}")).await;
    assert_eq!(beyond["data"], json!([]));
}

#[tokio::test]
async fn a_timeline_tells_what_happened() {
    let shop = open_shop().await;
    let page = shop.open_page("ord-1").await;
    shop.click(&page, "4000000000000002").await;
    shop.click(&page, "0900123456").await;
    let reference = shop.sandbox.chapa().payment("ord-1").unwrap().reference;
    for id in ["ord-1", &reference] {
        let told = shop.read(&format!("/v1/transaction/events/{id}")).await;
        let kinds: Vec<&Value> =
            told["data"].as_array().unwrap().iter().map(|moment| &moment["type"]).collect();
        assert_eq!(kinds, ["log", "error", "success"]);
        assert_eq!(told["data"][2]["item"], 3);
    }
    refusal(shop.get("/v1/transaction/events/ord-2").send().await.unwrap(), 404).await;
}

#[tokio::test]
async fn banks_and_subaccounts() {
    let shop = open_shop().await;
    let banks = shop.read("/v1/banks").await;
    let wallet = banks["data"].as_array().unwrap().iter().find(|bank| bank["id"] == 855).unwrap();
    assert_eq!((&wallet["name"], &wallet["is_mobilemoney"]), (&"telebirr".into(), &1.into()));

    let partner = json!({"business_name": "Mugs", "account_name": "Tirunesh Dibaba", "bank_code": 946,
        "account_number": "1000012345678", "split_type": "percentage", "split_value": 0.03});
    let (mut texts, mut objects) = (0, 0);
    for number in 0..20 {
        let made = json_of(shop.post("/v1/subaccount", &partner).send().await.unwrap()).await;
        let id = match made["data"].as_str() {
            Some(text) => {
                texts += 1;
                text.to_owned()
            }
            None => {
                objects += 1;
                made["data"]["id"].as_str().unwrap().to_owned()
            }
        };
        let mut order = shop.order(&format!("ord-{number}"));
        order["subaccounts"] = if number % 2 == 0 { json!({"id": id}) } else { json!([{"id": id}]) };
        assert_eq!(shop.initialize(&order).await.status(), 200);
    }
    assert!(texts > 0 && objects > 0);
    let mut order = shop.order("ord-20");
    order["subaccounts"] = json!({"id": "another"});
    let refused = refusal(shop.initialize(&order).await, 400).await;
    assert!(refused.as_str().unwrap().contains("isn't associated with this account"));
    refusal(shop.post("/v1/subaccount", &json!({"split_type": "half"})).send().await.unwrap(), 400).await;
}

#[tokio::test]
async fn the_balance_is_what_was_paid_without_the_fee() {
    let shop = open_shop_with(|chapa| chapa.balance = 0).await;
    let payment = shop.paid_with("ord-1", "0900123456").await;
    shop.refund(&payment, &[("amount", "100.50")]).await;
    let all = shop.read("/v1/balances").await;
    assert_eq!(all["data"].as_array().unwrap().len(), 2);
    let one = shop.read("/v1/balances/ETB").await;
    assert_eq!(one["data"][0]["available_balance"], "287.50");
    refusal(shop.get("/v1/balances/KES").send().await.unwrap(), 400).await;
}

#[tokio::test]
async fn banks_have_all_that_clients_read() {
    let shop = open_shop().await;
    let banks = shop.read("/v1/banks").await;
    let telebirr = banks["data"].as_array().unwrap().iter().find(|bank| bank["id"] == 855).unwrap();
    for field in [
        "swift",
        "name",
        "acct_length",
        "country_id",
        "is_mobilemoney",
        "is_rtgs",
        "created_at",
        "updated_at",
    ] {
        assert!(telebirr.as_object().unwrap().contains_key(field), "{field}");
    }
    assert!(telebirr["swift"].is_string() && telebirr["country_id"].is_i64());
}
