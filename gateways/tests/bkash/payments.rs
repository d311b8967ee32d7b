//! Pages, executions and what is lost on the way.

use std::sync::Arc;
use std::time::Duration;

use gateways::{
    CallError, CallErrorKind, Expired, FailureCode, Gateway, LocalShelf, PaymentState, PaymentView, Sent,
};
use serde_json::json;
use uuid::Uuid;

use super::{
    BASE, IMPATIENT, NOW, SETTLED, bdt, bkash, bkash_with, body, code, context, executed, grant, ok, page,
    paths, payment, status,
};
use crate::stub::{Reply, Stub, serve_and_cut};

/// What `finish_payment` says of these replies after a token, and what was called for it.
async fn finishing(script: impl IntoIterator<Item = Reply>) -> (Result<PaymentView, CallError>, Vec<String>) {
    let (stub, address) = Stub::serve(std::iter::once(grant("tok1")).chain(script)).await;
    let bkash = bkash(&address, |config| config.timeout = IMPATIENT);
    let outcome = bkash.finish_payment(&context(), "TR1").await;
    (outcome, paths(&stub.seen()[1..]))
}

fn doubtful() -> Vec<Reply> {
    vec![
        Reply::Silence,
        Reply::json(504, &json!({"message": "Endpoint request timed out"})),
        Reply::status(500),
        Reply::status(307),
        ok(&json!({"message": "no code"})),
        ok(&json!({"statusCode": "0000", "transactionStatus": "Completed"})),
        code("2062"),
        code("2068"),
        code("2116"),
        code("2117"),
        code("2119"),
        code("7777"),
    ]
}

#[tokio::test]
async fn a_page_is_opened_under_our_attempt() {
    let (stub, address) = Stub::serve([grant("tok1"), ok(&page())]).await;
    let hosted = bkash(&address, |_| ()).create_payment(&context(), &payment()).await.expect("a page");
    assert_eq!(hosted.reference, "TR1");
    assert_eq!(hosted.redirect_url, "https://sandbox.payment.bkash.com/?paymentId=TR1");
    assert_eq!(hosted.expires_at, Some(NOW - 60 + 24 * 3600));
    let seen = stub.seen().remove(1);
    assert_eq!(seen.uri.path(), format!("{BASE}/create"));
    let expected = json!({
        "mode": "0011", "payerReference": " ", "callbackURL": "https://shop.example/pay/bkash",
        "amount": "500.50", "currency": "BDT", "intent": "sale",
        "merchantInvoiceNumber": format!("H-1001-{}", Uuid::from_u128(1)),
    });
    assert_eq!(body(&seen), expected);
}

#[tokio::test]
async fn an_invoice_number_that_was_used_gets_a_successor_within_bounds() {
    let (stub, address) = Stub::serve([grant("tok1"), code("2031"), ok(&page())]).await;
    bkash(&address, |_| ()).create_payment(&context(), &payment()).await.expect("a page");
    let second = body(&stub.seen()[2])["merchantInvoiceNumber"].as_str().map(str::to_owned);
    assert_eq!(second, Some(format!("H-1001-{}-2", Uuid::from_u128(1))));

    let script = std::iter::once(grant("tok1")).chain(std::iter::repeat_n(code("2031"), 20));
    let (stub, address) = Stub::serve(script).await;
    let error = bkash(&address, |_| ()).create_payment(&context(), &payment()).await.expect_err("never");
    assert_eq!((error.kind, stub.seen().len()), (CallErrorKind::Refused, 1 + 9));
}

#[tokio::test]
async fn a_page_without_an_answer_is_unknown_and_a_refusal_is_one() {
    for (reply, kind) in [
        (Reply::Silence, CallErrorKind::Unknown),
        (Reply::status(502), CallErrorKind::Unknown),
        (ok(&json!({"statusCode": "0000", "paymentID": "TR1"})), CallErrorKind::Unknown),
        (code("2003"), CallErrorKind::Retry),
        (code("2029"), CallErrorKind::Refused),
        (code("7777"), CallErrorKind::Refused),
        (code("2067"), CallErrorKind::Forbidden),
        (
            Reply::json(429, &json!({"message": "Too Many Requests"})).with("retry-after", "9"),
            CallErrorKind::Retry,
        ),
    ] {
        let (stub, address) = Stub::serve([grant("tok1"), reply.clone()]).await;
        let bkash = bkash(&address, |config| config.timeout = IMPATIENT);
        let error = bkash.create_payment(&context(), &payment()).await.expect_err("no page");
        assert_eq!((error.kind, stub.seen().len()), (kind, 2), "{reply:?}");
        assert_eq!(error.outcome_unknown(), kind == CallErrorKind::Unknown);
    }
}

