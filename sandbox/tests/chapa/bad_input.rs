//! Requests that make no sense, of every kind: Chapa's own envelope and a 4xx each time, and nothing
//! happens. The sandbox is still well afterwards.

use reqwest::Method;
use serde_json::json;

use crate::shop::{Shop, json_of, open_shop, open_shop_with, refusal};

const INITIALIZE: &str = "/v1/transaction/initialize";

#[tokio::test]
async fn a_body_that_is_no_object_lacks_every_field() {
    let shop = open_shop().await;
    let bodies: [&[u8]; 6] = [b"", b"{\"amount\": ", b"[1, 2]", b"null", b"\xff\xfe{}", &[b'['; 5000]];
    for body in bodies {
        let message = shop.raw(INITIALIZE, "application/json", body.to_vec()).await;
        let required = json!(["validation.required"]);
        assert_eq!(message, json!({"amount": required, "currency": required, "tx_ref": required}));
        for path in ["/v1/transfers", "/v1/bulk-transfers", "/v1/subaccount"] {
            assert!(shop.raw(path, "application/json", body.to_vec()).await.is_object());
        }
    }
    assert_eq!(shop.sandbox.chapa().initialized_count(), 0);
}

#[tokio::test]
async fn every_field_is_looked_at() {
    let shop = open_shop().await;
    let long = "x".repeat(300);
    for (field, wrong, rule) in [
        ("amount", json!("-5"), "min.numeric"),
        ("amount", json!({}), "numeric"),
        ("amount", json!("99999999999999999999999"), "max.numeric"),
        ("amount", json!(1e308), "numeric"),
        ("amount", json!("4.001"), "decimal"),
        ("tx_ref", json!(7), "string"),
        ("tx_ref", json!(long), "max.string"),
        ("tx_ref", json!("  "), "required"),
        ("email", json!("abebe"), "email"),
        ("phone_number", json!("+251912345678"), "regex"),
        ("phone_number", json!("0812345678"), "regex"),
        ("callback_url", json!("javascript:alert(1)"), "url"),
        ("return_url", json!("thanks"), "url"),
        ("customization", json!("Order"), "array"),
        ("first_name", json!(["Abebe"]), "string"),
    ] {
        let mut order = shop.order("ord-1");
        order[field] = wrong.clone();
        let message = refusal(shop.initialize(&order).await, 400).await;
        assert_eq!(message, json!({ field: [format!("validation.{rule}")] }), "{wrong}");
    }
    let mut order = shop.order("ord-1");
    order["currency"] = json!("BDT");
    let message = refusal(shop.initialize(&order).await, 400).await;
    assert_eq!(message, "Invalid currency, currency is not supported");
    assert_eq!(shop.sandbox.chapa().initialized_count(), 0);
}

#[tokio::test]
async fn a_customization_has_limits_unless_they_are_off() {
    let wrong = json!({"title": "A title too long", "description": "two mugs, blue!"});
    let ask = |shop: &Shop| {
        let mut order = shop.order("ord-1");
        order["customization"] = wrong.clone();
        order["customization"]["title"] = json!("A title of seventeen");
        order
    };
    let shop = open_shop().await;
    let message = refusal(shop.initialize(&ask(&shop)).await, 400).await;
    assert_eq!(
        message,
        json!({"customization.title": ["validation.max.string"], "customization.description": ["validation.regex"]})
    );
    let lenient = open_shop_with(|chapa| chapa.strict_customization = false).await;
    assert_eq!(lenient.initialize(&ask(&lenient)).await.status(), 200);
}

#[tokio::test]
async fn forms_and_bracketed_names_are_read_as_json_is() {
    let shop = open_shop().await;
    let form = "amount=400&currency=ETB&tx_ref=ord-form&email=a%40b.et&customization%5Btitle%5D=Mugs&meta%5Border%5D=7";
    let kind = "application/x-www-form-urlencoded";
    let made = shop.call(Method::POST, INITIALIZE).header("content-type", kind).body(form);
    assert_eq!(made.send().await.unwrap().status(), 200);
    shop.sandbox.pay_chapa("ord-form", haat_sandbox::chapa::Outcome::Pay).unwrap();
    let seen = shop.read("/v1/transaction/verify/ord-form").await;
    assert_eq!(seen["data"]["customization"]["title"], "Mugs");
    assert_eq!((&seen["data"]["meta"], &seen["data"]["amount"]), (&json!({"order": "7"}), &json!("400")));

    let mut order = shop.order("ord-json");
    order.as_object_mut().unwrap().remove("customization");
    order["customization[title]"] = json!("I love e-com");
    assert_eq!(shop.initialize(&order).await.status(), 200);
    shop.sandbox.pay_chapa("ord-json", haat_sandbox::chapa::Outcome::Pay).unwrap();
    let seen = shop.read("/v1/transaction/verify/ord-json").await;
    assert_eq!(seen["data"]["customization"]["title"], "I love e-com");
    order["customization[title]"] = json!("Payment for my favourite merchant");
    let message = refusal(shop.initialize(&order).await, 400).await;
    assert_eq!(message, json!({"customization.title": ["validation.max.string"]}));

    let account =
        "business_name=B&account_name=A&account_number=1&bank_code=855&split_type=flat&split_value=3";
    let made = shop.call(Method::POST, "/v1/subaccount").header("content-type", kind).body(account);
    assert_eq!(made.send().await.unwrap().status(), 200);
    let batch = "title=T&currency=ETB&bulk_data[0][account_name]=A&bulk_data[0][account_number]=0912345678\
                 &bulk_data[0][amount]=5&bulk_data[0][bank_code]=855&bulk_data[0][reference]=p-1";
    let made = shop.call(Method::POST, "/v1/bulk-transfers").header("content-type", kind).body(batch);
    assert_eq!(made.send().await.unwrap().status(), 200);
    assert_eq!(shop.read("/v1/transfers/verify/p-1").await["data"]["account_name"], "A");
}

