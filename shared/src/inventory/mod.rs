//! Stock and its journal: pieces on hand, pieces reserved, and every change of either.
//!
//! Owns the tables `inventory` and `stock_movements`; the changes that orders cause are in [`crate::reservations`].
//! Each change of a stock row is journalled in the same transaction, so that `on_hand = received + restocked + adjusted
//! − sold` and `reserved = reserved − released − sold` hold at every commit. Rows are locked in the order of variant
//! ids. This module knows variants by id only, not their names, prices or owners.

mod adjust;
mod error;
pub mod store;

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

pub use adjust::{Opening, Target, adjust, check, check_opening, open, set_many, set_on_hand};
pub use error::Error;

use crate::kernel::Timestamp;
use crate::kernel::ids::{OrderId, RefundId, UserId, VariantId};
use crate::kernel::page::{Asked, Page};

/// Most pieces of one variant: far within the column, so that sums of a journal can't overflow.
pub const LARGEST_STOCK: i32 = 100_000_000;

/// Pieces of one variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Stock {
    pub on_hand: i32,
    /// Promised to orders that are not settled yet; never more than `on_hand`.
    pub reserved: i32,
}

/// Why stock changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum MovementKind {
    /// The first stock of a variant, or goods that came in.
    Received,
    /// Corrected by the vendor: the only kind whose quantity has a sign.
    Adjusted,
    Reserved,
    Released,
    Sold,
    Restocked,
}

/// A line of the journal.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = StockMovement)]
pub struct JournalLine {
    /// Grows with time.
    pub id: i64,
    pub kind: MovementKind,
    pub quantity: i32,
    pub order_id: Option<OrderId>,
    pub refund_id: Option<RefundId>,
    pub actor_id: Option<UserId>,
    pub reason: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// A variant's stock now. [`Error::Missing`] if it was never opened.
pub async fn stock_of(db: &mut PgConnection, variant: VariantId) -> Result<Stock, Error> {
    store::find(db, variant).await?.ok_or(Error::Missing)
}

/// A variant's journal, the newest line first.
pub async fn journal(
    db: &mut PgConnection,
    variant: VariantId,
    asked: &Asked<i64>,
) -> Result<Page<JournalLine>, Error> {
    let slice = asked.within(store::extent(db, variant, asked).await?);
    let lines = store::journal(db, variant, &slice).await?;
    Ok(Page::cut(lines, &slice, |line| line.id))
}
