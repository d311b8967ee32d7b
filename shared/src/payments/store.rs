//! All SQL of payments. The order is always locked before its payment.

use money::{Currency, Money, MoneyError};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Error, Failure, FailureCode, Observation, Payer, Payment, PaymentStatus, Provider};
use crate::kernel::Timestamp;
use crate::kernel::ids::{OrderId, PaymentId, smallest_at};

/// An attempt about to be written, `creating`.
#[derive(Clone, Debug)]
pub struct NewPayment {
    pub id: PaymentId,
    pub order_id: OrderId,
    pub gateway: Provider,
    pub amount: Money,
    pub closes_at: Timestamp,
}

/// Writes attempts. The index `payments_one_open_per_order` refuses a second open one of an order.
pub async fn insert(db: &mut PgConnection, payments: &[NewPayment], now: Timestamp) -> Result<(), Error> {
    let ids: Vec<Uuid> = payments.iter().map(|payment| payment.id.0).collect();
    let orders: Vec<Uuid> = payments.iter().map(|payment| payment.order_id.0).collect();
    let gateways: Vec<String> = payments.iter().map(|payment| payment.gateway.as_str().to_owned()).collect();
    let currencies: Vec<String> =
        payments.iter().map(|payment| payment.amount.currency().to_string()).collect();
    let amounts: Vec<Decimal> = payments.iter().map(|payment| payment.amount.amount()).collect();
    let closes: Vec<Timestamp> = payments.iter().map(|payment| payment.closes_at).collect();
    sqlx::query!(
        "insert into payments (id, order_id, gateway, status, currency, amount, payer, closes_at, created_at, updated_at)
         select u.id, u.order_id, u.gateway, 'creating', u.currency, u.amount,
                jsonb_build_object('email', c.email, 'name', c.full_name, 'phone', coalesce(o.shipping_address->>'phone', c.phone)),
                u.closes_at, $7, $7
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::numeric[], $6::timestamptz[])
             as u (id, order_id, gateway, currency, amount, closes_at)
         join orders o on o.id = u.order_id
         join users c on c.id = o.customer_id",
        &ids,
        &orders,
        &gateways,
        &currencies,
        &amounts,
        &closes,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether an attempt of this gateway that was written since then has got its page, by the primary key.
pub async fn any_page_since(
    db: &mut PgConnection,
    gateway: Provider,
    since: Timestamp,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (
             select from payments
             where id >= $1 and created_at >= $2 and gateway = $3 and redirect_url is not null
           ) as "any!""#,
        smallest_at(since),
        since,
        gateway.as_str(),
    )
    .fetch_one(db)
    .await
}

struct Row {
    id: PaymentId,
    order_id: OrderId,
    gateway: Provider,
    status: PaymentStatus,
    currency: String,
    amount: Decimal,
    captured_currency: Option<String>,
    captured_amount: Decimal,
    refunding_amount: Decimal,
    refunded_amount: Decimal,
    reference: Option<String>,
    payer: Option<Json<Payer>>,
    charge_reference: Option<String>,
    failure: Option<String>,
    failure_code: Option<FailureCode>,
    left_at: Option<Timestamp>,
    closes_at: Timestamp,
    created_at: Timestamp,
}

impl TryFrom<Row> for Payment {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let currency: Currency = row.currency.parse().map_err(MoneyError::from)?;
        let came =
            row.captured_currency.as_deref().map_or(Ok(currency), str::parse).map_err(MoneyError::from)?;
        let money = |amount| Money::new(amount, came);
        Ok(Self {
            id: row.id,
            order_id: row.order_id,
            gateway: row.gateway,
            status: row.status,
            amount: Money::new(row.amount, currency)?,
            captured: money(row.captured_amount)?,
            refunding: money(row.refunding_amount)?,
            refunded: money(row.refunded_amount)?,
            reference: row.reference,
            payer: row.payer.map(|Json(payer)| payer),
            charge_reference: row.charge_reference,
            failure: failure(row.failure_code, row.failure),
            left_at: row.left_at,
            closes_at: row.closes_at,
            created_at: row.created_at,
        })
    }
}

/// A failure without a code was written by an earlier version.
fn failure(code: Option<FailureCode>, detail: Option<String>) -> Option<Failure> {
    let code = code.or(detail.is_some().then_some(FailureCode::Refused))?;
    Some(Failure { code, detail })
}

/// The columns of whole attempts, listed once for all reads.
macro_rules! read {
    ($rest:tt, $($argument:expr),+) => {
        sqlx::query_as!(
            Row,
            r#"select id as "id: PaymentId", order_id as "order_id: OrderId", gateway as "gateway: Provider",
                      status as "status: PaymentStatus", currency, amount, captured_currency, captured_amount,
                      refunding_amount, refunded_amount, reference, payer as "payer: Json<Payer>", charge_reference, failure,
                      failure_code as "failure_code: FailureCode", left_at, closes_at, created_at
               from payments
               "# + $rest,
            $($argument),+
        )
    };
}