#[tokio::test]
async fn a_path_that_is_not_there_is_named() {
    let shop = open_shop().await;
    for (path, named) in [("/v1/nothing", "v1/nothing"), ("/v2/banks", "v2/banks"), ("/v1", "v1")] {
        let message = refusal(shop.get(path).send().await.unwrap(), 404).await;
        assert_eq!(message, format!("The route GET {named} could not be found."));
    }
}

#[tokio::test]
async fn the_content_type_must_be_right() {
    let shop = open_shop().await;
    let payment = shop.paid_with("ord-1", "0900123456").await;
    let order = shop.order("ord-2").to_string().into_bytes();
    let message = shop.raw(INITIALIZE, "text/plain", order.clone()).await;
    assert!(message.as_str().unwrap().starts_with("Incorrect header settings"));
    let bare = shop.call(Method::POST, INITIALIZE).body(order.clone()).send().await.unwrap();
    refusal(bare, 400).await;
    // Read as a form, a JSON body would refund everything.
    shop.raw(&format!("/v1/refund/{payment}"), "application/json", b"{\"amount\": \"1\"}".to_vec()).await;
    let with_charset =
        shop.call(Method::POST, INITIALIZE).header("content-type", "application/json; charset=utf-8");
    assert_eq!(with_charset.body(order).send().await.unwrap().status(), 200);
    assert!(shop.sandbox.chapa().refunded().is_empty());
}

#[tokio::test]
async fn a_form_that_makes_no_sense_refunds_nothing() {
    let shop = open_shop().await;
    let payment = shop.paid_with("ord-1", "0900123456").await;
    let path = format!("/v1/refund/{payment}");
    for (form, field) in [
        ("amount=abc", "amount"),
        ("amount=0", "amount"),
        ("amount=1e3", "amount"),
        ("amount=%ff%fe", "amount"),
        ("amount[a]=1", "amount"),
        ("reference[a]=1", "reference"),
    ] {
        let message = shop.raw(&path, "application/x-www-form-urlencoded", form.into()).await;
        assert!(message[field].is_array(), "{form}: {message}");
    }
    let long = format!("reason={}", "x".repeat(1000));
    shop.raw(&path, "application/x-www-form-urlencoded", long.into()).await;
    assert!(shop.sandbox.chapa().refunded().is_empty());
}

#[tokio::test]
async fn who_has_no_key_gets_nothing() {
    let shop = open_shop().await;
    let url = format!("{}/chapa/v1/banks", shop.sandbox.url());
    let none = shop.client.get(&url).send().await.unwrap();
    assert_eq!(refusal(none, 401).await, "Authorization required");
    for odd in ["Basic Y2hhcGE6", "CHASECK_TEST-sandbox", "Bearer"] {
        let odd = shop.client.get(&url).header("authorization", odd).send().await.unwrap();
        assert_eq!(refusal(odd, 401).await, "Authorization required");
    }
    let wrong = shop.client.get(&url).bearer_auth("CHASECK_TEST-other").send().await.unwrap();
    assert_eq!(refusal(wrong, 401).await, "Invalid API Key or User doesn't exist");
}

#[tokio::test]
async fn unknown_paths_and_huge_bodies_are_refused() {
    let shop = open_shop().await;
    for path in [
        "/v1/nothing",
        "/v1/transaction/verify",
        "/v1/transaction/verify/",
        "/v1/transaction/verify/%ff%fe",
        "/v1/transaction/verify/a%2Fb",
        "/v1/transaction/initialize",
        "/v1/refund/AP1",
    ] {
        refusal(shop.get(path).send().await.unwrap(), 404).await;
    }
    let huge = shop.call(Method::POST, INITIALIZE).header("content-type", "application/json");
    refusal(huge.body(vec![b' '; 70_000]).send().await.unwrap(), 413).await;
    assert_eq!(json_of(shop.get("/v1/banks").send().await.unwrap()).await["message"], "Banks retrieved");
}

#[tokio::test]
async fn a_tx_ref_may_be_written_in_any_script() {
    let shop = open_shop().await;
    let tx_ref = "ትእዛዝ 1+1";
    assert_eq!(shop.initialize(&shop.order(tx_ref)).await.status(), 200);
    shop.sandbox.pay_chapa(tx_ref, haat_sandbox::chapa::Outcome::Pay).unwrap();
    let mut url = reqwest::Url::parse(&shop.sandbox.url()).unwrap();
    url.path_segments_mut().unwrap().extend(["chapa", "v1", "transaction", "verify", tx_ref]);
    let seen = json_of(shop.client.get(url).bearer_auth(crate::shop::KEY).send().await.unwrap()).await;
    assert_eq!(seen["data"]["tx_ref"], tx_ref);
}
