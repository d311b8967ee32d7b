//! Messages that the gateway pushes.

use std::collections::HashMap;

use axum::http::{HeaderMap, HeaderValue};
use gateways::{EventBody, PaymentState, Push, WebhookError};
use haat_sandbox::{Fault, FaultKind, Match, Rule};
use uuid::Uuid;

use crate::stage::{Delivery, Stage, Subject, refund_of};

/// One payment and one refund, listened to.
async fn told(subject: &dyn Subject) -> (Stage<'_>, Uuid) {
    let stage = Stage::of(subject).await;
    stage.listen().await;
    let (payment, view) = stage.paid(stage.money(9_000)).await;
    stage.refund(&refund_of(&payment, &view, stage.money(3_000))).await.expect("a refund");
    stage.sandbox.settle_all();
    (stage, payment.attempt_id)
}

pub async fn what_is_pushed_is_read_and_read_again(subject: &dyn Subject) {
    let (stage, attempt) = told(subject).await;
    // A hint need not say that it is paid: it is looked up.
    let hint = stage.gateway.capabilities().push == Push::Hint;
    let mut paid = 0;
    for delivery in stage.pushed().await {
        let read = stage.gateway.read_webhook(&delivery.headers, &delivery.body, stage.sandbox.now()).await;
        let event = read.expect("signed and readable").into_inner();
        let stored = str::from_utf8(&delivery.body).expect("text");
        assert_eq!(stage.gateway.parse_stored(stored), event.clone());
        assert_eq!(stage.gateway.check_headers(&delivery.headers), Ok(()));
        if let EventBody::Payment(view) = event.body
            && view.our_attempt == Some(attempt)
        {
            assert!(view.state == PaymentState::Captured || hint, "{view:?}");
            assert_eq!(view.amount, stage.money(9_000));
            paid += 1;
        }
    }
    assert!(paid > 0, "the payment was told of");
}

pub async fn a_delivery_repeated_is_the_same_event(subject: &dyn Subject) {
    let stage = Stage::of(subject).await;
    let on = Match { gateway: Some(subject.name().to_owned()), ..Match::default() };
    let twice = Fault { kind: FaultKind::WebhookDuplicate, ms: 0 };
    stage.sandbox.faults().add(Rule { on, fault: twice, times: 100 });
    stage.listen().await;
    for units in [9_000, 9_000] {
        stage.paid(stage.money(units)).await;
    }
    let mut seen: HashMap<String, Vec<Vec<u8>>> = HashMap::new();
    for delivery in stage.pushed().await {
        let read = stage.gateway.read_webhook(&delivery.headers, &delivery.body, stage.sandbox.now()).await;
        let event = read.expect("signed and readable").into_inner();
        seen.entry(event.id).or_default().push(delivery.body.to_vec());
    }
    assert!(seen.len() >= 2, "two payments of one amount are two events");
    for (id, bodies) in seen {
        assert!(bodies.len() == 2 && bodies[0] == bodies[1], "{id}: {} deliveries", bodies.len());
    }
}

pub async fn what_was_changed_on_the_way_is_not_believed(subject: &dyn Subject) {
    let (stage, _) = told(subject).await;
    let now = stage.sandbox.now();
    for delivery in stage.pushed().await {
        let (headers, body) = (&delivery.headers, delivery.body.to_vec());
        let text = String::from_utf8(body.clone()).expect("text");
        let more = text.replacen("9000", "9001", 1).replacen("90.00", "90.01", 1);
        let bodies =
            [more.replacen('s', "z", 1).into_bytes(), body[..body.len() / 2].to_vec(), vec![], vec![0xff]];
        for changed in bodies {
            let read = stage.gateway.read_webhook(headers, &changed, now).await;
            assert!(read.is_err(), "{read:?}");
        }
        let read = stage.gateway.read_webhook(&HeaderMap::new(), &body, now).await;
        assert!(stage.gateway.check_headers(&HeaderMap::new()).is_err(), "nobody reads its body");
        // bKash signs in the body.
        let signed_in_a_header = headers.keys().any(|name| name.as_str().contains("signature"));
        assert!(read.is_err() || !signed_in_a_header, "{read:?}");
        for name in headers.keys().filter(|name| name.as_str().contains("signature")) {
            let mut forged = HeaderMap::new();
            forged.insert(name.clone(), HeaderValue::from_static("00ff"));
            let read = stage.gateway.read_webhook(&forged, &body, now).await;
            assert!(read.is_err(), "{read:?}");
        }
    }
}

pub async fn an_old_signature_is_not_believed(subject: &dyn Subject) {
    let (stage, _) = told(subject).await;
    let now = stage.sandbox.now();
    let pushed = stage.pushed().await;
    let Delivery { headers, body } = pushed.first().expect("something was pushed");
    let (late, early) = (
        stage.gateway.read_webhook(headers, body, now + 3_600).await,
        stage.gateway.read_webhook(headers, body, now - 3_600).await,
    );
    if subject.signs_the_time() {
        assert!(matches!(late, Err(WebhookError::TooOld(_))), "{late:?}");
        assert!(matches!(early, Err(WebhookError::InFuture(_))), "{early:?}");
    } else {
        assert!(late.is_ok() && early.is_ok(), "no time is signed: {late:?}, {early:?}");
    }
}
