//! The usual story at the gateways other than Stripe: one customer, one shop, one order of 500.00 in the gateway's
//! money.

use haat_sandbox::{Config, Fault, Next, Rule, bkash, stripe};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Answer, Fate, Goods, Person, Shop, Till, World};

/// Paying by Stripe instead: its word, and the path that was promised for it.
pub const BY_STRIPE: &str = "stripe";
pub const TO_STRIPE: &str = "/api/payment/stripe/session";

/// A payment attempt, in the form of [`Purchase::attempts`].
#[must_use]
pub fn attempt(gateway: &str, status: &str) -> (String, String) {
    (gateway.to_owned(), status.to_owned())
}

/// Two mugs of 250.00 (of five) from a shop that leaves a commission of 10 %.
#[derive(Debug)]
pub struct Purchase {
    pub world: World,
    pub till: Till,
    pub shop: Shop,
    pub mug: Goods,
    pub customer: Person,
    pub admin: Person,
    pub order: Uuid,
}

impl Purchase {
    /// Checked out, nothing done yet.
    pub async fn placed(till: Till) -> Self {
        Self::placed_in(World::open().await, till, till.name()).await
    }

    /// In the till's money, to be paid by any method.
    pub async fn placed_in(world: World, till: Till, method: &str) -> Self {
        let shop = world.shop("Pots").await;
        let mug = shop.sells_in(&world, ("250.00", till.currency()), "Mug", 5).await;
        let (customer, admin) = (world.customer().await, world.admin().await);
        let order = customer.order(method, &[(mug.variant, 2)]).await;
        Self { world, till, shop, mug, customer, admin, order }
    }

    /// Reserved, with an open payment page.
    pub async fn awaiting(till: Till) -> Self {
        Self::awaiting_in(World::open().await, till).await
    }

    pub async fn awaiting_in(world: World, till: Till) -> Self {
        let purchase = Self::placed_in(world, till, till.name()).await;
        purchase.world.work().await;
        assert_eq!(purchase.status().await, "awaiting_payment", "{}", purchase.see().await);
        purchase
    }

    /// With a sandbox that is configured differently.
    pub async fn awaiting_beside(till: Till, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = World::sandbox_config();
        change(&mut config);
        Self::awaiting_in(World::beside(config, &[]).await, till).await
    }

    /// Paid and booked.
    pub async fn paid(till: Till) -> Self {
        Self::paid_by(till, Fate::Pays).await
    }

    pub async fn paid_by(till: Till, fate: Fate) -> Self {
        let purchase = Self::awaiting(till).await;
        purchase.pay(fate).await;
        purchase.world.work().await;
        assert_eq!(purchase.status().await, "paid", "{}", purchase.see().await);
        purchase
    }

    /// The customer pays on the page, and the browser comes back; no worker has run since.
    pub async fn pay(&self, fate: Fate) {
        if let Next::Done(back) = self.agree(fate).await {
            self.come_back(&back).await;
        }
    }

    /// The customer pays on the page, and closes the browser. Where it would have gone.
    pub async fn agree(&self, fate: Fate) -> Next {
        self.till.visit(&self.world, &self.page().await, fate)
    }

    /// The customer pays another order that waits, by the same gateway.
    pub async fn pay_for(&self, order: Uuid) {
        let sql = "select reference from payments where order_id = $1 order by id desc limit 1";
        let page: Option<String> = sqlx::query_scalar(sql)
            .bind(order)
            .fetch_one(&self.world.pool)
            .await
            .expect("the order has an attempt");
        let page = page.expect("its page is open");
        if let Next::Done(back) = self.till.visit(&self.world, &page, Fate::Pays) {
            self.come_back(&back).await;
        }
    }

    /// The browser follows the gateway's redirect, if it leads to us.
    pub async fn come_back(&self, address: &str) {
        if address.starts_with(&self.world.url) {
            let answer = self.world.http.get(address).send().await.expect("we answer");
            let status = answer.status();
            assert!(status.is_redirection() || status.is_success(), "{status}: {address}");
        }
    }

