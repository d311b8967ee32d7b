//! The SQL of carts. It also reads catalog, shops and stock, because a line shows their current state.

use std::collections::BTreeMap;

use money::Money;
use rust_decimal::Decimal;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::put_back::{Held, Puts};
use crate::catalog::Options;
use crate::kernel::ids::{CartItemId, ProductId, UserId, VariantId, VendorId};
use crate::kernel::{Timestamp, columns};
use crate::vendors::Shop;

/// A line with the current state of catalog, shop and stock.
#[derive(Clone, Debug)]
pub struct LineRow {
    pub id: CartItemId,
    pub variant_id: VariantId,
    pub product_id: ProductId,
    pub vendor: Shop,
    /// Whether the shop accepts cash on delivery.
    pub cash_on_delivery: bool,
    pub product_title: String,
    pub variant_title: String,
    pub options: Options,
    pub sku: Option<String>,
    pub image_url: Option<String>,
    pub unit_price: Money,
    /// The price it was last shown with; `None` in lines from before such prices were stored.
    pub shown_price: Option<Money>,
    pub quantity: u32,
    pub available: u32,
    /// Whether the variant is active, and product and shop are approved.
    pub for_sale: bool,
}

/// Creates the cart if there is none and locks its row until the transaction ends. Everything that changes a cart or
/// turns it into an order takes this lock first.
pub async fn lock(db: &mut PgConnection, customer: UserId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into carts (customer_id, updated_at)
        values ($1, $2)
        on conflict (customer_id) do update
        set updated_at = excluded.updated_at
        "#,
        customer.0,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Locks the carts of these customers, in id order as checkout does. Returns the customers that have a cart.
pub async fn lock_many(db: &mut PgConnection, customers: &[UserId]) -> Result<Vec<UserId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select customer_id as "customer_id: UserId"
        from carts
        where customer_id = any($1)
        order by customer_id
        for no key update
        "#,
        customers as &[UserId],
    )
    .fetch_all(db)
    .await
}

/// The pieces in locked carts by variant, by `cart_items_variant_once`.
pub async fn held(db: &mut PgConnection, customers: &[UserId]) -> Result<Held, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select customer_id as "customer_id: UserId", variant_id as "variant_id: VariantId", quantity
        from cart_items
        where customer_id = any($1)
        "#,
        customers as &[UserId],
    )
    .fetch_all(db)
    .await?;
    let mut held: Held = customers.iter().map(|customer| (*customer, BTreeMap::new())).collect();
    for row in rows {
        held.entry(row.customer_id).or_default().insert(row.variant_id, not_negative(row.quantity));
    }
    Ok(held)
}

/// Sets the pieces of variants in locked carts. Like [`put`], for many in one statement.
pub async fn put_many(db: &mut PgConnection, wanted: &Puts, now: Timestamp) -> Result<(), sqlx::Error> {
    let ids: Vec<CartItemId> = wanted.iter().map(|_| CartItemId::new()).collect();
    let customers: Vec<UserId> = wanted.keys().map(|(customer, _)| *customer).collect();
    let variants: Vec<VariantId> = wanted.keys().map(|(_, variant)| *variant).collect();
    let pieces = wanted.values().map(|one| i32::try_from(one.quantity).unwrap_or(i32::MAX));
    let pieces: Vec<i32> = pieces.collect();
    let prices: Vec<Decimal> = wanted.values().map(|one| one.price.amount()).collect();
    let currencies: Vec<String> = wanted.values().map(|one| one.price.currency().to_string()).collect();
    sqlx::query!(
        r#"
        insert into cart_items (id, customer_id, variant_id, quantity, shown_price, shown_currency, added_at)
        select u.id, u.customer_id, u.variant_id, u.quantity, u.price, u.currency, $7
        from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::numeric[], $6::text[])
            as u (id, customer_id, variant_id, quantity, price, currency)
        on conflict on constraint cart_items_variant_once do update
        set quantity = excluded.quantity
        "#,
        &ids as &[CartItemId],
        &customers as &[UserId],
        &variants as &[VariantId],
        &pieces,
        &prices,
        &currencies,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// All lines in the order they were added, by `cart_items_variant_once` and primary keys.
pub async fn lines(db: &mut PgConnection, customer: UserId) -> Result<Vec<LineRow>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select ci.id as "id: CartItemId", ci.variant_id as "variant_id: VariantId", ci.quantity,
            ci.shown_price, ci.shown_currency,
            p.id as "product_id: ProductId", p.title as product_title, va.title as variant_title,
            va.options as "options: Json<Options>", p.option_names, va.sku, va.price, va.currency,
            v.id as "vendor_id: VendorId", v.slug as vendor_slug, v.name as vendor_name,
            v.cash_on_delivery,
            picture.url as "image_url?", coalesce(i.on_hand - i.reserved, 0) as "available!",
            (va.active and p.status = 'approved' and v.status = 'approved') as "for_sale!"
        from cart_items ci
        join variants va on va.id = ci.variant_id
        join products p on p.id = va.product_id
        join vendors v on v.id = p.vendor_id
        left join inventory i on i.variant_id = ci.variant_id
        left join lateral (
            select url
            from product_images
            where product_id = p.id
            order by position, id
            limit 1
        ) picture on true
        where ci.customer_id = $1
        order by ci.id
        "#,
        customer.0,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(LineRow {
                id: row.id,
                variant_id: row.variant_id,
                product_id: row.product_id,
                vendor: Shop { id: row.vendor_id, slug: row.vendor_slug, name: row.vendor_name },
                cash_on_delivery: row.cash_on_delivery,
                product_title: row.product_title,
                variant_title: row.variant_title,
                options: row.options.0.in_order_of(&row.option_names),
                sku: row.sku,
                image_url: row.image_url,
                unit_price: columns::money(row.price, &row.currency)?,
                shown_price: columns::money_if_any(row.shown_price, row.shown_currency.as_deref())?,
                quantity: not_negative(row.quantity),
                available: not_negative(row.available),
                for_sale: row.for_sale,
            })
        })
        .collect()
}

