//! Writes new orders: any number of them in one statement, which is one round trip and one commit.

use rust_decimal::Decimal;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::kernel::Timestamp;
use crate::kernel::ids::{OrderId, ProductId, UserId, VariantId, VendorId, VendorOrderId};
use crate::orders::{Error, PaymentMethod, number};
use money::Money;

/// An order as quoted by checkout.
#[derive(Clone, Debug)]
pub struct NewOrder {
    pub id: OrderId,
    pub number: String,
    pub customer_id: UserId,
    pub payment_method: PaymentMethod,
    pub total: Money,
    pub shipping_address: Value,
    pub parts: Vec<NewPart>,
}

impl NewOrder {
    /// Pieces of all lines.
    #[must_use]
    pub fn pieces(&self) -> u64 {
        let lines = self.parts.iter().flat_map(|part| &part.lines);
        lines.map(|line| u64::from(line.quantity.unsigned_abs())).sum()
    }
}

/// One vendor's part.
#[derive(Clone, Debug)]
pub struct NewPart {
    pub id: VendorOrderId,
    pub vendor_id: VendorId,
    pub vendor_name: String,
    pub total: Money,
    pub commission_rate: Decimal,
    pub commission: Money,
    pub lines: Vec<NewLine>,
}

/// One line, with the current name, price, options and picture.
#[derive(Clone, Debug)]
pub struct NewLine {
    pub line_no: i16,
    pub variant_id: VariantId,
    pub product_id: ProductId,
    pub sku: Option<String>,
    pub title: String,
    /// The text of a JSON object.
    pub options: String,
    pub product_handle: String,
    pub image_url: Option<String>,
    pub unit_price: Money,
    pub quantity: i32,
}

/// The next order numbers. Gaps are fine: an unused number is lost.
pub async fn next_numbers(db: &mut PgConnection, count: usize) -> Result<Vec<String>, Error> {
    let count = i32::try_from(count).expect("batches are small");
    let drawn = sqlx::query!(
        r#"select nextval('order_numbers') as "n!", (select rounds from order_number_key) as "rounds!"
           from generate_series(1, $1)"#,
        count,
    )
    .fetch_all(db)
    .await?;
    let number = |n, rounds: Vec<i64>| {
        let rounds: [i64; 4] =
            rounds.try_into().expect("the key has four rounds: order_number_key_rounds_counted");
        number::from_sequence(n, &rounds.map(i64::cast_unsigned))
    };
    Ok(drawn.into_iter().map(|row| number(row.n, row.rounds)).collect())
}

/// The columns of all parts and all lines of a batch, as the statement needs them.
#[derive(Default)]
struct Columns {
    parts: Parts,
    lines: Lines,
}

#[derive(Default)]
struct Parts {
    ids: Vec<Uuid>,
    orders: Vec<Uuid>,
    vendors: Vec<Uuid>,
    names: Vec<String>,
    totals: Vec<Decimal>,
    rates: Vec<Decimal>,
    commissions: Vec<Decimal>,
}

#[derive(Default)]
struct Lines {
    orders: Vec<Uuid>,
    numbers: Vec<i16>,
    vendors: Vec<Uuid>,
    variants: Vec<Uuid>,
    products: Vec<Uuid>,
    skus: Vec<Option<String>>,
    titles: Vec<String>,
    options: Vec<String>,
    handles: Vec<String>,
    images: Vec<Option<String>>,
    prices: Vec<Decimal>,
    quantities: Vec<i32>,
}

impl Columns {
    fn of(orders: &[NewOrder]) -> Self {
        let mut columns = Self::default();
        for order in orders {
            for part in &order.parts {
                columns.parts.push(order, part);
                for line in &part.lines {
                    columns.lines.push(order, part, line);
                }
            }
        }
        columns
    }
}

impl Parts {
    fn push(&mut self, order: &NewOrder, part: &NewPart) {
        self.ids.push(part.id.0);
        self.orders.push(order.id.0);
        self.vendors.push(part.vendor_id.0);
        self.names.push(part.vendor_name.clone());
        self.totals.push(part.total.amount());
        self.rates.push(part.commission_rate);
        self.commissions.push(part.commission.amount());
    }
}

