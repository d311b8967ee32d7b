//! A shop that calls the sandbox as any product would, over HTTP, and listens to its messages. Its
//! refunds settle after an hour of sandbox time, so that only a test makes them settle.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
};
use axum::Router;
use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use haat_sandbox::bkash::Outcome;
use haat_sandbox::{BkashConfig, Config, Sandbox};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::hook::{Hook, client};

pub const BASE: &str = "/v1.2.0-beta/tokenized/checkout";
pub const REFUND_V2: &str = "/v2/tokenized-checkout/refund/payment/transaction";
pub const REFUND_STATUS_V2: &str = "/v2/tokenized-checkout/refund/payment/status";

pub struct Shop {
    pub sandbox: Sandbox,
    pub client: Client,
    pub hook: String,
    pub token: String,
    messages: Arc<Hook>,
}

#[derive(Debug, Clone)]
pub struct Delivery {
    pub headers: HeaderMap,
    pub envelope: Value,
}

impl Delivery {
    pub fn text(&self, name: &str) -> &str {
        self.envelope[name].as_str().unwrap()
    }

    /// What bKash says, within what its messenger says.
    pub fn message(&self) -> Value {
        serde_json::from_str(self.text("Message")).unwrap()
    }
}

pub async fn open_shop() -> Shop {
    open_shop_with(BkashConfig::default()).await
}

pub async fn open_shop_with(bkash: BkashConfig) -> Shop {
    let (messages, url) = Hook::open(Router::new()).await;
    let hook = format!("{url}/hook");
    let settle = Duration::from_secs(3600);
    let sandbox = Sandbox::start(Config { settle, bkash, ..Config::default() }).await.unwrap();
    let mut shop = Shop { sandbox, client: client(), hook, token: String::new(), messages };
    shop.token = shop.granted().await;
    shop
}

pub fn mugs() -> Value {
    json!({
        "mode": "0011",
        "payerReference": "01770618575",
        "callbackURL": "https://shop.example/pay/bkash?order=1",
        "amount": "500.50",
        "currency": "BDT",
        "intent": "sale",
        "merchantInvoiceNumber": "ord_1",
    })
}

