//! Payments that fail, as customers and operators see them; and how often a gateway is asked about them.

use std::time::Duration;

use gateways::GatewayName;
use haat_sandbox::{Fault, FaultKind, Match, Next, Rule, chapa, paystack, stripe};
use haat_tests::{Fate, Mood, Moody, Purchase, Sale, TO_STRIPE, Till, World, attempt, eventually};
use haat_worker::drain;
use serde_json::{Value, json};
use shared::payments::Provider;

use crate::reconciling::{differences, reconciled};

const EXECUTE: &str = "/v1.2.0-beta/tokenized/checkout/execute";
const REFUND: &str = "/v2/tokenized-checkout/refund/payment/transaction";
const STATUS: &str = "/v1.2.0-beta/tokenized/checkout/payment/status";
const PLENTY: u32 = 100_000;

/// Counts the requests to a path from now on.
fn count_requests(world: &World, path: &str) {
    let fault = Fault { kind: FaultKind::Slow, ms: 0 };
    let on = Match { path: Some(path.to_owned()), ..Match::default() };
    world.sandbox.faults().add(Rule { on, fault, times: PLENTY });
}

fn requests(world: &World, path: &str) -> u32 {
    let rules = world.sandbox.faults().report().rules;
    let rule = rules.iter().find(|rule| rule.on.path.as_deref() == Some(path));
    PLENTY - rule.expect("its requests are counted").times
}

async fn told(purchase: &Purchase) -> (Value, Value, Value) {
    let (customers, admins) = (purchase.see().await, purchase.admin.see(purchase.order).await);
    assert_eq!(customers["payment"].get("failure_detail"), None, "a gateway's words are for operators");
    let payment = &admins["payment"];
    assert_eq!(customers["payment"]["failure"], payment["failure"]);
    (payment["status"].clone(), payment["failure"].clone(), payment["failure_detail"].clone())
}

