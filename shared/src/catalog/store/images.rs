//! The SQL of product images.

use sqlx::PgConnection;

use crate::catalog::{Error, Image};
use crate::kernel::error::violated_constraint;
use crate::kernel::ids::{ImageId, ProductId};

/// In their order, by `product_images_once`.
pub async fn of_product(db: &mut PgConnection, product: ProductId) -> Result<Vec<Image>, sqlx::Error> {
    sqlx::query_as!(
        Image,
        r#"
        select id as "id: ImageId", product_id as "product_id: ProductId", url, alt, position
        from product_images
        where product_id = $1
        order by position, id
        "#,
        product.0,
    )
    .fetch_all(db)
    .await
}

/// Which product an image is of; that never changes.
pub async fn product_of(db: &mut PgConnection, id: ImageId) -> Result<Option<ProductId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select product_id as "product_id: ProductId"
        from product_images
        where id = $1
        "#,
        id.0,
    )
    .fetch_optional(db)
    .await
}

/// One after the last of a product locked by this transaction.
pub async fn next_position(db: &mut PgConnection, product: ProductId) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select coalesce(max(position) + 1, 1) as "position!"
        from product_images
        where product_id = $1
        "#,
        product.0,
    )
    .fetch_one(db)
    .await
}

/// New rows of any number; [`Error::ImageTaken`] if a product has one of the URLs.
pub async fn insert(db: &mut PgConnection, images: &[Image]) -> Result<(), Error> {
    let columns = Unnested::of(images);
    sqlx::query!(
        r#"
        insert into product_images (id, product_id, url, alt, position)
        select *
        from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int[])
        "#,
        &columns.ids as &[ImageId],
        &columns.products as &[ProductId],
        &columns.urls as &[&str],
        &columns.alts as &[Option<&str>],
        &columns.positions,
    )
    .execute(db)
    .await
    .map_err(|error| match violated_constraint(&error) {
        Some("product_images_once") => Error::ImageTaken,
        _ => Error::Database(error),
    })?;
    Ok(())
}

/// New rows, or the text and position of those a product has; which products that changed. No URL twice per product
/// in one call.
pub async fn upsert(db: &mut PgConnection, images: &[Image]) -> Result<Vec<ProductId>, sqlx::Error> {
    let columns = Unnested::of(images);
    sqlx::query_scalar!(
        r#"
        insert into product_images as had (id, product_id, url, alt, position)
        select *
        from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int[])
        on conflict on constraint product_images_once do update
        set alt = excluded.alt, position = excluded.position
        where (had.alt, had.position) is distinct from (excluded.alt, excluded.position)
        returning product_id as "product_id: ProductId"
        "#,
        &columns.ids as &[ImageId],
        &columns.products as &[ProductId],
        &columns.urls as &[&str],
        &columns.alts as &[Option<&str>],
        &columns.positions,
    )
    .fetch_all(db)
    .await
}

/// Whether there was one.
pub async fn delete(db: &mut PgConnection, id: ImageId) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        r#"
        delete from product_images
        where id = $1
        "#,
        id.0,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

struct Unnested<'a> {
    ids: Vec<ImageId>,
    products: Vec<ProductId>,
    urls: Vec<&'a str>,
    alts: Vec<Option<&'a str>>,
    positions: Vec<i32>,
}

impl<'a> Unnested<'a> {
    fn of(images: &'a [Image]) -> Self {
        Self {
            ids: images.iter().map(|image| image.id).collect(),
            products: images.iter().map(|image| image.product_id).collect(),
            urls: images.iter().map(|image| image.url.as_str()).collect(),
            alts: images.iter().map(|image| image.alt.as_deref()).collect(),
            positions: images.iter().map(|image| image.position).collect(),
        }
    }
}
