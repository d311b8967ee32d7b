//! Money on its way back, and what goes with it.

use futures::future::join_all;
use haat_sandbox::stripe::Outcome;
use haat_tests::{Sale, line};
use reqwest::Method;
use serde_json::{Value, json};

fn amount(dollars: &str) -> Value {
    json!({ "amount": { "amount": dollars, "currency": "USD" } })
}

#[tokio::test]
async fn all_of_it_with_the_goods_back_on_the_shelf() {
    let sale = Sale::paid().await;
    sale.refunded(json!({ "restock": true })).await;
    assert_eq!(sale.steps().await, ["pending", "awaiting_payment", "paid", "refunded"]);
    assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
    assert_eq!(sale.owed().await, ["0.00", "0.00", "0.00"]);
    assert_eq!(sale.world.sandbox.stripe().refunded()["usd"], 3300);
    assert_eq!(sale.refund(json!({})).await.refusal(), (422, "nothing_to_refund"));
    sale.world.books_balance().await;
}

#[tokio::test]
async fn all_of_it_while_the_goods_stay_away() {
    let sale = Sale::paid().await;
    sale.refunded(json!({})).await;
    assert_eq!(sale.status().await, "refunded");
    assert_eq!(sale.stock().await, [(3, 0), (4, 0)]);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn an_amount_is_borne_by_all_shops_in_proportion() {
    let sale = Sale::paid().await;
    sale.refunded(amount("3.30")).await;
    assert_eq!(sale.status().await, "paid");
    // 2.50 of 25.00 and 0.80 of 8.00, and of each a tenth was commission.
    assert_eq!(sale.owed().await, ["20.25", "6.48", "2.97"]);
    assert_eq!(sale.stock().await, [(3, 0), (4, 0)]);
    sale.world.books_balance().await;

    let beyond = sale.refund(amount("29.71")).await;
    assert_eq!(beyond.refusal(), (409, "refund_exceeds_captured"));
    assert_eq!(beyond.body["errors"]["left"]["amount"], "29.70");
    assert!(beyond.body["errors"]["amount"].is_array(), "{}", beyond.body);
    for nothing in ["0", "-1.00"] {
        let refused = sale.refund(amount(nothing)).await;
        assert_eq!(refused.refusal(), (422, "invalid"));
        assert_eq!(refused.body["errors"], json!({ "amount": ["must be more than zero"] }));
    }
    sale.refunded(amount("29.70")).await;
    assert_eq!(sale.status().await, "refunded");
    assert_eq!(sale.owed().await, ["0.00", "0.00", "0.00"]);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn piece_by_piece_and_never_more_than_was_bought() {
    let sale = Sale::paid().await;
    sale.refunded(line(1, 1, true)).await;
    assert_eq!(sale.stock().await, [(4, 0), (4, 0)]);
    assert_eq!(sale.owed().await, ["11.25", "7.20", "2.05"]);
    sale.world.books_balance().await;

    assert_eq!(sale.refund(line(1, 2, true)).await.refusal(), (409, "refund_exceeds_line"));
    assert_eq!(sale.refund(line(7, 1, true)).await.refusal(), (422, "no_such_line"));
    // Every line that asks for too much is told, by its place.
    let both = json!({ "lines": [{ "line_no": 2, "quantity": 5 }, { "line_no": 1, "quantity": 2 }] });
    let refused = sale.refund(both.clone()).await;
    assert_eq!(refused.refusal(), (409, "refund_exceeds_line"));
    let left = |pieces: i32, line: i32| {
        json!([format!("only {pieces} pieces of line {line} can still be refunded")])
    };
    let told = json!({ "lines[0].quantity": left(1, 2), "lines[1].quantity": left(1, 1) });
    assert_eq!(refused.body["errors"], told);
    let mut stranger = both;
    stranger["lines"][0]["line_no"] = json!(9);
    let refused = sale.refund(stranger).await;
    assert_eq!(refused.refusal(), (422, "no_such_line"));
    let told: Vec<_> = refused.body["errors"].as_object().unwrap().keys().collect();
    assert_eq!(told, ["lines[0].line_no", "lines[1].quantity"]);

    let wrong = json!({ "lines": [{ "line_no": 2, "quantity": 0 }, { "line_no": 2, "quantity": 1 }] });
    let told = json!({
        "lines[0].quantity": ["must be 1 or more"],
        "lines[1]": ["names line 2 again, as lines[0] does"],
    });
    for path in
        [format!("/api/orders/{}/refunds", sale.order), format!("/api/admin/orders/{}/refund", sale.order)]
    {
        let refused = sale.admin.post(&path, wrong.clone()).await;
        assert_eq!((refused.refusal(), &refused.body["errors"]), ((422, "invalid"), &told), "{path}");
    }

    sale.refunded(line(1, 1, false)).await;
    sale.refunded(line(2, 1, true)).await;
    assert_eq!(sale.status().await, "refunded");
    assert_eq!(sale.stock().await, [(4, 0), (5, 0)]);
    assert_eq!(
        sale.refunds_at_gateway().iter().map(|refund| refund.amount).collect::<Vec<_>>(),
        [1250, 1250, 800]
    );
    assert_eq!(sale.owed().await, ["0.00", "0.00", "0.00"]);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_line_after_an_amount_never_takes_more_than_its_shop_has() {
    let sale = Sale::paid().await;
    sale.refunded(amount("20.00")).await;
    let captured = sale.refund(line(1, 2, true)).await;
    assert_eq!(captured.refusal(), (409, "refund_exceeds_captured"));
    let told = captured.body["errors"].as_object().unwrap();
    assert_eq!(
        told.keys().collect::<Vec<_>>(),
        ["left", "lines", "lines[0]"],
        "of the payment and of the shop's part"
    );
    let part = sale.refund(line(2, 1, true)).await;
    assert_eq!(part.refusal(), (409, "refund_exceeds_vendor_part"));
    assert!(part.body["errors"]["lines[0]"].is_array(), "{}", part.body);
    sale.refunded(json!({ "restock": true })).await;
    assert_eq!(sale.status().await, "refunded");
    assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
    assert_eq!(sale.owed().await, ["0.00", "0.00", "0.00"]);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn ten_admins_refund_sixty_percent_at_once() {
    let sale = Sale::paid().await;
    let answers = join_all((0..10).map(|_| sale.refund(amount("19.80")))).await;
    let accepted = answers.iter().filter(|answer| answer.status.as_u16() == 202).count();
    assert_eq!(accepted, 1);
    assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 202 | 409)));
    sale.world.work().await;
    assert_eq!(sale.world.sandbox.stripe().refunded()["usd"], 1980);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn refund_and_cancel_race() {
    let sale = Sale::paid().await;
    let (refund, cancel) = tokio::join!(sale.refund(line(1, 2, true)), sale.cancel());
    assert!(cancel.status.is_success(), "{}", cancel.body);
    assert!(matches!(refund.status.as_u16(), 202 | 409), "{}", refund.body);
    sale.world.work().await;
    assert_eq!(sale.status().await, "refunded");
    assert_eq!(sale.world.sandbox.stripe().refunded()["usd"], 3300);
    assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_slow_refund_counts_when_it_is_there() {
    let sale = Sale::paid_by(Outcome::PayRefundPends).await;
    sale.refunded(json!({ "restock": true })).await;
    assert_eq!(sale.refunds().await, ["pending"]);
    assert_eq!((sale.status().await.as_str(), sale.stock().await), ("paid", [(3, 0), (4, 0)]));
    assert_eq!(
        sale.refund(amount("1.00")).await.refusal(),
        (409, "refund_exceeds_captured"),
        "it is promised"
    );
    sale.world.books_balance().await;

    sale.world.sandbox.settle_all();
    sale.world.work().await;
    assert_eq!((sale.status().await.as_str(), sale.stock().await), ("refunded", [(5, 0), (5, 0)]));
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_slow_refund_is_asked_about_when_nobody_tells() {
    let sale = Sale::paid_by(Outcome::PayRefundPends).await;
    sale.world.lose_webhooks();
    sale.refunded(json!({})).await;
    sale.world.sandbox.settle_all();
    sale.world.work().await;
    assert_eq!(sale.refunds().await, ["pending"]);
    sale.world.work_for(std::time::Duration::from_secs(60)).await;
    assert_eq!(sale.refunds().await, ["succeeded"]);
    assert_eq!(sale.status().await, "refunded");
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_refund_that_comes_back_is_undone_but_for_the_goods() {
    let sale = Sale::paid_by(Outcome::PayRefundBounces).await;
    sale.refunded(json!({ "restock": true })).await;
    assert_eq!((sale.status().await.as_str(), sale.stock().await), ("refunded", [(5, 0), (5, 0)]));

    sale.world.sandbox.settle_all();
    sale.world.work().await;
    assert_eq!(sale.status().await, "paid");
    assert_eq!(sale.refunds().await, ["failed"]);
    assert_eq!(sale.world.incidents().await, ["refund_failed"]);
    assert_eq!(sale.owed().await, ["22.50", "7.20", "3.30"]);
    assert_eq!(sale.stock().await, [(5, 0), (5, 0)], "the goods are here");
    sale.world.books_balance().await;

    // Another try, which comes through: the goods are not put on the shelf a second time.
    sale.refunded(json!({ "restock": true })).await;
    assert_eq!((sale.status().await.as_str(), sale.stock().await), ("refunded", [(5, 0), (5, 0)]));
    assert_eq!(sale.owed().await, ["0.00", "0.00", "0.00"]);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn the_refund_of_a_cancelled_order_comes_back() {
    let sale = Sale::paid_by(Outcome::PayRefundBounces).await;
    assert!(sale.cancel().await.status.is_success());
    sale.world.work().await;
    assert_eq!(sale.status().await, "refunded");
    sale.world.sandbox.settle_all();
    sale.world.work().await;
    assert_eq!(sale.status().await, "cancelled");
    sale.world.books_balance().await;
    sale.refunded(json!({})).await;
    assert_eq!(sale.status().await, "refunded");
    sale.world.books_balance().await;
}

#[tokio::test]
async fn an_unpaid_order_has_nothing_to_refund() {
    let sale = Sale::awaiting().await;
    assert_eq!(sale.refund(json!({})).await.refusal(), (409, "order_not_paid"));
    assert_eq!(sale.customer.refund(sale.order, json!({})).await.refusal().0, 403);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_charge_whose_name_is_not_known_is_asked_for() {
    let sale = Sale::paid().await;
    sale.forget_the_charge().await;
    sale.refunded(json!({})).await;
    assert_eq!(sale.status().await, "refunded");
    assert_eq!(sale.world.sandbox.stripe().refunded()["usd"], 3300);
    sale.world.books_balance().await;
}

/// A caller whose answer was lost repeats the request. The same amount could also be meant twice: the key decides.
#[tokio::test]
async fn a_repeated_request_is_the_same_refund() {
    let sale = Sale::paid().await;
    let path = format!("/api/orders/{}/refunds", sale.order);
    let ask = async |key: &str, wish: Value| {
        sale.admin.send(Method::POST, &path, &[("Idempotency-Key", key)], Some(wish)).await
    };
    let first = ask("goodwill-1", amount("1.00")).await.id();
    // However many repeats come at once, the answer is known.
    for answer in join_all((0..8).map(|_| ask("goodwill-1", amount("1.00")))).await {
        assert_eq!((answer.status.as_u16(), answer.id()), (202, first));
    }
    assert_eq!(ask("goodwill-1", amount("2.00")).await.refusal(), (422, "idempotency_key_reused"));
    assert_ne!(ask("goodwill-2", amount("1.00")).await.id(), first);
    sale.world.work().await;
    assert_eq!(sale.world.sandbox.stripe().refunded()["usd"], 200);
    assert_eq!(ask("goodwill-1", amount("1.00")).await.id(), first);
    assert_eq!(ask(" ", amount("1.00")).await.refusal(), (400, "idempotency_key_invalid"));
    sale.world.books_balance().await;
}
