//! People who use the API over HTTP.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use shared::kernel::ids::UserId;
use uuid::Uuid;

/// Somebody with an access token.
#[derive(Clone, Debug)]
pub struct Person {
    pub user: UserId,
    pub token: String,
    pub url: String,
    pub http: Client,
}

/// What the API answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    /// Of an answer that worked.
    #[must_use]
    pub fn data(&self) -> &Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.body);
        &self.body["data"]
    }

    /// Status and code of a refusal.
    #[must_use]
    pub fn refusal(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["code"].as_str().unwrap_or_default())
    }

    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Person {
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let mut request = self.request(method, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("the API answers");
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.expect("a whole body");
        Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body)).await
    }

    /// Puts pieces of variants into the cart.
    pub async fn fill_cart(&self, items: &[(Uuid, i32)]) {
        for (variant, quantity) in items {
            let answer = self.post("/api/cart", json!({ "variant_id": variant, "quantity": quantity })).await;
            assert!(answer.status.is_success(), "{}: {}", answer.status, answer.body);
        }
    }

    /// Checks out with a key.
    pub async fn check_out_with(&self, key: &str, method: &str) -> Answer {
        let address = json!({ "name": "Ada", "line1": "1 High St", "city": "Dhaka", "country": "BD" });
        let body = json!({ "payment_method": method, "shipping_address": address });
        let key = format!("\"{key}\"");
        self.send(Method::POST, "/api/orders/checkout", &[("Idempotency-Key", &key)], Some(body)).await
    }

    /// Fills a cart and checks out; the id of the order.
    pub async fn order(&self, method: &str, items: &[(Uuid, i32)]) -> Uuid {
        self.fill_cart(items).await;
        let answer = self.check_out_with(&Uuid::now_v7().to_string(), method).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
        answer.data()["id"].as_str().and_then(|id| id.parse().ok()).expect("the id of the order")
    }

    /// The order as this person sees it.
    pub async fn see(&self, order: Uuid) -> Value {
        self.get(&format!("/api/orders/{order}")).await.data().clone()
    }

    /// Where the order stands.
    pub async fn status(&self, order: Uuid) -> String {
        self.see(order).await["status"].as_str().expect("a status").to_owned()
    }

    /// The name of the open payment at the gateway.
    pub async fn payment_page(&self, order: Uuid) -> String {
        let seen = self.see(order).await;
        let url =
            seen["payment"]["redirect_url"].as_str().unwrap_or_else(|| panic!("no payment page: {seen}"));
        url.rsplit('/').next().expect("a path").to_owned()
    }
}
