//! All SQL of the ledger.

use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Entry, PostingKind};
use crate::kernel::Timestamp;
use crate::kernel::ids::{LedgerTransactionId, OrderId};

/// Posts the entries of one fact. The constraint `ledger_transactions_once` refuses a second posting of it, and the
/// deferred `ledger_transactions_balance` a posting that does not sum to zero.
pub async fn post(
    db: &mut PgConnection,
    kind: PostingKind,
    source: Uuid,
    order_id: OrderId,
    entries: &[Entry],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let lines: Vec<i16> = (1..).take(entries.len()).collect();
    let accounts: Vec<String> = entries.iter().map(|entry| entry.account.name().to_owned()).collect();
    let subjects: Vec<String> = entries.iter().map(|entry| entry.account.subject()).collect();
    let currencies: Vec<String> = entries.iter().map(|entry| entry.amount.currency().to_string()).collect();
    let amounts: Vec<Decimal> = entries.iter().map(|entry| entry.amount.amount()).collect();
    sqlx::query!(
        "with posting as (
           insert into ledger_transactions (id, kind, source_id, order_id, posted_at)
           values ($1, $2, $3, $4, $5)
           returning id
         )
         insert into ledger_entries (transaction_id, line_no, account, subject, currency, amount)
         select posting.id, u.*
         from posting, unnest($6::smallint[], $7::text[], $8::text[], $9::text[], $10::numeric[]) as u",
        LedgerTransactionId::new().0,
        kind.as_str(),
        source,
        order_id.0,
        now,
        &lines,
        &accounts,
        &subjects,
        &currencies,
        &amounts,
    )
    .execute(db)
    .await?;
    Ok(())
}