#[tokio::test]
async fn every_gateways_failure_has_one_code_and_its_own_word_beside_it() {
    let bkash = Purchase::awaiting(Till::Bkash).await;
    bkash.pay_with_bkash(haat_sandbox::bkash::Outcome::InsufficientFunds).await;
    assert_eq!(told(&bkash).await, (json!("failed"), json!("insufficient_funds"), json!("2023")));
    bkash.world.books_balance().await;

    for (card, code, word) in [
        (paystack::Outcome::Decline, "declined", "Declined"),
        (paystack::Outcome::InsufficientFunds, "insufficient_funds", "Insufficient Funds"),
    ] {
        let purchase = Purchase::awaiting(Till::Paystack).await;
        purchase.world.sandbox.pay_paystack(&purchase.page().await, card).expect("the page is open");
        purchase.world.work_for(Duration::from_secs(180)).await;
        assert_eq!(told(&purchase).await, (json!("failed"), json!(code), json!(word)));
        purchase.world.books_balance().await;
    }

    let chapa = Purchase::awaiting(Till::Chapa).await;
    chapa.world.sandbox.pay_chapa(&chapa.page().await, chapa::Outcome::Fail).expect("the page is open");
    chapa.world.work().await;
    let (status, code, word) = told(&chapa).await;
    assert_eq!((status, code), (json!("failed"), json!("declined")));
    assert!(word.is_string(), "{word}");
    chapa.world.books_balance().await;

    let sale = Sale::awaiting().await;
    sale.pay(stripe::Outcome::InsufficientFunds).await;
    sale.world.work().await;
    let seen = sale.admin.see(sale.order).await;
    assert_eq!(seen["payment"]["status"], "open", "the card was declined, the page is open");
    assert_eq!(seen["payment"]["failure"], "insufficient_funds");
    assert_eq!(seen["payment"]["failure_detail"], "insufficient_funds");
    assert_eq!(sale.see().await["payment"].get("failure_detail"), None);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_page_that_ran_out_or_was_replaced_says_so() {
    let purchase = Purchase::awaiting(Till::Paystack).await;
    assert_eq!(purchase.wish(TO_STRIPE).await.status.as_u16(), 202);
    purchase.world.work().await;
    let codes = "select coalesce(failure_code, '-') from payments order by id";
    let codes = async || -> Vec<String> {
        sqlx::query_scalar(codes).fetch_all(&purchase.world.pool).await.expect("the attempts")
    };
    assert_eq!(codes().await, ["replaced", "-"]);
    purchase.world.work_past_the_hold().await;
    assert_eq!(codes().await, ["replaced", "expired"]);
    assert_eq!(purchase.see().await["payment"]["failure"], "expired");
    purchase.world.books_balance().await;
}

/// A gateway's answer may be anything: a browser is not sent there, and the order continues.
#[tokio::test]
async fn an_address_that_is_no_page_fails_the_attempt_and_is_shown_to_nobody() {
    for address in
        ["javascript:alert(document.domain)", "data:text/html,x", "https://x/\r\na: b", "https://x/\u{0}"]
    {
        let sale = Sale::placed().await;
        let (_, worker) = Moody::over(&sale.world, GatewayName::Stripe, 1, Mood::Lies(address));
        drain(&worker).await.expect("the database answers");
        let seen = sale.see().await;
        assert_eq!(seen["status"], "awaiting_payment");
        assert_eq!(seen["payment"]["status"], "failed", "{address}: {seen}");
        assert_eq!(seen["payment"]["failure"], "refused");
        assert_eq!(seen["payment"]["redirect_url"], Value::Null);

        let wish = json!({ "order_id": sale.order });
        assert_eq!(sale.customer.post(TO_STRIPE, wish).await.status.as_u16(), 202);
        sale.world.work().await;
        sale.pay(stripe::Outcome::Pay).await;
        sale.world.work().await;
        assert_eq!(sale.status().await, "paid");
        sale.world.books_balance().await;
    }
}

#[tokio::test]
async fn an_order_is_tried_so_often_and_no_more() {
    let world = World::with(&[("HAAT_PAYMENT_ATTEMPTS", "3")]).await;
    let purchase = Purchase::awaiting_in(world, Till::Paystack).await;
    for path in [TO_STRIPE, Till::Paystack.pay_path()] {
        assert_eq!(purchase.wish(path).await.status.as_u16(), 202, "{path}");
        purchase.world.work().await;
    }
    let before = purchase.attempts().await;
    assert_eq!(purchase.wish(TO_STRIPE).await.refusal(), (409, "too_many_attempts"));
    assert_eq!(purchase.attempts().await, before, "the open one stays");
    assert_eq!(before.last(), Some(&attempt("paystack", "open")));
    assert_eq!(purchase.wish(Till::Paystack.pay_path()).await.status.as_u16(), 202, "it is found");
    purchase.pay(Fate::Pays).await;
    purchase.world.work().await;
    assert_eq!(purchase.status().await, "paid");
    purchase.world.books_balance().await;
}

/// Anyone can type such addresses. They end nothing, and cause a question from time to time; the last one is followed
/// by a question.
#[tokio::test]
async fn a_strangers_storm_of_returns_costs_a_question_now_and_then() {
    let purchase = Purchase::awaiting(Till::Bkash).await;
    let world = &purchase.world;
    let (page, attempts) = (purchase.page().await, purchase.attempts().await);
    count_requests(world, STATUS);
    count_requests(world, EXECUTE);
    let come = async |status: &str| {
        let back = format!("{}/api/payment/bkash/callback?paymentID={page}&status={status}", world.url);
        purchase.come_back(&back).await;
    };
    for _ in 0..20 {
        come("cancel").await;
        come("failure").await;
        world.work().await;
    }
    assert_eq!(requests(world, STATUS), 1, "the first one is asked at once, the others once, later");
    assert_eq!(purchase.attempts().await, attempts, "it is open still");
    world.work_for(Duration::from_secs(11)).await;
    assert_eq!(requests(world, STATUS), 2, "the last one was asked");
    for _ in 0..20 {
        come("success").await;
        world.work().await;
    }
    assert_eq!((requests(world, STATUS), requests(world, EXECUTE)), (2, 1), "not agreed to");
    world.work_for(Duration::from_secs(11)).await;
    assert_eq!(requests(world, EXECUTE), 2);
    assert_eq!((purchase.captured(), purchase.attempts().await), (0, attempts));

    world.pass(Duration::from_secs(30));
    purchase.pay(Fate::Pays).await;
    world.work().await;
    assert_eq!((purchase.status().await.as_str(), purchase.captured()), ("paid", 50_000));
    world.books_balance().await;
}

/// bKash's acceptance test: a payment whose execution was answered is never asked about.
#[tokio::test]
async fn an_execution_that_was_answered_is_not_asked_about() {
    let purchase = Purchase::awaiting(Till::Bkash).await;
    let world = &purchase.world;
    count_requests(world, STATUS);
    purchase.pay(Fate::Pays).await;
    world.work().await;
    assert_eq!(purchase.status().await, "paid");
    for _ in 0..3 {
        let report = reconciled(world, Provider::Bkash).await;
        assert_eq!((report.repaired, report.standing), (0, 0));
        world.work_for(Duration::from_secs(600)).await;
    }
    purchase.refunded(json!({ "restock": true })).await;
    purchase.settled().await;
    assert_eq!((purchase.status().await.as_str(), requests(world, STATUS)), ("refunded", 0));
    assert!(differences(world).await.is_empty());
    world.books_balance().await;
}

/// A setting allows it nevertheless.
#[tokio::test]
async fn captures_at_bkash_are_confirmed_where_a_setting_says_so() {
    let world = World::with(&[("HAAT_BKASH_CONFIRM_CAPTURES", "true")]).await;
    let purchase = Purchase::awaiting_in(world, Till::Bkash).await;
    purchase.pay(Fate::Pays).await;
    purchase.world.work().await;
    count_requests(&purchase.world, STATUS);
    reconciled(&purchase.world, Provider::Bkash).await;
    assert_eq!(requests(&purchase.world, STATUS), 1);
    purchase.world.books_balance().await;
}

/// bKash asks for 30 s. A customer who pays elsewhere does not wait for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_execution_that_takes_long_holds_nobody_else_up() {
    let tasks = [("HAAT_WORKER_PAYMENT_TASKS", "1"), ("HAAT_WORKER_EXECUTION_TASKS", "1")];
    let purchase = Purchase::awaiting_in(World::with(&tasks).await, Till::Bkash).await;
    let world = &purchase.world;
    let slow: Fault = "slow_reply:4000".parse().expect("a fault");
    purchase.fails(EXECUTE, slow, 1);
    let worker = world.start_worker().await;
    let next = purchase.agree(Fate::Pays).await;
    if let Next::Done(back) = next {
        purchase.come_back(&back).await;
    }
    let executing = "select count(*) from jobs where kind = 'finish_payment' and status = 'running'";
    eventually("bKash thinks", async || world.count(executing).await == 1).await;

    let mug = purchase.shop.sells_in(world, ("250.00", "NGN"), "Mug", 5).await;
    let other = world.customer().await;
    let order = other.order("paystack", &[(mug.variant, 1)]).await;
    eventually("another's page is open", async || other.see(order).await["payment"]["status"] == "open")
        .await;
    assert_eq!(world.count(executing).await, 1, "while bKash still thinks");

    eventually("bKash has answered", async || purchase.status().await == "paid").await;
    assert_eq!(purchase.captured(), 50_000);
    worker.stop().await;
    world.books_balance().await;
}

