//! bKash, Paystack and Chapa alike: paid, with and without messages, refunded in whole and in part.

use std::time::Duration;

use haat_sandbox::{FaultKind, Match, Rule};
use haat_tests::{Fate, Purchase, Till, World, line};
use serde_json::{Value, json};

/// Each story at each gateway.
macro_rules! at_every_till {
    ($($story:ident)*) => {
        at_every_till! { @one bkash Bkash $($story)* }
        at_every_till! { @one paystack Paystack $($story)* }
        at_every_till! { @one chapa Chapa $($story)* }
    };
    (@one $name:ident $till:ident $($story:ident)*) => {
        mod $name {
            $(#[tokio::test]
            async fn $story() {
                super::$story(haat_tests::Till::$till).await;
            })*
        }
    };
}

at_every_till! {
    an_order_is_paid_and_booked
    a_lost_message_is_found_by_asking
    messages_twice_late_and_in_any_order_pay_once
    all_of_it_goes_back_with_the_goods
    a_half_goes_back_and_then_the_other
    a_refund_whose_answer_is_lost_is_made_once
    a_refund_that_waits_is_asked_about_when_nobody_tells
    who_cancels_a_paid_order_gets_the_money_back
    one_page_although_the_answer_is_lost
    what_it_does_not_take_is_refused_at_checkout_and_later
    asking_twice_finds_the_same_page
    every_job_twice_changes_nothing
}

fn half(till: Till) -> Value {
    json!({ "amount": { "amount": "250.00", "currency": till.currency() } })
}

async fn an_order_is_paid_and_booked(till: Till) {
    let purchase = Purchase::awaiting(till).await;
    assert_eq!(purchase.stock().await, (5, 2));
    assert_eq!(purchase.see().await["payment"]["status"], "open");

    purchase.pay(Fate::Pays).await;
    purchase.world.work().await;

    assert_eq!(purchase.steps().await, ["pending", "awaiting_payment", "paid"]);
    assert_eq!((purchase.stock().await, purchase.captured()), ((3, 0), 50_000));
    assert!(purchase.world.incidents().await.is_empty());
    purchase.world.books_balance().await;
}

async fn a_lost_message_is_found_by_asking(till: Till) {
    let purchase = Purchase::awaiting(till).await;
    purchase.world.lose_webhooks();
    purchase.agree(Fate::Pays).await;
    purchase.world.work().await;
    assert_eq!(purchase.status().await, "awaiting_payment");

    purchase.world.work_for(Duration::from_secs(180)).await;
    assert_eq!(purchase.status().await, "paid");
    assert_eq!(purchase.captured(), 50_000);
    purchase.world.books_balance().await;
}

async fn messages_twice_late_and_in_any_order_pay_once(till: Till) {
    for fault in [FaultKind::WebhookDuplicate, FaultKind::WebhookReorder, FaultKind::WebhookLate] {
        let purchase = Purchase::awaiting(till).await;
        purchase.world.sandbox.faults().add(Rule { on: Match::default(), fault: fault.into(), times: 1 });
        purchase.pay(Fate::Pays).await;
        purchase.world.drain().await;
        purchase.world.sandbox.deliver_pending_webhooks().await;
        purchase.world.work().await;
        assert_eq!(purchase.steps().await, ["pending", "awaiting_payment", "paid"], "{fault:?}");
        assert_eq!(purchase.world.count("select count(*) from ledger_transactions").await, 1);
        purchase.world.books_balance().await;
    }
}

async fn all_of_it_goes_back_with_the_goods(till: Till) {
    let purchase = Purchase::paid(till).await;
    purchase.refunded(json!({ "restock": true })).await;
    purchase.settled().await;
    assert_eq!(purchase.steps().await, ["pending", "awaiting_payment", "paid", "refunded"]);
    assert_eq!((purchase.stock().await, purchase.given_back()), ((5, 0), 50_000));
    purchase.world.books_balance().await;
}

async fn a_half_goes_back_and_then_the_other(till: Till) {
    let purchase = Purchase::paid(till).await;
    purchase.refunded(line(1, 1, true)).await;
    purchase.settled().await;
    assert_eq!((purchase.status().await.as_str(), purchase.given_back()), ("paid", 25_000));
    assert_eq!(purchase.stock().await, (4, 0));
    purchase.world.books_balance().await;

    purchase.refunded(half(till)).await;
    purchase.settled().await;
    // Chapa's messages about the two can't be distinguished; then the second is asked about.
    purchase.world.work_for(Duration::from_secs(11 * 60)).await;
    assert_eq!((purchase.status().await.as_str(), purchase.given_back()), ("refunded", 50_000));
    assert_eq!((purchase.stock().await, purchase.refunds_at_gateway().await), ((4, 0), 2));
    purchase.world.books_balance().await;
}

