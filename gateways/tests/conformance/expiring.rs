//! Giving a payment page up.

use gateways::{Expired, PaymentState};

use crate::stage::{Stage, Subject};

pub async fn an_unpaid_page_is_given_up(subject: &dyn Subject) {
    let stage = Stage::of(subject).await;
    let reference = stage.open(&stage.order(stage.money(5_005))).await.reference;
    for _ in 0..2 {
        let expired = stage.gateway.expire_payment(&stage.context(), &reference).await.expect("an answer");
        let closes = stage.gateway.capabilities().closes_pages || stage.finishes();
        let wanted = if closes { Expired::Closed } else { Expired::LeftOpen };
        assert_eq!(expired, wanted);
    }
    if stage.gateway.capabilities().closes_pages && !stage.finishes() {
        assert!(subject.pay(&stage.sandbox, &reference).is_err(), "a closed page takes no money");
        let state = stage.find(&reference).await.state;
        assert!(matches!(state, PaymentState::Expired | PaymentState::Failed), "{state:?}");
    }
    assert_eq!(stage.books(), (0, 0));
}

pub async fn a_paid_page_is_not_given_up(subject: &dyn Subject) {
    let stage = Stage::of(subject).await;
    let (_, paid) = stage.paid(stage.money(5_005)).await;
    let reference = paid.reference.clone().expect("a page");
    for _ in 0..2 {
        let expired = stage.gateway.expire_payment(&stage.context(), &reference).await.expect("an answer");
        let Expired::AlreadyPaid(view) = expired else { panic!("{expired:?}") };
        assert_eq!((view.state, view.amount), (PaymentState::Captured, paid.amount));
        assert_eq!(view.payment_reference, paid.payment_reference);
    }
}