/// bKash asks for 30 s for a refund too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_that_takes_long_is_waited_for_and_holds_nobody_else_up() {
    let settings = [
        ("HAAT_WORKER_PAYMENT_TASKS", "1"),
        ("HAAT_WORKER_EXECUTION_TASKS", "1"),
        ("HAAT_WORKER_REFUND_TASKS", "1"),
        ("HAAT_BKASH_TIMEOUT_SECONDS", "2"),
        ("HAAT_BKASH_EXECUTE_SECONDS", "20"),
    ];
    let purchase = Purchase::awaiting_in(World::with(&settings).await, Till::Bkash).await;
    let world = &purchase.world;
    purchase.pay(Fate::Pays).await;
    world.work().await;
    let slow: Fault = "slow_reply:4000".parse().expect("a fault");
    purchase.fails(REFUND, slow, 1);
    let mug = purchase.shop.sells_in(world, ("250.00", "BDT"), "Mug", 5).await;
    let worker = world.start_worker().await;
    assert_eq!(purchase.refund(json!({})).await.status, 202);
    let refunding = "select count(*) from jobs where kind = 'submit_refund' and status = 'running'";
    eventually("bKash thinks", async || world.count(refunding).await == 1).await;
    let other = world.customer().await;
    let order = other.order("bkash", &[(mug.variant, 1)]).await;
    eventually("another's page is open", async || other.see(order).await["payment"]["status"] == "open")
        .await;
    assert_eq!(world.count(refunding).await, 1, "while bKash still thinks");
    eventually("bKash has answered", async || purchase.refunds().await == ["succeeded"]).await;
    let again = "select count(*) from jobs where kind = 'submit_refund' and attempt > 1";
    assert_eq!(world.count(again).await, 0, "it was waited for and not looked for");
    assert_eq!((purchase.refunds_at_gateway().await, purchase.given_back()), (1, 50_000));
    worker.stop().await;
    world.books_balance().await;
}

/// What the customer knows the order by.
#[tokio::test]
async fn a_payment_page_shows_the_orders_number() {
    for till in Till::ALL {
        let purchase = Purchase::awaiting(till).await;
        let seen = purchase.see().await;
        let (number, url) =
            (seen["number"].as_str().unwrap(), seen["payment"]["redirect_url"].as_str().unwrap());
        let page = purchase.world.http.get(url).send().await.unwrap().text().await.unwrap();
        assert!(page.contains(number), "{till:?}: {number} is not in {page}");
    }
}
