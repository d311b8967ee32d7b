//! All SQL of refunds. Order and payment are locked before.

use std::collections::HashMap;

use money::{Currency, Money, MoneyError};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{AskLine, Decision, Error, Part, Plan, Refund, RefundOrigin, RefundStatus, Resolution, Restock};
use crate::kernel::Timestamp;
use crate::kernel::error::violated_constraint;
use crate::kernel::ids::{OrderId, PaymentId, RefundId, VendorId};
use crate::payments::Provider;

/// A refund about to be written, `requested`.
#[derive(Clone, Debug)]
pub struct NewRefund<'a> {
    pub id: RefundId,
    pub payment_id: PaymentId,
    pub order_id: OrderId,
    pub origin: RefundOrigin,
    /// The gateway's reference of it, if it was made there before we knew of it.
    pub reference: Option<&'a str>,
    pub plan: &'a Plan,
    pub reason: &'a str,
    pub requested_by: &'a str,
}

/// Writes a refund with its lines and shares.
pub async fn insert(db: &mut PgConnection, refund: &NewRefund<'_>, now: Timestamp) -> Result<(), Error> {
    let Plan { amount, lines, parts } = refund.plan;
    let numbers: Vec<i16> = lines.iter().map(|line| line.line_no).collect();
    let quantities: Vec<i32> = lines.iter().map(|line| line.quantity).collect();
    let restocks: Vec<bool> = lines.iter().map(|line| line.restock == Restock::Yes).collect();
    let vendors: Vec<Uuid> = parts.iter().map(|part| part.vendor_id.0).collect();
    let amounts: Vec<Decimal> = parts.iter().map(|part| part.amount.amount()).collect();
    let commissions: Vec<Decimal> = parts.iter().map(|part| part.commission.amount()).collect();
    sqlx::query!(
        "with r as (
           insert into refunds (id, payment_id, order_id, status, currency, amount, reason, requested_by,
                                created_at, updated_at, origin, reference)
           values ($1, $2, $3, 'requested', $4, $5, $6, $7, $8, $8, $15, $16)
         ), l as (
           insert into refund_lines (refund_id, line_no, quantity, restock)
           select $1, * from unnest($9::smallint[], $10::int[], $11::bool[])
         )
         insert into refund_shares (refund_id, vendor_id, amount, commission)
         select $1, * from unnest($12::uuid[], $13::numeric[], $14::numeric[])",
        refund.id.0,
        refund.payment_id.0,
        refund.order_id.0,
        amount.currency().to_string(),
        amount.amount(),
        refund.reason,
        refund.requested_by,
        now,
        &numbers,
        &quantities,
        &restocks,
        &vendors,
        &amounts,
        &commissions,
        refund.origin.as_str(),
        refund.reference,
    )
    .execute(db)
    .await?;
    Ok(())
}

struct Row {
    id: RefundId,
    payment_id: PaymentId,
    order_id: OrderId,
    status: RefundStatus,
    currency: String,
    amount: Decimal,
    reference: Option<String>,
    restocked: bool,
    resolution: Option<Resolution>,
    created_at: Timestamp,
    updated_at: Timestamp,
    last_seen_at: Option<Timestamp>,
}

impl TryFrom<Row> for Refund {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let currency: Currency = row.currency.parse().map_err(MoneyError::from)?;
        Ok(Self {
            id: row.id,
            payment_id: row.payment_id,
            order_id: row.order_id,
            status: row.status,
            amount: Money::new(row.amount, currency)?,
            reference: row.reference,
            restocked: row.restocked,
            resolution: row.resolution,
            requested_at: row.created_at,
            updated_at: row.updated_at,
            last_seen_at: row.last_seen_at,
        })
    }
}

/// The columns of whole refunds, listed once for all reads.
macro_rules! read {
    ($rest:tt, $($argument:expr),+) => {
        sqlx::query_as!(
            Row,
            r#"select id as "id: RefundId", payment_id as "payment_id: PaymentId", order_id as "order_id: OrderId",
                      status as "status: RefundStatus", currency, amount, reference,
                      restocked_at is not null as "restocked!", resolution as "resolution: Resolution", created_at,
                      updated_at, last_seen_at
               from refunds
               "# + $rest,
            $($argument),+
        )
    };
}

/// Reads a refund. With order and payment locked it can't change meanwhile: all its writers lock those first.
pub async fn find(db: &mut PgConnection, id: RefundId) -> Result<Refund, Error> {
    read!("where id = $1", id.0).fetch_optional(db).await?.ok_or(Error::Missing)?.try_into()
}

