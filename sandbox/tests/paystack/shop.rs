//! A shop that calls the sandbox as any product would, over HTTP, and takes its webhooks.
//! Its money settles after an hour of sandbox time, so that only a test makes it settle.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use haat_sandbox::{Config, PaystackConfig, Sandbox};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use sha2::Sha512;

use crate::hook::{Delivery, Hook, client};

pub const KEY: &str = "sk_test_paystack";
pub const PAYS: &str = "4084084084084081";

pub struct Shop {
    pub sandbox: Sandbox,
    pub client: Client,
    hook: Arc<Hook>,
}

impl Delivery {
    pub fn kind(&self) -> String {
        self.event()["event"].as_str().unwrap().to_owned()
    }

    pub fn signature(&self) -> &str {
        self.headers["x-paystack-signature"].to_str().unwrap()
    }

    pub fn is_signed_with(&self, secret: &str) -> bool {
        let mut mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(&self.body);
        hex::encode(mac.finalize().into_bytes()) == self.signature()
    }
}

pub async fn open_shop() -> Shop {
    open_shop_with(PaystackConfig::default()).await
}

pub async fn open_shop_with(paystack: PaystackConfig) -> Shop {
    let (hook, url) = Hook::open(Router::new()).await;
    let settle = Duration::from_secs(3600);
    let sandbox = Sandbox::start(Config { settle, paystack, ..Config::default() }).await.unwrap();
    sandbox.set_paystack_webhook(format!("{url}/hook"), &[]);
    Shop { sandbox, client: client(), hook }
}

pub fn order(reference: &str) -> Value {
    json!({
        "email": "ada@example.com",
        "amount": 500_000,
        "currency": "NGN",
        "reference": reference,
        "callback_url": "https://shop.example/back?shop=7",
        "metadata": {"order_id": "ord_1", "cancel_action": "https://shop.example/cart"},
    })
}

impl Shop {
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}/paystack{path}", self.sandbox.url())).bearer_auth(KEY)
    }

    pub fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.client.post(format!("{}/paystack{path}", self.sandbox.url())).bearer_auth(KEY).json(body)
    }

    pub fn put(&self, path: &str, body: &Value) -> RequestBuilder {
        self.client.put(format!("{}/paystack{path}", self.sandbox.url())).bearer_auth(KEY).json(body)
    }

    /// The whole answer to a call that goes well.
    pub async fn read_all(&self, path: &str) -> Value {
        good(self.get(path).send().await.unwrap(), 200).await
    }

    /// What a call that goes well has in `data`.
    pub async fn read(&self, path: &str) -> Value {
        self.read_all(path).await["data"].take()
    }

    pub async fn call(&self, path: &str, body: &Value) -> Value {
        good(self.post(path, body).send().await.unwrap(), 200).await["data"].take()
    }

    pub async fn refused(&self, path: &str, body: &Value, status: u16) -> Value {
        bad(self.post(path, body).send().await.unwrap(), status).await
    }

    /// A new transaction's access code.
    pub async fn initialize(&self, reference: &str) -> String {
        let data = self.call("/transaction/initialize", &order(reference)).await;
        data["access_code"].as_str().unwrap().to_owned()
    }

    /// Clicks on the payment page.
    pub async fn click(&self, access_code: &str, card: &str) -> Response {
        let url = format!("{}/paystack/checkout/{access_code}", self.sandbox.url());
        self.client.post(url).form(&[("card", card)]).send().await.unwrap()
    }

    /// A transaction that was paid so, as verify shows it.
    pub async fn paid_with(&self, reference: &str, card: &str) -> Value {
        let code = self.initialize(reference).await;
        assert_eq!(self.click(&code, card).await.status(), 303);
        self.verify(reference).await
    }

    pub async fn verify(&self, reference: &str) -> Value {
        self.read(&format!("/transaction/verify/{reference}")).await
    }

    /// A recipient with this account, by its code.
    pub async fn recipient(&self, account_number: &str) -> String {
        let body = json!({"type": "nuban", "name": "Bola", "account_number": account_number,
            "bank_code": "057", "currency": "NGN"});
        let answer = good(self.post("/transferrecipient", &body).send().await.unwrap(), 201).await;
        answer["data"]["recipient_code"].as_str().unwrap().to_owned()
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

pub async fn good(response: Response, status: u16) -> Value {
    let found = response.status();
    let body: Value = response.json().await.unwrap();
    assert_eq!((found.as_u16(), &body["status"]), (status, &json!(true)), "{body}");
    body
}

pub async fn bad(response: Response, status: u16) -> Value {
    let found = response.status();
    let body: Value = response.json().await.unwrap();
    assert_eq!((found.as_u16(), &body["status"]), (status, &json!(false)), "{body}");
    assert!(body["message"].is_string());
    body
}
