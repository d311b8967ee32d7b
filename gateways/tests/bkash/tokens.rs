//! One token for all, and not fetched often.

use std::sync::Arc;
use std::time::Duration;

use gateways::{CallErrorKind, Gateway, LocalShelf, Sent};
use serde_json::json;

use super::{BASE, bkash, bkash_with, body, code, context, grant, ok, paths, payment, status};
use crate::stub::{Reply, Stub, nobody};

fn unauthorized() -> Reply {
    Reply::json(401, &json!({"message": "Unauthorized"}))
}

fn open() -> Reply {
    status("Initiated", "Incomplete")
}

#[tokio::test]
async fn a_token_is_fetched_once_and_sent_with_every_call() {
    let (stub, address) = Stub::serve([grant("tok1"), open(), open()]).await;
    let bkash = bkash(&address, |_| ());
    for _ in 0..2 {
        bkash.find_payment(&context(), "TR1").await.expect("a view");
    }
    let seen = stub.seen();
    assert_eq!(paths(&seen), ["grant", "status", "status"]);
    assert_eq!(seen[0].uri.path(), format!("{BASE}/token/grant"));
    assert_eq!(
        (seen[0].header("username"), seen[0].header("password")),
        (Some("hush-username"), Some("hush-password"))
    );
    assert_eq!(body(&seen[0]), json!({"app_key": "hush-key", "app_secret": "hush-secret"}));
    for call in &seen[1..] {
        assert_eq!(
            (call.header("authorization"), call.header("x-app-key")),
            (Some("tok1"), Some("hush-key"))
        );
        assert_eq!(call.header("password"), None);
    }
}

#[tokio::test]
async fn processes_that_share_a_shelf_fetch_one_token() {
    let (stub, address) = Stub::serve([grant("tok1"), open(), open(), open(), open()]).await;
    let shelf = Arc::<LocalShelf>::default();
    let one = || bkash_with(Arc::clone(&shelf), &address, |_| ());
    let (a, b, c, d) = (one(), one(), one(), one());
    let context = context();
    let find = |gateway| Gateway::find_payment(gateway, &context, "TR1");
    let views = tokio::join!(find(&a), find(&b), find(&c), find(&d));
    assert!(views.0.is_ok() && views.1.is_ok() && views.2.is_ok() && views.3.is_ok());
    assert_eq!(paths(&stub.seen()).iter().filter(|path| *path == "grant").count(), 1);
}

#[tokio::test]
async fn a_token_refused_in_its_life_is_replaced_once_and_the_request_repeated() {
    let script = [grant("tok1"), unauthorized(), grant("tok2"), open()];
    let (stub, address) = Stub::serve(script).await;
    bkash(&address, |_| ()).find_payment(&context(), "TR1").await.expect("a view");
    let seen = stub.seen();
    assert_eq!(paths(&seen), ["grant", "status", "grant", "status"]);
    assert_eq!(seen[3].header("authorization"), Some("tok2"));

    let script = [grant("tok1"), unauthorized(), grant("tok2"), unauthorized()];
    let (stub, address) = Stub::serve(script).await;
    let bkash = bkash(&address, |_| ());
    let error = bkash.create_payment(&context(), &payment()).await.expect_err("refused twice");
    assert_eq!((error.kind, error.sent, stub.seen().len()), (CallErrorKind::Auth, Sent::Yes, 4));
}

#[tokio::test]
async fn no_more_tokens_are_fetched_than_bkash_allows() {
    let script = [grant("tok1"), unauthorized(), grant("tok2"), unauthorized(), unauthorized()];
    let (stub, address) = Stub::serve(script).await;
    let bkash = bkash(&address, |_| ());
    bkash.find_payment(&context(), "TR1").await.expect_err("refused");
    let error = bkash.create_payment(&context(), &payment()).await.expect_err("refused and at the limit");
    assert_eq!((error.kind, error.sent), (CallErrorKind::Retry, Sent::No));
    assert_eq!(paths(&stub.seen()), ["grant", "status", "grant", "status", "create"]);
}

#[tokio::test]
async fn a_fetch_that_never_left_does_not_count() {
    let bkash = bkash(&nobody().await, |config| config.token_fetches_per_hour = 1);
    for _ in 0..3 {
        let error = bkash.create_payment(&context(), &payment()).await.expect_err("closed");
        assert_eq!((error.sent, error.message.as_str()), (Sent::No, "could not connect"));
    }
}

#[tokio::test]
async fn a_token_is_renewed_by_its_refresh_token_and_else_anew() {
    let brief = |token: &str| {
        ok(&json!({"statusCode": "0000", "id_token": token, "expires_in": "3600", "refresh_token": "again"}))
    };
    let script = [brief("tok1"), open(), brief("tok2"), open(), code("2079"), grant("tok3"), open()];
    let (stub, address) = Stub::serve(script).await;
    let shelf = Arc::<LocalShelf>::default();
    let bkash = bkash_with(Arc::clone(&shelf), &address, |config| config.token_fetches_per_hour = 9);
    for _ in 0..3 {
        bkash.find_payment(&context(), "TR1").await.expect("a view");
        // Ten minutes before its end it is renewed.
        shelf.advance(Duration::from_mins(51));
    }
    let seen = stub.seen();
    assert_eq!(paths(&seen), ["grant", "status", "refresh", "status", "refresh", "grant", "status"]);
    assert_eq!(body(&seen[2])["refresh_token"], "again");
    assert_eq!(seen[6].header("authorization"), Some("tok3"));
}

#[tokio::test]
async fn without_a_token_nothing_is_sent_and_no_secret_is_told() {
    let echo = json!({"errorCode": "2001", "errorMessage": "Invalid App Key 4f6o0cjiki2rfm34kfdadl1eqq"});
    let cases = [
        (ok(&echo), CallErrorKind::Auth),
        (code("9999"), CallErrorKind::Auth),
        (Reply::json(401, &json!({"message": "Unauthorized"})), CallErrorKind::Auth),
        (Reply::status(502), CallErrorKind::Retry),
        (ok(&json!({"statusCode": "0000"})), CallErrorKind::Retry),
        (ok(&json!({"statusCode": "0000", "id_token": "two\nlines"})), CallErrorKind::Retry),
        (Reply::status(307).with("location", "http://127.0.0.1:1/"), CallErrorKind::Retry),
        (Reply::Silence, CallErrorKind::Retry),
    ];
    for (reply, kind) in cases {
        let (stub, address) = Stub::serve([reply.clone()]).await;
        let bkash = bkash(&address, |config| config.timeout = super::IMPATIENT);
        let error = bkash.finish_payment(&context(), "TR1").await.expect_err("no token");
        assert_eq!((error.kind, error.sent, stub.seen().len()), (kind, Sent::No, 1), "{reply:?}");
        let shown = format!("{error:?} {bkash:?}");
        assert!(!shown.contains("hush") && !shown.contains("4f6o0"), "{shown}");
    }
}
