//! Refunds made at the gateway, for example in its dashboard: the money of one of our payments went back. The order and
//! the books show it, once, and it bounds later refunds.

use std::time::Duration;

use gateways::{CallContext, CreateRefund, GatewayName, RefundName, RefundReason};
use haat_tests::{Answer, CHAPA_SECRET, Purchase, Sale, Till, event, tag};
use hmac::Hmac;
use money::Money;
use serde_json::{Value, json};
use sha2::Sha256;
use shared::payments::Provider;
use uuid::Uuid;

use crate::cleaning::clean;
use crate::reconciling::{differences, one, reconciled};

/// Origin, status and amount of the refunds that the customer sees.
pub(crate) fn refunds(order: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = order["refunds"].as_array().unwrap().iter();
    rows.map(|row| (text(&row["origin"]), text(&row["status"]), text(&row["amount"]["amount"]))).collect()
}

pub(crate) fn refund(origin: &str, status: &str, amount: &str) -> (String, String, String) {
    (origin.to_owned(), status.to_owned(), amount.to_owned())
}

fn amount(dollars: &str) -> Value {
    json!({ "amount": { "amount": dollars, "currency": "USD" } })
}

#[tokio::test]
async fn all_of_it_is_booked_once_however_often_it_is_told() {
    let sale = Sale::paid().await;
    sale.refund_by_hand(None).await;
    sale.world.work().await;
    assert_eq!(sale.steps().await, ["pending", "awaiting_payment", "paid", "refunded"]);
    assert_eq!(refunds(&sale.see().await), [refund("gateway", "succeeded", "33.00")]);
    assert_eq!(sale.owed().await, ["0.00", "0.00", "0.00"]);
    assert_eq!(sale.stock().await, [(3, 0), (4, 0)], "nobody has said that the goods came back");
    assert!(sale.world.incidents().await.is_empty());
    sale.world.books_balance().await;

    let id = sale.refunds_at_gateway()[0].id.clone();
    let payment = sale.at_gateway().unwrap().id;
    for kind in ["refund.created", "refund.updated", "charge.refund.updated"] {
        let told = json!({ "id": id, "object": "refund", "status": "succeeded", "amount": 3300, "currency": "usd",
            "payment_intent": payment, "metadata": {} });
        sale.world.push(&event(kind, &told)).await;
    }
    sale.world.work().await;
    let report = reconciled(&sale.world, Provider::Stripe).await;
    assert_eq!((report.repaired, report.standing), (0, 0));
    assert_eq!(sale.world.count("select count(*) from refunds").await, 1);
    assert_eq!(sale.refund(json!({})).await.refusal(), (422, "nothing_to_refund"));
    assert_eq!(sale.cancel().await.refusal(), (409, "order_wrong_status"));
    sale.world.books_balance().await;
}

#[tokio::test]
async fn ours_is_bounded_by_a_part_that_went_back_and_the_customer_who_cancels_gets_the_rest() {
    let sale = Sale::paid().await;
    sale.refund_by_hand(Some(330)).await;
    sale.world.work().await;
    assert_eq!(sale.status().await, "paid");
    // A tenth of each shop's part, and of each a tenth was commission.
    assert_eq!(sale.owed().await, ["20.25", "6.48", "2.97"]);
    assert_eq!(sale.refund(amount("29.71")).await.refusal(), (409, "refund_exceeds_captured"));
    sale.world.books_balance().await;

    assert!(sale.cancel().await.status.is_success());
    sale.world.work().await;
    assert_eq!(sale.status().await, "refunded");
    let seen = refunds(&sale.see().await);
    assert_eq!(seen, [refund("gateway", "succeeded", "3.30"), refund("marketplace", "succeeded", "29.70")]);
    assert_eq!(sale.world.sandbox.stripe().refunded()["usd"], 3300);
    assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
    assert_eq!(sale.owed().await, ["0.00", "0.00", "0.00"]);
    assert!(sale.world.incidents().await.is_empty());
    sale.world.books_balance().await;
}

