//! Payouts: looked for, sent once, found again.

use gateways::paystack::{NewRecipient, RecipientKind};
use gateways::{CallErrorKind, ReverseTransfer, Sent, TransferName, TransferState, Transfers};

use super::*;

#[tokio::test]
async fn a_transfer_is_looked_for_and_then_sent_under_our_name() {
    let unknown = no(404, "Transfer not found", None);
    let (stub, paystack) = told([unknown, ok(transfer_row("pending"))]).await;
    let view = paystack.create_transfer(&context(), &transfer()).await.expect("a transfer");
    assert_eq!((view.state, view.amount), (TransferState::Pending, naira(1000)));
    assert_eq!((view.reference, view.our_transfer), (PAYOUT.to_string(), Some(PAYOUT)));
    assert_eq!(asked(&stub), [format!("GET /transfer/verify/{PAYOUT}"), "POST /transfer".to_owned()]);
    let expected = json!({
        "source": "balance", "amount": 1000, "currency": "NGN", "recipient": "RCP_1", "reference": PAYOUT,
        "reason": "sales of May",
    });
    assert_eq!(sent(&stub.seen()[1]), expected);
    let (stub, paystack) = told([ok(transfer_row("success"))]).await;
    let view = paystack.create_transfer(&context(), &transfer()).await.expect("the transfer there is");
    assert_eq!((view.state, methods(&stub)), (TransferState::Succeeded, vec!["GET".to_owned()]));
}

#[tokio::test]
async fn a_transfer_without_a_clear_answer_is_asked_after_and_never_sent_twice() {
    let unknown = || no(404, "Transfer not found", None);
    let taken = || no(400, "Reference already exists", Some("duplicate_reference"));
    for answer in [Reply::status(500), taken()] {
        let (stub, paystack) = told([unknown(), answer, ok(transfer_row("otp"))]).await;
        let view = paystack.create_transfer(&context(), &transfer()).await.expect("it was carried out");
        assert_eq!(view.state, TransferState::NeedsAction);
        assert_eq!(methods(&stub), ["GET", "POST", "GET"]);
    }
    let (_, paystack) = told([unknown(), Reply::status(500), unknown()]).await;
    let error = paystack.create_transfer(&context(), &transfer()).await.expect_err("it may arrive yet");
    assert!(error.outcome_unknown());
    let (_, paystack) = told([unknown(), taken(), unknown()]).await;
    let error = paystack.create_transfer(&context(), &transfer()).await.expect_err("somebody is sending it");
    assert!(error.outcome_unknown());
    let refused = || no(400, "Your balance is not enough", Some("insufficient_balance"));
    let (_, paystack) = told([unknown(), refused(), unknown()]).await;
    let error = paystack.create_transfer(&context(), &transfer()).await.expect_err("refused");
    assert_eq!((error.kind, error.outcome_unknown()), (CallErrorKind::Refused, false));
    let (_, paystack) = told([unknown(), refused(), Reply::status(500)]).await;
    let error = paystack.create_transfer(&context(), &transfer()).await.expect_err("not yet believed");
    assert_eq!(error.kind, CallErrorKind::Retry);
    let (stub, paystack) = told([Reply::status(404)]).await;
    let error = paystack.create_transfer(&context(), &transfer()).await.expect_err("a stranger's 404");
    assert_eq!((error.kind, methods(&stub)), (CallErrorKind::Retry, vec!["GET".to_owned()]));
}

#[tokio::test]
async fn a_transfer_is_found_or_not_and_never_taken_back() {
    let (_, paystack) = told([ok(transfer_row("reversed")), no(404, "Transfer not found", None)]).await;
    let paystack: Box<dyn Transfers> = Box::new(paystack);
    let name = TransferName { transfer_id: PAYOUT, reference: None, amount: transfer().amount };
    let view = paystack.find_transfer(&context(), &name).await.expect("an answer");
    assert_eq!(view.map(|view| view.state), Some(TransferState::Reversed));
    assert_eq!(paystack.find_transfer(&context(), &name).await, Ok(None));
    let back = ReverseTransfer { reversal_id: PAYOUT, name, amount: naira(1) };
    assert_eq!(paystack.reverse_transfer(&context(), &back).await.expect_err("never").sent, Sent::No);
}

#[tokio::test]
async fn a_recipient_gets_its_code_and_prints_no_account() {
    let (stub, paystack) =
        told([Reply::json(201, &json!({"status": true, "data": {"recipient_code": "RCP_1"}}))]).await;
    let recipient = NewRecipient {
        kind: RecipientKind::Nuban,
        name: "Jane".to_owned(),
        account_number: "0123456789".to_owned(),
        bank_code: "057".to_owned(),
        currency: "NGN".parse().expect("a known code"),
    };
    assert_eq!(paystack.create_recipient(&context(), &recipient).await.as_deref(), Ok("RCP_1"));
    assert_eq!(sent(&stub.seen()[0])["type"], json!("nuban"));
    let shown = format!("{recipient:?}");
    assert!(!shown.contains("0123456789") && !shown.contains("Jane"), "{shown}");
}
