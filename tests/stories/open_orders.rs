//! Limits on stock that is held without payment: the open orders of one customer, and which vendors accept cash.

use haat_tests::{Answer, Person, World};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// Puts pieces into the cart and checks out this way.
async fn ask(person: &Person, method: &str, variant: Uuid, pieces: i32) -> Answer {
    person.fill_cart(&[(variant, pieces)]).await;
    let answer = person.check_out_with(&Uuid::now_v7().to_string(), method).await;
    person.send(Method::DELETE, "/api/cart/clear", &[], None).await;
    answer
}

#[tokio::test]
async fn nobody_takes_the_whole_stock_for_nothing() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 5_000).await.variant;
    let ada = world.customer().await;
    let greedy = ask(&ada, "cash_on_delivery", mug, 5_000).await;
    assert_eq!(greedy.refusal(), (409, "too_many_open_pieces"));
    assert_eq!(greedy.body["errors"], json!({ "kind": "cash", "most": 200, "open": 0 }));
    assert_eq!(ask(&ada, "stripe", mug, 5_000).await.refusal(), (409, "too_many_open_pieces"));
    assert_eq!(ask(&ada, "cash_on_delivery", mug, 150).await.status, 202);
    let more = ask(&ada, "cash_on_delivery", mug, 51).await;
    assert_eq!(more.body["errors"], json!({ "kind": "cash", "most": 200, "open": 150 }));
    assert_eq!(ask(&ada, "cash_on_delivery", mug, 50).await.status, 202);
    assert_eq!(ask(&ada, "stripe", mug, 500).await.status, 202, "each kind counts for itself");
    // Others are not concerned.
    assert_eq!(ask(&world.customer().await, "cash_on_delivery", mug, 200).await.status, 202);
    world.work().await;
    world.books_balance().await;
}

#[tokio::test]
async fn what_ends_does_not_count_any_more() {
    let limits = [("HAAT_OPEN_UNPAID_ORDERS", "2"), ("HAAT_OPEN_CASH_ORDERS", "1")];
    let world = World::with(&limits).await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 50).await.variant;
    let ada = world.customer().await;
    let first = ask(&ada, "stripe", mug, 1).await.id();
    assert_eq!(ask(&ada, "paystack", mug, 1).await.status, 202);
    world.work().await;
    let third = ask(&ada, "stripe", mug, 1).await;
    assert_eq!(third.refusal(), (409, "too_many_open_orders"));
    assert_eq!(third.body["errors"], json!({ "kind": "unpaid", "most": 2, "open": 2 }));
    // Paid, and cancelled.
    let page = ada.payment_page(first).await;
    world.sandbox.pay(&page, haat_sandbox::stripe::Outcome::Pay).expect("the page is open");
    world.work().await;
    let fourth = ask(&ada, "stripe", mug, 1).await.id();
    assert_eq!(ask(&ada, "stripe", mug, 1).await.status, 409);
    assert_eq!(ada.cancel(fourth).await.status, 200);
    assert_eq!(ask(&ada, "stripe", mug, 1).await.status, 202);

    assert_eq!(ask(&ada, "cash_on_delivery", mug, 1).await.status, 202);
    world.work().await;
    assert_eq!(ask(&ada, "cash_on_delivery", mug, 1).await.refusal(), (409, "too_many_open_orders"));
    world.pass(std::time::Duration::from_secs(31 * 24 * 3600));
    let ada = world.signed_in(shared::identity::Caller {
        user: ada.user,
        session: shared::kernel::ids::SessionId::new(),
        role: shared::identity::Role::Customer,
        vendor: None,
    });
    assert_eq!(
        ask(&ada, "cash_on_delivery", mug, 1).await.status,
        202,
        "a month later it is delivered or lost"
    );
}

#[tokio::test]
async fn the_worth_is_limited_where_the_operator_says_so() {
    let world = World::with(&[("HAAT_OPEN_CASH_VALUE", "USD:100, BDT:5000")]).await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 50).await.variant;
    let ada = world.customer().await;
    assert_eq!(ask(&ada, "cash_on_delivery", mug, 5).await.status, 202);
    let dear = ask(&ada, "cash_on_delivery", mug, 4).await;
    assert_eq!(dear.refusal(), (409, "open_value_too_high"));
    let most = json!({ "amount": "100.00", "currency": "USD" });
    assert_eq!(
        (&dear.body["errors"]["most"], &dear.body["errors"]["open"]["currency"]),
        (&most, &json!("USD"))
    );
    assert_eq!(ask(&ada, "cash_on_delivery", mug, 3).await.status, 202);
    assert_eq!(ask(&ada, "stripe", mug, 40).await.status, 202);
}