/// The gateway carried it out, and the answer was lost: the refund is looked up before it would be requested again.
async fn a_refund_whose_answer_is_lost_is_made_once(till: Till) {
    let purchase = Purchase::awaiting_beside(till, |config| config.chapa.refund_verify_by_ours = true).await;
    purchase.pay(Fate::Pays).await;
    purchase.world.work().await;
    purchase.world.lose_webhooks();
    let path = match till {
        Till::Bkash => "/v2/tokenized-checkout/refund/payment/transaction",
        Till::Paystack => "/refund",
        Till::Chapa => "/v1/refund/*",
    };
    purchase.fails(path, FaultKind::CutAfter, 1);
    purchase.refunded(json!({ "restock": true })).await;
    assert_eq!(purchase.world.sandbox.faults().report().rules.len(), 1, "the fault has not struck");
    purchase.world.sandbox.settle_all();
    purchase.world.work_for(Duration::from_secs(30 * 60)).await;

    assert_eq!((purchase.refunds_at_gateway().await, purchase.given_back()), (1, 50_000));
    assert_eq!(purchase.refunds().await, ["succeeded"]);
    assert_eq!((purchase.status().await.as_str(), purchase.stock().await), ("refunded", (5, 0)));
    purchase.world.books_balance().await;
}

async fn a_refund_that_waits_is_asked_about_when_nobody_tells(till: Till) {
    let purchase = Purchase::paid_by(till, Fate::RefundWaits).await;
    purchase.world.lose_webhooks();
    purchase.refunded(json!({})).await;
    assert_eq!((purchase.refunds().await, purchase.status().await), (vec!["pending".into()], "paid".into()));
    purchase.world.books_balance().await;

    purchase.world.sandbox.settle_all();
    purchase.world.work_for(Duration::from_secs(11 * 60)).await;
    assert_eq!(purchase.refunds().await, ["succeeded"]);
    assert_eq!(purchase.status().await, "refunded");
    purchase.world.books_balance().await;
}

async fn who_cancels_a_paid_order_gets_the_money_back(till: Till) {
    let purchase = Purchase::paid(till).await;
    assert!(purchase.cancel().await.status.is_success());
    purchase.world.work().await;
    purchase.settled().await;
    assert_eq!((purchase.status().await.as_str(), purchase.given_back()), ("refunded", 50_000));
    assert_eq!(purchase.stock().await, (5, 0));
    purchase.world.books_balance().await;
}

async fn one_page_although_the_answer_is_lost(till: Till) {
    let purchase = Purchase::placed(till).await;
    let path = match till {
        Till::Bkash => "/v1.2.0-beta/tokenized/checkout/create",
        Till::Paystack => "/transaction/initialize",
        Till::Chapa => "/v1/transaction/initialize",
    };
    purchase.fails(path, FaultKind::CutAfter, 1);
    purchase.world.work_for(Duration::from_secs(120)).await;
    assert!(purchase.world.sandbox.faults().report().rules.is_empty(), "the fault has not struck");
    assert_eq!(purchase.status().await, "awaiting_payment");
    assert_eq!(purchase.attempts().await.len(), 1);

    purchase.pay(Fate::Pays).await;
    purchase.world.work().await;
    assert_eq!((purchase.status().await.as_str(), purchase.captured()), ("paid", 50_000));
    purchase.world.books_balance().await;
}

async fn what_it_does_not_take_is_refused_at_checkout_and_later(till: Till) {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let bowl = shop.sells_in(&world, ("1200", "JPY"), "Bowl", 3).await;
    let ada = world.customer().await;
    ada.fill_cart(&[(bowl.variant, 1)]).await;
    assert_eq!(ada.check_out_with("one", till.name()).await.refusal(), (422, "currency_not_supported"));
    assert_eq!(world.count("select count(*) from orders").await, 0);

    let answer = ada.check_out_with("two", "stripe").await;
    assert_eq!(answer.status.as_u16(), 202, "{}", answer.body);
    let order = answer.id();
    world.work().await;
    let later = ada.post(till.pay_path(), json!({ "order_id": order })).await;
    assert_eq!(later.refusal(), (422, "currency_not_supported"));
    assert_eq!(ada.see(order).await["payment"]["status"], "open", "what there was stays");
    assert_eq!(world.count("select count(*) from payments").await, 1);
    world.books_balance().await;
}

async fn asking_twice_finds_the_same_page(till: Till) {
    let purchase = Purchase::awaiting(till).await;
    let page = purchase.page().await;
    for path in [till.pay_path().to_owned(), format!("/api/payment/{}/pay", till.name())] {
        let answer = purchase.wish(&path).await;
        assert_eq!(answer.status.as_u16(), 202, "{}", answer.body);
        assert_eq!(answer.data()["gateway"], till.name());
        purchase.world.work().await;
    }
    assert_eq!(purchase.page().await, page);
    assert_eq!(purchase.attempts().await.len(), 1);
    purchase.world.books_balance().await;
}

async fn every_job_twice_changes_nothing(till: Till) {
    let purchase = Purchase::paid(till).await;
    purchase.refunded(half(till)).await;
    purchase.settled().await;
    let seen = purchase.see().await;
    assert!(purchase.world.queue_all_again().await > 3);
    purchase.world.work().await;
    let again = purchase.see().await;
    assert_eq!((&again["status"], &again["refunds"]), (&seen["status"], &seen["refunds"]));
    assert_eq!((purchase.captured(), purchase.given_back()), (50_000, 25_000));
    assert_eq!(purchase.stock().await, (3, 0));
    purchase.world.books_balance().await;
}
