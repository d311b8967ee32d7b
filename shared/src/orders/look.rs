//! Reads orders for polls, lists and pages.

use uuid::Uuid;

use super::store::{self, Reader, Sought};
use super::{Error, Glance, OrderStatus, OrderSummary, OrderView, Standing};
use crate::kernel::db::{self, Pool};
use crate::kernel::ids::{OrderId, VendorId, VendorOrderId};
use crate::kernel::page::{Asked, Page};
use crate::payments::Provider;

/// The version of an order: a poll that has this version needs nothing more.
pub async fn version(pool: &Pool, id: OrderId, reader: Reader) -> Result<i32, Error> {
    store::version(&mut *db::acquire(pool).await?, id, reader).await
}

/// What event streams send. The caller has checked by [`version`] that the reader may see the order.
pub async fn glance(pool: &Pool, id: OrderId) -> Result<Glance, Error> {
    store::glance(&mut *db::acquire(pool).await?, id).await
}

/// The fields that the page after paying shows. No account is needed for it. The order is missing unless it has an
/// attempt at this gateway.
pub async fn standing(pool: &Pool, id: OrderId, gateway: Provider) -> Result<Standing, Error> {
    db::briefly(pool, async |db| store::standing(db, id, gateway).await).await
}

/// The whole order, or the reader's part of it.
pub async fn show(pool: &Pool, id: OrderId, reader: Reader) -> Result<OrderView, Error> {
    store::find(&mut *db::acquire(pool).await?, id, reader).await
}

/// Orders that match the filter, newest first.
pub async fn list(pool: &Pool, sought: &Sought, asked: &Asked<OrderId>) -> Result<Page<OrderSummary>, Error> {
    let mut db = db::acquire(pool).await?;
    let slice = asked.within(store::extent(&mut db, sought, asked).await?);
    let rows = store::list(&mut db, sought, &slice).await?;
    Ok(Page::cut(rows, &slice, |row| row.id))
}

/// One vendor's parts of orders, newest first.
pub async fn list_parts(
    pool: &Pool,
    vendor: VendorId,
    status: Option<OrderStatus>,
    asked: &Asked<VendorOrderId>,
) -> Result<Page<super::PartSummary>, Error> {
    let mut db = db::acquire(pool).await?;
    let slice = asked.within(store::extent_of_parts(&mut db, vendor, status, asked).await?);
    let rows = store::list_parts(&mut db, vendor, status, &slice).await?;
    Ok(Page::cut(rows, &slice, |row| row.id))
}

/// A vendor's part of an order, by the part's id or the order's.
pub async fn show_part(pool: &Pool, vendor: VendorId, part: Uuid) -> Result<OrderView, Error> {
    let mut db = db::acquire(pool).await?;
    let order = store::find_part(&mut db, vendor, part).await?;
    store::find(&mut db, order, Reader::Vendor(vendor)).await
}
