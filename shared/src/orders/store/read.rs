//! Reads orders for people. Every query checks ownership: for another reader the order does not exist.

use sqlx::PgConnection;
use uuid::Uuid;

use super::whole;
use crate::kernel::ids::{OrderId, UserId, VendorId};
use crate::orders::{Error, OrderView};

/// The reader of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The customer: sees own orders.
    Customer(UserId),
    /// A vendor: sees orders with a part of its shop, and of them only that part.
    Vendor(VendorId),
    /// Sees all.
    Admin,
}

impl Reader {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Customer(_) => "customer",
            Self::Vendor(_) => "vendor",
            Self::Admin => "admin",
        }
    }

    pub(super) fn customer(self) -> Option<Uuid> {
        match self {
            Self::Customer(user) => Some(user.0),
            Self::Vendor(_) | Self::Admin => None,
        }
    }

    pub(super) fn vendor(self) -> Option<Uuid> {
        match self {
            Self::Vendor(vendor) => Some(vendor.0),
            Self::Customer(_) | Self::Admin => None,
        }
    }
}

/// The version of an order, if this reader may see it: polls read it first. By primary key.
pub async fn version(db: &mut PgConnection, id: OrderId, reader: Reader) -> Result<i32, Error> {
    let version = sqlx::query_scalar!(
        "select version
         from orders
         where id = $1
           and ($2::uuid is null or customer_id = $2)
           and ($3::uuid is null or exists (
             select from vendor_orders where order_id = orders.id and vendor_id = $3
           ))",
        id.0,
        reader.customer(),
        reader.vendor(),
    )
    .fetch_optional(db)
    .await?;
    version.ok_or(Error::Missing)
}

/// The whole order in one statement and one snapshot.
pub async fn find(db: &mut PgConnection, id: OrderId, reader: Reader) -> Result<OrderView, Error> {
    whole::row(db, id, reader).await?.ok_or(Error::Missing)?.view(reader)
}

/// The order that a vendor has a part of, by the id of the part or of the order: people may have either.
pub async fn find_part(db: &mut PgConnection, vendor: VendorId, part: Uuid) -> Result<OrderId, Error> {
    let id = sqlx::query_scalar!(
        r#"select order_id as "order_id: OrderId" 
           from vendor_orders
           where (id = $1 or order_id = $1) and vendor_id = $2"#,
        part,
        vendor.0,
    )
    .fetch_optional(db)
    .await?;
    id.ok_or(Error::Missing)
}
