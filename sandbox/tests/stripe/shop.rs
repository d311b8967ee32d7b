//! A shop that calls the sandbox as any product would, over HTTP, and takes its webhooks.
//! Its refunds settle after an hour of sandbox time, so that only a test makes them settle.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use haat_sandbox::{Config, Sandbox, StripeConfig};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use sha2::Sha256;

use crate::hook::{Delivery, Hook, client};

pub const SECRET: &str = "whsec_first";
pub const NEXT_SECRET: &str = "whsec_second";

pub struct Shop {
    pub sandbox: Sandbox,
    pub client: Client,
    hook: Arc<Hook>,
}

impl Delivery {
    pub fn kind(&self) -> String {
        self.event()["type"].as_str().unwrap().to_owned()
    }

    /// The signature's time, if one of its `v1` was made with this secret.
    pub fn verified_by(&self, secret: &str) -> Option<i64> {
        let signature = self.headers["stripe-signature"].to_str().unwrap();
        let mut parts = signature.split(',').filter_map(|part| part.split_once('='));
        let (_, at) = parts.clone().find(|(scheme, _)| *scheme == "t")?;
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{at}.").as_bytes());
        mac.update(&self.body);
        let wanted = hex::encode(mac.finalize().into_bytes());
        parts.any(|(scheme, value)| scheme == "v1" && value == wanted).then(|| at.parse().unwrap())
    }
}

pub async fn open_shop() -> Shop {
    open_shop_under(StripeConfig::default()).await
}

pub async fn open_shop_under(stripe: StripeConfig) -> Shop {
    let (hook, url) = Hook::open(Router::new()).await;
    let settle = Duration::from_secs(3600);
    let sandbox = Sandbox::start(Config { settle, stripe, ..Config::default() }).await.unwrap();
    sandbox.set_webhook(format!("{url}/hook"), &[SECRET, NEXT_SECRET]);
    Shop { sandbox, client: client(), hook }
}

pub fn mugs() -> Vec<(&'static str, &'static str)> {
    vec![
        ("mode", "payment"),
        ("client_reference_id", "ord_1"),
        ("success_url", "https://shop.example/paid?sid={CHECKOUT_SESSION_ID}"),
        ("cancel_url", "https://shop.example/cart"),
        ("line_items[0][quantity]", "2"),
        ("line_items[0][price_data][currency]", "usd"),
        ("line_items[0][price_data][unit_amount]", "1999"),
        ("line_items[0][price_data][product_data][name]", "Mug <blue>"),
        ("metadata[order_id]", "ord_1"),
        ("payment_intent_data[metadata][order_id]", "ord_1"),
    ]
}

impl Shop {
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}/stripe{path}", self.sandbox.url())).bearer_auth("sk_test_sandbox")
    }

    pub fn post(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        let request = self.client.post(format!("{}/stripe{path}", self.sandbox.url()));
        request.bearer_auth("sk_test_sandbox").form(form)
    }

    pub fn checkout(&self, key: &str) -> RequestBuilder {
        self.post("/v1/checkout/sessions", &mugs()).header("idempotency-key", key)
    }

    pub async fn read(&self, path: &str) -> Value {
        let response = self.get(path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }

    /// A POST that must succeed.
    pub async fn call(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let response = self.post(path, form).send().await.unwrap();
        let status = response.status();
        let body = json(response).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// A POST that must be refused; the error.
    pub async fn refused(&self, path: &str, form: &[(&str, &str)], status: u16) -> Value {
        error(self.post(path, form).send().await.unwrap(), status).await
    }

    pub async fn open_session(&self) -> String {
        let session = json(self.post("/v1/checkout/sessions", &mugs()).send().await.unwrap()).await;
        session["id"].as_str().unwrap().to_owned()
    }

    /// Clicks on the payment page.
    pub async fn click(&self, session: &str, card: &str) -> Response {
        let url = format!("{}/stripe/pay/{session}", self.sandbox.url());
        self.client.post(url).form(&[("card", card)]).send().await.unwrap()
    }

    /// A paid session's PaymentIntent.
    pub async fn paid_with(&self, card: &str) -> String {
        let session = self.open_session().await;
        assert_eq!(self.click(&session, card).await.status(), 303);
        let session = self.read(&format!("/v1/checkout/sessions/{session}")).await;
        session["payment_intent"].as_str().unwrap().to_owned()
    }

    pub async fn refund(&self, payment: &str, amount: &str) -> Response {
        let form = [("payment_intent", payment), ("amount", amount)];
        self.post("/v1/refunds", &form).send().await.unwrap()
    }

    pub fn refuse_webhooks(&self, times: usize) {
        self.hook.refuse(times);
    }

    pub async fn deliveries(&self) -> Vec<Delivery> {
        self.hook.deliveries(&self.sandbox).await
    }

    pub async fn delivered(&self, kind: &str) -> Vec<Delivery> {
        self.deliveries().await.into_iter().filter(|delivery| delivery.kind() == kind).collect()
    }
}

pub async fn json(response: Response) -> Value {
    response.json().await.unwrap()
}

pub async fn error(response: Response, status: u16) -> Value {
    assert_eq!(response.status(), status);
    json(response).await["error"].take()
}

/// The id of an object.
pub fn id(object: &Value) -> &str {
    object["id"].as_str().unwrap()
}

/// The ids of a list.
pub fn ids(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(id).collect()
}

/// A text of an object.
pub fn text(object: &Value, field: &str) -> String {
    object[field].as_str().unwrap().to_owned()
}

/// A number of an object.
pub fn number(object: &Value, field: &str) -> i64 {
    object[field].as_i64().unwrap()
}

/// The objects of a list.
pub fn data(list: &Value) -> &[Value] {
    list["data"].as_array().unwrap()
}

/// What was answered, as it was.
pub async fn answer(request: RequestBuilder) -> (StatusCode, String) {
    let response = request.send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}
