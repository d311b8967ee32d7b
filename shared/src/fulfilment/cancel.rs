//! Cancel: before shipment, by the customer or an administrator.
//!
//! If the order is unpaid, its stock is released at once and a job closes the payment page; money that arrives anyway
//! is refunded automatically. If it is paid, everything that is left is refunded and all pieces return to stock.

use sqlx::PgConnection;

use super::{Error, Request, pay, refund};
use crate::kernel::Timestamp;
use crate::orders::{LockedOrder, OrderStatus, Step};
use crate::refunds::{Ask, Restock, What};
use crate::reservations::store::End;
use crate::{orders, refunds, reservations};

/// Cancels an order that this reader may see. Cancelling it again is no error, so the request may be repeated.
pub(super) async fn cancel(
    db: &mut PgConnection,
    request: &Request,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<(), Error> {
    let Request { order_id, reader, ref actor } = *request;
    orders::store::version(db, order_id, reader).await?;
    let mut order = orders::store::lock(db, order_id).await?;
    let was = order.status;
    if was == OrderStatus::Cancelled || cancelled_and_refunded(db, &order).await? {
        return Ok(());
    }
    orders::store::advance(db, &mut order, Step::Cancel, actor, reason, now).await?;
    match was {
        OrderStatus::Paid | OrderStatus::Processing if refund::has_money(db, &order).await? => {
            let reason = reason.unwrap_or("order cancelled").to_owned();
            let ask = Ask { what: What::Whole(Restock::Yes), reason };
            match refund::request(db, &order, &ask, &[], &actor.word(), now).await {
                // All of the money is being refunded already.
                Ok(_) | Err(Error::Refunds(refunds::Error::NothingToRefund)) => {}
                Err(error) => return Err(error),
            }
        }
        OrderStatus::Pending
        | OrderStatus::AwaitingPayment
        | OrderStatus::Confirmed
        | OrderStatus::Paid
        | OrderStatus::Processing => {
            reservations::store::end(db, &[order_id], End::Released, now).await?;
            pay::close_pages(db, order_id, None, now).await?;
        }
        OrderStatus::Shipped
        | OrderStatus::Delivered
        | OrderStatus::Rejected
        | OrderStatus::Expired
        | OrderStatus::Cancelled
        | OrderStatus::Refunded => {
            return Err(orders::Error::WrongStatus(was).into());
        }
    }
    Ok(())
}

/// Whether an earlier request cancelled the order, and its money has been refunded since.
async fn cancelled_and_refunded(db: &mut PgConnection, order: &LockedOrder) -> Result<bool, Error> {
    Ok(order.status == OrderStatus::Refunded
        && orders::store::status_before(db, order).await? == Some(OrderStatus::Cancelled))
}
