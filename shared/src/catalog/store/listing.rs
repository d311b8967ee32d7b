//! The SQL of product lists: first the ids of a page, by the index that fits the filter, then the fields to show.
//!
//! There is one statement per index, rather than one with `$1 is null or …`: a prepared statement gets one plan for all
//! callers, and that plan must be an index walk. A first page reads ids below the largest uuid. Stock is checked by
//! `(select true … limit 1)`, by `variants_of_product` for each row of the walk: an `exists` under an `or` would be
//! hashed, which reads every variant.

use sqlx::PgConnection;
use uuid::Uuid;

use super::products::category_name;
use crate::catalog::{Error, Filter, ProductStatus, ProductSummary, StockFilter};
use crate::kernel::columns;
use crate::kernel::ids::{CategoryId, ProductId, VendorId};
use crate::kernel::page::{Asked, Extent, Slice, extent};
use crate::vendors::{Shop, VendorStatus};

fn below(slice: &Slice<ProductId>) -> Uuid {
    slice.after.map_or(Uuid::max(), |id| id.0)
}

fn must_be_in_stock(stock: StockFilter) -> bool {
    match stock {
        StockFilter::Any => false,
        StockFilter::InStock => true,
    }
}

/// The ids of a page of products for sale. `$within` begins the statement and ends in its `where`; its own parameters
/// are numbered from `$4`.
macro_rules! for_sale {
    ($stock:expr, $slice:expr, $within:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_scalar!(
            r#"
        select p.id as "id: ProductId"
        from products p
        "# + $within + r#"
            and p.listed
            and p.id < $1
            and (not $3 or (
                select true
                from variants va
                join inventory i on i.variant_id = va.id
                where va.product_id = p.id and va.active and i.on_hand > i.reserved
                limit 1))
        order by p.id desc
        limit $2
        "#,
            below($slice),
            $slice.limit(),
            must_be_in_stock($stock)
            $(, $argument)*
        )
    };
}

/// The extent of a list of products for sale, by the same rows as [`for_sale`] and the same index.
macro_rules! extent_for_sale {
    ($db:expr, $filter:expr, $asked:expr, $within:literal $(, $argument:expr)* $(,)?) => {
        extent!(
            $db,
            $asked,
            "ProductId",
            "p.id",
            "from products p "
                + $within
                + r#" and p.listed
            and (not $3 or (
                select true
                from variants va
                join inventory i on i.variant_id = va.id
                where va.product_id = p.id and va.active and i.on_hand > i.reserved
                limit 1))"#,
            must_be_in_stock($filter.stock)
            $(, $argument)*
        )
    };
}

/// The extent of the list of products for sale.
pub async fn extent(
    db: &mut PgConnection,
    filter: &Filter,
    asked: &Asked<ProductId>,
) -> Result<Extent<ProductId>, sqlx::Error> {
    match (&filter.vendor, &filter.category) {
        (None, None) => extent_for_sale!(db, filter, asked, "where true",),
        (Some(vendor), category) => extent_for_sale!(
            db,
            filter,
            asked,
            "where p.vendor_id = (select id from vendors where slug = $4)
                and ($5::text is null or p.category_id = (select id from categories where slug = $5))",
            vendor,
            category.as_deref(),
        ),
        (None, Some(category)) => extent_for_sale!(
            db,
            filter,
            asked,
            "where p.category_id = (select id from categories where slug = $4)",
            category,
        ),
    }
}

/// All products for sale: walks `products_for_sale`.
pub async fn listed(
    db: &mut PgConnection,
    stock: StockFilter,
    slice: &Slice<ProductId>,
) -> Result<Vec<ProductId>, sqlx::Error> {
    for_sale!(stock, slice, "where true").fetch_all(db).await
}

/// Products of one shop for sale, in one category or all: walks `products_for_sale_of_vendor`.
pub async fn listed_of_vendor(
    db: &mut PgConnection,
    vendor_slug: &str,
    category_slug: Option<&str>,
    stock: StockFilter,
    slice: &Slice<ProductId>,
) -> Result<Vec<ProductId>, sqlx::Error> {
    for_sale!(
        stock,
        slice,
        r#"
        where p.vendor_id = (select id from vendors where slug = $4)
            and ($5::text is null or p.category_id = (select id from categories where slug = $5))
        "#,
        vendor_slug,
        category_slug,
    )
    .fetch_all(db)
    .await
}

/// Products for sale directly in a category: walks `products_for_sale_in_category`.
pub async fn listed_in_category(
    db: &mut PgConnection,
    category_slug: &str,
    stock: StockFilter,
    slice: &Slice<ProductId>,
) -> Result<Vec<ProductId>, sqlx::Error> {
    for_sale!(
        stock,
        slice,
        r#"
        where p.category_id = (select id from categories where slug = $4)
        "#,
        category_slug,
    )
    .fetch_all(db)
    .await
}

/// All products of one shop, in any state: walks `products_listed_of_vendor`.
pub async fn all_of_vendor(
    db: &mut PgConnection,
    vendor: VendorId,
    status: Option<ProductStatus>,
    slice: &Slice<ProductId>,
) -> Result<Vec<ProductId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select id as "id: ProductId"
        from products
        where vendor_id = $1
            and ($2::text is null or status = $2)
            and id < $3
        order by id desc
        limit $4
        "#,
        vendor.0,
        status.map(ProductStatus::as_str),
        below(slice),
        slice.limit(),
    )
    .fetch_all(db)
    .await
}

