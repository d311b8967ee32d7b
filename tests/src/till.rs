//! The usual story at the gateways beside Stripe: one customer, one shop, one order of 500.00 in the gateway's currency.

use std::time::Duration;

use haat_sandbox::{Config, FaultKind, Match, Next, Rule, bkash, chapa, paystack};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Answer, Goods, Person, Shop, World};

/// A gateway beside Stripe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Till {
    Bkash,
    Paystack,
    Chapa,
}

/// What the customer pays with, and what becomes of refunds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Pays,
    /// Pays, and a refund is under way until the gateway settles.
    RefundWaits,
    /// Pays, and a refund that was taken comes to nothing later.
    RefundFails,
}

impl Till {
    pub const ALL: [Self; 3] = [Self::Bkash, Self::Paystack, Self::Chapa];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bkash => "bkash",
            Self::Paystack => "paystack",
            Self::Chapa => "chapa",
        }
    }

    #[must_use]
    pub const fn currency(self) -> &'static str {
        match self {
            Self::Bkash => "BDT",
            Self::Paystack => "NGN",
            Self::Chapa => "ETB",
        }
    }

    /// The path that was promised for paying by it.
    #[must_use]
    pub const fn pay_path(self) -> &'static str {
        match self {
            Self::Bkash => "/api/payment/bkash/initiate",
            Self::Paystack => "/api/payment/paystack/initialize",
            Self::Chapa => "/api/payment/chapa/initialize",
        }
    }

    /// What a customer does on the page; where the browser goes then.
    fn visit(self, world: &World, page: &str, fate: Fate) -> Next {
        let sandbox = &world.sandbox;
        let next = match self {
            Self::Bkash => sandbox.pay_bkash(
                page,
                match fate {
                    Fate::Pays => bkash::Outcome::Pay,
                    Fate::RefundWaits => bkash::Outcome::PayRefundPends,
                    Fate::RefundFails => bkash::Outcome::PayRefundFails,
                },
            ),
            Self::Paystack => sandbox.pay_paystack(
                page,
                match fate {
                    Fate::Pays | Fate::RefundWaits => paystack::Outcome::Pay,
                    Fate::RefundFails => paystack::Outcome::PayRefundFails,
                },
            ),
            Self::Chapa => sandbox.pay_chapa(
                page,
                match fate {
                    Fate::Pays | Fate::RefundWaits => chapa::Outcome::Pay,
                    Fate::RefundFails => chapa::Outcome::PayRefundReverses,
                },
            ),
        };
        next.expect("the page is open")
    }
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
    pub async fn placed_in(world: World, till: Till) -> Self {
        let shop = world.shop("Pots").await;
        let mug = shop.sells_in(&world, ("250.00", till.currency()), "Mug", 5).await;
        let (customer, admin) = (world.customer().await, world.admin().await);
        let order = customer.order(till.name(), &[(mug.variant, 2)]).await;
        Self { world, till, shop, mug, customer, admin, order }
    }

    pub async fn placed(till: Till) -> Self {
        Self::placed_in(World::open().await, till).await
    }

    /// Reserved, with an open payment page.
    pub async fn awaiting(till: Till) -> Self {
        Self::awaiting_in(World::open().await, till).await
    }

    pub async fn awaiting_in(world: World, till: Till) -> Self {
        let purchase = Self::placed_in(world, till).await;
        purchase.world.work().await;
        assert_eq!(purchase.status().await, "awaiting_payment", "{}", purchase.see().await);
        purchase
    }

    /// Beside a sandbox that is set otherwise.
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

    /// The customer pays on the page, and the browser comes back; nobody has worked since.
    pub async fn pay(&self, fate: Fate) {
        if let Next::Done(back) = self.agree(fate).await {
            self.come_back(&back).await;
        }
    }

    /// The customer pays on the page, and closes the browser. Where it would have gone.
    pub async fn agree(&self, fate: Fate) -> Next {
        self.till.visit(&self.world, &self.page().await, fate)
    }

    /// The browser follows the gateway's redirect, if it leads to us.
    pub async fn come_back(&self, address: &str) {
        if address.starts_with(&self.world.url) {
            let answer = self.world.http.get(address).send().await.expect("we answer");
            let status = answer.status();
            assert!(status.is_redirection() || status.is_success(), "{status}: {address}");
        }
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

    /// The customer asks to pay through this gateway.
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
        words(&self.see().await["history"])
    }

    /// Statuses of its refunds, sorted.
    pub async fn refunds(&self) -> Vec<String> {
        let mut words = words(&self.see().await["refunds"]);
        words.sort();
        words
    }

    /// Statuses of its attempts, oldest first.
    pub async fn attempts(&self) -> Vec<(String, String)> {
        sqlx::query_as("select gateway, status from payments where order_id = $1 order by id")
            .bind(self.order)
            .fetch_all(&self.world.pool)
            .await
            .expect("the attempts")
    }

    /// An admin asks for a refund, and it is carried out as far as the gateway does so at once.
    pub async fn refunded(&self, wish: Value) {
        let answer = self.admin.post(&format!("/api/orders/{}/refunds", self.order), wish).await;
        assert_eq!(answer.status.as_u16(), 202, "{}", answer.body);
        self.world.work().await;
    }

    /// The gateway ends what it has under way, and tells.
    pub async fn settled(&self) {
        self.world.sandbox.settle_all();
        self.world.work().await;
    }

    /// Money that the gateway has taken, in hundredths.
    #[must_use]
    pub fn captured(&self) -> i64 {
        let sandbox = &self.world.sandbox;
        let sums = match self.till {
            Till::Bkash => sandbox.bkash().captured(),
            Till::Paystack => sandbox.paystack().captured(),
            Till::Chapa => sandbox.chapa().captured(),
        };
        sums.get(self.till.currency()).copied().unwrap_or_default()
    }

    /// Money that the gateway has given back or is about to, in hundredths.
    #[must_use]
    pub fn given_back(&self) -> i64 {
        let sandbox = &self.world.sandbox;
        let sums = match self.till {
            Till::Bkash => sandbox.bkash().refunded(),
            Till::Paystack => sandbox.paystack().refunded(),
            Till::Chapa => sandbox.chapa().refunded(),
        };
        sums.get(self.till.currency()).copied().unwrap_or_default()
    }

    /// Refunds that the gateway has made of the latest page.
    pub async fn refunds_at_gateway(&self) -> usize {
        let (sandbox, page) = (&self.world.sandbox, self.page().await);
        match self.till {
            Till::Bkash => sandbox.bkash().refunds_of(&page).len(),
            Till::Paystack => sandbox.paystack().refunds_of(&page).len(),
            Till::Chapa => sandbox.chapa().refunds_of(&page).len(),
        }
    }

    /// On hand and reserved.
    pub async fn stock(&self) -> (i32, i32) {
        self.world.stock(self.mug.variant).await
    }

    /// From now on the gateways' messages get lost.
    pub fn lose_webhooks(&self) {
        let rule = Rule { on: Match::default(), fault: FaultKind::WebhookLost.into(), times: 1_000 };
        self.world.sandbox.faults().add(rule);
    }

    /// A fault of requests to this gateway.
    pub fn fails(&self, method: &str, path: &str, fault: FaultKind, times: u32) {
        let on = Match {
            gateway: Some(self.till.name().into()),
            method: Some(method.into()),
            path: Some(path.into()),
            ..Match::default()
        };
        self.world.sandbox.faults().add(Rule { on, fault: fault.into(), times });
    }

    /// Nobody polls any more: what is asked for from now on is asked for by others.
    pub async fn stop_polling(&self) {
        sqlx::query("update jobs set status = 'done' where kind = 'poll_payment'")
            .execute(&self.world.pool)
            .await
            .expect("the database answers");
    }

    /// The hold of the order is over, and all that follows is done.
    pub async fn work_past_the_hold(&self) {
        self.world.work_for(Duration::from_secs(31 * 60)).await;
    }
}

fn words(rows: &Value) -> Vec<String> {
    let rows = rows.as_array().expect("a list").iter();
    rows.map(|row| row["status"].as_str().unwrap_or_default().to_owned()).collect()
}