#[tokio::test]
async fn one_of_ours_that_is_refused_for_it_gives_way() {
    let sale = Sale::paid().await;
    assert_eq!(sale.refund(amount("20.00")).await.status.as_u16(), 202);
    sale.refund_by_hand(None).await;
    sale.world.sandbox.webhooks_idle().await; // reported before ours was sent
    sale.world.work_for(Duration::from_secs(120)).await;
    assert_eq!(sale.status().await, "refunded");
    let seen = refunds(&sale.see().await);
    assert_eq!(seen, [refund("marketplace", "failed", "20.00"), refund("gateway", "succeeded", "33.00")]);
    assert_eq!(sale.world.sandbox.stripe().refunded()["usd"], 3300);
    assert_eq!(sale.owed().await, ["0.00", "0.00", "0.00"]);
    assert_eq!(sale.world.incidents().await, ["refund_failed"]);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn without_its_message_the_list_tells_of_it() {
    let sale = Sale::paid().await;
    sale.world.lose_webhooks();
    sale.refund_by_hand(Some(1000)).await;
    let report = reconciled(&sale.world, Provider::Stripe).await;
    assert_eq!((report.repaired, report.standing), (1, 0));
    assert_eq!(differences(&sale.world).await, [one("stripe", "missed", true)]);
    assert_eq!(refunds(&sale.see().await), [refund("gateway", "succeeded", "10.00")]);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn money_that_pays_nothing_and_was_sent_back_by_hand_is_not_sent_again() {
    let sale = Sale::awaiting().await;
    sale.pay(haat_sandbox::stripe::Outcome::Pay).await;
    assert!(sale.cancel().await.status.is_success());
    sale.refund_by_hand(None).await;
    sale.world.work_for(Duration::from_secs(300)).await;
    assert_eq!(sale.status().await, "cancelled");
    assert_eq!(sale.world.sandbox.stripe().refunded()["usd"], 3300);
    assert_eq!(sale.refunds().await, ["failed", "succeeded"]);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn paystack_says_that_there_is_one_and_is_asked_which() {
    let purchase = Purchase::paid(Till::Paystack).await;
    let url = format!("{}/paystack/refund", purchase.world.sandbox.url());
    let body = json!({ "transaction": purchase.page().await, "amount": 20_000 });
    let request = purchase.world.http.post(url).bearer_auth(haat_tests::PAYSTACK_KEY).json(&body);
    let answer = Answer::to(request).await;
    assert!(answer.status.is_success(), "{}", answer.body);
    purchase.world.work().await;
    assert_eq!(refunds(&purchase.see().await), [refund("gateway", "pending", "200.00")]);
    purchase.settled().await;
    assert_eq!(refunds(&purchase.see().await), [refund("gateway", "succeeded", "200.00")]);
    assert_eq!((purchase.status().await.as_str(), purchase.stock().await), ("paid", (3, 0)));
    purchase.refunded(json!({})).await;
    purchase.settled().await;
    assert_eq!((purchase.status().await.as_str(), purchase.given_back()), ("refunded", 50_000));
    assert!(purchase.world.incidents().await.is_empty());
    purchase.world.books_balance().await;
}

/// bKash does not report it: our refund is refused, and then bKash is asked.
#[tokio::test]
async fn bkash_is_asked_when_it_refuses_ours() {
    let purchase = Purchase::paid(Till::Bkash).await;
    let (page, charge): (String, String) = sqlx::query_as("select reference, charge_reference from payments")
        .fetch_one(&purchase.world.pool)
        .await
        .unwrap();
    let name = RefundName {
        refund_id: Uuid::now_v7(),
        reference: None,
        page_reference: page,
        payment_reference: charge,
        amount: Money::from_minor_units(40_000, "BDT".parse().unwrap()).unwrap(),
        others: Vec::new(),
    };
    let by_hand = CreateRefund { name, order_id: purchase.order, reason: RefundReason::Other };
    let bkash = purchase.world.worker.gateways.get(GatewayName::Bkash).unwrap();
    let context = CallContext { now: purchase.world.clock.now().timestamp(), ..CallContext::default() };
    bkash.create_refund(&context, &by_hand).await.unwrap();

    purchase.refunded(json!({ "amount": { "amount": "300.00", "currency": "BDT" } })).await;
    purchase.world.work_for(Duration::from_secs(120)).await;
    let mut seen = refunds(&purchase.see().await);
    seen.sort();
    assert_eq!(seen, [refund("gateway", "succeeded", "400.00"), refund("marketplace", "failed", "300.00")]);
    let too_much = json!({ "amount": { "amount": "100.01", "currency": "BDT" } });
    assert_eq!(purchase.refund(too_much).await.refusal(), (409, "refund_exceeds_captured"));
    assert_eq!(purchase.given_back(), 40_000);
    purchase.world.books_balance().await;
}

/// Chapa's message about a refund, which names only the payment. Another `at` makes another message.
async fn chapa_tells(purchase: &Purchase, kind: &str, birr: &str, at: u32) {
    chapa_tells_of(purchase, kind, birr, at, None).await;
}

/// The same, perhaps with our mark of a refund.
pub(crate) async fn chapa_tells_of(
    purchase: &Purchase,
    kind: &str,
    birr: &str,
    at: u32,
    refund: Option<Uuid>,
) {
    let told = json!({
        "event": kind, "currency": "ETB", "amount": birr, "status": "refunded", "mode": "live",
        "reference": "APbyhand0001", "type": "API", "tx_ref": purchase.page().await,
        "meta": refund.map(|id| json!({ "refund_id": id })),
        "created_at": "2026-01-01T00:00:00.000000Z", "updated_at": format!("2026-01-01T00:00:{at:02}.000000Z"),
    })
    .to_string();
    let signature = hex::encode(tag::<Hmac<Sha256>>(CHAPA_SECRET.as_bytes(), told.as_bytes()));
    let headers = [("x-chapa-signature", signature.as_str())];
    assert_eq!(purchase.world.deliver("chapa", &headers, told).await.status.as_u16(), 200);
    purchase.world.work().await;
}

/// Kind, order and amount of what operators are shown, oldest first.
async fn shown(purchase: &Purchase) -> Vec<(String, Option<Uuid>, Option<String>)> {
    let sql = "select kind, order_id, detail->'amount'->>'amount' from incidents order by id";
    sqlx::query_as(sql).fetch_all(&purchase.world.pool).await.unwrap()
}

fn by_hand(purchase: &Purchase, birr: &str) -> (String, Option<Uuid>, Option<String>) {
    ("unknown_payment".to_owned(), Some(purchase.order), Some(birr.to_owned()))
}

/// Chapa can't list the refunds of a payment: operators get an incident with the order.
#[tokio::test]
async fn chapas_message_names_the_order_to_operators() {
    let purchase = Purchase::paid(Till::Chapa).await;
    chapa_tells(&purchase, "charge.refunded", "500.00", 0).await;
    assert_eq!(shown(&purchase).await, [by_hand(&purchase, "500.00")]);
    assert_eq!((purchase.status().await.as_str(), refunds(&purchase.see().await).len()), ("paid", 0));
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn one_made_at_chapa_is_shown_beside_ours_and_ours_never_is() {
    let purchase = Purchase::paid(Till::Chapa).await;
    let birr = |amount: &str| json!({ "amount": { "amount": amount, "currency": "ETB" } });
    for amount in ["100.00", "100.00"] {
        purchase.refunded(birr(amount)).await;
    }
    purchase.world.lose_webhooks(); // what Chapa itself tells bears our mark; here it says less
    purchase.world.sandbox.settle_all();
    purchase.world.work_for(Duration::from_secs(120)).await;
    assert_eq!(purchase.refunds().await, ["succeeded", "succeeded"]);

    for late in [1, 2] {
        chapa_tells(&purchase, "charge.refunded", "100.00", late).await;
        chapa_tells(&purchase, "charge.refunded", "100.00", late).await;
    }
    assert!(shown(&purchase).await.is_empty(), "each of ours was told of, late and twice");
    chapa_tells(&purchase, "charge.refunded", "100.00", 3).await;
    chapa_tells(&purchase, "charge.refunded", "50.00", 4).await;
    let both = [by_hand(&purchase, "100.00"), by_hand(&purchase, "50.00")];
    assert_eq!(shown(&purchase).await, both, "the third of this amount, and one of another");
    let told = "select count(*) from webhook_events where refund_id is not null";
    assert_eq!(purchase.world.count(told).await, 2);
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn one_of_ours_that_chapa_names_is_never_shown() {
    let purchase = Purchase::paid(Till::Chapa).await;
    purchase.refunded(json!({ "amount": { "amount": "200.00", "currency": "ETB" } })).await;
    purchase.settled().await;
    assert_eq!(purchase.refunds().await, ["succeeded"]);
    assert!(shown(&purchase).await.is_empty());
    chapa_tells(&purchase, "charge.refunded", "200.00", 1).await;
    assert_eq!(shown(&purchase).await, [by_hand(&purchase, "200.00")], "ours was told of by its name before");
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn what_was_told_of_ours_is_known_after_the_cleaning() {
    let purchase = Purchase::paid(Till::Chapa).await;
    purchase.refunded(json!({ "amount": { "amount": "200.00", "currency": "ETB" } })).await;
    purchase.settled().await;
    let told = "select count(*) from webhook_events where refund_id is not null";
    let shown = "select count(*) from incidents where kind = 'unknown_payment'";
    purchase.world.pass(Duration::from_secs(200 * 24 * 3600));
    clean(&purchase.world).await;
    assert_eq!(purchase.world.count(told).await, 1, "an event that reported a refund is kept");
    chapa_tells(&purchase, "charge.refunded", "200.00", 1).await;
    assert_eq!(purchase.world.count(shown).await, 1, "ours was told of half a year ago");
    purchase.world.books_balance().await;
}

/// Chapa reports a refund of its dashboard first, and it has the amount of ours.
#[tokio::test]
async fn one_made_at_chapa_that_was_taken_for_ours_is_shown_once_ours_is_named() {
    let purchase = Purchase::paid(Till::Chapa).await;
    let ours = purchase.refund(json!({ "amount": { "amount": "200.00", "currency": "ETB" } })).await.id();
    purchase.world.lose_webhooks();
    purchase.world.work().await;
    chapa_tells(&purchase, "charge.refunded", "200.00", 1).await;
    assert!(shown(&purchase).await.is_empty(), "it may be ours");
    chapa_tells_of(&purchase, "charge.refunded", "200.00", 2, Some(ours)).await;
    assert_eq!(shown(&purchase).await, [by_hand(&purchase, "200.00")]);
    let about = "select i.detail->>'webhook_event_id' = e.id::text from incidents i, webhook_events e
                 where e.refund_id is null and e.status = 'unmatched'";
    let first: bool = sqlx::query_scalar(about).fetch_one(&purchase.world.pool).await.unwrap();
    assert!(first, "of the first message, which named nothing");
    chapa_tells_of(&purchase, "charge.refunded", "200.00", 3, Some(ours)).await;
    assert_eq!(shown(&purchase).await.len(), 1, "ours is told of again");
    purchase.world.sandbox.settle_all();
    purchase.world.work_for(Duration::from_secs(120)).await;
    assert_eq!(refunds(&purchase.see().await), [refund("marketplace", "succeeded", "200.00")]);
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn a_message_that_was_taken_for_one_of_ours_may_have_meant_another_of_ours() {
    let purchase = Purchase::paid(Till::Chapa).await;
    purchase.world.lose_webhooks();
    let wish = || json!({ "amount": { "amount": "100.00", "currency": "ETB" } });
    let ours = [purchase.refund(wish()).await.id(), purchase.refund(wish()).await.id()];
    purchase.world.work().await;
    chapa_tells(&purchase, "charge.refunded", "100.00", 1).await;
    let meant: Uuid = sqlx::query_scalar("select refund_id from webhook_events where refund_id is not null")
        .fetch_one(&purchase.world.pool)
        .await
        .unwrap();
    let other = ours.into_iter().find(|id| *id != meant).unwrap();
    chapa_tells_of(&purchase, "charge.refunded", "100.00", 2, Some(meant)).await;
    assert!(shown(&purchase).await.is_empty(), "the first may be the other's");
    let told = "select count(distinct refund_id) from webhook_events where refund_id is not null";
    assert_eq!(purchase.world.count(told).await, 2);
    chapa_tells_of(&purchase, "charge.refunded", "100.00", 3, Some(other)).await;
    assert_eq!(shown(&purchase).await, [by_hand(&purchase, "100.00")], "both of ours are named now");
    purchase.world.books_balance().await;
}
