//! The usual story up to a point: one customer, two shops, one order of 33.00 dollars.

use haat_sandbox::stripe::{Outcome, PaymentSeen, RefundSeen};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Answer, Doom, Goods, Person, Shop, World};

/// A refund request: pieces of one line.
#[must_use]
pub fn line(line_no: i16, quantity: i32, restock: bool) -> Value {
    json!({ "lines": [{ "line_no": line_no, "quantity": quantity, "restock": restock }] })
}

/// Two mugs of 12.50 (of five) from one shop and one tin of tea of 8.00 (of five) from another. Both shops leave a
/// commission of 10 %.
#[derive(Debug)]
pub struct Sale {
    pub world: World,
    pub pots: Shop,
    pub tea: Shop,
    pub mug: Goods,
    pub tin: Goods,
    pub customer: Person,
    pub admin: Person,
    pub order: Uuid,
}

impl Sale {
    /// Checked out, nothing done yet.
    pub async fn placed() -> Self {
        Self::placed_in(World::open().await, "stripe").await
    }

    pub async fn placed_in(world: World, method: &str) -> Self {
        let (pots, tea) = (world.shop("Pots").await, world.shop("Tea").await);
        let mug = pots.sells(&world, "Mug", "12.50", 5).await;
        let tin = tea.sells(&world, "Assam", "8.00", 5).await;
        let (customer, admin) = (world.customer().await, world.admin().await);
        let order = customer.order(method, &[(mug.variant, 2), (tin.variant, 1)]).await;
        Self { world, pots, tea, mug, tin, customer, admin, order }
    }

    /// Reserved, with an open payment page.
    pub async fn awaiting() -> Self {
        let sale = Self::placed().await;
        sale.world.work().await;
        assert_eq!(sale.status().await, "awaiting_payment");
        sale
    }

    /// Paid and booked.
    pub async fn paid() -> Self {
        Self::paid_by(Outcome::Pay).await
    }

    /// Paid with a card of this behaviour.
    pub async fn paid_by(card: Outcome) -> Self {
        let sale = Self::awaiting().await;
        sale.pay(card).await;
        sale.world.work().await;
        assert_eq!(sale.status().await, "paid");
        sale
    }

    /// The customer acts on the payment page; no worker has run since.
    pub async fn pay(&self, card: Outcome) {
        let page = self.page().await;
        self.world.sandbox.pay(&page, card).expect("the page is open");
    }

    /// The gateway's name of the open page.
    pub async fn page(&self) -> String {
        self.customer.payment_page(self.order).await
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

    pub async fn cancel(&self) -> Answer {
        self.customer.cancel(self.order).await
    }

    /// An admin asks for a refund.
    pub async fn refund(&self, wish: Value) -> Answer {
        self.admin.refund(self.order, wish).await
    }

    /// An admin asks for a refund, and it is carried out.
    pub async fn refunded(&self, wish: Value) {
        let answer = self.refund(wish).await;
        assert_eq!(answer.status.as_u16(), 202, "{}", answer.body);
        self.world.work().await;
    }

    /// What the gateway knows of the money; none before anybody has tried to pay.
    #[must_use]
    pub fn at_gateway(&self) -> Option<PaymentSeen> {
        self.world.sandbox.stripe().payments(1).pop()
    }

    /// The refunds that the gateway has made of it, oldest first.
    #[must_use]
    pub fn refunds_at_gateway(&self) -> Vec<RefundSeen> {
        let payment = self.at_gateway();
        payment.map(|payment| self.world.sandbox.stripe().refunds_of(&payment.id)).unwrap_or_default()
    }

    /// A refund in the gateway's dashboard: this many cents, or all that is left.
    pub async fn refund_by_hand(&self, cents: Option<u32>) {
        let payment = self.at_gateway().expect("paid").id;
        let amount = cents.map(|cents| format!("&amount={cents}")).unwrap_or_default();
        let url = format!("{}/stripe/v1/refunds", self.world.sandbox.url());
        let request = self
            .world
            .http
            .post(url)
            .bearer_auth("sk_test_sandbox")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(format!("payment_intent={payment}{amount}"));
        let answer = Answer::to(request).await;
        assert!(answer.status.is_success(), "{}", answer.body);
    }

    /// On hand and reserved of mug and tin.
    pub async fn stock(&self) -> [(i32, i32); 2] {
        [self.world.stock(self.mug.variant).await, self.world.stock(self.tin.variant).await]
    }

    /// As if the capture had been reported without the reference of the charge.
    pub async fn forget_the_charge(&self) {
        let sql = "update payments set charge_reference = null where order_id = $1";
        sqlx::query(sql).bind(self.order).execute(&self.world.pool).await.expect("forgotten");
    }

    /// What we owe: to pots, to tea, and what the marketplace has earned; all in dollars.
    pub async fn owed(&self) -> [String; 3] {
        let (pots, tea) = (self.pots.id.to_string(), self.tea.id.to_string());
        [
            self.balance("vendor_payable", &pots).await,
            self.balance("vendor_payable", &tea).await,
            self.balance("commission_revenue", "marketplace").await,
        ]
    }

    async fn balance(&self, account: &str, subject: &str) -> String {
        sqlx::query_scalar(
            "select round(coalesce(-sum(amount), 0), 2)::text from ledger_entries where account = $1 and subject = $2",
        )
        .bind(account)
        .bind(subject)
        .fetch_one(&self.world.pool)
        .await
        .expect("the ledger")
    }

    /// Plays the whole way to a paid order with workers that may die.
    pub async fn paid_under(doom: &Doom) -> Self {
        let sale = Self::placed().await;
        doom.work(&sale.world).await;
        sale.pay(Outcome::Pay).await;
        doom.work(&sale.world).await;
        sale
    }
}
