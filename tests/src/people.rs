//! People who use the API over HTTP.

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use shared::kernel::ids::UserId;
use uuid::Uuid;

use crate::Answer;

/// A person with an access token, or with an empty one.
#[derive(Clone, Debug)]
pub struct Person {
    pub user: UserId,
    pub token: String,
    pub url: String,
    pub http: Client,
}

impl Person {
    /// The same person with another token.
    #[must_use]
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self { token: token.into(), ..self.clone() }
    }

    /// A request with this person's token, if there is one, and nothing else.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

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
        Answer::to(request).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body)).await
    }

    /// Sends a CSV file to the shop's import.
    pub async fn import(&self, file: impl Into<Vec<u8>>) -> Answer {
        let request = self.request(Method::POST, "/api/vendor/products/import");
        Answer::to(request.header("Content-Type", "text/csv").body(file.into())).await
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
        self.check_out_saying(key, json!({ "payment_method": method })).await
    }

    /// Checks out with a key and these fields in addition to the address.
    pub async fn check_out_saying(&self, key: &str, mut body: Value) -> Answer {
        let address = json!({ "name": "Ada", "line1": "1 High St", "city": "Dhaka", "country": "BD" });
        body["shipping_address"] = address;
        let key = format!("\"{key}\"");
        self.send(Method::POST, "/api/orders/checkout", &[("Idempotency-Key", &key)], Some(body)).await
    }

    /// The cart as this person is shown it.
    pub async fn cart(&self) -> Value {
        self.get("/api/cart").await.data().clone()
    }

    /// The path of the cart's line of this variant.
    pub async fn cart_line(&self, variant: Uuid) -> String {
        let cart = self.cart().await;
        let parts = cart["vendors"].as_array().expect("parts").iter();
        let mut lines = parts.flat_map(|part| part["lines"].as_array().expect("lines"));
        let line = lines.find(|line| line["variant_id"] == json!(variant)).expect("the line");
        format!("/api/cart/{}", line["id"].as_str().expect("an id"))
    }

    /// Fills a cart and checks out; the id of the order.
    pub async fn order(&self, method: &str, items: &[(Uuid, i32)]) -> Uuid {
        self.fill_cart(items).await;
        let answer = self.check_out_with(&Uuid::now_v7().to_string(), method).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
        answer.id()
    }

    /// The order as this person sees it.
    pub async fn see(&self, order: Uuid) -> Value {
        self.get(&format!("/api/orders/{order}")).await.data().clone()
    }

    /// The current status of the order.
    pub async fn status(&self, order: Uuid) -> String {
        self.see(order).await["status"].as_str().expect("a status").to_owned()
    }

    /// The statuses of an order's history, oldest first.
    pub async fn steps(&self, order: Uuid) -> Vec<String> {
        statuses(&self.see(order).await["history"])
    }

    /// The statuses of an order's refunds, sorted.
    pub async fn refunds(&self, order: Uuid) -> Vec<String> {
        let mut words = statuses(&self.see(order).await["refunds"]);
        words.sort();
        words
    }

    pub async fn cancel(&self, order: Uuid) -> Answer {
        self.post(&format!("/api/orders/{order}/cancel"), json!({})).await
    }

    pub async fn refund(&self, order: Uuid, wish: Value) -> Answer {
        self.post(&format!("/api/orders/{order}/refunds"), wish).await
    }

    /// The name of the open payment at the gateway.
    pub async fn payment_page(&self, order: Uuid) -> String {
        let seen = self.see(order).await;
        let url =
            seen["payment"]["redirect_url"].as_str().unwrap_or_else(|| panic!("no payment page: {seen}"));
        url.rsplit('/').next().expect("a path").to_owned()
    }
}

fn statuses(rows: &Value) -> Vec<String> {
    let rows = rows.as_array().expect("a list").iter();
    rows.map(|row| row["status"].as_str().unwrap_or_default().to_owned()).collect()
}
