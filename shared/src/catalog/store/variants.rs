//! The SQL of variants.

use money::Money;
use rust_decimal::Decimal;
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::catalog::{Options, Reach, Variant, Viewer};
use crate::kernel::Timestamp;
use crate::kernel::columns;
use crate::kernel::ids::{ProductId, VariantId};

/// A row as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariantRow {
    pub id: VariantId,
    pub product_id: ProductId,
    pub sku: Option<String>,
    pub title: String,
    pub options: Options,
    pub price: Money,
    pub compare_at: Option<Money>,
    pub position: i32,
    pub active: bool,
    pub barcode: Option<String>,
    pub weight_grams: Option<i32>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The columns of a [`VariantRow`] and its stock, before amounts have met their currency.
struct Raw {
    id: VariantId,
    product_id: ProductId,
    sku: Option<String>,
    title: String,
    options: Json<Options>,
    price: Decimal,
    compare_at: Option<Decimal>,
    currency: String,
    position: i32,
    active: bool,
    barcode: Option<String>,
    weight_grams: Option<i32>,
    created_at: Timestamp,
    updated_at: Timestamp,
    available: i32,
}

impl Raw {
    fn row(self) -> Result<VariantRow, sqlx::Error> {
        Ok(VariantRow {
            id: self.id,
            product_id: self.product_id,
            sku: self.sku,
            title: self.title,
            options: self.options.0,
            price: columns::money(self.price, &self.currency)?,
            compare_at: self.compare_at.map(|amount| columns::money(amount, &self.currency)).transpose()?,
            position: self.position,
            active: self.active,
            barcode: self.barcode,
            weight_grams: self.weight_grams,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }

    fn view(self) -> Result<Variant, sqlx::Error> {
        let available = self.available;
        let row = self.row()?;
        Ok(Variant {
            id: row.id,
            product_id: row.product_id,
            sku: row.sku,
            title: row.title,
            options: row.options,
            price: row.price,
            compare_at: row.compare_at,
            position: row.position,
            active: row.active,
            barcode: row.barcode,
            weight_grams: row.weight_grams,
            available,
        })
    }
}

/// All variants of a product in their order, by `variants_of_product`.
pub async fn of_product(db: &mut PgConnection, product: ProductId) -> Result<Vec<Variant>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Raw,
        r#"
        select va.id as "id: VariantId", va.product_id as "product_id: ProductId", va.sku, va.title,
            va.options as "options: Json<Options>", va.price, va.compare_at, va.currency, va.position,
            va.active, va.barcode, va.weight_grams, va.created_at, va.updated_at,
            coalesce(i.on_hand - i.reserved, 0) as "available!"
        from variants va
        left join inventory i on i.variant_id = va.id
        where va.product_id = $1
        order by va.position, va.id
        "#,
        product.0,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Raw::view).collect()
}

/// A variant the viewer may know of, by primary keys.
pub async fn view(
    db: &mut PgConnection,
    id: VariantId,
    viewer: Viewer,
) -> Result<Option<Variant>, sqlx::Error> {
    let (shop, admin) = match viewer {
        Viewer::Public => (None, false),
        Viewer::Shop(vendor) => (Some(vendor.0), false),
        Viewer::Admin => (None, true),
    };
    let row = sqlx::query_as!(
        Raw,
        r#"
        select va.id as "id: VariantId", va.product_id as "product_id: ProductId", va.sku, va.title,
            va.options as "options: Json<Options>", va.price, va.compare_at, va.currency, va.position,
            va.active, va.barcode, va.weight_grams, va.created_at, va.updated_at,
            coalesce(i.on_hand - i.reserved, 0) as "available!"
        from variants va
        join products p on p.id = va.product_id
        join vendors v on v.id = p.vendor_id
        left join inventory i on i.variant_id = va.id
        where va.id = $1
            and ((va.active and p.status = 'approved' and v.status = 'approved')
                or p.vendor_id = $2
                or $3)
        "#,
        id.0,
        shop,
        admin,
    )
    .fetch_optional(db)
    .await?;
    row.map(Raw::view).transpose()
}

/// Every variant of these products, by `variants_of_product`: an import compares with them.
pub async fn rows_of_products(
    db: &mut PgConnection,
    products: &[ProductId],
) -> Result<Vec<VariantRow>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Raw,
        r#"
        select id as "id: VariantId", product_id as "product_id: ProductId", sku, title,
            options as "options: Json<Options>", price, compare_at, currency, position,
            active, barcode, weight_grams, created_at, updated_at, 0 as "available!"
        from variants
        where product_id = any($1)
        order by product_id, position, id
        "#,
        products as &[ProductId],
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Raw::row).collect()
}

/// One row, under the lock of its product.
pub async fn find(db: &mut PgConnection, id: VariantId) -> Result<Option<VariantRow>, sqlx::Error> {
    let row = sqlx::query_as!(
        Raw,
        r#"
        select id as "id: VariantId", product_id as "product_id: ProductId", sku, title,
            options as "options: Json<Options>", price, compare_at, currency, position,
            active, barcode, weight_grams, created_at, updated_at, 0 as "available!"
        from variants
        where id = $1
        "#,
        id.0,
    )
    .fetch_optional(db)
    .await?;
    row.map(Raw::row).transpose()
}

