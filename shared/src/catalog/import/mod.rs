//! Imports products from files: Shopify's own product CSV.
//!
//! All or nothing: a file with one wrong cell writes nothing, and every wrong cell of it is reported by line and
//! column. Each step has its own file: `sheet` reads cells, `draft` turns rows into products, `plan` compares them with
//! the shop (all three pure), `write` writes in one transaction. A product is identified by its handle, a variant by
//! its SKU or else by its options. Anything that the file does not name is left alone, and importing a file twice
//! changes nothing the second time. The report lists values that were read differently from what the file may mean.

mod admission;
mod cells;
mod columns;
mod draft;
mod error;
mod foreign;
mod gallery;
mod notice;
mod plan;
mod quotes;
mod renames;
mod sheet;
mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use money::Currency;
use serde::Serialize;
use sqlx::postgres::PgPool;
use utoipa::ToSchema;

pub use admission::{Admission, Imports};
pub use error::{Error, LineError};
pub use notice::Notice;

use super::store::imports;
use super::{Rules, limits};
use crate::kernel::ids::UserId;
use crate::kernel::{Timestamp, db};
use crate::vendors;

/// Largest file, in bytes.
pub const LARGEST_FILE: usize = 20 * 1024 * 1024;
/// Most rows below the header.
pub const MOST_ROWS: usize = 50_000;
/// Most columns: Shopify's exports have some sixty, and one for each market and metafield.
const MOST_COLUMNS: usize = 200;

/// The currency of prices if none is given.
#[must_use]
pub fn default_currency() -> Currency {
    "USD".parse().expect("USD is in the table of currencies")
}

/// The parameters of an import besides the file.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// Of all prices: the file names no currency.
    pub currency: Currency,
    pub rules: Rules,
    /// The importing user, for the stock journal; `None` on the command line.
    pub actor: Option<UserId>,
    pub now: Timestamp,
}

/// The result of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportReport)]
pub struct Report {
    /// Rows below the header in which something is filled in.
    pub rows: usize,
    pub products_created: usize,
    pub products_updated: usize,
    /// Products and variants that equalled the file already.
    pub products_unchanged: usize,
    pub variants_created: usize,
    pub variants_updated: usize,
    /// Variants whose count the file set: new ones, and existing ones whose count changed.
    pub stock_set: usize,
    /// Columns of the file that are not read, by their headers.
    pub ignored_columns: Vec<String>,
    /// Values that were read differently from what the file may mean, the first 1000.
    pub notices: Vec<Notice>,
    /// Number of notices.
    pub notices_count: usize,
}

/// Imports a file of Shopify's product CSV into the admitted shop. [`Error::Refused`] lists the problems of the file,
/// [`Error::Running`] says that another process is importing into the shop, [`Error::Busy`] that no core is free. In
/// these cases nothing is written.
///
/// No connection is held while the file is read or waits for its turn. If the caller disconnects, the work ends soon.
pub async fn shopify(
    pool: &PgPool,
    admission: &Admission,
    file: Vec<u8>,
    context: Context,
) -> Result<Report, Error> {
    if file.len() > LARGEST_FILE {
        return Err(Error::FileTooLarge);
    }
    let vendor = admission.vendor;
    let turn = admission.turn().await?;
    let abandoned = Abandoned::default();
    let flag = Arc::clone(&abandoned.0);
    let currency = context.currency;
    // The permit for a core moves along, so that it is released when the work has ended and not when its caller has
    // gone.
    let (turn, read) = computed(move || (turn, draft::read(&file, currency, &flag))).await;
    let draft::Drafts { rows, products, ignored, mut notices } = read.map_err(Error::Refused)?;

    let mut tx = db::begin(pool).await?;
    if !imports::lock(&mut tx, vendor).await? {
        return Err(Error::Running);
    }
    // Its status decides how much it may have, and must not change meanwhile.
    vendors::store::hold(&mut tx, vendor).await?.ok_or(vendors::Error::Missing)?;
    let known = plan::Known::load(&mut tx, vendor, &products).await?;
    let (_turn, (plan, notices)) = computed(move || {
        let plan = plan::plan(products, &known, &mut notices, vendor, &context);
        (turn, (plan, notices))
    })
    .await;
    let plan = plan.map_err(Error::Refused)?;
    limits::make_room(&mut tx, vendor, plan.new_products.len(), context.rules.limits).await?;
    let report = write::write(&mut tx, vendor, plan, &context).await?;
    tx.commit().await?;

    let mut notices = notices.listed();
    let notices_count = notices.len();
    notices.truncate(error::MOST_LISTED);
    Ok(Report { rows, ignored_columns: ignored, notices, notices_count, ..report })
}

/// Runs work that takes a core on a thread of its own, apart from the threads that answer requests.
async fn computed<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("reading a file does not panic and is never aborted")
}

/// Stops the reading of a file when its caller has gone.
#[derive(Debug, Default)]
struct Abandoned(Arc<AtomicBool>);

impl Drop for Abandoned {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
