//! Refunds: looked for before they are sent, and sent one by one.

use std::sync::Arc;

use gateways::bkash::RefundVersion;
use gateways::{
    CallErrorKind, CreateRefund, Gateway, LocalShelf, RefundName, RefundReason, RefundState, Sent,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{BASE, IMPATIENT, SETTLED, bdt, bkash, bkash_with, body, code, context, grant, ok, paths};
use crate::stub::{Reply, Stub};

fn name(id: u128, reference: Option<&str>, others: &[&str]) -> RefundName {
    RefundName {
        refund_id: Uuid::from_u128(id),
        reference: reference.map(str::to_owned),
        page_reference: "TR1".to_owned(),
        payment_reference: "BK1".to_owned(),
        amount: bdt(10_000),
        others: others.iter().map(|&other| other.to_owned()).collect(),
    }
}

fn refund(id: u128, others: &[&str]) -> CreateRefund {
    let reason = RefundReason::RequestedByCustomer;
    CreateRefund { name: name(id, None, others), order_id: Uuid::from_u128(2), reason }
}

fn item(reference: &str, amount: &str) -> Value {
    json!({"refundTrxId": reference, "refundTransactionStatus": "Completed", "refundAmount": amount,
        "completedTime": "2025-11-03T16:27:24:000"})
}

fn list(items: &[Value]) -> Reply {
    ok(&json!({"originalTrxId": "BK1", "originalTrxAmount": "500.50", "refundTransactions": items}))
}

fn made(reference: &str) -> Reply {
    ok(&json!({"originalTrxId": "BK1", "refundTrxId": reference, "refundTransactionStatus": "Completed",
        "originalTrxAmount": "500.50", "refundAmount": "100.00", "currency": "BDT", "sku": "x"}))
}

fn refused(code: &str) -> Reply {
    let body =
        json!({"internalCode": "x", "externalCode": code, "errorMessageEn": "words", "errorMessageBn": "x"});
    Reply::json(400, &body)
}

#[tokio::test]
async fn a_refund_is_looked_for_and_then_made() {
    let (stub, address) = Stub::serve([grant("t"), list(&[item("R0", "100.00")]), made("R1")]).await;
    let view =
        bkash(&address, |_| ()).create_refund(&context(), &refund(7, &["R0"])).await.expect("a refund");
    assert_eq!(
        (view.reference.as_str(), view.state, view.amount),
        ("R1", RefundState::Succeeded, bdt(10_000))
    );
    assert_eq!(view.our_refund, Some(Uuid::from_u128(7)));
    let seen = stub.seen();
    assert_eq!(seen[1].uri.path(), "/v2/tokenized-checkout/refund/payment/status");
    assert_eq!(body(&seen[1]), json!({"paymentId": "TR1", "trxId": "BK1"}));
    assert_eq!(seen[2].uri.path(), "/v2/tokenized-checkout/refund/payment/transaction");
    let expected = json!({"paymentId": "TR1", "trxId": "BK1", "refundAmount": "100.00",
        "sku": Uuid::from_u128(7), "reason": "requested by customer"});
    assert_eq!(body(&seen[2]), expected);
}

#[tokio::test]
async fn one_that_is_there_already_is_not_made_again() {
    let (stub, address) = Stub::serve([grant("t"), list(&[item("R0", "100"), item("R1", "100")])]).await;
    let view =
        bkash(&address, |_| ()).create_refund(&context(), &refund(7, &["R0"])).await.expect("a refund");
    assert_eq!(view.reference, "R1");
    assert_eq!(paths(&stub.seen()), ["grant", "status"]);
}

#[tokio::test]
async fn a_list_that_can_not_be_read_lets_nothing_be_sent() {
    for reply in [
        Reply::Silence,
        Reply::status(500),
        refused("2077"),
        code("7777"),
        list(&[json!({"refundAmount": "1"})]),
    ] {
        let (stub, address) = Stub::serve([grant("t"), reply.clone(), list(&[]), made("R1")]).await;
        let bkash = bkash(&address, |config| config.timeout = IMPATIENT);
        let error = bkash.create_refund(&context(), &refund(7, &[])).await.expect_err("no list");
        assert_eq!((error.kind, error.sent), (CallErrorKind::Retry, Sent::No), "{reply:?}");
        assert_eq!(stub.seen().len(), 2);
        bkash.create_refund(&context(), &refund(7, &[])).await.expect("nothing stands in the way");
    }
}

#[tokio::test]
async fn a_refund_without_an_answer_is_unknown_until_it_shows_or_time_has_passed() {
    for lost in
        [Reply::Silence, Reply::status(504), code("2003"), code("7777"), ok(&json!({"originalTrxId": "BK1"}))]
    {
        let none = || list(&[]);
        let script =
            [grant("t"), none(), lost.clone(), none(), none(), none(), list(&[item("R1", "100.00")])];
        let (stub, address) = Stub::serve(script).await;
        let bkash = bkash(&address, |config| config.timeout = IMPATIENT);
        let error = bkash.create_refund(&context(), &refund(7, &[])).await.expect_err("no answer");
        assert!(error.outcome_unknown(), "{lost:?}");
        let error = bkash.find_refund(&context(), &name(7, None, &[])).await.expect_err("it may come yet");
        assert!(error.is_retryable());
        let error = bkash.create_refund(&context(), &refund(7, &[])).await.expect_err("it may come yet");
        assert!(error.outcome_unknown());
        let error = bkash.create_refund(&context(), &refund(8, &[])).await.expect_err("one by one");
        assert_eq!((error.kind, error.sent), (CallErrorKind::Retry, Sent::No));
        let found = bkash.find_refund(&context(), &name(7, None, &[])).await.expect("an answer");
        assert_eq!(found.map(|view| view.reference).as_deref(), Some("R1"));
        let sent = paths(&stub.seen()).iter().filter(|path| *path == "transaction").count();
        assert_eq!(sent, 1, "{lost:?}");
    }
}

#[tokio::test]
async fn a_refund_that_never_arrived_is_made_after_a_while() {
    let none = || list(&[]);
    let script = [grant("t"), none(), Reply::status(504), none(), none(), made("R1")];
    let (_, address) = Stub::serve(script).await;
    let shelf = Arc::<LocalShelf>::default();
    let bkash = bkash_with(Arc::clone(&shelf), &address, |_| ());
    bkash.create_refund(&context(), &refund(7, &[])).await.expect_err("no answer");
    shelf.advance(SETTLED);
    assert_eq!(bkash.find_refund(&context(), &name(7, None, &[])).await, Ok(None));
    bkash.create_refund(&context(), &refund(7, &[])).await.expect("a refund");
}

#[tokio::test]
async fn a_refusal_is_clear_and_the_next_one_may_go() {
    for refusal in [refused("2072"), code("2071")] {
        let script = [grant("t"), list(&[]), refusal, list(&[]), list(&[]), made("R1")];
        let (_, address) = Stub::serve(script).await;
        let bkash = bkash(&address, |_| ());
        let error = bkash.create_refund(&context(), &refund(7, &[])).await.expect_err("refused");
        assert_eq!((error.kind, error.sent), (CallErrorKind::Refused, Sent::Yes));
        bkash.create_refund(&context(), &refund(8, &[])).await.expect("a refund");
    }
    let forbidden = Reply::json(403, &json!({"message": "Forbidden"}));
    let (stub, address) = Stub::serve([grant("t"), list(&[]), forbidden]).await;
    let error =
        bkash(&address, |_| ()).create_refund(&context(), &refund(7, &[])).await.expect_err("no right");
    assert_eq!(
        (error.kind, error.outcome_unknown(), stub.seen().len()),
        (CallErrorKind::Forbidden, false, 3)
    );
}

#[tokio::test]
async fn a_refusal_because_of_an_earlier_request_of_ours_is_no_refusal() {
    for code in ["2034", "2072", "2026"] {
        let script = [grant("t"), list(&[]), refused(code), list(&[item("R1", "100.00")])];
        let (_, address) = Stub::serve(script).await;
        let view =
            bkash(&address, |_| ()).create_refund(&context(), &refund(7, &[])).await.expect("a late one");
        assert_eq!(view.reference, "R1");
        let (_, address) = Stub::serve([grant("t"), list(&[]), refused(code), Reply::status(500)]).await;
        let error = bkash(&address, |_| ()).create_refund(&context(), &refund(7, &[])).await;
        assert!(error.expect_err("nothing is known").outcome_unknown());
    }
}

#[tokio::test]
async fn the_first_version_has_one_address_for_both() {
    let done = json!({"statusCode": "0000", "originalTrxID": "BK1", "refundTrxID": "R1",
        "transactionStatus": "Completed", "amount": "100.00", "currency": "BDT"});
    let (stub, address) = Stub::serve([grant("t"), code("2033"), ok(&done), ok(&done)]).await;
    let bkash = bkash(&address, |config| config.refund_version = RefundVersion::V1);
    assert_eq!(bkash.capabilities().refunds.most, Some(1));
    let view = bkash.create_refund(&context(), &refund(7, &[])).await.expect("a refund");
    assert_eq!((view.reference.as_str(), view.state), ("R1", RefundState::Succeeded));
    let found = bkash.find_refund(&context(), &name(7, Some("R1"), &[])).await.expect("an answer");
    assert_eq!(found.map(|view| view.amount), Some(bdt(10_000)));
    let seen = stub.seen();
    assert!(seen[1..].iter().all(|seen| seen.uri.path() == format!("{BASE}/payment/refund")));
    assert_eq!(body(&seen[1]), json!({"paymentID": "TR1", "trxID": "BK1"}));
    assert_eq!(body(&seen[2])["amount"], "100.00");
}

#[tokio::test]
async fn a_known_refund_that_is_not_listed_is_searched_where_that_is_possible() {
    let found = json!({"statusCode": "0000", "trxID": "R1", "transactionStatus": "Completed",
        "amount": "100.00", "currency": "BDT"});
    let known = name(7, Some("R1"), &[]);
    for (search, reply, calls, expected) in [
        (false, ok(&found), 2, Ok(None)),
        (true, ok(&found), 3, Ok(Some("R1".to_owned()))),
        (true, Reply::json(403, &json!({"message": "Forbidden"})), 3, Ok(None)),
        (true, Reply::status(404), 3, Ok(None)),
        (true, Reply::status(500), 3, Err(CallErrorKind::Retry)),
    ] {
        let (stub, address) = Stub::serve([grant("t"), list(&[item("R2", "100.00")]), reply]).await;
        let outcome = bkash(&address, |config| config.search = search).find_refund(&context(), &known).await;
        let outcome = outcome.map(|view| view.map(|view| view.reference)).map_err(|error| error.kind);
        assert_eq!((outcome, stub.seen().len()), (expected, calls));
    }
}

#[tokio::test]
async fn nothing_is_listed() {
    let (stub, address) = Stub::serve([]).await;
    let bkash = bkash(&address, |_| ());
    let window = gateways::Window { from: 0, until: 1 };
    let error = bkash.list_transactions(&context(), window, None).await.expect_err("there is no list");
    assert_eq!((error.kind, error.sent), (CallErrorKind::Refused, Sent::No));
    assert!(!bkash.capabilities().lists && stub.seen().is_empty());
}