#[tokio::test]
async fn a_cut_connection_and_a_flood_are_unusable() {
    let cut: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"id_token\":";
    for bytes in [b"" as &[u8], cut] {
        let address = serve_and_cut(bytes).await;
        let error = bkash(&address, |_| ()).find_payment(&context(), "TR1").await.expect_err("cut short");
        assert_eq!((error.kind, error.sent), (CallErrorKind::Retry, Sent::No));
    }
    let flood = Reply::Answer(200, vec![], "x".repeat(2 << 20));
    let (outcome, called) = finishing([flood, status("Completed", "Complete")]).await;
    assert_eq!(outcome.expect("a view").state, PaymentState::Captured);
    assert_eq!(called, ["execute", "status"]);
}

#[tokio::test]
async fn an_execution_that_answers_is_not_asked_after() {
    let (outcome, called) = finishing([executed()]).await;
    let view = outcome.expect("a view");
    assert_eq!((view.state, view.amount), (PaymentState::Captured, bdt(50_050)));
    assert_eq!(
        (view.payment_reference.as_deref(), view.our_attempt),
        (Some("BK1"), Some(Uuid::from_u128(1)))
    );
    assert_eq!(called, ["execute"]);
}

#[tokio::test]
async fn an_execution_in_doubt_is_looked_after_and_never_repeated() {
    for reply in doubtful() {
        let (outcome, called) = finishing([reply.clone(), status("Completed", "Complete")]).await;
        assert_eq!(outcome.expect("a view").state, PaymentState::Captured, "{reply:?}");
        assert_eq!(called, ["execute", "status"], "{reply:?}");
    }
    let verified = ["Complete", "Incomplete"].into_iter();
    for (verified, reply) in verified.flat_map(|word| doubtful().into_iter().map(move |reply| (word, reply)))
    {
        let (outcome, called) = finishing([reply.clone(), status("Initiated", verified)]).await;
        assert!(outcome.expect_err("not settled").outcome_unknown(), "{reply:?}");
        assert_eq!(called, ["execute", "status"], "{reply:?}");
    }
    for reply in doubtful() {
        let (outcome, _) = finishing([reply.clone(), Reply::status(500)]).await;
        assert!(outcome.expect_err("nothing is known").outcome_unknown(), "{reply:?}");
    }
}

#[tokio::test]
async fn after_an_execution_in_doubt_the_next_call_looks_first_and_waits_until_it_is_settled() {
    let awaits = || status("Initiated", "Complete");
    let script = [grant("t"), Reply::status(504), awaits(), awaits(), awaits(), awaits(), executed()];
    let (stub, address) = Stub::serve(script).await;
    let shelf = Arc::<LocalShelf>::default();
    let bkash = bkash_with(Arc::clone(&shelf), &address, |_| ());
    for _ in 0..2 {
        let error = bkash.finish_payment(&context(), "TR1").await.expect_err("in doubt");
        assert!(error.outcome_unknown());
    }
    assert_eq!(paths(&stub.seen()[1..]), ["execute", "status", "status", "status"]);
    shelf.advance(SETTLED);
    let view = bkash.finish_payment(&context(), "TR1").await.expect("a view");
    assert_eq!(view.state, PaymentState::Captured);
    assert_eq!(paths(&stub.seen()[5..]), ["status", "execute"]);
}

/// A request that moves money has all of its time, however long the question before it took.
#[tokio::test]
async fn a_slow_question_takes_no_time_from_the_execution() {
    let time = Duration::from_secs(3);
    let late = |reply| Reply::Late(Duration::from_secs(2), Box::new(reply));
    let awaits = || status("Initiated", "Complete");
    let script = [grant("t"), Reply::status(504), awaits(), late(awaits()), late(executed())];
    let (stub, address) = Stub::serve(script).await;
    let shelf = Arc::<LocalShelf>::default();
    let bkash = bkash_with(Arc::clone(&shelf), &address, |config| config.timeout = time);
    bkash.finish_payment(&context(), "TR1").await.expect_err("in doubt");
    shelf.advance(SETTLED);
    let view = bkash.finish_payment(&context(), "TR1").await.expect("a view");
    assert_eq!(view.state, PaymentState::Captured);
    assert_eq!(paths(&stub.seen()[3..]), ["status", "execute"]);
}

