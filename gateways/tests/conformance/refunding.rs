//! Paying back: never twice, never more than was taken.

use gateways::{PaymentName, RefundName, RefundState};

use crate::stage::{IMPATIENT, Stage, Subject, breaks, refund_of, says_the_truth, until_done};

pub async fn parts_are_refunded_one_by_one(subject: &dyn Subject) {
    let stage = Stage::of(subject).await;
    let (payment, view) = stage.paid(stage.money(9_000)).await;
    let mut first = refund_of(&payment, &view, stage.money(3_000));
    let made = stage.refund(&first).await.expect("a refund");
    assert_eq!(made.amount, first.name.amount);
    let mut second = refund_of(&payment, &view, stage.money(3_000));
    second.name.others = vec![made.reference.clone()];
    let other = stage.refund(&second).await.expect("another of the same amount");
    assert_ne!(made.reference, other.reference);
    assert_eq!(stage.books(), (9_000, 6_000));
    first.name.reference = Some(made.reference.clone());
    second.name.reference = Some(other.reference.clone());
    assert_eq!(stage.find_refund(&first.name).await.expect("it is there").reference, made.reference);
    assert_eq!(stage.find_refund(&second.name).await.expect("it is there").reference, other.reference);
}

/// Where a gateway says that it lists them, all refunds of a payment are in the list, and no others.
pub async fn all_refunds_of_a_payment_are_listed(subject: &dyn Subject) {
    let stage = Stage::of(subject).await;
    let (payment, view) = stage.paid(stage.money(9_000)).await;
    let (other, elsewhere) = stage.paid(stage.money(8_000)).await;
    stage
        .refund(&refund_of(&other, &elsewhere, stage.money(500)))
        .await
        .expect("a refund of another payment");
    let mut made = Vec::new();
    for units in [3_000, 1_000] {
        let mut request = refund_of(&payment, &view, stage.money(units));
        request.name.others.clone_from(&made);
        made.push(stage.refund(&request).await.expect("a refund").reference);
    }
    let name = RefundName { refund_id: uuid::Uuid::nil(), ..refund_of(&payment, &view, stage.money(1)).name };
    let (page_reference, payment_reference) = (name.page_reference, name.payment_reference);
    let of = PaymentName { page_reference, payment_reference, since: payment.attempt_created_at };
    let listed = stage.gateway.refunds_of(&stage.context(), &of).await;
    if !stage.gateway.capabilities().refunds.listed {
        assert!(listed.is_err(), "it says that it can't");
        return;
    }
    let mut listed: Vec<String> = listed.expect("a list").into_iter().map(|row| row.reference).collect();
    listed.sort();
    made.sort();
    assert_eq!(listed, made);
}

pub async fn the_same_refund_is_made_once(subject: &dyn Subject) {
    let stage = Stage::of(subject).await;
    let (payment, view) = stage.paid(stage.money(9_000)).await;
    let request = refund_of(&payment, &view, stage.money(3_000));
    let made = stage.refund(&request).await.expect("a refund");
    let again = stage.refund(&request).await.expect("the same one");
    assert_eq!((again.our_refund, again.amount), (Some(request.name.refund_id), made.amount));
    assert_eq!(stage.books(), (9_000, 3_000));
}

pub async fn more_than_was_taken_is_refused(subject: &dyn Subject) {
    let stage = Stage::of(subject).await;
    let (payment, view) = stage.paid(stage.money(9_000)).await;
    let error = stage.refund(&refund_of(&payment, &view, stage.money(9_001))).await.expect_err("too much");
    assert!(!error.outcome_unknown() && !error.is_retryable(), "{error:?}");
    let most = refund_of(&payment, &view, stage.money(9_000));
    let made = stage.refund(&most).await.expect("all of it");
    let mut more = refund_of(&payment, &view, stage.money(100));
    more.name.others = vec![made.reference];
    assert!(stage.refund(&more).await.is_err(), "nothing is left");
    assert_eq!(stage.books(), (9_000, 9_000));
}

/// As the product does it: after a lost answer it looks, and what is not there it asks for again.
pub async fn a_broken_line_refunds_once(subject: &dyn Subject) {
    for (fault, _) in breaks() {
        for number in 1.. {
            let stage = Stage::with(subject, IMPATIENT).await;
            let (payment, view) = stage.paid(stage.money(9_000)).await;
            let request = refund_of(&payment, &view, stage.money(3_000));
            stage.break_request(number, fault);
            let outcome = stage.refund(&request).await;
            if !stage.was_broken() {
                assert!(number > 1, "{fault} never struck");
                break;
            }
            let what = format!("{fault} at {number}");
            says_the_truth(&outcome, stage.books().1 != 0, &what);
            let made = until_done(async || {
                let found = stage.gateway.find_refund(&stage.context(), &request.name).await.ok()?;
                if found.is_some() {
                    return found;
                }
                stage.refund(&request).await.ok()
            })
            .await;
            assert_eq!((made.amount, stage.books()), (request.name.amount, (9_000, 3_000)), "{what}");
        }
    }
}

/// Where an answer that got lost can't be found out: no repeat pays again, and none is said to have come to nothing.
pub async fn a_refund_without_an_answer_is_made_once(subject: &dyn Subject) {
    for (fault, is_made) in breaks() {
        let stage = Stage::with(subject, IMPATIENT).await;
        let (payment, view) = stage.paid(stage.money(9_000)).await;
        let request = refund_of(&payment, &view, stage.money(3_000));
        stage.break_request(1, fault);
        let outcome = stage.refund(&request).await;
        assert!(stage.was_broken() && (stage.books().1 != 0) == is_made, "{fault}");
        says_the_truth(&outcome, is_made, &fault.to_string());
        for _ in 0..3 {
            let again = stage.refund(&request).await;
            says_the_truth(&again, stage.books().1 != 0, &fault.to_string());
        }
        assert_eq!(stage.books(), (9_000, 3_000), "{fault}");
    }
}

pub async fn a_refund_may_fail_late(subject: &dyn Subject) {
    let stage = Stage::of(subject).await;
    let (payment, view) = stage.paid(stage.money(9_000)).await;
    let request = refund_of(&payment, &view, stage.money(3_000));
    let made = stage.refund(&request).await.expect("a refund");
    assert!(matches!(made.state, RefundState::Pending | RefundState::Succeeded), "{made:?}");
    subject.fail_refund(&stage.sandbox, &made.reference);
    let name = RefundName { reference: Some(made.reference), ..request.name };
    let found = stage.find_refund(&name).await.expect("it is still there");
    assert_eq!((found.state, found.amount), (RefundState::Failed, name.amount));
}

pub async fn a_refund_nobody_made_is_not_found(subject: &dyn Subject) {
    let stage = Stage::of(subject).await;
    let (payment, view) = stage.paid(stage.money(9_000)).await;
    let request = refund_of(&payment, &view, stage.money(3_000));
    assert_eq!(stage.find_refund(&request.name).await, None);
    assert_eq!(stage.books(), (9_000, 0));
}