/// The extent of [`all_of_vendor`].
pub async fn extent_of_vendor(
    db: &mut PgConnection,
    vendor: VendorId,
    status: Option<ProductStatus>,
    asked: &Asked<ProductId>,
) -> Result<Extent<ProductId>, sqlx::Error> {
    extent!(
        db,
        asked,
        "ProductId",
        "id",
        "from products where vendor_id = $3 and ($4::text is null or status = $4)",
        vendor.0,
        status.map(ProductStatus::as_str),
    )
}

/// Products in review or in any state, of one shop or of all, for administrators. Pending products walk
/// `products_to_review`; other lists of all shops walk the primary key.
pub async fn all(
    db: &mut PgConnection,
    vendor_slug: Option<&str>,
    status: Option<ProductStatus>,
    slice: &Slice<ProductId>,
) -> Result<Vec<ProductId>, sqlx::Error> {
    if status == Some(ProductStatus::Pending) {
        return in_review(db, vendor_slug, slice).await;
    }
    sqlx::query_scalar!(
        r#"
        select id as "id: ProductId"
        from products
        where ($1::text is null or vendor_id = (select id from vendors where slug = $1))
            and ($2::text is null or status = $2)
            and id < $3
        order by id desc
        limit $4
        "#,
        vendor_slug,
        status.map(ProductStatus::as_str),
        below(slice),
        slice.limit(),
    )
    .fetch_all(db)
    .await
}

/// The extent of [`all`]. With `pending` by the index `products_to_review`: a literal, since one plan is kept for all
/// callers.
pub async fn extent_of_all(
    db: &mut PgConnection,
    vendor_slug: Option<&str>,
    status: Option<ProductStatus>,
    asked: &Asked<ProductId>,
) -> Result<Extent<ProductId>, sqlx::Error> {
    if status == Some(ProductStatus::Pending) {
        return extent!(
            db,
            asked,
            "ProductId",
            "id",
            "from products
            where status = 'pending'
                and ($3::text is null or vendor_id = (select id from vendors where slug = $3))",
            vendor_slug,
        );
    }
    extent!(
        db,
        asked,
        "ProductId",
        "id",
        "from products
        where ($3::text is null or vendor_id = (select id from vendors where slug = $3))
            and ($4::text is null or status = $4)",
        vendor_slug,
        status.map(ProductStatus::as_str),
    )
}

async fn in_review(
    db: &mut PgConnection,
    vendor_slug: Option<&str>,
    slice: &Slice<ProductId>,
) -> Result<Vec<ProductId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select id as "id: ProductId"
        from products
        where status = 'pending'
            and ($1::text is null or vendor_id = (select id from vendors where slug = $1))
            and id < $2
        order by id desc
        limit $3
        "#,
        vendor_slug,
        below(slice),
        slice.limit(),
    )
    .fetch_all(db)
    .await
}

/// The fields that a list shows of these products, the newest first: by primary keys, `variants_of_product` and
/// `product_images_once`, for the rows of one page.
pub async fn summaries(db: &mut PgConnection, ids: &[ProductId]) -> Result<Vec<ProductSummary>, Error> {
    let rows = sqlx::query!(
        r#"
        select p.id as "id: ProductId", p.handle, p.title, p.status as "status: ProductStatus",
            v.id as "vendor_id: VendorId", v.slug as vendor_slug, v.name as vendor_name,
            v.status as "vendor_status: VendorStatus",
            c.id as "category_id?: CategoryId", c.slug as "category_slug?", c.name as "category_name?",
            cheapest.price as "price?", cheapest.currency as "currency?", picture.url as "image_url?",
            stock.available as "available!"
        from products p
        join vendors v on v.id = p.vendor_id
        left join categories c on c.id = p.category_id
        left join lateral (
            select price, currency
            from variants
            where product_id = p.id and active
            order by price, id
            limit 1
        ) cheapest on true
        left join lateral (
            select url
            from product_images
            where product_id = p.id
            order by position, id
            limit 1
        ) picture on true
        cross join lateral (
            select coalesce(sum(i.on_hand - i.reserved), 0)::bigint as available
            from variants va
            join inventory i on i.variant_id = va.id
            where va.product_id = p.id and va.active
        ) stock
        where p.id = any($1)
        order by p.id desc
        "#,
        ids as &[ProductId],
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let price = row.price.zip(row.currency);
            Ok(ProductSummary {
                id: row.id,
                vendor: Shop { id: row.vendor_id, slug: row.vendor_slug, name: row.vendor_name },
                category: category_name(row.category_id, row.category_slug, row.category_name),
                handle: row.handle,
                title: row.title,
                status: row.status,
                not_listed_because: row.status.not_listed_because(row.vendor_status),
                price_from: price.map(|(amount, code)| columns::money(amount, &code)).transpose()?,
                image_url: row.image_url,
                available: row.available,
            })
        })
        .collect()
}