#[tokio::test]
async fn a_late_commit_is_found_by_the_next_call() {
    let script =
        [grant("t"), Reply::Silence, status("Initiated", "Complete"), status("Completed", "Complete")];
    let (stub, address) = Stub::serve(script).await;
    let bkash = bkash(&address, |config| config.timeout = IMPATIENT);
    bkash.finish_payment(&context(), "TR1").await.expect_err("no answer in time");
    let view = bkash.finish_payment(&context(), "TR1").await.expect("a view");
    assert_eq!(view.state, PaymentState::Captured);
    assert_eq!(paths(&stub.seen()), ["grant", "execute", "status", "status"]);
}

#[tokio::test]
async fn the_customers_failure_ends_the_attempt_for_good() {
    let awaits = || status("Initiated", "Complete");
    let lost = Reply::status(500);
    let script = [grant("t"), code("2023"), awaits(), awaits(), lost, awaits(), awaits()];
    let (stub, address) = Stub::serve(script).await;
    let bkash = bkash(&address, |_| ());
    let view = bkash.finish_payment(&context(), "TR1").await.expect("a view");
    let reason = view.failure_reason.expect("it says why");
    assert_eq!((view.state, reason.code), (PaymentState::Failed, FailureCode::InsufficientFunds));
    assert_eq!(reason.detail.as_deref(), Some("2023"));
    assert_eq!(
        paths(&stub.seen()),
        ["grant", "execute"],
        "an execution that was answered is not asked about"
    );
    let view = bkash.finish_payment(&context(), "TR1").await.expect("a view");
    assert_eq!(view.state, PaymentState::Expired, "it is not executed any more");
    bkash.expire_payment(&context(), "TR1").await.expect_err("nothing was seen");
    let view = bkash.finish_payment(&context(), "TR1").await.expect("a view");
    assert_eq!(view.state, PaymentState::Expired, "what could not be closed again is still closed");
    let executions = paths(&stub.seen()).iter().filter(|path| *path == "execute").count();
    assert_eq!(executions, 1);
}

#[tokio::test]
async fn other_refusals_of_an_execution() {
    let (outcome, called) = finishing([code("2029")]).await;
    let error = outcome.expect_err("too soon");
    assert_eq!((error.kind, error.code.as_deref()), (CallErrorKind::Refused, Some("2029")));
    assert!(error.customer_message.is_some());
    assert_eq!(called, ["execute"]);

    let (outcome, called) = finishing([code("2067")]).await;
    assert_eq!((outcome.expect_err("no right").kind, called.len()), (CallErrorKind::Forbidden, 1));

    let (outcome, called) = finishing([code("2056")]).await;
    assert_eq!(outcome.expect("a view").state, PaymentState::Open, "the payer is not through");
    assert_eq!(called, ["execute"]);

    let (outcome, called) = finishing([code("2003"), status("Initiated", "Complete")]).await;
    let error = outcome.expect_err("try again");
    assert_eq!((error.kind, error.sent), (CallErrorKind::Retry, Sent::Yes));
    assert_eq!(called, ["execute", "status"]);
}

#[tokio::test]
async fn a_payment_is_read_in_each_state() {
    let cases = [
        (status("Initiated", "Incomplete"), NOW, PaymentState::Open),
        (status("Initiated", "Complete"), NOW, PaymentState::AwaitsFinish),
        (status("Initiated", "Complete"), NOW + 24 * 3600, PaymentState::Expired),
        (status("Completed", "Complete"), NOW + 24 * 3600, PaymentState::Captured),
        (status("Surprise", "Complete"), NOW + 24 * 3600, PaymentState::Processing),
    ];
    for (reply, now, state) in cases {
        let (stub, address) = Stub::serve([grant("t"), reply]).await;
        let context = gateways::CallContext { now, ..context() };
        let view = bkash(&address, |_| ()).find_payment(&context, "TR1").await.expect("a view");
        assert_eq!((view.state, view.reference.as_deref()), (state, Some("TR1")));
        assert_eq!((view.our_attempt, view.our_order), (Some(Uuid::from_u128(1)), None));
        assert_eq!(body(&stub.seen()[1]), json!({"paymentID": "TR1"}));
    }
}

