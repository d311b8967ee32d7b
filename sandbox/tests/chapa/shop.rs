//! A shop that calls the sandbox as any product would, over HTTP, takes its webhooks and callbacks,
//! and is asked for approval of transfers. Money settles after an hour of sandbox time, so that only
//! a test makes it settle.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::routing::{get, post};
use haat_sandbox::chapa::{ApprovalConfig, Hashed, Style};
use haat_sandbox::{ChapaConfig, Config, Sandbox};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::hook::{Delivery, Hook, client, until};

pub const KEY: &str = "CHASECK_TEST-sandbox";
pub const SECRET: &str = "chapa_first";
pub const APPROVAL_SECRET: &str = "chapa_approval";

pub struct Shop {
    pub sandbox: Sandbox,
    pub client: Client,
    /// Where the shop itself is.
    pub url: String,
    hook: Arc<Hook>,
    inbox: Arc<Inbox>,
}

#[derive(Debug, Default)]
struct Inbox {
    callbacks: Mutex<Vec<String>>,
    questions: Mutex<Vec<Delivery>>,
    approvals: Mutex<VecDeque<StatusCode>>,
}

impl Delivery {
    pub fn kind(&self) -> String {
        self.event()["event"].as_str().unwrap().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

pub async fn open_shop() -> Shop {
    open_shop_with(|_| {}).await
}

/// Amounts are texts unless a test wishes otherwise.
pub async fn open_shop_with(decide: impl FnOnce(&mut ChapaConfig)) -> Shop {
    let mut chapa = ChapaConfig { amounts: Style::Text, ..ChapaConfig::default() };
    decide(&mut chapa);
    start(Config { chapa, settle: Duration::from_secs(3600), ..Config::default() }).await
}

/// A shop that wants to be asked before a transfer goes out.
pub async fn open_careful_shop(hashed: Hashed) -> Shop {
    let place = Place::open().await;
    let url = format!("{}/approve", place.url);
    let approval = ApprovalConfig { url, secret: APPROVAL_SECRET.into(), hashed };
    let chapa = ChapaConfig { amounts: Style::Text, approval: Some(approval), ..ChapaConfig::default() };
    place.start(Config { chapa, settle: Duration::from_secs(3600), ..Config::default() }).await
}

pub async fn start(config: Config) -> Shop {
    Place::open().await.start(config).await
}

/// Where a shop is, before there is a sandbox to call.
struct Place {
    url: String,
    hook: Arc<Hook>,
    inbox: Arc<Inbox>,
}

impl Place {
    async fn open() -> Self {
        let inbox = Arc::new(Inbox::default());
        let routes = Router::new().route("/back", get(called_back)).route("/approve", post(approve));
        let (hook, url) = Hook::open(routes.with_state(Arc::clone(&inbox))).await;
        Self { url, hook, inbox }
    }

    async fn start(self, config: Config) -> Shop {
        let Self { url, hook, inbox } = self;
        let sandbox = Sandbox::start(config).await.unwrap();
        sandbox.set_chapa_webhook(format!("{url}/hook"), &[SECRET]);
        Shop { sandbox, client: client(), url, hook, inbox }
    }
}

async fn called_back(State(inbox): State<Arc<Inbox>>, uri: Uri) -> StatusCode {
    inbox.callbacks.lock().unwrap().push(uri.query().unwrap_or_default().to_owned());
    StatusCode::OK
}

async fn approve(State(inbox): State<Arc<Inbox>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    inbox.questions.lock().unwrap().push(Delivery { headers, body });
    inbox.approvals.lock().unwrap().pop_front().unwrap_or(StatusCode::OK)
}

impl Shop {
    pub fn call(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}/chapa{path}", self.sandbox.url())).bearer_auth(KEY)
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.call(Method::GET, path)
    }

    pub fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.call(Method::POST, path).json(body)
    }

    /// What a body that makes no sense is answered.
    pub async fn raw(&self, path: &str, content_type: &str, body: Vec<u8>) -> Value {
        let request = self.call(Method::POST, path).header("content-type", content_type).body(body);
        refusal(request.send().await.unwrap(), 400).await
    }

