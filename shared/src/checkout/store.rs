//! All SQL of checkout: stored answers, carts and the current state of their lines in the catalog.

use std::collections::HashMap;

use rust_decimal::Decimal;
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::limits::{Open, OpenOrders, Tally, Worth};
use super::{Accepted, CartLine, Limits, Request};
use crate::catalog::DEFAULT_TITLE;
use crate::kernel::ids::{CartItemId, ProductId, UserId, VariantId, VendorId};
use crate::kernel::{Timestamp, columns};

const OPERATION: &str = "checkout";

/// Takes the lock of each request's key, and with it the lock of the customer's cart, until the transaction ends.
/// `false`: another request with this key is in progress.
///
/// The locks are a separate statement, so that the next ones see what the last holders committed. Carts are locked in id
/// order. Under its lock a cart becomes one order, and is not changed meanwhile.
pub(super) async fn lock(db: &mut PgConnection, requests: &[Request]) -> Result<Vec<bool>, sqlx::Error> {
    let customers: Vec<Uuid> = requests.iter().map(|request| request.customer.0).collect();
    let keys: Vec<String> = requests.iter().map(|request| request.key.clone()).collect();
    let rows = sqlx::query!(
        r#"with asked as materialized (
             select customer_id, index, pg_try_advisory_xact_lock(hashtextextended(customer_id || ':' || key, 0)) as locked
             from unnest($1::uuid[], $2::text[]) with ordinality as u (customer_id, key, index)
           ), cart as materialized (
             select customer_id
             from carts
             where customer_id in (select customer_id from asked where locked)
             order by customer_id
             for update
           )
           select locked as "locked!", (select count(*) from cart) as carts  -- what is not read is not run
           from asked
           order by index"#,
        &customers,
        &keys,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| row.locked).collect())
}

/// A stored answer and the request it belongs to.
pub(super) struct Stored {
    pub fingerprint: Vec<u8>,
    pub answer: Value,
}

/// The stored answers to earlier requests with these keys.
pub(super) async fn stored(
    db: &mut PgConnection,
    requests: &[Request],
) -> Result<HashMap<(UserId, String), Stored>, sqlx::Error> {
    let callers: Vec<Uuid> = requests.iter().map(|request| request.customer.0).collect();
    let keys: Vec<String> = requests.iter().map(|request| request.key.clone()).collect();
    let rows = sqlx::query!(
        r#"select caller_id as "caller_id: UserId", k.key, fingerprint, answer
           from unnest($1::uuid[], $2::text[]) as u (caller, key)
           join idempotency_keys k on k.caller_id = u.caller and k.operation = $3 and k.key = u.key"#,
        &callers,
        &keys,
        OPERATION,
    )
    .fetch_all(db)
    .await?;
    let stored = rows
        .into_iter()
        .map(|row| ((row.caller_id, row.key), Stored { fingerprint: row.fingerprint, answer: row.answer }));
    Ok(stored.collect())
}

/// A line of a cart with the current state of the catalog, and its customer's open unpaid orders, which every line of a
/// customer repeats.
struct Row {
    id: CartItemId,
    customer_id: UserId,
    variant_id: VariantId,
    quantity: i32,
    shown_price: Option<Decimal>,
    shown_currency: Option<String>,
    product_id: ProductId,
    sku: Option<String>,
    variant_title: String,
    options: String,
    price: Decimal,
    currency: String,
    title: String,
    handle: String,
    image_url: Option<String>,
    vendor_id: VendorId,
    vendor_name: String,
    commission_rate: Decimal,
    cash_on_delivery: bool,
    sold: bool,
    /// Orders and pieces of the open cash orders, then of the open unpaid ones.
    tally: Option<Vec<i64>>,
    worth: Option<Json<Vec<Worth>>>,
}

impl Row {
    fn open(&self) -> Open {
        let count = |index: usize| self.tally.as_ref().map_or(0, |tally| tally[index].unsigned_abs());
        Open {
            cash: Tally { orders: count(0), pieces: count(1) },
            unpaid: Tally { orders: count(2), pieces: count(3) },
            worth: self.worth.as_ref().map_or_else(Vec::new, |Json(worth)| worth.clone()),
        }
    }

    fn line(self) -> Result<CartLine, sqlx::Error> {
        Ok(CartLine {
            id: self.id,
            variant_id: self.variant_id,
            product_id: self.product_id,
            vendor_id: self.vendor_id,
            vendor_name: self.vendor_name,
            commission_rate: self.commission_rate,
            cash_on_delivery: self.cash_on_delivery,
            sku: self.sku,
            title: full_title(self.title, &self.variant_title),
            options: self.options,
            product_handle: self.handle,
            image_url: self.image_url,
            price: columns::money(self.price, &self.currency)?,
            shown_price: columns::money_if_any(self.shown_price, self.shown_currency.as_deref())?,
            quantity: self.quantity,
            sold: self.sold,
        })
    }
}

