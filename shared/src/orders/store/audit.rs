//! Reads orders as each of their possible readers would, for `verify`, in bounded pages.

use sqlx::PgConnection;

use super::read::Reader;
use super::whole::{OrderRow, row, rows};
use crate::kernel::ids::OrderId;
use crate::orders::Error;

/// An order that one of its readers cannot read.
#[derive(Debug)]
pub struct Unreadable {
    pub order_id: OrderId,
    /// `customer`, `vendor` or `admin`.
    pub reader: &'static str,
    pub error: Error,
}

/// The result of reading one page of orders.
#[derive(Debug)]
pub struct Audit {
    /// Where the next page begins; `None` after the last.
    pub last: Option<OrderId>,
    pub unreadable: Vec<Unreadable>,
}

/// Reads the next orders in id order, each as its customer, its vendors and an administrator would. Every page is a
/// separate statement, so no snapshot is held over all of them.
pub async fn audit(db: &mut PgConnection, after: Option<OrderId>, limit: i64) -> Result<Audit, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        r#"select id as "id: OrderId" from orders where ($1::uuid is null or id > $1) order by id limit $2"#,
        after.map(|id| id.0),
        limit,
    )
    .fetch_all(&mut *db)
    .await?;
    let mut unreadable = Vec::new();
    let read = match rows(db, &ids, Reader::Admin).await {
        Ok(page) => page,
        // One row that can't be read hides the others of its page.
        Err(error) => {
            is_of_the_row(error)?;
            one_by_one(db, &ids, &mut unreadable).await?
        }
    };
    read.into_iter().for_each(|row| read_by_all(&row, &mut unreadable));
    Ok(Audit { last: ids.last().copied(), unreadable })
}

async fn one_by_one(
    db: &mut PgConnection,
    ids: &[OrderId],
    unreadable: &mut Vec<Unreadable>,
) -> Result<Vec<OrderRow>, sqlx::Error> {
    let mut read = Vec::with_capacity(ids.len());
    for id in ids {
        match row(db, *id, Reader::Admin).await {
            Ok(row) => read.extend(row),
            Err(error) => {
                let error = is_of_the_row(error)?;
                unreadable.push(Unreadable { order_id: *id, reader: Reader::Admin.as_str(), error });
            }
        }
    }
    Ok(read)
}

/// The error, if the row itself causes it. An error of the database ends the audit.
fn is_of_the_row(error: Error) -> Result<Error, sqlx::Error> {
    match error {
        Error::Database(error @ (sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_))) => {
            Ok(Error::Database(error))
        }
        Error::Database(error) => Err(error),
        Error::Missing | Error::WrongStatus(_) | Error::Money(_) => Ok(error),
    }
}

fn read_by_all(row: &OrderRow, unreadable: &mut Vec<Unreadable>) {
    let vendors = row.vendors().map(Reader::Vendor);
    let readers = [Reader::Customer(row.customer_id), Reader::Admin].into_iter().chain(vendors);
    for reader in readers {
        if let Err(error) = row.clone().view(reader) {
            unreadable.push(Unreadable { order_id: row.id, reader: reader.as_str(), error });
        }
    }
}
