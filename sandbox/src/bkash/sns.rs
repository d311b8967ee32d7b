//! The messenger's own side: confirming and ending the subscription, and its certificate. In life
//! these are Amazon's hosts; here they are below `/bkash/sns`.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::signing::signer;
use crate::form;
use crate::html::escape;
use crate::world::World;

const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

pub fn answer(world: &World, path: &str, query: &str) -> Response {
    let file = path.trim_start_matches("/sns/");
    if file == signer().file {
        let kind = [(header::CONTENT_TYPE, "application/x-pem-file")];
        return (StatusCode::OK, kind, signer().certificate_pem.clone()).into_response();
    }
    if !file.is_empty() {
        return refuse(StatusCode::NOT_FOUND, "NotFound", "There is nothing here");
    }
    let fields = form::pairs(query.as_bytes());
    let field = |name: &str| form::value(&fields, name);
    match field("Action") {
        Some("ConfirmSubscription") => confirm(world, field("Token").unwrap_or_default()),
        Some("Unsubscribe") => leave(world, field("SubscriptionArn").unwrap_or_default()),
        _ => refuse(StatusCode::BAD_REQUEST, "InvalidAction", "The action is not valid for this endpoint"),
    }
}

fn confirm(world: &World, token: &str) -> Response {
    let confirmed = world.bkash.open(world, None, |books, _| books.confirm(token));
    let Some(arn) = confirmed else {
        return refuse(StatusCode::BAD_REQUEST, "InvalidParameter", "Invalid parameter: Token");
    };
    let result = format!("<SubscriptionArn>{}</SubscriptionArn>", escape(&arn));
    let result = format!("<ConfirmSubscriptionResult>{result}</ConfirmSubscriptionResult>");
    xml(StatusCode::OK, "ConfirmSubscriptionResponse", &result)
}

fn leave(world: &World, arn: &str) -> Response {
    let left = world.bkash.open(world, None, |books, now_ms| books.unsubscribe(now_ms, arn));
    if left {
        xml(StatusCode::OK, "UnsubscribeResponse", "")
    } else {
        refuse(StatusCode::NOT_FOUND, "NotFound", "Subscription does not exist")
    }
}

fn refuse(status: StatusCode, code: &str, message: &str) -> Response {
    let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>");
    xml(status, "ErrorResponse", &error)
}

fn xml(status: StatusCode, root: &str, content: &str) -> Response {
    let body = format!("<{root} xmlns=\"{NAMESPACE}\">{content}</{root}>\n");
    (status, [(header::CONTENT_TYPE, "text/xml")], body).into_response()
}
