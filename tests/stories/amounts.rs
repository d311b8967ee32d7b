//! Amounts that a gateway can never take are refused before stock is held for them, and the refusal says what would do.

use haat_sandbox::stripe::Outcome;
use haat_tests::{Answer, Goods, Person, Shop, TO_STRIPE, World};
use serde_json::{Value, json};
use uuid::Uuid;

/// A piece of goods at any price, of which there are five.
async fn priced(world: &World, shop: &Shop, price: &str, currency: &str) -> Goods {
    let goods = shop.sells_in(world, ("1.00", currency), "Ring", 5).await;
    let sql = "update variants set price = $2::numeric where id = $1";
    sqlx::query(sql).bind(goods.variant).bind(price).execute(&world.pool).await.expect("priced");
    goods
}

async fn check_out(customer: &Person, goods: Goods, method: &str) -> Answer {
    customer.fill_cart(&[(goods.variant, 1)]).await;
    customer.check_out_with(&Uuid::now_v7().to_string(), method).await
}

/// The methods that are offered for this query.
async fn methods(world: &World, query: &str) -> Vec<String> {
    let answer = world.nobody().get(&format!("/api/payment-methods{query}")).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
    let rows = answer.data()["results"].as_array().unwrap().clone();
    rows.iter().map(|row| row["method"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn checkout_refuses_them_and_names_the_rule_and_what_would_do() {
    let world = World::open().await;
    let shop = world.shop("Rings").await;
    for (price, currency, problem, rule, would_do) in [
        (
            "0.30",
            "USD",
            "too_small",
            json!({ "amount": "0.50", "currency": "USD" }),
            &["paystack", "cash_on_delivery"][..],
        ),
        (
            "10.125",
            "KWD",
            "too_fine",
            json!({ "amount": "0.010", "currency": "KWD" }),
            &["cash_on_delivery"][..],
        ),
    ] {
        let (ring, customer) = (priced(&world, &shop, price, currency).await, world.customer().await);
        let refused = check_out(&customer, ring, "stripe").await;
        assert_eq!(refused.refusal(), (422, "amount_not_supported"), "{}", refused.body);
        let errors = &refused.body["errors"];
        assert_eq!((&errors["problem"], &errors["payment_methods"]), (&json!(problem), &json!(would_do)));
        assert_eq!(errors[if problem == "too_fine" { "step" } else { "least" }], rule);
        assert_eq!(world.stock(ring.variant).await, (5, 0));
        let answer = customer.check_out_with(&Uuid::now_v7().to_string(), "cash_on_delivery").await;
        assert_eq!(answer.status.as_u16(), 202, "the cart is as it was: {}", answer.body);
    }
    world.work().await;
    world.books_balance().await;
}

#[tokio::test]
async fn paying_again_through_such_a_gateway_is_refused_too() {
    let world = World::open().await;
    let (shop, customer) = (world.shop("Rings").await, world.customer().await);
    let sticker = priced(&world, &shop, "0.30", "USD").await;
    let order = check_out(&customer, sticker, "paystack").await.id();
    world.work().await;
    let refused = customer.post(TO_STRIPE, json!({ "order_id": order })).await;
    assert_eq!(refused.refusal(), (422, "amount_not_supported"), "{}", refused.body);
    assert_eq!(world.count("select count(*) from payments").await, 1);
    world.books_balance().await;
}

#[tokio::test]
async fn a_refund_of_less_than_a_step_is_refused() {
    let world = World::open().await;
    let (shop, customer, admin) = (world.shop("Rings").await, world.customer().await, world.admin().await);
    let ring = priced(&world, &shop, "10.120", "KWD").await;
    let order = check_out(&customer, ring, "stripe").await.id();
    world.work().await;
    world.sandbox.pay(&customer.payment_page(order).await, Outcome::Pay).expect("the page is open");
    world.work().await;
    let ask = |amount: &str| json!({ "amount": { "amount": amount, "currency": "KWD" } });
    let refused = admin.refund(order, ask("0.005")).await;
    assert_eq!(refused.refusal(), (422, "amount_not_supported"), "{}", refused.body);
    assert_eq!(refused.body["errors"]["step"], json!({ "amount": "0.010", "currency": "KWD" }));
    assert_eq!(world.count("select count(*) from refunds").await, 0);
    assert_eq!(admin.refund(order, ask("0.010")).await.status.as_u16(), 202);
    world.work().await;
    assert_eq!(customer.refunds(order).await, ["succeeded"]);
    world.books_balance().await;
}

#[tokio::test]
async fn a_frontend_can_know_what_will_be_taken() {
    let world = World::open().await;
    let all = ["stripe", "bkash", "paystack", "chapa", "cash_on_delivery"];
    assert_eq!(methods(&world, "").await, all);
    assert_eq!(methods(&world, "?currency=BDT").await, ["stripe", "bkash", "cash_on_delivery"]);
    assert_eq!(methods(&world, "?currency=USD&amount=0.30").await, ["paystack", "cash_on_delivery"]);
    let answer = world.nobody().get("/api/payment-methods?currency=USD").await;
    let stripe: &Value = &answer.data()["results"][0];
    assert_eq!(stripe["bounds"]["least"], json!({ "amount": "0.50", "currency": "USD" }));
    assert_eq!(stripe["bounds"]["most"], json!({ "amount": "999999.99", "currency": "USD" }));
    for bad in ["?currency=XXX", "?amount=1", "?currency=USD&amount=1.005", "?currency=USD&amount=x"] {
        let refused = world.nobody().get(&format!("/api/payment-methods{bad}")).await;
        assert!(refused.status.is_client_error(), "{bad}: {}", refused.body);
    }
}