impl Lines {
    fn push(&mut self, order: &NewOrder, part: &NewPart, line: &NewLine) {
        self.orders.push(order.id.0);
        self.numbers.push(line.line_no);
        self.vendors.push(part.vendor_id.0);
        self.variants.push(line.variant_id.0);
        self.products.push(line.product_id.0);
        self.skus.push(line.sku.clone());
        self.titles.push(line.title.clone());
        self.options.push(line.options.clone());
        self.handles.push(line.product_handle.clone());
        self.images.push(line.image_url.clone());
        self.prices.push(line.unit_price.amount());
        self.quantities.push(line.quantity);
    }
}

/// Writes orders with their parts, lines and first history row, all `pending`.
pub async fn insert(db: &mut PgConnection, orders: &[NewOrder], now: Timestamp) -> Result<(), Error> {
    let Columns { parts, lines } = Columns::of(orders);
    let ids: Vec<Uuid> = orders.iter().map(|order| order.id.0).collect();
    let numbers: Vec<String> = orders.iter().map(|order| order.number.clone()).collect();
    let customers: Vec<Uuid> = orders.iter().map(|order| order.customer_id.0).collect();
    let methods: Vec<String> = orders.iter().map(|order| order.payment_method.as_str().to_owned()).collect();
    let currencies: Vec<String> = orders.iter().map(|order| order.total.currency().to_string()).collect();
    let totals: Vec<Decimal> = orders.iter().map(|order| order.total.amount()).collect();
    let addresses: Vec<Value> = orders.iter().map(|order| order.shipping_address.clone()).collect();
    let pieces = orders.iter().map(|order| i32::try_from(order.pieces()).unwrap_or(i32::MAX));
    let pieces: Vec<i32> = pieces.collect();
    sqlx::query!(
        "with o as (
           insert into orders (id, number, customer_id, status, payment_method, currency, total,
                               shipping_address, pieces, placed_at, updated_at)
           select id, number, customer_id, 'pending', payment_method, currency, total, address, pieces, $24, $24
           from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::numeric[], $7::jsonb[], $25::int[])
               as u (id, number, customer_id, payment_method, currency, total, address, pieces)
         ), p as (
           insert into vendor_orders (id, order_id, vendor_id, vendor_name, status, total, commission_rate, commission)
           select id, order_id, vendor_id, vendor_name, 'pending', total, rate, commission
           from unnest($8::uuid[], $9::uuid[], $10::uuid[], $11::text[], $12::numeric[], $13::numeric[], $14::numeric[])
               as u (id, order_id, vendor_id, vendor_name, total, rate, commission)
         ), l as (
           insert into order_items (order_id, line_no, vendor_id, variant_id, product_id, sku, title, unit_price, quantity,
                                    options, product_handle, image_url)
           select order_id, line_no, vendor_id, variant_id, product_id, sku, title, unit_price, quantity,
                  options::jsonb, handle, image
           from unnest($15::uuid[], $16::smallint[], $17::uuid[], $18::uuid[], $19::uuid[], $20::text[],
                       $21::text[], $22::numeric[], $23::int[], $26::text[], $27::text[], $28::text[])
               as u (order_id, line_no, vendor_id, variant_id, product_id, sku, title, unit_price, quantity,
                     options, handle, image)
         )
         insert into order_history (order_id, version, status, actor, at)
         select unnest($1::uuid[]), 1, 'pending', 'customer', $24",
        &ids,
        &numbers,
        &customers,
        &methods,
        &currencies,
        &totals,
        &addresses,
        &parts.ids,
        &parts.orders,
        &parts.vendors,
        &parts.names,
        &parts.totals,
        &parts.rates,
        &parts.commissions,
        &lines.orders,
        &lines.numbers,
        &lines.vendors,
        &lines.variants,
        &lines.products,
        &lines.skus as &[Option<String>],
        &lines.titles,
        &lines.prices,
        &lines.quantities,
        now,
        &pieces,
        &lines.options,
        &lines.handles,
        &lines.images as &[Option<String>],
    )
    .execute(db)
    .await?;
    Ok(())
}
