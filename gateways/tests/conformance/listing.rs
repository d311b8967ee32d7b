//! What reconciliation reads: everything that moved, once.

use std::collections::BTreeSet;

use gateways::{Movement, PaymentState, Window};

use crate::stage::{Stage, Subject, refund_of};

/// More than one page holds anywhere.
const PAYMENTS: usize = 120;

pub async fn the_list_has_everything_once(subject: &dyn Subject) {
    let stage = Stage::of(subject).await;
    let from = stage.sandbox.now();
    let everything = Window { from, until: from + 600 };
    if !stage.gateway.capabilities().lists {
        assert!(stage.gateway.list_transactions(&stage.context(), everything, None).await.is_err());
        return;
    }
    let mut ours = BTreeSet::new();
    for _ in 0..PAYMENTS {
        ours.insert(stage.paid(stage.money(5_005)).await.0.attempt_id);
    }
    let (payment, view) = stage.paid(stage.money(9_000)).await;
    ours.insert(payment.attempt_id);
    stage.refund(&refund_of(&payment, &view, stage.money(3_000))).await.expect("a refund");
    stage.open(&stage.order(stage.money(77))).await;
    stage.sandbox.settle_all();

    let (mut listed, mut ids, mut rows, mut pages) = (BTreeSet::new(), BTreeSet::new(), 0, 0);
    let mut cursor: Option<String> = None;
    loop {
        let context = stage.context();
        let page = stage.gateway.list_transactions(&context, everything, cursor.as_deref()).await;
        let page = page.expect("a page");
        pages += 1;
        for row in page.transactions {
            rows += 1;
            assert!((everything.from..everything.until).contains(&row.at), "{row:?}");
            assert!(ids.insert(row.id.clone()), "twice: {row:?}");
            if let Movement::Payment(view) = row.what
                && view.state == PaymentState::Captured
            {
                assert!(view.amount == stage.money(5_005) || view.amount == stage.money(9_000));
                listed.extend(view.our_attempt);
            }
        }
        assert!(pages < 100, "it never ends");
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert!(pages > 1 && rows > PAYMENTS, "{rows} rows on {pages} pages");
    assert_eq!(listed, ours);
    let before = Window { from: from - 1_000, until: from - 10 };
    let page = stage.gateway.list_transactions(&stage.context(), before, None).await.expect("a page");
    assert_eq!(page.transactions, [], "nothing moved then");
}