/// All refunds of a payment, oldest first, by the index `refunds_of_payment`.
pub async fn of_payment(db: &mut PgConnection, payment_id: PaymentId) -> Result<Vec<Refund>, Error> {
    let rows = read!("where payment_id = $1 order by id", payment_id.0).fetch_all(db).await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The refund with this reference at the gateway.
pub async fn find_by_reference(
    db: &mut PgConnection,
    gateway: Provider,
    reference: &str,
) -> Result<Option<Refund>, Error> {
    let found = read!(
        "where reference = $2 and payment_id in (select p.id from payments p where p.gateway = $1)",
        gateway.as_str(),
        reference
    );
    found.fetch_optional(db).await?.map(TryInto::try_into).transpose()
}

/// The lines of a refund.
pub async fn lines(db: &mut PgConnection, id: RefundId) -> Result<Vec<AskLine>, Error> {
    let rows = sqlx::query!("select line_no, quantity, restock from refund_lines where refund_id = $1", id.0)
        .fetch_all(db)
        .await?;
    let line = |line_no, quantity, restock| AskLine { line_no, quantity, restock };
    let restock = |yes| if yes { Restock::Yes } else { Restock::No };
    Ok(rows.into_iter().map(|row| line(row.line_no, row.quantity, restock(row.restock))).collect())
}

/// Each vendor's share of a refund.
pub async fn parts(db: &mut PgConnection, refund: &Refund) -> Result<Vec<Part>, Error> {
    let rows = sqlx::query!(
        r#"select vendor_id as "vendor_id: VendorId", amount, commission
           from refund_shares
           where refund_id = $1
           order by vendor_id"#,
        refund.id.0,
    )
    .fetch_all(db)
    .await?;
    let money = |amount| Money::new(amount, refund.amount.currency());
    rows.into_iter()
        .map(|row| {
            Ok(Part {
                vendor_id: row.vendor_id,
                amount: money(row.amount)?,
                commission: money(row.commission)?,
            })
        })
        .collect()
}

/// The part of each vendor's share of an order that refunds, except failed ones, have taken: amount and commission.
pub async fn taken(
    db: &mut PgConnection,
    order_id: OrderId,
    currency: Currency,
) -> Result<HashMap<VendorId, (Money, Money)>, Error> {
    let rows = sqlx::query!(
        r#"select s.vendor_id as "vendor_id: VendorId", sum(s.amount) as "amount!", sum(s.commission) as "commission!"
           from refunds r
           join refund_shares s on s.refund_id = r.id
           where r.order_id = $1 and r.status not in ('failed', 'cancelled')
           group by s.vendor_id"#,
        order_id.0,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok((row.vendor_id, (Money::new(row.amount, currency)?, Money::new(row.commission, currency)?)))
        })
        .collect()
}

/// Changes a refund and stores what the gateway said. A reference belongs to one refund.
pub async fn record(
    db: &mut PgConnection,
    id: RefundId,
    status: RefundStatus,
    reference: Option<&str>,
    failure: Option<&str>,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "update refunds
         set status = $2, reference = coalesce($3, reference), failure = coalesce($4, failure), updated_at = $5
         where id = $1",
        id.0,
        status.as_str(),
        reference,
        failure,
        now,
    )
    .execute(db)
    .await
    .map_err(|error| match violated_constraint(&error) {
        Some("refunds_reference_key") => Error::ReferenceTaken,
        _ => error.into(),
    })?;
    Ok(())
}

/// The gateway says that it is still processing the refund.
pub async fn mark_seen(db: &mut PgConnection, id: RefundId, now: Timestamp) -> Result<(), Error> {
    sqlx::query!("update refunds set last_seen_at = $2 where id = $1", id.0, now).execute(db).await?;
    Ok(())
}

/// Stores an administrator's decision about a refund.
pub async fn resolve(
    db: &mut PgConnection,
    id: RefundId,
    decision: &Decision<'_>,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "update refunds
         set resolution = $2, resolution_reason = $3, resolved_by = $4, resolved_at = $5
         where id = $1",
        id.0,
        decision.outcome.as_str(),
        decision.reason,
        decision.by.0,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes the gateway's reference from a refund, for the one that the gateway made under it.
pub async fn give_up_reference(db: &mut PgConnection, id: RefundId) -> Result<(), Error> {
    sqlx::query!("update refunds set reference = null where id = $1", id.0).execute(db).await?;
    Ok(())
}

/// The gateway is about to be called, perhaps again. A refund that has moved on by then keeps its state: a worker may
/// be late, with its lease lost, and act on an old read.
pub async fn mark_submitted(db: &mut PgConnection, id: RefundId, now: Timestamp) -> Result<(), Error> {
    sqlx::query!(
        "update refunds
         set status = 'submitted', updated_at = $2
         where id = $1 and status in ('requested', 'submitted')",
        id.0,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Stock returns once, whatever happens to the money later.
pub async fn mark_restocked(db: &mut PgConnection, id: RefundId, now: Timestamp) -> Result<(), Error> {
    sqlx::query!("update refunds set restocked_at = $2 where id = $1 and restocked_at is null", id.0, now)
        .execute(db)
        .await?;
    Ok(())
}
