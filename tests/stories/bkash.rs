//! Behaviour that only bKash has: the money moves when we execute, and only once the customer has agreed there.

use std::time::Duration;

use haat_sandbox::bkash::{Call, Envelope, Handshake, Order, Outcome, When};
use haat_sandbox::{FaultKind, Next};
use haat_tests::{Fate, Purchase, Till, World};
use serde_json::json;

const EXECUTE: &str = "/v1.2.0-beta/tokenized/checkout/execute";

/// What a customer does on the page; the browser comes back.
async fn visit(purchase: &Purchase, outcome: Outcome) -> String {
    let next = purchase.world.sandbox.pay_bkash(&purchase.page().await, outcome).expect("the page is open");
    let (Next::Done(back) | Next::Left(Some(back))) = next else { panic!("{next:?}") };
    purchase.come_back(&back).await;
    back
}

#[tokio::test]
async fn the_browser_comes_back_and_a_job_executes() {
    let purchase = Purchase::awaiting(Till::Bkash).await;
    purchase.world.lose_webhooks();
    let back = visit(&purchase, Outcome::Pay).await;
    assert_eq!((purchase.captured(), purchase.status().await.as_str()), (0, "awaiting_payment"));
    let answer = purchase.world.http.get(&back).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 303);
    // The money has not moved yet, and nothing says that it has.
    let onward = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(
        onward.ends_with("&outcome=processing") && onward.contains("/api/payment/bkash/return?"),
        "{onward}"
    );
    let page = async || purchase.world.http.get(&onward).send().await.unwrap().text().await.unwrap();
    assert!(page().await.contains("<h1>Not finished yet</h1>"));

    purchase.world.work().await;
    assert_eq!((purchase.captured(), purchase.status().await.as_str()), (50_000, "paid"));
    assert!(page().await.contains("<h1>Paid</h1>"));
    // And the browser comes back once more.
    purchase.come_back(&back).await;
    purchase.world.work().await;
    assert_eq!(purchase.captured(), 50_000);
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn an_execution_whose_answer_is_lost_is_asked_about_and_never_repeated() {
    for fault in [FaultKind::CutAfter, FaultKind::Error500After] {
        let purchase = Purchase::awaiting(Till::Bkash).await;
        purchase.world.lose_webhooks();
        purchase.fails(EXECUTE, fault, 1);
        // A second one would be answered so, and would be seen among the rules that are left.
        purchase.fails(EXECUTE, FaultKind::Error500Before, 1);
        visit(&purchase, Outcome::Pay).await;
        purchase.world.work_for(Duration::from_secs(600)).await;
        let rules = purchase.world.sandbox.faults().report().rules;
        let executions = rules.iter().filter(|rule| rule.on.path.as_deref() == Some(EXECUTE)).count();
        assert_eq!(executions, 1, "{fault:?}: executed once, and once only");
        assert_eq!((purchase.captured(), purchase.status().await.as_str()), (50_000, "paid"), "{fault:?}");
        purchase.world.books_balance().await;
    }
}

#[tokio::test]
async fn all_four_envelopes_of_a_failed_execution_end_with_one_payment() {
    for (envelope, code) in [
        (Envelope::Status, "503"),
        (Envelope::Error, "2003"),
        (Envelope::Refund, "2020"),
        (Envelope::Gateway, "504"),
    ] {
        for when in [When::Before, When::After] {
            let purchase = Purchase::awaiting(Till::Bkash).await;
            let order = Order { call: Call::Execute, when, envelope, code: code.into(), times: 1 };
            purchase.world.sandbox.order_bkash_answer(order).expect("there is such an answer");
            visit(&purchase, Outcome::Pay).await;
            purchase.world.work_for(Duration::from_secs(25 * 60)).await;
            let status = purchase.status().await;
            assert!(purchase.captured() <= 50_000);
            assert_eq!(
                status == "paid",
                purchase.captured() == 50_000,
                "{envelope:?} {code} {when:?}: {status}"
            );
            assert!(when == When::Before || status == "paid", "{envelope:?} {code}: {status}");
            purchase.world.books_balance().await;
        }
    }
}

#[tokio::test]
async fn who_leaves_the_page_or_is_declined_gets_another_one() {
    for outcome in [Outcome::Leave, Outcome::Decline] {
        let purchase = Purchase::awaiting(Till::Bkash).await;
        let page = purchase.page().await;
        visit(&purchase, outcome).await;
        purchase.world.work().await;
        assert_eq!((purchase.captured(), purchase.status().await.as_str()), (0, "awaiting_payment"));

        assert_eq!(purchase.wish(Till::Bkash.pay_path()).await.status.as_u16(), 202);
        purchase.world.work().await;
        assert_ne!(purchase.page().await, page, "{outcome:?}: the first page is dead");
        visit(&purchase, Outcome::Pay).await;
        purchase.world.work().await;
        assert_eq!((purchase.captured(), purchase.status().await.as_str()), (50_000, "paid"));
        assert!(purchase.world.incidents().await.is_empty());
        purchase.world.books_balance().await;
    }
}

/// Where bKash names it, the attempt is over at once; it said so itself.
#[tokio::test]
async fn a_page_that_bkash_calls_cancelled_or_failed_is_over() {
    for (outcome, failure) in [(Outcome::Leave, "abandoned"), (Outcome::Decline, "declined")] {
        let change = |config: &mut haat_sandbox::Config| {
            config.bkash.closed_words = haat_sandbox::bkash::ClosedWords::Named;
        };
        let purchase = Purchase::awaiting_beside(Till::Bkash, change).await;
        visit(&purchase, outcome).await;
        purchase.world.work().await;
        let payment = purchase.see().await["payment"].clone();
        assert_eq!((&payment["status"], &payment["failure"]), (&json!("failed"), &json!(failure)));
        purchase.world.books_balance().await;
    }
}

