//! Paying out, where a gateway does: never twice.

use gateways::{
    CreateTransfer, EndedBy, Reversals, ReverseTransfer, Sent, TransferName, TransferState, Transfers,
};
use uuid::Uuid;

use crate::stage::{IMPATIENT, Stage, Subject, breaks, money, says_the_truth, until_done};

/// A shop with money, and what it owes somebody; `None` where the gateway pays nobody out.
async fn owing(stage: &Stage<'_>) -> Option<CreateTransfer> {
    let payee = stage.subject.payee(&stage.sandbox).await;
    assert_eq!(payee.is_some(), stage.gateway.transfers().is_some());
    let payee = payee?;
    let (_, payment) = stage.paid(stage.money(100_000)).await;
    Some(CreateTransfer {
        transfer_id: Uuid::now_v7(),
        payee,
        amount: stage.money(30_000),
        reason: "sales of May".to_owned(),
        payment_reference: payment.payment_reference,
    })
}

fn of<'a>(stage: &'a Stage<'_>) -> &'a dyn Transfers {
    stage.gateway.transfers().expect("it pays out")
}

fn name_of(request: &CreateTransfer) -> TransferName {
    TransferName { transfer_id: request.transfer_id, reference: None, amount: request.amount }
}

pub async fn the_same_transfer_is_made_once(subject: &dyn Subject) {
    let stage = Stage::of(subject).await;
    let Some(mut request) = owing(&stage).await else { return };
    for payment_reference in [request.payment_reference.clone(), None] {
        let before = subject.paid_out(&stage.sandbox);
        request = CreateTransfer { transfer_id: Uuid::now_v7(), payment_reference, ..request };
        let made = of(&stage).create_transfer(&stage.context(), &request).await.expect("a transfer");
        let again = of(&stage).create_transfer(&stage.context(), &request).await.expect("the same one");
        assert_eq!((&again.reference, again.our_transfer), (&made.reference, Some(request.transfer_id)));
        assert!(matches!(made.state, TransferState::Pending | TransferState::Succeeded), "{made:?}");
        assert_eq!((made.amount, subject.paid_out(&stage.sandbox) - before), (request.amount, 30_000));
        let by_ours = name_of(&request);
        let by_theirs = TransferName { reference: Some(made.reference.clone()), ..by_ours.clone() };
        for name in [by_ours, by_theirs] {
            let found = of(&stage).find_transfer(&stage.context(), &name).await.expect("an answer");
            let found = found.expect("it is there");
            assert_eq!((found.reference, found.amount), (made.reference.clone(), request.amount));
        }
    }
}

/// Long after: no key of ours is remembered by anybody.
pub async fn an_old_transfer_is_not_made_again(subject: &dyn Subject) {
    let stage = Stage::of(subject).await;
    let Some(request) = owing(&stage).await else { return };
    let made = of(&stage).create_transfer(&stage.context(), &request).await.expect("a transfer");
    stage.sandbox.advance(std::time::Duration::from_hours(72));
    let again = of(&stage).create_transfer(&stage.context(), &request).await.expect("the same one");
    assert_eq!((again.reference, again.state), (made.reference, TransferState::Succeeded));
    assert_eq!(subject.paid_out(&stage.sandbox), 30_000);
}

pub async fn a_broken_line_pays_out_once(subject: &dyn Subject) {
    for (fault, _) in breaks() {
        for number in 1.. {
            let stage = Stage::with(subject, IMPATIENT).await;
            let Some(request) = owing(&stage).await else { return };
            stage.break_request(number, fault);
            let outcome = of(&stage).create_transfer(&stage.context(), &request).await;
            if !stage.was_broken() {
                assert!(number > 1, "{fault} never struck");
                break;
            }
            let what = format!("{fault} at {number}");
            says_the_truth(&outcome, subject.paid_out(&stage.sandbox) != 0, &what);
            let made = until_done(async || {
                let name = name_of(&request);
                let found = of(&stage).find_transfer(&stage.context(), &name).await.ok()?;
                if found.is_some() {
                    return found;
                }
                of(&stage).create_transfer(&stage.context(), &request).await.ok()
            })
            .await;
            assert_eq!((made.amount, subject.paid_out(&stage.sandbox)), (request.amount, 30_000), "{what}");
        }
    }
}

pub async fn a_transfer_may_fail(subject: &dyn Subject) {
    let stage = Stage::of(subject).await;
    let Some(request) = owing(&stage).await else { return };
    let made = of(&stage).create_transfer(&stage.context(), &request).await.expect("a transfer");
    let fails = subject.fail_transfer(&stage.sandbox, &made.reference);
    let found = of(&stage).find_transfer(&stage.context(), &name_of(&request)).await.expect("an answer");
    let wanted = if fails { TransferState::Failed } else { made.state };
    assert_eq!(found.expect("it is there").state, wanted);
}

pub async fn what_was_paid_out_is_taken_back_once(subject: &dyn Subject) {
    let stage = Stage::of(subject).await;
    let Some(request) = owing(&stage).await else { return };
    of(&stage).create_transfer(&stage.context(), &request).await.expect("a transfer");
    let part = |units| ReverseTransfer {
        reversal_id: Uuid::now_v7(),
        name: name_of(&request),
        amount: stage.money(units),
    };
    let first = part(10_000);
    if of(&stage).reversals() == Reversals::Never {
        let error = of(&stage).reverse_transfer(&stage.context(), &first).await.expect_err("not here");
        assert_eq!((error.sent, error.ended_by), (Sent::No, EndedBy::Us));
        return;
    }
    for _ in 0..2 {
        let view = of(&stage).reverse_transfer(&stage.context(), &first).await.expect("a part");
        assert_eq!((view.state, view.amount), (TransferState::Succeeded, request.amount));
        assert_eq!(subject.paid_out(&stage.sandbox), 20_000);
    }
    let error = of(&stage).reverse_transfer(&stage.context(), &part(20_001)).await.expect_err("too much");
    assert!(!error.outcome_unknown() && !error.is_retryable(), "{error:?}");
    let rest = part(20_000);
    let view = of(&stage).reverse_transfer(&stage.context(), &rest).await.expect("the rest");
    assert_eq!((view.state, subject.paid_out(&stage.sandbox)), (TransferState::Reversed, 0));
    stage.sandbox.advance(std::time::Duration::from_hours(72));
    let view = of(&stage).reverse_transfer(&stage.context(), &rest).await.expect("long after");
    assert_eq!(view.state, TransferState::Reversed);
}

pub async fn what_can_not_be_paid_out_is_refused_unsent(subject: &dyn Subject) {
    let stage = Stage::of(subject).await;
    let Some(request) = owing(&stage).await else { return };
    for amount in [money(500, subject.other_currency()), stage.money(0), stage.money(-500)] {
        let request = CreateTransfer { amount, ..request.clone() };
        let error = of(&stage).create_transfer(&stage.context(), &request).await.expect_err("refused");
        assert_eq!((error.sent, error.ended_by), (Sent::No, EndedBy::Us), "{error:?}");
    }
    let found = of(&stage).find_transfer(&stage.context(), &name_of(&request)).await;
    assert_eq!(found, Ok(None), "nobody made it");
}