    /// What a customer does on bKash's page; the browser comes back, and what follows is done.
    pub async fn pay_with_bkash(&self, outcome: bkash::Outcome) {
        let next = self.world.sandbox.pay_bkash(&self.page().await, outcome).expect("the page is open");
        if let Next::Done(back) | Next::Left(Some(back)) = next {
            self.come_back(&back).await;
        }
        self.world.work().await;
    }

    /// The customer pays on the page that the order has at Stripe.
    pub async fn pay_by_stripe(&self) {
        let page = self.page_at(BY_STRIPE).await.expect("a page at Stripe");
        self.world.sandbox.pay(&page, stripe::Outcome::Pay).expect("the page is open");
    }

    /// The gateway's name of the latest page there.
    pub async fn page(&self) -> String {
        self.page_at(self.till.name()).await.expect("a page")
    }

    pub async fn page_at(&self, gateway: &str) -> Option<String> {
        let sql =
            "select reference from payments where order_id = $1 and gateway = $2 order by id desc limit 1";
        let found: Option<Option<String>> = sqlx::query_scalar(sql)
            .bind(self.order)
            .bind(gateway)
            .fetch_optional(&self.world.pool)
            .await
            .expect("the database answers");
        found.flatten()
    }

    /// The customer asks to pay through the gateway of this path.
    pub async fn wish(&self, path: &str) -> Answer {
        self.customer.post(path, json!({ "order_id": self.order })).await
    }

    pub async fn see(&self) -> Value {
        self.customer.see(self.order).await
    }

    pub async fn status(&self) -> String {
        self.customer.status(self.order).await
    }

    /// The statuses of its history, oldest first.
    pub async fn steps(&self) -> Vec<String> {
        self.customer.steps(self.order).await
    }

    /// Statuses of its refunds, sorted.
    pub async fn refunds(&self) -> Vec<String> {
        self.customer.refunds(self.order).await
    }

    /// Gateways and statuses of its attempts, oldest first.
    pub async fn attempts(&self) -> Vec<(String, String)> {
        sqlx::query_as("select gateway, status from payments where order_id = $1 order by id")
            .bind(self.order)
            .fetch_all(&self.world.pool)
            .await
            .expect("the attempts")
    }

    pub async fn cancel(&self) -> Answer {
        self.customer.cancel(self.order).await
    }

    /// An admin asks for a refund.
    pub async fn refund(&self, wish: Value) -> Answer {
        self.admin.refund(self.order, wish).await
    }

    /// An admin asks for a refund, and it is carried out as far as the gateway does so at once.
    pub async fn refunded(&self, wish: Value) {
        let answer = self.refund(wish).await;
        assert_eq!(answer.status.as_u16(), 202, "{}", answer.body);
        self.world.work().await;
    }

    /// The gateway finishes its pending work, and sends its messages.
    pub async fn settled(&self) {
        self.world.sandbox.settle_all();
        self.world.work().await;
    }

    /// Money that the gateway has taken, in hundredths.
    #[must_use]
    pub fn captured(&self) -> i64 {
        self.till.captured(&self.world)
    }

    /// Money that the gateway has given back or is about to, in hundredths.
    #[must_use]
    pub fn given_back(&self) -> i64 {
        self.till.given_back(&self.world)
    }

    /// Refunds that the gateway has made of the latest page.
    pub async fn refunds_at_gateway(&self) -> usize {
        self.till.refunds_of(&self.world, &self.page().await)
    }

    /// On hand and reserved.
    pub async fn stock(&self) -> (i32, i32) {
        self.world.stock(self.mug.variant).await
    }

    /// A fault for requests to this gateway.
    pub fn fails(&self, path: &str, fault: impl Into<Fault>, times: u32) {
        let mut rule = Rule::on_request("POST", path, fault, times);
        rule.on.gateway = Some(self.till.name().into());
        self.world.sandbox.faults().add(rule);
    }
}
