//! The SQL of products.

use sqlx::PgConnection;

use crate::catalog::{CategoryName, Error, Product, ProductOption, ProductStatus, Reach, Viewer};
use crate::kernel::Timestamp;
use crate::kernel::error::violated_constraint;
use crate::kernel::ids::{CategoryId, ProductId, VendorId};
use crate::vendors::{Shop, VendorStatus};

/// The columns of a product that are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductRow {
    pub id: ProductId,
    pub vendor_id: VendorId,
    pub category_id: Option<CategoryId>,
    pub handle: String,
    pub title: String,
    pub description: String,
    pub product_type: Option<String>,
    pub tags: Vec<String>,
    pub status: ProductStatus,
    /// The order of its options; see [`crate::catalog::Options`].
    pub option_names: Vec<String>,
    /// As it was read; every write increases it.
    pub version: i32,
}

fn refused(error: sqlx::Error) -> Error {
    match violated_constraint(&error) {
        Some("products_handle_key") => Error::HandleTaken,
        Some("products_category_id_fkey") => Error::CategoryUnknown { field: "category_id" },
        _ => Error::Database(error),
    }
}

/// A product that the viewer may see, without its variants and images, and with options that have no values yet. By the
/// primary keys of three tables.
pub async fn view(
    db: &mut PgConnection,
    id: ProductId,
    viewer: Viewer,
) -> Result<Option<Product>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select p.vendor_id as "vendor_id: VendorId", v.slug as vendor_slug, v.name as vendor_name,
            c.id as "category_id?: CategoryId", c.slug as "category_slug?", c.name as "category_name?",
            v.status as "vendor_status: VendorStatus", p.handle, p.title, p.description, p.product_type, p.tags, p.status as "status: ProductStatus",
            p.option_names, p.version, p.created_at, p.updated_at
        from products p
        join vendors v on v.id = p.vendor_id
        left join categories c on c.id = p.category_id
        where p.id = $1
            and ((p.status = 'approved' and v.status = 'approved') or p.vendor_id = $2 or $3)
        "#,
        id.0,
        viewer.shop().map(|vendor| vendor.0),
        viewer.sees_all(),
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Product {
        id,
        vendor: Shop { id: row.vendor_id, slug: row.vendor_slug, name: row.vendor_name },
        category: category_name(row.category_id, row.category_slug, row.category_name),
        handle: row.handle,
        title: row.title,
        description: row.description,
        product_type: row.product_type,
        tags: row.tags,
        status: row.status,
        not_listed_because: row.status.not_listed_because(row.vendor_status),
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        options: row.option_names.into_iter().map(ProductOption::named).collect(),
        variants: Vec::new(),
        images: Vec::new(),
    }))
}

/// By `vendors_slug_key` and `products_handle_key`.
pub async fn find_by_handle(
    db: &mut PgConnection,
    vendor_slug: &str,
    handle: &str,
) -> Result<Option<ProductId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select id as "id: ProductId"
        from products
        where vendor_id = (select id from vendors where slug = $1)
            and handle = $2
        "#,
        vendor_slug,
        handle,
    )
    .fetch_optional(db)
    .await
}

/// Whether the shop has a product with this handle, by `products_handle_key`.
pub async fn handle_exists(
    db: &mut PgConnection,
    vendor: VendorId,
    handle: &str,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from products where vendor_id = $1 and handle = $2) as "exists!""#,
        vendor.0,
        handle,
    )
    .fetch_one(db)
    .await
}

/// Whether there is such a category, by its primary key.
pub async fn category_exists(db: &mut PgConnection, id: CategoryId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from categories where id = $1) as "exists!""#, id.0)
        .fetch_one(db)
        .await
}

pub(super) fn category_name(
    id: Option<CategoryId>,
    slug: Option<String>,
    name: Option<String>,
) -> Option<CategoryName> {
    Some(CategoryName { id: id?, slug: slug?, name: name? })
}

/// Locks products: `$which` follows `from products`.
macro_rules! lock {
    ($which:literal, $($argument:tt)+) => {
        sqlx::query_as!(
            ProductRow,
            r#"
        select id as "id: ProductId", vendor_id as "vendor_id: VendorId",
            category_id as "category_id: CategoryId", handle, title, description, product_type, tags,
            status as "status: ProductStatus", option_names, version
        from products
        "# + $which + r#"
        for no key update
        "#,
            $($argument)+
        )
    };
}

/// Locks a product that the caller may change, against other changes of it and of its variants and images. Carts and
/// orders don't wait for it.
pub async fn lock(
    db: &mut PgConnection,
    id: ProductId,
    reach: Reach,
) -> Result<Option<ProductRow>, sqlx::Error> {
    lock!(
        "where id = $1 and ($2::uuid is null or vendor_id = $2)",
        id.0,
        reach.shop().map(|vendor| vendor.0),
    )
    .fetch_optional(db)
    .await
}

