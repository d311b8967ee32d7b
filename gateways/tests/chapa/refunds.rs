//! Refunds: made once, found again, and never ended by a refusal that the first request has caused.

use gateways::chapa::{Chapa, ChapaConfig, RefundPath};
use gateways::{CallError, CallErrorKind, Gateway, RefundState, RefundView};

use super::*;

async fn refunding(script: Vec<Reply>) -> (Result<RefundView, CallError>, Vec<String>) {
    let (stub, chapa) = given(script).await;
    (chapa.create_refund(&context(), &refund()).await, steps(&stub.seen()))
}

#[tokio::test]
async fn a_refund_is_a_form_under_our_reference() {
    let (stub, chapa) = given([yes(refund_data("initiated"))]).await;
    let view = chapa.create_refund(&context(), &refund()).await.expect("a refund");
    assert_eq!((view.reference.as_str(), view.state, view.amount), ("RF1", RefundState::Pending, etb(500)));
    assert_eq!(view.our_refund, Some(refund_id()));
    let seen = stub.seen().remove(0);
    assert_eq!(steps(std::slice::from_ref(&seen)), ["POST /v1/refund/AP634JFwnYlc"]);
    assert_eq!(seen.header("content-type"), Some("application/x-www-form-urlencoded"));
    let id = refund_id();
    assert!(seen.body.contains("amount=5.00&") && seen.body.contains(&format!("&reference={id}")));
    assert!(seen.body.contains(&format!("meta%5Brefund_id%5D={id}")), "{}", seen.body);
}

#[tokio::test]
async fn a_setting_says_which_name_a_refund_is_asked_under() {
    let (stub, address) = Stub::serve([yes(refund_data("initiated"))]).await;
    let config = ChapaConfig { refund_path: RefundPath::TxRef, ..config(address, PATIENT) };
    let chapa = Chapa::new(config).expect("a good configuration");
    chapa.create_refund(&context(), &refund()).await.expect("a refund");
    assert_eq!(steps(&stub.seen()), [format!("POST /refund/{}", page(1))]);
}

#[tokio::test]
async fn a_refund_that_an_earlier_request_made_is_not_made_twice() {
    let look = format!("GET /v1/refund/{}/verify", refund_id());
    let used = || no(400, "Reference has been used before");
    let (view, steps) = refunding(vec![used(), yes(refund_data("processing"))]).await;
    let view = view.expect("it is there");
    assert_eq!((view.reference.as_str(), view.our_refund), ("RF1", Some(refund_id())));
    assert_eq!(steps, ["POST /v1/refund/AP634JFwnYlc".to_owned(), look]);

    for blind in [no(404, "Refund not found"), no(400, "Invalid refund"), Reply::status(404)] {
        let (error, _) = refunding(vec![used(), blind]).await;
        let error = error.expect_err("words are no proof");
        assert!(error.outcome_unknown() && !error.is_retryable(), "{error}");
    }

    let (error, _) = refunding(vec![used(), Reply::status(503)]).await;
    assert!(error.expect_err("not known now").outcome_unknown());
}

#[tokio::test]
async fn no_refusal_that_the_first_request_can_cause_ends_a_refund() {
    let (error, _) = refunding(vec![no(400, "Insufficient Balance")]).await;
    let error = error.expect_err("refused for now");
    assert_eq!((error.kind, error.code.as_deref()), (CallErrorKind::Retry, Some("insufficient_balance")));

    let refunded = || no(400, "Transaction has already been refunded");
    let (error, _) = refunding(vec![refunded(), no(404, "Refund not found")]).await;
    let error = error.expect_err("by whom?");
    assert!(error.outcome_unknown() && !error.is_retryable(), "{error}");
    let (view, _) = refunding(vec![refunded(), yes(refund_data("refunded"))]).await;
    assert_eq!(view.expect("by us").state, RefundState::Succeeded);

    let (error, steps) =
        refunding(vec![no(400, "Refunds can only be processed in live mode"), Reply::status(404)]).await;
    let error = error.expect_err("an end");
    assert_eq!((error.kind, error.outcome_unknown()), (CallErrorKind::Refused, false));
    assert_eq!((error.code.as_deref(), steps.len()), (Some("live_mode_only"), 2));
}

#[tokio::test]
async fn a_refund_is_found_by_chapas_name_or_by_ours() {
    let script = [yes(refund_data("refunded")), yes(refund_data("reversed")), no(404, "Refund not found")];
    let (stub, chapa) = given(script).await;
    let found = chapa.find_refund(&context(), &refund_name(Some("RF1"))).await.expect("an answer");
    let found = found.expect("it is there");
    assert_eq!((found.reference.as_str(), found.state), ("RF1", RefundState::Succeeded));
    let found = chapa.find_refund(&context(), &refund_name(None)).await.expect("an answer");
    let found = found.expect("it is there");
    assert_eq!((found.state, found.our_refund), (RefundState::Failed, Some(refund_id())));
    assert_eq!(chapa.find_refund(&context(), &refund_name(None)).await, Ok(None));
    let ours = format!("GET /v1/refund/{}/verify", refund_id());
    assert_eq!(steps(&stub.seen()), ["GET /v1/refund/RF1/verify", ours.as_str(), ours.as_str()]);
}

#[tokio::test]
async fn a_refund_known_by_our_name_only_keeps_it() {
    let ours = refund_id().to_string();
    let (_, chapa) =
        given([yes(refund_data("refunded")), no(400, "Invalid refund"), Reply::status(500)]).await;
    let name = refund_name(Some(&ours));
    let found = chapa.find_refund(&context(), &name).await.expect("an answer").expect("it is there");
    assert_eq!((found.reference.as_str(), found.state), (ours.as_str(), RefundState::Succeeded));
    assert_eq!(chapa.find_refund(&context(), &name).await, Ok(None), "it is not said to be under way");
    assert!(chapa.find_refund(&context(), &name).await.expect_err("no answer").is_retryable());
}
