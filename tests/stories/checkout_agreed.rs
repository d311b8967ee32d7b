//! The order is what the customer agreed to: the total that was shown, and the lines that were selected.

use haat_tests::{Answer, Goods, Person, Shop, World};
use serde_json::{Value, json};

fn dollars(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "USD" })
}

/// Two mugs of 12.50 in a customer's cart.
async fn two_mugs(world: &World) -> (Shop, Goods, Person) {
    let shop = world.shop("Pots").await;
    let mug = shop.sells(world, "Mug", "12.50", 9).await;
    let ada = world.customer().await;
    ada.fill_cart(&[(mug.variant, 2)]).await;
    (shop, mug, ada)
}

async fn expecting(person: &Person, key: &str, total: Value) -> Answer {
    let body = json!({ "payment_method": "cash_on_delivery", "expected_total": total });
    person.check_out_saying(key, body).await
}

#[tokio::test]
async fn another_total_than_expected_is_refused_with_the_cart_as_it_is() {
    let world = World::open().await;
    let (shop, mug, ada) = two_mugs(&world).await;
    shop.reprices(mug, "9999.00", "USD").await;
    let before = world.tables().await;
    let refused = expecting(&ada, "k", dollars("25.00")).await;
    assert_eq!(refused.refusal(), (409, "cart_changed"));
    let errors = &refused.body["errors"];
    assert_eq!(errors["total"], dollars("19998.00"));
    assert_eq!(errors["cart"]["totals"], json!([dollars("19998.00")]));
    let notice = &errors["cart"]["notices"][0];
    assert_eq!((&notice["was"], &notice["now"]), (&dollars("12.50"), &dollars("9999.00")));
    assert_eq!(world.tables().await, before, "nothing was written");

    // The customer agrees: the same key will do, for nothing was kept under it.
    let placed = expecting(&ada, "k", dollars("19998.00")).await;
    assert_eq!((placed.status.as_u16(), &placed.data()["total"]), (202, &dollars("19998.00")));
    // The expected total is part of the request's fingerprint.
    assert_eq!(expecting(&ada, "k", dollars("25.00")).await.refusal(), (422, "idempotency_key_reused"));
}

#[tokio::test]
async fn a_line_that_came_from_elsewhere_and_another_currency_are_changes_too() {
    let world = World::open().await;
    let (shop, mug, ada) = two_mugs(&world).await;
    // Another tab adds one.
    ada.fill_cart(&[(mug.variant, 1)]).await;
    assert_eq!(expecting(&ada, "a", dollars("25.00")).await.refusal(), (409, "cart_changed"));
    shop.reprices(mug, "12.50", "EUR").await;
    let abroad = expecting(&ada, "b", dollars("37.50")).await;
    assert_eq!(abroad.body["errors"]["total"], json!({ "amount": "37.50", "currency": "EUR" }));
    assert_eq!(world.count("select count(*) from orders").await, 0);
}

#[tokio::test]
async fn who_expects_nothing_is_charged_only_what_the_cart_has_shown() {
    let world = World::open().await;
    let (shop, mug, ada) = two_mugs(&world).await;
    shop.reprices(mug, "13.00", "USD").await;
    for key in ["a", "b"] {
        let unseen = ada.check_out_with(key, "cash_on_delivery").await;
        assert_eq!(unseen.refusal(), (409, "cart_changed"), "the refusal itself hides nothing");
        assert_eq!(unseen.body["errors"]["total"], dollars("26.00"));
    }
    assert_eq!(ada.cart().await["notices"][0]["kind"], "price_changed");
    assert_eq!(ada.check_out_with("a", "cash_on_delivery").await.data()["total"], dollars("26.00"));
}

#[tokio::test]
async fn only_selected_lines_leave_the_cart() {
    let world = World::open().await;
    let (pots, tea) = (world.shop("Pots").await, world.shop("Tea").await);
    let mug = pots.sells(&world, "Mug", "12.50", 9).await;
    let bowl = pots.sells(&world, "Bowl", "4.25", 9).await;
    let assam = tea.sells(&world, "Assam", "8.00", 9).await;
    let ada = world.customer().await;
    ada.fill_cart(&[(mug.variant, 2), (bowl.variant, 1), (assam.variant, 3)]).await;
    let selecting = async |key: &str, select: Value| {
        let body = json!({ "payment_method": "cash_on_delivery", "select": select });
        ada.check_out_saying(key, body).await
    };
    let line = ada.cart_line(bowl.variant).await.rsplit('/').next().unwrap().to_owned();

    let refused = selecting("none", json!({ "lines": [] })).await;
    assert_eq!(refused.refusal(), (422, "invalid"));
    let two_ways = selecting("two", json!({ "lines": [line], "vendors": [tea.id] })).await;
    assert_eq!(two_ways.status, 422, "{}", two_ways.body);
    assert!(two_ways.body["errors"].as_object().unwrap().keys().all(|field| field.starts_with("select")));
    let unknown = selecting("unknown", json!({ "vendors": [tea.id, ada.user] })).await;
    assert_eq!(unknown.refusal(), (409, "selection_not_in_cart"));
    assert_eq!(unknown.body["errors"]["missing"], json!([ada.user]));
    assert_eq!(
        selecting("yen", json!({ "currency": "JPY" })).await.refusal(),
        (409, "selection_not_in_cart")
    );

    let of_tea = selecting("tea", json!({ "vendors": [tea.id] })).await;
    assert_eq!(of_tea.data()["total"], dollars("24.00"));
    assert_eq!(ada.cart().await["totals"], json!([dollars("29.25")]));
    // The selection is part of the request's meaning.
    assert_eq!(selecting("tea", json!({ "lines": [line] })).await.refusal(), (422, "idempotency_key_reused"));
    let of_bowl = selecting("bowl", json!({ "lines": [line, line] })).await;
    assert_eq!(of_bowl.data()["total"], dollars("4.25"));
    assert_eq!(
        selecting("again", json!({ "lines": [line] })).await.refusal(),
        (409, "selection_not_in_cart")
    );
    let body = json!({ "payment_method": "stripe", "expected_total": dollars("25.00") });
    assert_eq!(ada.check_out_saying("rest", body).await.status, 202);
    assert_eq!(ada.cart().await["vendors"], json!([]));
    world.work().await;
    world.books_balance().await;
}

/// A line that is no longer for sale prevents only an order that contains it.
#[tokio::test]
async fn what_is_not_selected_does_not_stand_in_the_way() {
    let world = World::open().await;
    let (shop, _, ada) = two_mugs(&world).await;
    let bowl = shop.sells(&world, "Bowl", "4.25", 9).await;
    ada.fill_cart(&[(bowl.variant, 1)]).await;
    let line = ada.cart_line(bowl.variant).await.rsplit('/').next().unwrap().to_owned();
    let sql = "update variants set active = false where id <> $1";
    sqlx::query(sql).bind(bowl.variant).execute(&world.pool).await.unwrap();
    assert_eq!(ada.check_out_with("all", "cash_on_delivery").await.refusal(), (409, "cart_not_sold"));
    let body = json!({ "payment_method": "cash_on_delivery", "select": { "lines": [line] } });
    assert_eq!(ada.check_out_saying("bowl", body).await.data()["total"], dollars("4.25"));
}