/// Reads an attempt without locking it.
pub async fn find(db: &mut PgConnection, id: PaymentId) -> Result<Payment, Error> {
    read!("where id = $1", id.0).fetch_optional(db).await?.ok_or(Error::Missing)?.try_into()
}

/// Locks an attempt. Its order must be locked.
pub async fn lock(db: &mut PgConnection, id: PaymentId) -> Result<Payment, Error> {
    read!("where id = $1 for no key update", id.0).fetch_optional(db).await?.ok_or(Error::Missing)?.try_into()
}

/// All attempts of an order, oldest first, by the index `payments_of_order`.
pub async fn of_order(db: &mut PgConnection, order_id: OrderId) -> Result<Vec<Payment>, Error> {
    let rows = read!("where order_id = $1 order by id", order_id.0).fetch_all(db).await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The attempt with this reference of the hosted payment at the gateway.
pub async fn find_by_reference(
    db: &mut PgConnection,
    gateway: Provider,
    reference: &str,
) -> Result<Option<Payment>, Error> {
    let found = read!("where gateway = $1 and reference = $2", gateway.as_str(), reference);
    found.fetch_optional(db).await?.map(TryInto::try_into).transpose()
}

/// The attempt whose money a gateway knows under this reference. By the index `payments_of_charge`.
pub async fn find_by_charge(
    db: &mut PgConnection,
    gateway: Provider,
    charge: &str,
) -> Result<Option<Payment>, Error> {
    let found = read!("where gateway = $1 and charge_reference = $2 limit 1", gateway.as_str(), charge);
    found.fetch_optional(db).await?.map(TryInto::try_into).transpose()
}

/// Changes an attempt that holds no money, and stores what the gateway said.
pub async fn record(
    db: &mut PgConnection,
    id: PaymentId,
    status: PaymentStatus,
    seen: &Observation,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "update payments
         set status = $2, reference = coalesce($3, reference), charge_reference = coalesce($4, charge_reference),
             redirect_url = coalesce($5, redirect_url), failure_code = $6, failure = $8, updated_at = $7, asked_at = $7
         where id = $1",
        id.0,
        status.as_str(),
        seen.reference,
        seen.charge_reference,
        seen.redirect_url,
        seen.failure.as_ref().map(|failure| failure.code.as_str()),
        now,
        seen.failure.as_ref().and_then(|failure| failure.detail.as_deref()),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A call was sent and no clear answer came back. Only an attempt without a page can become unknown. The reason is
/// stored with the job: customers see the failure of an attempt, and this reason does not concern them.
pub async fn mark_unknown(db: &mut PgConnection, id: PaymentId, now: Timestamp) -> Result<(), Error> {
    sqlx::query!(
        "update payments
         set status = 'unknown', updated_at = $2, asked_at = $2
         where id = $1 and status in ('creating', 'unknown')",
        id.0,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends an open attempt without money.
pub async fn close(
    db: &mut PgConnection,
    id: PaymentId,
    status: PaymentStatus,
    failure: &Failure,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "update payments
         set status = $2, failure_code = $3, failure = $5, updated_at = $4
         where id = $1 and status in ('creating', 'unknown', 'open', 'processing')",
        id.0,
        status.as_str(),
        failure.code.as_str(),
        now,
        failure.detail,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Records that the customer's browser left the page of an open attempt. It proves nothing, so nothing else changes.
pub async fn mark_left(db: &mut PgConnection, id: PaymentId, now: Timestamp) -> Result<(), Error> {
    sqlx::query!(
        "update payments
         set left_at = $2
         where id = $1 and left_at is null and status in ('creating', 'unknown', 'open')",
        id.0,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Money arrived: `Captured` or `Surplus`. The currency is the one that was received.
pub async fn capture(
    db: &mut PgConnection,
    id: PaymentId,
    status: PaymentStatus,
    seen: &Observation,
    now: Timestamp,
) -> Result<(), Error> {
    debug_assert!(status.has_money(), "capturing means holding money");
    sqlx::query!(
        "update payments
         set status = $2, captured_currency = $3, captured_amount = $4, reference = coalesce($5, reference),
             charge_reference = coalesce($6, charge_reference), failure = null, failure_code = null, updated_at = $7, asked_at = $7
         where id = $1",
        id.0,
        status.as_str(),
        seen.amount.currency().to_string(),
        seen.amount.amount(),
        seen.reference,
        seen.charge_reference,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Adds what a later message says about the money: a capture may be reported before its charge has a name.
pub async fn name_charge(
    db: &mut PgConnection,
    id: PaymentId,
    charge: &str,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "update payments set charge_reference = $2, updated_at = $3 where id = $1 and charge_reference is null",
        id.0,
        charge,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Changes the refund sums of a payment, promised and paid back, each by a signed amount. The check
/// `payments_refunds_within_captured` refuses sums beyond the capture.
pub async fn shift_refunds(
    db: &mut PgConnection,
    id: PaymentId,
    promised: Money,
    paid_back: Money,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "update payments
         set refunding_amount = refunding_amount + $2, refunded_amount = refunded_amount + $3, updated_at = $4
         where id = $1",
        id.0,
        promised.amount(),
        paid_back.amount(),
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}