/// Selections of one cart, all at once: in one batch, in two processes. The cart's lock counts them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn racing_checkouts_do_not_pass_the_limit_together() {
    let world = World::with(&[("HAAT_OPEN_CASH_ORDERS", "3")]).await;
    let shop = world.shop("Pots").await;
    let ada = world.customer().await;
    // A second API process over the same database.
    let other = haat_api::App::new(
        (*world.worker.settings).clone(),
        world.pool.clone(),
        world.clock.clone(),
        world.worker.bell.clone(),
        world.worker.gateways.clone(),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = haat_api::router(other.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let elsewhere = Person { url, ..ada.clone() };
    let mut lines = Vec::new();
    for number in 0..12 {
        let goods = shop.sells(&world, &format!("Mug {number}"), "12.50", 9).await;
        ada.fill_cart(&[(goods.variant, 1)]).await;
        lines.push(ada.cart_line(goods.variant).await.rsplit('/').next().unwrap().to_owned());
    }
    let racing = lines.iter().enumerate().map(|(number, line)| {
        let person = if number % 2 == 0 { &ada } else { &elsewhere };
        let body = json!({ "payment_method": "cash_on_delivery", "select": { "lines": [line] } });
        async move { person.check_out_saying(line, body).await }
    });
    let answers = futures::future::join_all(racing).await;
    let placed = answers.iter().filter(|answer| answer.status == 202).count();
    let refused = answers.iter().filter(|answer| answer.refusal() == (409, "too_many_open_orders")).count();
    assert_eq!((placed, refused), (3, 9));
    assert_eq!(world.count("select count(*) from orders").await, 3);
    assert_eq!(ada.cart().await["item_count"], 9, "what was refused is still in the cart");
    other.stopping.cancel();
    world.work().await;
    world.books_balance().await;
}

#[tokio::test]
async fn a_shop_that_takes_no_cash_gets_none() {
    let world = World::open().await;
    let (pots, tea) = (world.shop("Pots").await, world.shop("Tea").await);
    let mug = pots.sells(&world, "Mug", "12.50", 9).await.variant;
    let tin = tea.sells(&world, "Assam", "8.00", 9).await.variant;
    let (ada, admin) = (world.customer().await, world.admin().await);
    let set = async |terms: Value| {
        let path = format!("/api/admin/vendors/{}", tea.id);
        admin.send(Method::PATCH, &path, &[], Some(terms)).await
    };
    assert_eq!(set(json!({})).await.status, 422);
    let changed = set(json!({ "cash_on_delivery": false })).await;
    assert_eq!(changed.data()["cash_on_delivery"], false);
    assert_eq!(changed.data()["commission_rate"], "0.1000", "it stays as it was");

    ada.fill_cart(&[(mug, 1), (tin, 1)]).await;
    let parts = ada.cart().await["vendors"].clone();
    assert_eq!((&parts[0]["cash_on_delivery"], &parts[1]["cash_on_delivery"]), (&json!(true), &json!(false)));
    let refused = ada.check_out_with("cash", "cash_on_delivery").await;
    assert_eq!(refused.refusal(), (422, "cash_not_accepted"));
    assert_eq!(refused.body["errors"]["vendors"], json!([{ "id": tea.id, "name": "Tea" }]));
    let unsaid = ada.check_out_saying("unsaid", json!({})).await;
    assert_eq!(unsaid.refusal(), (422, "payment_method_required"));
    // The other shop's goods may be paid in cash, also if no method is named.
    let of_pots = ada.check_out_saying("pots", json!({ "select": { "vendors": [pots.id] } })).await;
    assert_eq!(of_pots.data()["payment_method"], "cash_on_delivery");
    assert_eq!(ada.check_out_with("tea", "stripe").await.status, 202);
    assert_eq!(set(json!({ "cash_on_delivery": true, "commission_rate": "0.2" })).await.status, 200);
    ada.fill_cart(&[(tin, 1)]).await;
    assert_eq!(ada.check_out_saying("tin", json!({})).await.data()["payment_method"], "cash_on_delivery");
}