#[tokio::test]
async fn each_envelope_of_a_read_has_its_kind() {
    let cases = [
        (code("2002"), CallErrorKind::Refused),
        (ok(&json!({"errorCode": "2001", "errorMessage": "Invalid App Key"})), CallErrorKind::Auth),
        (Reply::json(403, &json!({"message": "Missing Authentication Token"})), CallErrorKind::Forbidden),
        (Reply::json(504, &json!({"message": "Endpoint request timed out"})), CallErrorKind::Retry),
        (code("503"), CallErrorKind::Retry),
        (Reply::Silence, CallErrorKind::Retry),
    ];
    for (reply, kind) in cases {
        let (_, address) = Stub::serve([grant("t"), reply.clone()]).await;
        let bkash = bkash(&address, |config| config.timeout = IMPATIENT);
        let error = bkash.find_payment(&context(), "TR1").await.expect_err("no view");
        assert_eq!((error.kind, error.outcome_unknown()), (kind, false), "{reply:?}");
    }
}

#[tokio::test]
async fn a_reference_that_is_none_is_not_sent() {
    let (stub, address) = Stub::serve([]).await;
    let bkash = bkash(&address, |_| ());
    for reference in ["", "T R", "TR\u{e9}", &"x".repeat(300)] {
        for outcome in [
            bkash.find_payment(&context(), reference).await.map(|_| ()),
            bkash.finish_payment(&context(), reference).await.map(|_| ()),
            bkash.expire_payment(&context(), reference).await.map(|_| ()),
        ] {
            let error = outcome.expect_err("not an id");
            assert_eq!((error.kind, error.sent), (CallErrorKind::Refused, Sent::No));
        }
    }
    assert!(stub.seen().is_empty());
}

/// The word for what `expire_payment` said.
fn word(outcome: Result<Expired, CallError>) -> &'static str {
    match outcome {
        Ok(Expired::Closed) => "closed",
        Ok(Expired::AlreadyPaid(_)) => "paid",
        Ok(Expired::StillProcessing(_)) => "processing",
        Ok(Expired::LeftOpen) => "left open",
        Err(error) => error.kind.as_str(),
    }
}

#[tokio::test]
async fn a_closed_page_is_not_executed_any_more() {
    for (reply, expected) in [
        (status("Initiated", "Incomplete"), "closed"),
        (status("Initiated", "Complete"), "closed"),
        (status("Completed", "Complete"), "paid"),
        (status("Surprise", "Complete"), "processing"),
        (Reply::status(500), "retry"),
    ] {
        let awaits = status("Initiated", "Complete");
        let (stub, address) = Stub::serve([grant("t"), reply, awaits]).await;
        let bkash = bkash(&address, |_| ());
        assert_eq!(word(bkash.expire_payment(&context(), "TR1").await), expected);
        if expected == "closed" {
            let view = bkash.finish_payment(&context(), "TR1").await.expect("a view");
            assert_eq!(view.state, PaymentState::Expired);
            assert!(!paths(&stub.seen()).contains(&"execute".to_owned()));
        }
    }
}

#[tokio::test]
async fn a_page_is_not_closed_while_its_execution_may_be_under_way() {
    let awaits = || status("Initiated", "Complete");
    let script = [grant("t"), Reply::status(504), awaits(), awaits(), awaits(), executed()];
    let (_, address) = Stub::serve(script).await;
    let shelf = Arc::<LocalShelf>::default();
    let bkash = bkash_with(Arc::clone(&shelf), &address, |_| ());
    bkash.finish_payment(&context(), "TR1").await.expect_err("in doubt");
    assert_eq!(word(bkash.expire_payment(&context(), "TR1").await), "processing");
    shelf.advance(SETTLED);
    let view = bkash.finish_payment(&context(), "TR1").await.expect("it was not closed");
    assert_eq!(view.state, PaymentState::Captured);
}