/// Keeps the status of a product's shop as it is until the transaction ends. Called before [`lock`] by code that may
/// publish the product. The shop is locked before its products, as when it is approved.
pub async fn hold_shop(db: &mut PgConnection, id: ProductId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        select from vendors
        where id = (select vendor_id from products where id = $1)
        for share
        "#,
        id.0,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Locks the products of a shop that have one of these handles, by `products_handle_key`, in the order of handles, so
/// that two imports can't deadlock.
pub async fn lock_by_handles(
    db: &mut PgConnection,
    vendor: VendorId,
    handles: &[&str],
) -> Result<Vec<ProductRow>, sqlx::Error> {
    lock!("where vendor_id = $1 and handle = any($2) order by handle", vendor.0, handles as &[&str])
        .fetch_all(db)
        .await
}

/// The columns of many rows, for `unnest`. Lists are sent as JSON: an array of arrays must be rectangular.
struct Unnested<'a> {
    ids: Vec<ProductId>,
    vendors: Vec<VendorId>,
    categories: Vec<Option<CategoryId>>,
    handles: Vec<&'a str>,
    titles: Vec<&'a str>,
    descriptions: Vec<&'a str>,
    types: Vec<Option<&'a str>>,
    tags: Vec<serde_json::Value>,
    statuses: Vec<&'a str>,
    option_names: Vec<serde_json::Value>,
}

impl<'a> Unnested<'a> {
    fn of(rows: &'a [ProductRow]) -> Self {
        Self {
            ids: rows.iter().map(|row| row.id).collect(),
            vendors: rows.iter().map(|row| row.vendor_id).collect(),
            categories: rows.iter().map(|row| row.category_id).collect(),
            handles: rows.iter().map(|row| row.handle.as_str()).collect(),
            titles: rows.iter().map(|row| row.title.as_str()).collect(),
            descriptions: rows.iter().map(|row| row.description.as_str()).collect(),
            types: rows.iter().map(|row| row.product_type.as_deref()).collect(),
            tags: rows.iter().map(|row| serde_json::json!(row.tags)).collect(),
            statuses: rows.iter().map(|row| row.status.as_str()).collect(),
            option_names: rows.iter().map(|row| serde_json::json!(row.option_names)).collect(),
        }
    }
}

/// New products of any number in one statement, at version 1.
pub async fn insert(db: &mut PgConnection, rows: &[ProductRow], now: Timestamp) -> Result<(), Error> {
    let new = Unnested::of(rows);
    sqlx::query!(
        r#"
        insert into products (id, vendor_id, category_id, handle, title, description, product_type, tags,
            status, option_names, created_at, updated_at)
        select id, vendor_id, category_id, handle, title, description, product_type,
            array(select jsonb_array_elements_text(tags)), status,
            array(select jsonb_array_elements_text(option_names)), $11::timestamptz, $11::timestamptz
        from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
                $8::jsonb[], $9::text[], $10::jsonb[])
            as new (id, vendor_id, category_id, handle, title, description, product_type, tags, status,
                option_names)
        "#,
        &new.ids as &[ProductId],
        &new.vendors as &[VendorId],
        &new.categories as &[Option<CategoryId>],
        &new.handles as &[&str],
        &new.titles as &[&str],
        &new.descriptions as &[&str],
        &new.types as &[Option<&str>],
        &new.tags,
        &new.statuses as &[&str],
        &new.option_names,
        now,
    )
    .execute(db)
    .await
    .map_err(refused)?;
    Ok(())
}

/// Writes products locked by this transaction; their versions increase.
pub async fn update(db: &mut PgConnection, rows: &[ProductRow], now: Timestamp) -> Result<(), Error> {
    let new = Unnested::of(rows);
    sqlx::query!(
        r#"
        update products p
        set category_id = new.category_id, handle = new.handle, title = new.title,
            description = new.description, product_type = new.product_type,
            tags = array(select jsonb_array_elements_text(new.tags)), status = new.status,
            option_names = array(select jsonb_array_elements_text(new.option_names)),
            version = p.version + 1, updated_at = $10
        from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[],
                $8::text[], $9::jsonb[])
            as new (id, category_id, handle, title, description, product_type, tags, status, option_names)
        where p.id = new.id
        "#,
        &new.ids as &[ProductId],
        &new.categories as &[Option<CategoryId>],
        &new.handles as &[&str],
        &new.titles as &[&str],
        &new.descriptions as &[&str],
        &new.types as &[Option<&str>],
        &new.tags,
        &new.statuses as &[&str],
        &new.option_names,
        now,
    )
    .execute(db)
    .await
    .map_err(refused)?;
    Ok(())
}

/// Increases the version of a product locked by this transaction, after a change of a variant or an image.
pub async fn touch(db: &mut PgConnection, id: ProductId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update products
        set version = version + 1, updated_at = $2
        where id = $1
        "#,
        id.0,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Sets the order of the options of a product locked by this transaction; the caller increases its version.
pub async fn name_options(db: &mut PgConnection, id: ProductId, names: &[String]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update products
        set option_names = $2
        where id = $1
        "#,
        id.0,
        names,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The status of a shop and the number of its products in every state, counted up to `most`: by
/// `products_listed_of_vendor`. [`None`] if the shop does not exist.
pub async fn count_of_vendor(
    db: &mut PgConnection,
    vendor: VendorId,
    most: i64,
) -> Result<Option<(VendorStatus, i64)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select v.status as "status: VendorStatus",
            (select count(*) from (select from products where vendor_id = v.id limit $2) few) as "products!"
        from vendors v
        where v.id = $1
        "#,
        vendor.0,
        most,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.status, row.products)))
}
