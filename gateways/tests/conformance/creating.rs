//! Opening a payment page, and looking at it.

use gateways::{EndedBy, PaymentState, Sent};

use crate::stage::{IMPATIENT, Stage, Subject, breaks, money, until_done};

pub async fn create_twice_is_one_payable_thing(subject: &dyn Subject) {
    let stage = Stage::of(subject).await;
    let request = stage.order(stage.money(5_005));
    let page = stage.open(&request).await;
    assert!(page.redirect_url.starts_with("http"), "{page:?}");
    stage.open(&request).await;
    stage.agree(&page.reference);
    let third = stage.open(&request).await;
    // Where the merchant takes the money, a page too many is harmless.
    assert!(stage.finishes() || third.reference == page.reference, "{third:?} after {page:?} was paid");
    assert_eq!(stage.finish(&page.reference).await.state, PaymentState::Captured);
    assert_eq!(stage.books(), (5_005, 0));
}

pub async fn it_is_found_before_and_after_it_is_paid(subject: &dyn Subject) {
    let stage = Stage::of(subject).await;
    for units in [5_005, 100_000, 1_234_567] {
        let request = stage.order(stage.money(units));
        let reference = stage.open(&request).await.reference;
        let before = stage.find(&reference).await;
        // Until it is agreed to, bKash has one word only.
        assert!(matches!(before.state, PaymentState::Open | PaymentState::AwaitsFinish), "{before:?}");
        stage.agree(&reference);
        stage.finish(&reference).await;
        let after = stage.find(&reference).await;
        assert_eq!((after.state, after.amount), (PaymentState::Captured, request.amount));
        assert_eq!(after.reference.as_deref(), Some(reference.as_str()));
        assert_eq!(after.our_attempt, Some(request.attempt_id));
        assert!(after.payment_reference.is_some());
    }
}

pub async fn other_currencies_are_refused_unsent(subject: &dyn Subject) {
    let stage = Stage::of(subject).await;
    let foreign = money(5_005, subject.other_currency());
    assert!(!stage.gateway.capabilities().currencies.contain(foreign.currency()));
    for amount in [foreign, stage.money(0), stage.money(-500)] {
        let request = stage.order(amount);
        let error = stage.gateway.create_payment(&stage.context(), &request).await.expect_err("refused");
        assert_eq!((error.sent, error.ended_by), (Sent::No, EndedBy::Us), "{error:?}");
        assert!(!error.is_retryable());
    }
}

/// Whatever breaks, a repeat ends in one page, and what is paid there is taken once.
pub async fn a_broken_line_opens_nothing_twice(subject: &dyn Subject) {
    for (fault, _) in breaks() {
        for number in 1.. {
            let stage = Stage::with(subject, IMPATIENT).await;
            let request = stage.order(stage.money(5_005));
            stage.break_request(number, fault);
            let outcome = stage.gateway.create_payment(&stage.context(), &request).await;
            if !stage.was_broken() {
                assert!(number > 1, "{fault} never struck");
                break;
            }
            if let Err(error) = outcome {
                assert!(error.is_retryable() || error.outcome_unknown(), "{fault} at {number}: {error:?}");
            }
            let page =
                until_done(async || stage.gateway.create_payment(&stage.context(), &request).await.ok())
                    .await;
            stage.agree(&page.reference);
            assert_eq!(stage.finish(&page.reference).await.state, PaymentState::Captured);
            assert_eq!(stage.books(), (5_005, 0), "{fault} at {number}");
        }
    }
}

pub async fn a_payment_nobody_made_is_no_success(subject: &dyn Subject) {
    let stage = Stage::of(subject).await;
    let reference = stage.open(&stage.order(stage.money(5_005))).await.reference;
    let last = if reference.ends_with('0') { '1' } else { '0' };
    let unknown = format!("{}{last}", &reference[..reference.len() - 1]);
    for reference in [unknown.as_str(), "", "../refunds", "no such thing"] {
        let found = stage.gateway.find_payment(&stage.context(), reference).await;
        let none = found.as_ref().map_or(true, |view| view.state == PaymentState::Open);
        assert!(none, "{reference:?}: {found:?}");
    }
}