#[tokio::test]
async fn a_wallet_that_cannot_pay_leaves_the_order_payable() {
    for outcome in [Outcome::InsufficientFunds, Outcome::DebitBlocked] {
        let purchase = Purchase::awaiting(Till::Bkash).await;
        visit(&purchase, outcome).await;
        purchase.world.work().await;
        assert_eq!((purchase.captured(), purchase.status().await.as_str()), (0, "awaiting_payment"));
        if outcome == Outcome::InsufficientFunds {
            assert_eq!(purchase.see().await["payment"]["failure"], "insufficient_funds");
            assert_eq!(purchase.wish(Till::Bkash.pay_path()).await.status.as_u16(), 202);
            purchase.world.work().await;
            visit(&purchase, Outcome::Pay).await;
            purchase.world.work().await;
            assert_eq!((purchase.captured(), purchase.status().await.as_str()), (50_000, "paid"));
        }
        purchase.world.books_balance().await;
    }
}

#[tokio::test]
async fn a_return_that_is_forged_takes_nothing() {
    let purchase = Purchase::awaiting(Till::Bkash).await;
    let page = purchase.page().await;
    let back = |status: &str| {
        format!("{}/api/payment/bkash/callback?paymentID={page}&status={status}", purchase.world.url)
    };
    for status in ["success", "completed"] {
        purchase.come_back(&back(status)).await;
        purchase.world.work().await;
        assert_eq!(purchase.captured(), 0, "{status}");
        assert_eq!(purchase.see().await["payment"]["status"], "open", "{status}");
    }
    let nobody = purchase.world.nobody();
    assert_eq!(
        nobody.get("/api/payment/bkash/callback?paymentID=TR0011x&status=success").await.refusal().0,
        404
    );
    assert_eq!(nobody.get("/api/payment/bkash/callback?status=success").await.refusal().0, 422);

    // And the customer can still pay.
    purchase.world.pass(Duration::from_secs(20));
    visit(&purchase, Outcome::Pay).await;
    purchase.world.work().await;
    assert_eq!((purchase.captured(), purchase.status().await.as_str()), (50_000, "paid"));
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn who_agrees_when_the_order_has_expired_keeps_the_money() {
    let purchase = Purchase::awaiting(Till::Bkash).await;
    purchase.world.work_past_the_hold().await;
    assert_eq!(purchase.status().await, "expired");
    visit(&purchase, Outcome::Pay).await;
    purchase.world.work().await;
    assert_eq!((purchase.captured(), purchase.status().await.as_str()), (0, "expired"));
    assert_eq!(purchase.stock().await, (5, 0));
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn a_token_that_has_run_out_is_no_trouble() {
    let purchase = Purchase::awaiting(Till::Bkash).await;
    purchase.world.sandbox.expire_bkash_tokens();
    visit(&purchase, Outcome::Pay).await;
    purchase.world.work_for(Duration::from_secs(60)).await;
    assert_eq!(purchase.status().await, "paid");
    purchase.world.books_balance().await;
}

/// Only the browser's way is closed: a message that is signed as Amazon does makes us ask bKash.
#[tokio::test]
async fn an_endpoint_confirms_its_subscription_and_is_told() {
    let mut config = World::sandbox_config();
    config.bkash.handshake = Handshake::Required;
    let world = World::beside(config, &[]).await;
    world.work().await;
    assert_eq!(world.sandbox.bkash().subscription(), "confirmed");

    let purchase = Purchase::awaiting_in(world, Till::Bkash).await;
    purchase.agree(Fate::Pays).await;
    purchase.world.work_for(Duration::from_secs(180)).await;
    assert_eq!(purchase.status().await, "paid");
    let told = "select count(*) from webhook_events where gateway = 'bkash' and status = 'applied'";
    assert_eq!(purchase.world.count(told).await, 1);
    purchase.world.books_balance().await;
}

/// bKash's documents have no word for it; `Failed` is taken at its word, every other for a refund on its way.
#[tokio::test]
async fn a_refund_that_does_not_come_through_is_never_taken_for_done() {
    let purchase = Purchase::paid_by(Till::Bkash, Fate::RefundFails).await;
    purchase.refunded(json!({ "restock": true })).await;
    assert_eq!(purchase.refunds().await, ["pending"]);
    purchase.settled().await;
    purchase.world.work_for(Duration::from_secs(25 * 60)).await;
    assert_eq!((purchase.refunds().await, purchase.given_back()), (vec!["failed".to_owned()], 0));
    assert_eq!((purchase.status().await.as_str(), purchase.stock().await), ("paid", (3, 0)));
    assert_eq!(purchase.world.incidents().await, ["refund_failed"]);
    purchase.world.books_balance().await;
}

/// bKash has seen the same amount a moment ago. The block ends by itself, and is no failure.
#[tokio::test]
async fn a_refund_that_looks_like_a_duplicate_waits_and_is_made() {
    let purchase = Purchase::paid(Till::Bkash).await;
    purchase.fails("/v2/tokenized-checkout/refund/payment/transaction", FaultKind::InUse409, 2);
    purchase.refunded(json!({ "restock": true })).await;
    assert_eq!(purchase.refunds().await, ["submitted"]);
    purchase.world.work_for(Duration::from_secs(5 * 60)).await;
    assert_eq!(
        (purchase.refunds().await, purchase.refunds_at_gateway().await),
        (vec!["succeeded".into()], 1)
    );
    assert!(purchase.world.incidents().await.is_empty());
    purchase.world.books_balance().await;
}
