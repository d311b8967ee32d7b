//! Products that come in as files: Shopify's own product CSV.
//!
//! All or nothing: a file with one wrong cell writes nothing, and every wrong cell of it is named by line and column.
//! The steps are files of their own: `sheet` reads cells, `draft` makes products of rows, `plan` compares them with
//! what the shop has (all three pure), `write` writes in one transaction. A product is known by its handle, a
//! variant by its SKU or else by its options; what the file does not name is left alone, and importing a file twice
//! changes nothing the second time.

mod cells;
mod columns;
mod draft;
mod error;
mod plan;
mod sheet;
mod write;

use money::Currency;
use serde::Serialize;
use sqlx::postgres::PgPool;
use utoipa::ToSchema;

pub use error::{Error, LineError};

use super::Publication;
use crate::kernel::Timestamp;
use crate::kernel::ids::{UserId, VendorId};
use crate::vendors;

/// Largest file, in bytes.
pub const LARGEST_FILE: usize = 20 * 1024 * 1024;
/// Most rows below the header.
pub const MOST_ROWS: usize = 50_000;
/// Most variants and images of one product, as Shopify has them: a product is shown whole.
const MOST_VARIANTS: usize = 2048;
const MOST_IMAGES: usize = 250;

/// The currency of prices when nobody names one.
#[must_use]
pub fn default_currency() -> Currency {
    "USD".parse().expect("USD is in the table of currencies")
}

/// What an import needs to know beside the file.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// Of all prices: the file names none.
    pub currency: Currency,
    pub publication: Publication,
    /// Who imports, for the stock journal; `None` on the command line.
    pub actor: Option<UserId>,
    pub now: Timestamp,
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportReport)]
pub struct Report {
    /// Rows below the header.
    pub rows: usize,
    pub products_created: usize,
    pub products_updated: usize,
    /// Were already as the file says.
    pub products_unchanged: usize,
    pub variants_created: usize,
    pub variants_updated: usize,
    /// Existing variants whose count was set.
    pub stock_set: usize,
}

/// Imports a file of Shopify's product CSV into a shop. [`Error::Refused`] lists what is wrong with it; nothing is
/// written then.
///
/// Holds the lock of the shop's row until the end, so that two imports into one shop run one after the other.
pub async fn shopify(
    pool: &PgPool,
    vendor: VendorId,
    file: Vec<u8>,
    context: Context,
) -> Result<Report, Error> {
    if file.len() > LARGEST_FILE {
        return Err(Error::FileTooLarge);
    }
    let currency = context.currency;
    let parsed = tokio::task::spawn_blocking(move || draft::read(&file, currency))
        .await
        .expect("reading a file does not panic and is never aborted");
    let (rows, drafts) = parsed.map_err(Error::Refused)?;

    let mut tx = pool.begin().await?;
    vendors::store::lock(&mut tx, vendor).await?.ok_or(vendors::Error::Missing)?;
    let known = plan::Known::load(&mut tx, vendor, &drafts).await?;
    let plan = plan::plan(drafts, &known, vendor, &context).map_err(Error::Refused)?;
    let report = write::write(&mut tx, vendor, plan, &context).await?;
    tx.commit().await?;
    Ok(Report { rows, ..report })
}

#[cfg(test)]
mod tests;
