//! Taking the money that the customer agreed to. Where the gateway takes it by itself, this only looks.

use gateways::{FailureCode, PaymentState};

use crate::stage::{IMPATIENT, Stage, Subject, breaks, says_the_truth, until_done};

pub async fn what_the_customer_agreed_to_is_taken_once(subject: &dyn Subject) {
    let stage = Stage::of(subject).await;
    let (_, first) = stage.paid(stage.money(5_005)).await;
    let reference = first.reference.clone().expect("a page");
    let (again, at_once) = tokio::join!(stage.finish(&reference), stage.finish(&reference));
    assert_eq!((&again.state, &at_once.state), (&first.state, &first.state));
    assert_eq!(again.payment_reference, first.payment_reference);
    assert_eq!(stage.books(), (5_005, 0));
}

pub async fn what_nobody_agreed_to_is_not_taken(subject: &dyn Subject) {
    let stage = Stage::of(subject).await;
    let reference = stage.open(&stage.order(stage.money(5_005))).await.reference;
    let finished = stage.gateway.finish_payment(&stage.context(), &reference).await;
    assert!(!finished.as_ref().is_ok_and(|view| view.state == PaymentState::Captured), "{finished:?}");
    assert_eq!(stage.books(), (0, 0));
}

/// Whatever the gateway calls it, the customer is told in one of our words, and operators see the gateway's.
pub async fn what_failed_says_why(subject: &dyn Subject) {
    let stage = Stage::of(subject).await;
    let reference = stage.open(&stage.order(stage.money(5_005))).await.reference;
    subject.decline(&stage.sandbox, &reference);
    let view = stage.finish(&reference).await;
    assert!(matches!(view.state, PaymentState::Failed | PaymentState::Open), "{view:?}");
    let reason = view.failure_reason.expect("it says why");
    let known = [FailureCode::InsufficientFunds, FailureCode::Declined];
    assert!(known.contains(&reason.code) && reason.detail.is_some(), "{reason:?}");
    assert_eq!(stage.books(), (0, 0));
}

pub async fn a_broken_line_takes_once(subject: &dyn Subject) {
    for (fault, _) in breaks() {
        for number in 1.. {
            let stage = Stage::with(subject, IMPATIENT).await;
            let reference = stage.open(&stage.order(stage.money(5_005))).await.reference;
            stage.agree(&reference);
            let before = stage.books();
            stage.break_request(number, fault);
            let outcome = stage.gateway.finish_payment(&stage.context(), &reference).await;
            if !stage.was_broken() {
                assert!(number > 1, "{fault} never struck");
                break;
            }
            let what = format!("{fault} at {number}");
            says_the_truth(&outcome, stage.books() != before, &what);
            let view = until_done(async || {
                let view = stage.gateway.finish_payment(&stage.context(), &reference).await.ok()?;
                (view.state == PaymentState::Captured).then_some(view)
            })
            .await;
            assert_eq!((view.amount, stage.books()), (stage.money(5_005), (5_005, 0)), "{what}");
        }
    }
}