    pub async fn read(&self, path: &str) -> Value {
        let response = self.get(path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }

    /// 400 birr for order `tx_ref`.
    pub fn order(&self, tx_ref: &str) -> Value {
        json!({
            "amount": "400",
            "currency": "ETB",
            "tx_ref": tx_ref,
            "email": "abebe@example.com",
            "first_name": "Abebe",
            "last_name": "Bikila",
            "phone_number": "0912345678",
            "callback_url": format!("{}/back?shop=1", self.url),
            "return_url": "https://shop.example/thanks?order=1",
            "customization": {"title": "Order", "description": "Mugs - two"},
            "meta": {"order_id": tx_ref},
        })
    }

    pub async fn initialize(&self, order: &Value) -> Response {
        self.post("/v1/transaction/initialize", order).send().await.unwrap()
    }

    /// The payment page of a new order.
    pub async fn open_page(&self, tx_ref: &str) -> String {
        let made = json_of(self.initialize(&self.order(tx_ref)).await).await;
        made["data"]["checkout_url"].as_str().unwrap().to_owned()
    }

    pub async fn click(&self, page: &str, card: &str) -> Response {
        self.client.post(page).form(&[("card", card)]).send().await.unwrap()
    }

    /// Chapa's reference of a paid order.
    pub async fn paid_with(&self, tx_ref: &str, number: &str) -> String {
        let page = self.open_page(tx_ref).await;
        assert_eq!(self.click(&page, number).await.status(), 303);
        self.sandbox.chapa().payment(tx_ref).unwrap().reference
    }

    pub async fn verify(&self, tx_ref: &str) -> Response {
        self.get(&format!("/v1/transaction/verify/{tx_ref}")).send().await.unwrap()
    }

    pub async fn refund(&self, payment: &str, form: &[(&str, &str)]) -> Response {
        self.call(Method::POST, &format!("/v1/refund/{payment}")).form(form).send().await.unwrap()
    }

    pub async fn refund_status(&self, ref_id: &str) -> String {
        let seen = self.read(&format!("/v1/refund/{ref_id}/verify")).await;
        seen["data"]["status"].as_str().unwrap().to_owned()
    }

    pub async fn transfer(&self, reference: &str, account: &str) -> Response {
        self.post("/v1/transfers", &payout(reference, account)).send().await.unwrap()
    }

    pub fn refuse_webhooks(&self, times: usize) {
        self.hook.refuse(times);
    }

    pub fn answer_approvals(&self, answers: &[StatusCode]) {
        self.inbox.approvals.lock().unwrap().extend(answers);
    }

    pub async fn deliveries(&self) -> Vec<Delivery> {
        self.hook.deliveries(&self.sandbox).await
    }

    pub async fn delivered(&self, kind: &str) -> Vec<Delivery> {
        self.deliveries().await.into_iter().filter(|delivery| delivery.kind() == kind).collect()
    }

    /// Query strings of the callbacks, once there are so many.
    pub async fn callbacks(&self, count: usize) -> Vec<String> {
        until(|| self.inbox.callbacks.lock().unwrap().len() >= count).await;
        self.inbox.callbacks.lock().unwrap().clone()
    }

    /// Approval calls, once the transfer has left that state.
    pub async fn questions_about(&self, reference: &str) -> Vec<Delivery> {
        until(|| self.sandbox.chapa().transfer(reference).is_some_and(|seen| seen.status != "unapproved"))
            .await;
        let questions = self.inbox.questions.lock().unwrap();
        questions.iter().filter(|question| question.event()["reference"] == reference).cloned().collect()
    }
}

pub fn payout(reference: &str, account: &str) -> Value {
    json!({
        "account_name": "Derartu Tulu",
        "account_number": account,
        "amount": "1500",
        "currency": "ETB",
        "reference": reference,
        "bank_code": 855,
    })
}

pub fn hmac(secret: &str, message: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(message);
    hex::encode(mac.finalize().into_bytes())
}

pub async fn json_of(response: Response) -> Value {
    response.json().await.unwrap()
}

/// The message of a refusal, after a look at its envelope.
pub async fn refusal(response: Response, status: u16) -> Value {
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()["content-type"], "application/json");
    let mut envelope = json_of(response).await;
    assert!(envelope["data"].is_null(), "{envelope}");
    assert!(envelope["status"] == "failed" || envelope["status"].is_null(), "{envelope}");
    envelope["message"].take()
}