/// The lines of carts with current names, prices and rates, and the customers' open unpaid orders.
///
/// Open orders are found by the index `orders_of_customer`, among those of the last days. Under the carts' locks none
/// can be added meanwhile.
pub(super) async fn carts(
    db: &mut PgConnection,
    customers: &[UserId],
    limits: &Limits,
    now: Timestamp,
) -> Result<(HashMap<UserId, Vec<CartLine>>, OpenOrders), Failed> {
    let (since, currencies) = (limits.since(now), limits.currencies());
    let rows = sqlx::query_as!(
        Row,
        r#"with open as materialized (
             select customer_id,
                    array[count(*) filter (where cash), coalesce(sum(pieces) filter (where cash), 0),
                          count(*) filter (where not cash), coalesce(sum(pieces) filter (where not cash), 0)] as tally,
                    json_agg(json_build_object('cash', cash, 'currency', currency, 'value', total::text))
                      filter (where currency = any($3)) as worth
             from (
               select customer_id, payment_method = 'cash_on_delivery' or total = 0 as cash, currency, total,
                      coalesce(pieces, (select sum(quantity)::int from order_items where order_id = orders.id)) as pieces
               from orders
               where customer_id = any($1) and id >= $2
                 and (status in ('pending', 'awaiting_payment')
                      or status in ('confirmed', 'processing') and (payment_method = 'cash_on_delivery' or total = 0))
             ) o
             group by customer_id
           )
           select c.id as "id: CartItemId", c.customer_id as "customer_id: UserId",
                  c.variant_id as "variant_id: VariantId", c.quantity, c.shown_price, c.shown_currency,
                  v.product_id as "product_id: ProductId", v.sku, v.title as variant_title, v.price, v.currency,
                  v.options::text as "options!", p.handle, p.title, p.vendor_id as "vendor_id: VendorId",
                  s.name as vendor_name, s.commission_rate, s.cash_on_delivery,
                  open.tally as "tally?: Vec<i64>", open.worth as "worth?: Json<Vec<Worth>>",
                  (select url from product_images where product_id = p.id order by position, id limit 1) as image_url,
                  v.active and p.status = 'approved' and s.status = 'approved' as "sold!"
           from cart_items c
           join variants v on v.id = c.variant_id
           join products p on p.id = v.product_id
           join vendors s on s.id = p.vendor_id
           left join open on open.customer_id = c.customer_id
           where c.customer_id = any($1)
           order by c.customer_id, c.id"#,
        customers as &[UserId],
        since.0,
        &currencies,
    )
    .fetch_all(db)
    .await?;
    let (mut carts, mut open) = (HashMap::<UserId, Vec<CartLine>>::new(), OpenOrders::new());
    for row in rows {
        open.entry(row.customer_id).or_insert_with(|| row.open());
        carts.entry(row.customer_id).or_default().push(row.line()?);
    }
    Ok((carts, open))
}

/// The product's title, followed by the variant's unless that adds nothing.
fn full_title(product: String, variant: &str) -> String {
    if variant.is_empty() || variant == DEFAULT_TITLE { product } else { format!("{product} – {variant}") }
}

/// Removes the bought lines from locked carts and stores the answers, in one statement. Lines are found by their
/// customers, who are fewer.
pub(super) async fn close(
    db: &mut PgConnection,
    placed: &[(&Request, Accepted)],
    taken: &[CartItemId],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let callers: Vec<Uuid> = placed.iter().map(|(request, _)| request.customer.0).collect();
    let keys: Vec<String> = placed.iter().map(|(request, _)| request.key.clone()).collect();
    let fingerprints: Vec<Vec<u8>> = placed.iter().map(|(request, _)| request.fingerprint.to_vec()).collect();
    let answer = |accepted: &Accepted| serde_json::to_value(accepted).expect("answers are plain data");
    let answers: Vec<Value> = placed.iter().map(|(_, accepted)| answer(accepted)).collect();
    sqlx::query!(
        "with bought as (
           delete from cart_items where customer_id = any($1) and id = any($7)
         )
         insert into idempotency_keys (caller_id, operation, key, fingerprint, status_code, answer, created_at)
         select caller, $5, key, fingerprint, 202, answer, $6
         from unnest($1::uuid[], $2::text[], $3::bytea[], $4::jsonb[]) as u (caller, key, fingerprint, answer)",
        &callers,
        &keys,
        &fingerprints,
        &answers,
        OPERATION,
        now,
        taken as &[CartItemId],
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The database failed, or has a row that this code can't read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failed {
    /// Not transparent: `db::is_away` looks for the database's own error among the sources.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Orders(#[from] crate::orders::Error),
}
