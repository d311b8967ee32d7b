//! Requests of people about an existing order: cancel it, pay it, refund some of it, close a refund. Each is a separate
//! transaction.

use super::pay::Terms;
use super::{Error, cancel, pay, refund, resolve};
use crate::idempotency::{self, Once};
use crate::jobs::{self, AskPayment, FinishPayment, Queue};
use crate::kernel::db::{self, Pool};
use crate::kernel::ids::{OrderId, PaymentId, RefundId};
use crate::kernel::{Bell, Clock};
use crate::orders::store::Reader;
use crate::orders::{self, Actor};
use crate::payments::offer::Offer;
use crate::payments::{self, Provider};
use crate::refunds::{Ask, Decision};

/// Handles such requests.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    pub pool: &'a Pool,
    pub clock: &'a Clock,
    pub bell: &'a Bell,
}

/// The order of a request, and the caller.
#[derive(Clone, Debug)]
pub struct Request {
    pub order_id: OrderId,
    /// The orders that the caller may see; for all others the order is missing.
    pub reader: Reader,
    pub actor: Actor,
}

/// The parameters with which a customer's browser came back from a payment page. They prove nothing.
#[derive(Clone, Copy, Debug)]
pub struct Hint<'a> {
    pub gateway: Provider,
    /// The gateway's reference of the hosted payment.
    pub reference: &'a str,
    pub visit: Visit,
}

/// How the visit to the page ended, according to the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// The customer has agreed to pay.
    Agreed,
    /// The customer left without paying.
    Left,
    /// In unknown words.
    Unclear,
}

impl Desk<'_> {
    /// Cancels an order before shipment. Cancelling it again changes nothing and is no error.
    pub async fn cancel(&self, request: &Request, reason: Option<&str>) -> Result<(), Error> {
        let mut db = db::begin(self.pool).await?;
        cancel::cancel(&mut db, request, reason, self.clock.now()).await?;
        db.commit().await?;
        self.ring(request.order_id);
        Ok(())
    }

    /// Opens a payment page for an order that waits, replacing one that is open at another gateway; a job calls the
    /// gateway. Repeating the request for the same gateway finds the same attempt.
    pub async fn pay(
        &self,
        request: &Request,
        gateway: Provider,
        terms: Terms<'_>,
    ) -> Result<PaymentId, Error> {
        let mut db = db::begin(self.pool).await?;
        orders::store::version(&mut db, request.order_id, request.reader).await?;
        let order = orders::store::lock(&mut db, request.order_id).await?;
        let payment = pay::pay(&mut db, &order, gateway, terms, self.clock.now()).await?;
        db.commit().await?;
        self.ring(request.order_id);
        Ok(payment)
    }

    /// Schedules a question to the gateway about a payment, and returns its order. Anyone can send such a hint, so it
    /// ends nothing, and many hints cause one question at intervals. A page that is reported as left is asked about
    /// too, and the customer may replace it.
    pub async fn hinted(&self, hint: &Hint<'_>) -> Result<OrderId, Error> {
        let now = self.clock.now();
        let mut db = db::begin(self.pool).await?;
        let payment = payments::store::find_by_reference(&mut db, hint.gateway, hint.reference).await?;
        let payment = payment.ok_or(payments::Error::Missing)?;
        if !payment.status.is_open() {
            return Ok(payment.order_id);
        }
        if hint.visit == Visit::Left {
            payments::store::mark_left(&mut db, payment.id, now).await?;
        }
        let payment_id = payment.id;
        let queue = match hint.visit {
            Visit::Agreed => {
                jobs::store::ask(&mut db, &FinishPayment { payment_id }, now).await?;
                Queue::Executions
            }
            Visit::Left | Visit::Unclear => {
                jobs::store::ask(&mut db, &AskPayment { payment_id, agreed: false }, now).await?;
                Queue::Payments
            }
        };
        db.commit().await?;
        self.bell.jobs_waiting(queue);
        Ok(payment.order_id)
    }

    /// Requests a refund; a job carries it out. With a key, a repetition finds the refund that the first one requested.
    /// `offers` say which amounts gateways can refund.
    pub async fn refund(
        &self,
        request: &Request,
        ask: &Ask,
        offers: &[Offer],
        once: Option<&Once>,
    ) -> Result<RefundId, Error> {
        let now = self.clock.now();
        let mut db = db::begin(self.pool).await?;
        if let Some(once) = once
            && let Some(refund) = idempotency::begin(&mut db, once).await?
        {
            return Ok(refund);
        }
        let refund = refund::request_refund(&mut db, request, ask, offers, now).await?;
        if let Some(once) = once {
            idempotency::keep(&mut db, once, &refund, now).await?;
        }
        db.commit().await?;
        self.ring(request.order_id);
        Ok(refund)
    }

    /// Closes a refund that needs attention, as an administrator has decided. Returns its order.
    pub async fn resolve_refund(&self, id: RefundId, decision: &Decision<'_>) -> Result<OrderId, Error> {
        let mut db = db::begin(self.pool).await?;
        let order = resolve::resolve(&mut db, id, decision, self.clock.now()).await?;
        db.commit().await?;
        self.ring(order);
        Ok(order)
    }

    fn ring(&self, order: OrderId) {
        self.bell.orders_changed(vec![order]);
        self.bell.jobs_waiting(Queue::Payments); // pages to close
        self.bell.jobs_waiting(Queue::Refunds);
    }
}
