//! The SQL of variants.

use money::Money;
use rust_decimal::Decimal;
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::catalog::{Options, Reach, Variant, Viewer};
use crate::kernel::Timestamp;
use crate::kernel::columns;
use crate::kernel::ids::{ImageId, ProductId, VariantId};

/// The columns of a [`Variant`], before amounts are combined with their currency.
struct Row {
    id: VariantId,
    product_id: ProductId,
    sku: Option<String>,
    title: String,
    options: Json<Options>,
    option_names: Vec<String>,
    price: Decimal,
    compare_at: Option<Decimal>,
    currency: String,
    position: i32,
    active: bool,
    barcode: Option<String>,
    weight_grams: Option<i32>,
    image_id: Option<ImageId>,
    available: i32,
}

impl Row {
    fn variant(self) -> Result<Variant, sqlx::Error> {
        Ok(Variant {
            id: self.id,
            product_id: self.product_id,
            sku: self.sku,
            title: self.title,
            options: self.options.0.in_order_of(&self.option_names),
            price: columns::money(self.price, &self.currency)?,
            compare_at: self.compare_at.map(|amount| columns::money(amount, &self.currency)).transpose()?,
            position: self.position,
            active: self.active,
            barcode: self.barcode,
            weight_grams: self.weight_grams,
            image_id: self.image_id,
            available: self.available,
        })
    }
}

/// Reads variants with their available stock: `$rest` follows `from variants va …`.
macro_rules! select {
    ($rest:literal, $($argument:tt)+) => {
        sqlx::query_as!(
            Row,
            r#"
        select va.id as "id: VariantId", va.product_id as "product_id: ProductId", va.sku, va.title,
            va.options as "options: Json<Options>", p.option_names, va.price, va.compare_at, va.currency, va.position,
            va.active, va.barcode, va.weight_grams, vi.image_id as "image_id?: ImageId",
            coalesce(i.on_hand - i.reserved, 0) as "available!"
        from variants va
        join products p on p.id = va.product_id
        left join inventory i on i.variant_id = va.id
        left join variant_images vi on vi.variant_id = va.id
        "# + $rest,
            $($argument)+
        )
    };
}

/// All variants of a product in their order, by `variants_of_product`.
pub async fn of_product(db: &mut PgConnection, product: ProductId) -> Result<Vec<Variant>, sqlx::Error> {
    let rows =
        select!("where va.product_id = $1 order by va.position, va.id", product.0).fetch_all(db).await?;
    rows.into_iter().map(Row::variant).collect()
}

/// All variants of these products, each product's in their order, by `variants_of_product`.
pub async fn of_products(db: &mut PgConnection, products: &[ProductId]) -> Result<Vec<Variant>, sqlx::Error> {
    let rows = select!(
        "where va.product_id = any($1) order by va.product_id, va.position, va.id",
        products as &[ProductId],
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Row::variant).collect()
}

/// One variant, under the lock of its product.
pub async fn find(db: &mut PgConnection, id: VariantId) -> Result<Option<Variant>, sqlx::Error> {
    select!("where va.id = $1", id.0).fetch_optional(db).await?.map(Row::variant).transpose()
}

/// A variant that the viewer may see, by primary keys.
pub async fn view(
    db: &mut PgConnection,
    id: VariantId,
    viewer: Viewer,
) -> Result<Option<Variant>, sqlx::Error> {
    let row = select!(
        r#"
        join vendors v on v.id = p.vendor_id
        where va.id = $1
            and ((va.active and p.status = 'approved' and v.status = 'approved')
                or p.vendor_id = $2
                or $3)
        "#,
        id.0,
        viewer.shop().map(|vendor| vendor.0),
        viewer.sees_all(),
    )
    .fetch_optional(db)
    .await?;
    row.map(Row::variant).transpose()
}

/// The product of a variant, which never changes.
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

/// Whether the variant exists and the caller may change it, by primary keys.
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
}

impl<'a> Unnested<'a> {
    fn of(rows: &'a [Variant]) -> Self {
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
        }
    }
}

/// New variants of any number in one statement. Their SKUs are claimed by [`super::skus::claim`], their stock is opened
/// by [`crate::inventory::open`].
pub async fn insert(db: &mut PgConnection, rows: &[Variant], now: Timestamp) -> Result<(), sqlx::Error> {
    let new = Unnested::of(rows);
    sqlx::query!(
        r#"
        insert into variants (id, product_id, sku, title, options, price, compare_at, currency, position,
            active, barcode, weight_grams, created_at, updated_at)
        select id, product_id, sku, title, options, price, compare_at, currency, position,
            active, barcode, weight_grams, $13::timestamptz, $13::timestamptz
        from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::numeric[],
                $7::numeric[], $8::text[], $9::int[], $10::bool[], $11::text[], $12::int[])
            as new (id, product_id, sku, title, options, price, compare_at, currency, position, active,
                barcode, weight_grams)
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
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes variants whose products this transaction has locked; their stock is not changed.
pub async fn update(db: &mut PgConnection, rows: &[Variant], now: Timestamp) -> Result<(), sqlx::Error> {
    let new = Unnested::of(rows);
    sqlx::query!(
        r#"
        update variants va
        set sku = new.sku, title = new.title, options = new.options, price = new.price,
            compare_at = new.compare_at, currency = new.currency, position = new.position,
            active = new.active, barcode = new.barcode, weight_grams = new.weight_grams,
            updated_at = $12
        from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::numeric[], $6::numeric[],
                $7::text[], $8::int[], $9::bool[], $10::text[], $11::int[])
            as new (id, sku, title, options, price, compare_at, currency, position, active, barcode,
                weight_grams)
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
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Sets the picture of each of these variants, if any: of the same product, locked by this transaction.
pub async fn show_by(
    db: &mut PgConnection,
    pictures: &[(VariantId, Option<ImageId>)],
) -> Result<(), sqlx::Error> {
    if pictures.is_empty() {
        return Ok(());
    }
    let variants: Vec<VariantId> = pictures.iter().map(|(variant, _)| *variant).collect();
    let images: Vec<Option<ImageId>> = pictures.iter().map(|(_, image)| *image).collect();
    sqlx::query!(
        r#"
        delete from variant_images vi
        using unnest($1::uuid[], $2::uuid[]) as said (variant_id, image_id)
        where vi.variant_id = said.variant_id
            and said.image_id is null
        "#,
        &variants as &[VariantId],
        &images as &[Option<ImageId>],
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        r#"
        insert into variant_images (variant_id, image_id)
        select variant_id, image_id
        from unnest($1::uuid[], $2::uuid[]) as said (variant_id, image_id)
        where image_id is not null
        on conflict (variant_id) do update
        set image_id = excluded.image_id
        "#,
        &variants as &[VariantId],
        &images as &[Option<ImageId>],
    )
    .execute(db)
    .await?;
    Ok(())
}