/// `mugs` with some fields changed.
pub fn mugs_but(changes: &Value) -> Value {
    let mut body = mugs();
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

impl Shop {
    pub fn url(&self, path: &str) -> String {
        format!("{}/bkash{path}", self.sandbox.url())
    }

    pub fn grant(&self) -> RequestBuilder {
        let request = self.client.post(self.url(&format!("{BASE}/token/grant")));
        let request = request.header("username", "sandbox").header("password", "sandbox");
        request.json(&json!({"app_key": "sandbox_key", "app_secret": "sandbox_secret"}))
    }

    pub async fn granted(&self) -> String {
        let answer = json_of(self.grant().send().await.unwrap()).await;
        answer["id_token"].as_str().unwrap().to_owned()
    }

    /// An authorized call; the path is as bKash's own host has it.
    pub fn post(&self, path: &str) -> RequestBuilder {
        let request = self.client.post(self.url(path)).header("x-app-key", "sandbox_key");
        request.header("authorization", &self.token)
    }

    /// An authorized call below `BASE` that is answered with HTTP 200.
    pub async fn ask(&self, path: &str, body: &Value) -> Value {
        let response = self.post(&format!("{BASE}{path}")).json(body).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        json_of(response).await
    }

    /// The code of such an answer.
    pub async fn code(&self, path: &str, body: &Value) -> String {
        self.ask(path, body).await["statusCode"].as_str().unwrap().to_owned()
    }

    pub async fn ask_v2(&self, path: &str, body: &Value) -> Response {
        self.post(path).json(body).send().await.unwrap()
    }

    pub async fn created(&self, body: &Value) -> String {
        let answer = self.ask("/create", body).await;
        assert_eq!(answer["statusCode"], "0000", "{answer}");
        answer["paymentID"].as_str().unwrap().to_owned()
    }

    pub async fn execute(&self, payment: &str) -> Value {
        self.ask("/execute", &json!({"paymentID": payment})).await
    }

    pub async fn query(&self, payment: &str) -> Value {
        self.ask("/payment/status", &json!({"paymentID": payment})).await
    }

    /// Clicks on the payment page.
    pub async fn click(&self, payment: &str, wallet: &str) -> Response {
        let url = self.url(&format!("/pay/{payment}"));
        self.client.post(url).form(&[("card", wallet)]).send().await.unwrap()
    }

    /// A payment that was created, confirmed from this wallet and executed: paymentID and trxID.
    pub async fn paid_with(&self, wallet: &str) -> (String, String) {
        let payment = self.created(&mugs()).await;
        assert_eq!(self.click(&payment, wallet).await.status(), 303);
        let executed = self.execute(&payment).await;
        assert_eq!(executed["statusCode"], "0000", "{executed}");
        (payment, executed["trxID"].as_str().unwrap().to_owned())
    }

    /// The code of a refusal by the second refund API.
    pub async fn refused_v2(&self, body: &Value) -> String {
        let response = self.ask_v2(REFUND_V2, body).await;
        assert_eq!(response.status(), 400);
        let error = json_of(response).await;
        assert!(
            ["internalCode", "errorMessageEn", "errorMessageBn"].iter().all(|name| error[name].is_string())
        );
        error["externalCode"].as_str().unwrap().to_owned()
    }

    /// A payment that its payer has confirmed.
    pub async fn confirmed(&self) -> String {
        let payment = self.created(&mugs()).await;
        self.sandbox.pay_bkash(&payment, Outcome::Pay).unwrap();
        payment
    }

    /// Verifies a message as AWS's own libraries do, with the certificate it names.
    pub async fn finds_genuine(&self, delivery: &Delivery) -> bool {
        let url = delivery.text("SigningCertURL");
        assert!(url.ends_with(".pem"));
        let pem = self.client.get(url).send().await.unwrap().text().await.unwrap();
        let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let key = public_key(&STANDARD.decode(der).unwrap());
        let names: &[&str] = if delivery.text("Type") == "Notification" {
            &["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
        } else {
            &["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
        };
        let there = names.iter().filter_map(|name| Some((name, delivery.envelope[name].as_str()?)));
        let text: String = there.map(|(name, value)| format!("{name}\n{value}\n")).collect();
        let rule = match delivery.text("SignatureVersion") {
            "1" => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            _ => &RSA_PKCS1_2048_8192_SHA256,
        };
        let signature = STANDARD.decode(delivery.text("Signature")).unwrap();
        UnparsedPublicKey::new(rule, key).verify(text.as_bytes(), &signature).is_ok()
    }

    /// Subscribes to the messages, and confirms that.
    pub async fn listen(&self) {
        self.sandbox.set_bkash_webhook(&self.hook);
        let asked = self.delivered("SubscriptionConfirmation").await;
        let url = asked.last().unwrap().text("SubscribeURL").to_owned();
        assert_eq!(self.client.get(url).send().await.unwrap().status(), 200);
    }

    pub fn refuse_messages(&self, times: usize) {
        self.messages.refuse(times);
    }

    pub async fn delivered(&self, kind: &str) -> Vec<Delivery> {
        let taken = self.messages.deliveries(&self.sandbox).await.into_iter();
        let sealed = taken.map(|taken| Delivery { envelope: taken.event(), headers: taken.headers });
        sealed.filter(|delivery| delivery.text("Type") == kind).collect()
    }
}

/// The subject's key of a DER certificate: the bit string after the RSA algorithm's name.
fn public_key(certificate: &[u8]) -> Vec<u8> {
    const RSA_ENCRYPTION: [u8; 13] =
        [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let at = certificate.windows(13).position(|window| window == RSA_ENCRYPTION).unwrap();
    // Tag, three bytes of length, no unused bits; then a sequence of 270 bytes for 2048-bit keys.
    certificate[at + 13 + 5..][..270].to_vec()
}

pub async fn json_of(response: Response) -> Value {
    response.json().await.unwrap()
}

pub fn v1_refund(payment: &str, trx: &str, amount: &str) -> Value {
    json!({"paymentID": payment, "trxID": trx, "amount": amount, "sku": "mug", "reason": "returned"})
}

pub fn v2_refund(payment: &str, trx: &str, amount: &str) -> Value {
    json!({"paymentId": payment, "trxId": trx, "refundAmount": amount, "sku": "mug", "reason": "returned"})
}
