//! What people ask of an order that stands: cancel it, pay some of it back. Each is a transaction of its own.

use super::{Error, cancel, refund};
use crate::idempotency::{self, Once};
use crate::jobs::Queue;
use crate::kernel::db::Pool;
use crate::kernel::ids::{OrderId, RefundId};
use crate::kernel::{Bell, Clock};
use crate::orders::Actor;
use crate::orders::store::Reader;
use crate::refunds::Ask;

/// Where such requests are taken.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    pub pool: &'a Pool,
    pub clock: &'a Clock,
    pub bell: &'a Bell,
}

/// Who asks about which order.
#[derive(Clone, Debug)]
pub struct Request {
    pub order_id: OrderId,
    /// What the asker may see; another's order is missing.
    pub reader: Reader,
    pub actor: Actor,
}

impl Desk<'_> {
    /// Cancels an order before shipment. Cancelling it again changes nothing and is no error.
    pub async fn cancel(&self, request: &Request, reason: Option<&str>) -> Result<(), Error> {
        let mut db = self.pool.begin().await?;
        cancel::cancel(&mut db, request, reason, self.clock.now()).await?;
        db.commit().await?;
        self.ring(request.order_id);
        Ok(())
    }

    /// Requests a refund; a job carries it out. With a key, a repetition finds the refund that the first one requested.
    pub async fn refund(&self, request: &Request, ask: &Ask, once: Option<&Once>) -> Result<RefundId, Error> {
        let now = self.clock.now();
        let mut db = self.pool.begin().await?;
        if let Some(once) = once
            && let Some(refund) = idempotency::begin(&mut db, once).await?
        {
            return Ok(refund);
        }
        let refund = refund::request_refund(&mut db, request, ask, now).await?;
        if let Some(once) = once {
            idempotency::keep(&mut db, once, &refund, now).await?;
        }
        db.commit().await?;
        self.ring(request.order_id);
        Ok(refund)
    }

    fn ring(&self, order: OrderId) {
        self.bell.orders_changed(vec![order]);
        self.bell.jobs_waiting(Queue::Payments); // pages to close, refunds to submit
    }
}