/// The checks of the columns keep these numbers at zero or above.
fn not_negative(pieces: i32) -> u32 {
    u32::try_from(pieces).unwrap_or(0)
}

/// The current price of a variant, and the available pieces.
#[derive(Clone, Copy, Debug)]
pub struct Offer {
    pub price: Money,
    pub available: u32,
}

/// The offer of a variant; `None` if it is not for sale. No lock: a cart reserves nothing.
pub async fn for_sale(db: &mut PgConnection, variant: VariantId) -> Result<Option<Offer>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select va.price, va.currency, coalesce(i.on_hand - i.reserved, 0) as "available!"
        from variants va
        join products p on p.id = va.product_id and p.status = 'approved'
        join vendors v on v.id = p.vendor_id and v.status = 'approved'
        left join inventory i on i.variant_id = va.id
        where va.id = $1 and va.active
        "#,
        variant.0,
    )
    .fetch_optional(db)
    .await?;
    let offer = row.map(|row| {
        let price = columns::money(row.price, &row.currency)?;
        Ok(Offer { price, available: not_negative(row.available) })
    });
    offer.transpose()
}

/// The number of pieces of a variant in the cart, by `cart_items_variant_once`.
pub async fn find_by_variant(
    db: &mut PgConnection,
    customer: UserId,
    variant: VariantId,
) -> Result<Option<u32>, sqlx::Error> {
    let quantity = sqlx::query_scalar!(
        r#"
        select quantity
        from cart_items
        where customer_id = $1 and variant_id = $2
        "#,
        customer.0,
        variant.0,
    )
    .fetch_optional(db)
    .await?;
    Ok(quantity.map(not_negative))
}

/// The variant of a line, if the line belongs to this customer.
pub async fn variant_of(
    db: &mut PgConnection,
    customer: UserId,
    item: CartItemId,
) -> Result<Option<VariantId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select variant_id as "variant_id: VariantId"
        from cart_items
        where id = $1 and customer_id = $2
        "#,
        item.0,
        customer.0,
    )
    .fetch_optional(db)
    .await
}

/// The number of lines in the cart.
pub async fn count(db: &mut PgConnection, customer: UserId) -> Result<usize, sqlx::Error> {
    let count = sqlx::query_scalar!(
        r#"
        select count(*) as "count!"
        from cart_items
        where customer_id = $1
        "#,
        customer.0,
    )
    .fetch_one(db)
    .await?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// Sets the quantity of a variant in a locked cart, within 1 and 10,000. A new line is created with this price as
/// shown. An existing line keeps its own, so that the next view announces a change.
pub async fn put(
    db: &mut PgConnection,
    customer: UserId,
    variant: VariantId,
    quantity: u32,
    price: Money,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into cart_items (id, customer_id, variant_id, quantity, shown_price, shown_currency, added_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict on constraint cart_items_variant_once do update
        set quantity = excluded.quantity
        "#,
        CartItemId::new().0,
        customer.0,
        variant.0,
        i32::try_from(quantity).unwrap_or(i32::MAX),
        price.amount(),
        price.currency().to_string(),
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Removes lines from the customer's own cart and returns their number. Locks the cart first, for callers that have
/// not: viewing a cart removes lines too, and a checkout may run at the same time.
pub async fn delete_items(
    db: &mut PgConnection,
    customer: UserId,
    items: &[CartItemId],
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        r#"
        delete from cart_items ci
        using (
            select customer_id
            from carts
            where customer_id = $1
            for no key update
        ) cart
        where ci.customer_id = cart.customer_id and ci.id = any($2)
        "#,
        customer.0,
        items as &[CartItemId],
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Stores the prices that the owner is shown now. Locks the cart first, as [`delete_items`] does.
pub async fn set_shown_prices(
    db: &mut PgConnection,
    customer: UserId,
    shown: &[(CartItemId, Money)],
) -> Result<(), sqlx::Error> {
    let items: Vec<CartItemId> = shown.iter().map(|(item, _)| *item).collect();
    let prices: Vec<Decimal> = shown.iter().map(|(_, price)| price.amount()).collect();
    let currencies: Vec<String> = shown.iter().map(|(_, price)| price.currency().to_string()).collect();
    sqlx::query!(
        r#"
        update cart_items ci
        set shown_price = shown.price, shown_currency = shown.currency
        from (
            select customer_id
            from carts
            where customer_id = $1
            for no key update
        ) cart
        cross join unnest($2::uuid[], $3::numeric[], $4::text[]) as shown (item, price, currency)
        where ci.customer_id = cart.customer_id and ci.id = shown.item
        "#,
        customer.0,
        &items as &[CartItemId],
        &prices,
        &currencies,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Empties a locked cart.
pub async fn delete_all(db: &mut PgConnection, customer: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        delete from cart_items
        where customer_id = $1
        "#,
        customer.0,
    )
    .execute(db)
    .await?;
    Ok(())
}
