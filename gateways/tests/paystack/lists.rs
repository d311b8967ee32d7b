//! What moved, as reconciliation reads it.

use gateways::{Gateway, Movement, Sent, Window};

use super::*;

#[tokio::test]
async fn a_window_is_read_list_by_list_and_page_by_page() {
    let window = Window { from: 1_767_225_600, until: 1_767_229_200 };
    let late = json!({"id": 1, "status": "success", "reference": "x", "amount": 1, "currency": "NGN",
        "paid_at": "2026-01-01T01:00:00.000Z"});
    let unreadable = json!({"id": 2, "status": "success", "reference": "x", "amount": 1, "currency": "EGP"});
    let dispute = json!({"id": 5, "status": "pending", "refund_amount": 7, "currency": "NGN",
        "createdAt": "2026-01-01T00:00:00.000Z", "transaction": {"id": 302_961, "reference": ATTEMPT}});
    let (stub, paystack) = told([
        page(vec![late, unreadable], 1, 2),
        page(vec![transaction("success")], 2, 2),
        page(vec![refund_row(12, "processed", our_note())], 1, 1),
        page(vec![dispute], 1, 1),
    ])
    .await;
    let mut cursor = None;
    let mut seen = Vec::new();
    loop {
        let page = paystack.list_transactions(&context(), window, cursor.as_deref()).await.expect("a page");
        seen.extend(page.transactions);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 3);
    assert!(matches!(&seen[0].what, Movement::Payment(view) if view.our_attempt == Some(ATTEMPT)));
    assert_eq!((seen[0].at, seen[0].id.as_str()), (1_767_226_200, "302961"), "when it was paid");
    let Movement::Refund { view, payment_reference } = &seen[1].what else { panic!("{:?}", seen[1]) };
    assert_eq!((view.our_refund, payment_reference.as_deref()), (Some(refund_id()), Some("302961")));
    assert!(
        matches!(&seen[2].what, Movement::Dispute(view) if view.page_reference == Some(ATTEMPT.to_string()))
    );
    let times = "&from=2026-01-01T00:00:00.000Z&to=2026-01-01T01:00:00.000Z";
    let asked = asked(&stub);
    assert_eq!(
        asked[1],
        "GET /transaction?perPage=100&page=2&from=2025-12-31T00:00:00.000Z&to=2026-01-01T01:00:00.000Z"
    );
    assert_eq!(
        asked[2..],
        [format!("GET /refund?perPage=100&page=1{times}"), format!("GET /dispute?perPage=100&page=1{times}")]
    );
    let error = paystack.list_transactions(&context(), window, Some("evt_1")).await.expect_err("no cursor");
    assert_eq!(error.sent, Sent::No);
}
