//! What moved at Stripe, as reconciliation reads it: events, then movements of the balance.

use gateways::stripe::{Stripe, StripeConfig};
use gateways::{CallContext, DisputeState, Gateway, Movement, PaymentState, RefundState, Secret, Window};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stub::{Reply, Stub};

const ATTEMPT: Uuid = Uuid::from_u128(7);
const WINDOW: Window = Window { from: 1_767_225_600, until: 1_767_229_200 };

fn stripe(base_url: String) -> Stripe {
    let config = StripeConfig::new(Secret::from("sk_test_x"), vec![Secret::from("whsec_x")]);
    Stripe::new(StripeConfig { base_url, ..config }).expect("a good configuration")
}

fn list(data: &[Value], has_more: bool) -> Reply {
    Reply::json(200, &json!({ "object": "list", "data": data, "has_more": has_more }))
}

fn movement(id: &str, source: Value) -> Value {
    json!({ "id": id, "object": "balance_transaction", "created": WINDOW.from + 5, "amount": 4_999, "source": source })
}

/// Pages of movements, newest first: of a payment of ours, of what others made, and of what is no payment at all.
fn balance() -> [Reply; 2] {
    let charge = json!({
        "id": "ch_1", "object": "charge", "status": "succeeded", "amount": 4_999, "amount_captured": 4_999,
        "currency": "usd", "payment_intent": "pi_1", "metadata": { "attempt_id": ATTEMPT },
    });
    let by_hand = json!({
        "id": "ch_2", "object": "charge", "status": "pending", "amount": 700, "currency": "usd",
    });
    let refund = json!({
        "id": "re_1", "object": "refund", "status": "failed", "amount": 500, "currency": "usd", "payment_intent": "pi_1",
    });
    let dispute = json!({
        "id": "dp_1", "object": "dispute", "status": "lost", "amount": 4_999, "currency": "usd", "payment_intent": "pi_1",
    });
    [
        list(
            &[movement("txn_4", charge), movement("txn_3", by_hand), movement("txn_x", json!("tr_1"))],
            true,
        ),
        list(
            &[
                movement("txn_2", refund),
                movement("txn_1", dispute),
                movement("txn_0", json!({ "id": "po_1", "object": "payout", "amount": 9 })),
                movement("txn_fee", Value::Null),
                movement("txn_odd", json!({ "id": "ch_3", "object": "charge", "amount": "many" })),
            ],
            false,
        ),
    ]
}

/// Money is told by the balance although its events are forgotten, by whomever it was moved.
#[tokio::test]
async fn the_balance_tells_of_money_whose_events_are_gone() {
    let [first, second] = balance();
    let (stub, base_url) = Stub::serve([list(&[], false), first, second]).await;
    let (stripe, mut cursor, mut told) = (stripe(base_url), None::<String>, Vec::new());
    loop {
        let page = stripe
            .list_transactions(&CallContext::default(), WINDOW, cursor.as_deref())
            .await
            .expect("a page");
        told.extend(page.transactions);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let paths: Vec<String> = stub.seen().iter().map(|seen| seen.uri.to_string()).collect();
    assert!(paths[0].starts_with("/v1/events?"), "{paths:?}");
    assert!(
        paths[1].starts_with("/v1/balance_transactions?") && !paths[1].contains("starting_after"),
        "{paths:?}"
    );
    assert!(paths[2].contains("starting_after=txn_x") && paths[2].contains("data.source"), "{paths:?}");
    assert_eq!(
        told.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(),
        ["txn_4", "txn_3", "txn_2", "txn_1"]
    );
    assert!(told.iter().all(|row| row.at == WINDOW.from + 5));
    let [
        Movement::Payment(ours),
        Movement::Payment(pending),
        Movement::Refund { view, payment_reference },
        Movement::Dispute(lost),
    ] = told.iter().map(|row| &row.what).collect::<Vec<_>>()[..]
    else {
        panic!("{told:?}");
    };
    assert_eq!((ours.state, ours.our_attempt), (PaymentState::Captured, Some(ATTEMPT)));
    assert_eq!(
        (ours.payment_reference.as_deref(), ours.amount.to_string().as_str()),
        (Some("pi_1"), "49.99 USD")
    );
    assert_eq!((pending.state, pending.our_attempt), (PaymentState::Processing, None));
    assert_eq!((view.state, payment_reference.as_deref()), (RefundState::Failed, Some("pi_1")));
    assert_eq!(lost.state, DisputeState::Lost);
}