/// Which product a variant is of; that never changes.
pub async fn product_of(db: &mut PgConnection, id: VariantId) -> Result<Option<ProductId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select product_id as "product_id: ProductId"
        from variants
        where id = $1
        "#,
        id.0,
    )
    .fetch_optional(db)
    .await
}

/// Whether there is such a variant within reach, by primary keys.
pub async fn is_within(db: &mut PgConnection, id: VariantId, reach: Reach) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select exists (
            select from variants va
            join products p on p.id = va.product_id
            where va.id = $1
                and ($2::uuid is null or p.vendor_id = $2)
        ) as "within!"
        "#,
        id.0,
        reach.shop().map(|vendor| vendor.0),
    )
    .fetch_one(db)
    .await
}

/// One after the last of a product locked by this transaction.
pub async fn next_position(db: &mut PgConnection, product: ProductId) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select coalesce(max(position) + 1, 0) as "position!"
        from variants
        where product_id = $1
        "#,
        product.0,
    )
    .fetch_one(db)
    .await
}

/// The columns of many rows, for `unnest`.
struct Unnested<'a> {
    ids: Vec<VariantId>,
    products: Vec<ProductId>,
    skus: Vec<Option<&'a str>>,
    titles: Vec<&'a str>,
    options: Vec<serde_json::Value>,
    prices: Vec<Decimal>,
    compare_ats: Vec<Option<Decimal>>,
    currencies: Vec<String>,
    positions: Vec<i32>,
    actives: Vec<bool>,
    barcodes: Vec<Option<&'a str>>,
    weights: Vec<Option<i32>>,
    times: Vec<Timestamp>,
}

impl<'a> Unnested<'a> {
    fn of(rows: &'a [VariantRow]) -> Self {
        Self {
            ids: rows.iter().map(|row| row.id).collect(),
            products: rows.iter().map(|row| row.product_id).collect(),
            skus: rows.iter().map(|row| row.sku.as_deref()).collect(),
            titles: rows.iter().map(|row| row.title.as_str()).collect(),
            options: rows.iter().map(|row| serde_json::json!(row.options)).collect(),
            prices: rows.iter().map(|row| row.price.amount()).collect(),
            compare_ats: rows.iter().map(|row| row.compare_at.map(Money::amount)).collect(),
            currencies: rows.iter().map(|row| row.price.currency().code().to_owned()).collect(),
            positions: rows.iter().map(|row| row.position).collect(),
            actives: rows.iter().map(|row| row.active).collect(),
            barcodes: rows.iter().map(|row| row.barcode.as_deref()).collect(),
            weights: rows.iter().map(|row| row.weight_grams).collect(),
            times: rows.iter().map(|row| row.updated_at).collect(),
        }
    }
}

/// New rows of any number in one statement. Their SKUs are claimed by [`super::skus::claim`].
pub async fn insert(db: &mut PgConnection, rows: &[VariantRow]) -> Result<(), sqlx::Error> {
    let new = Unnested::of(rows);
    sqlx::query!(
        r#"
        insert into variants (id, product_id, sku, title, options, price, compare_at, currency, position,
            active, barcode, weight_grams, created_at, updated_at)
        select id, product_id, sku, title, options, price, compare_at, currency, position,
            active, barcode, weight_grams, at, at
        from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::numeric[],
                $7::numeric[], $8::text[], $9::int[], $10::bool[], $11::text[], $12::int[],
                $13::timestamptz[])
            as new (id, product_id, sku, title, options, price, compare_at, currency, position, active,
                barcode, weight_grams, at)
        "#,
        &new.ids as &[VariantId],
        &new.products as &[ProductId],
        &new.skus as &[Option<&str>],
        &new.titles as &[&str],
        &new.options,
        &new.prices,
        &new.compare_ats as &[Option<Decimal>],
        &new.currencies,
        &new.positions,
        &new.actives,
        &new.barcodes as &[Option<&str>],
        &new.weights as &[Option<i32>],
        &new.times,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes rows whose products this transaction has locked.
pub async fn update(db: &mut PgConnection, rows: &[VariantRow]) -> Result<(), sqlx::Error> {
    let new = Unnested::of(rows);
    sqlx::query!(
        r#"
        update variants va
        set sku = new.sku, title = new.title, options = new.options, price = new.price,
            compare_at = new.compare_at, currency = new.currency, position = new.position,
            active = new.active, barcode = new.barcode, weight_grams = new.weight_grams,
            updated_at = new.at
        from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::numeric[], $6::numeric[],
                $7::text[], $8::int[], $9::bool[], $10::text[], $11::int[], $12::timestamptz[])
            as new (id, sku, title, options, price, compare_at, currency, position, active, barcode,
                weight_grams, at)
        where va.id = new.id
        "#,
        &new.ids as &[VariantId],
        &new.skus as &[Option<&str>],
        &new.titles as &[&str],
        &new.options,
        &new.prices,
        &new.compare_ats as &[Option<Decimal>],
        &new.currencies,
        &new.positions,
        &new.actives,
        &new.barcodes as &[Option<&str>],
        &new.weights as &[Option<i32>],
        &new.times,
    )
    .execute(db)
    .await?;
    Ok(())
}
