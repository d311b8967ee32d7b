//! The SQL of product images.

use sqlx::PgConnection;

use crate::catalog::Image;
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

/// Of these products, each product's in their order, by `product_images_once`.
pub async fn of_products(db: &mut PgConnection, products: &[ProductId]) -> Result<Vec<Image>, sqlx::Error> {
    sqlx::query_as!(
        Image,
        r#"
        select id as "id: ImageId", product_id as "product_id: ProductId", url, alt, position
        from product_images
        where product_id = any($1)
        order by product_id, position, id
        "#,
        products as &[ProductId],
    )
    .fetch_all(db)
    .await
}

/// The product of an image, which never changes.
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

/// Writes images of products locked by this transaction: inserts new ones and changes existing ones, by their ids. The
/// caller has checked that no product gets a URL twice.
pub async fn write(db: &mut PgConnection, images: &[Image]) -> Result<(), sqlx::Error> {
    let ids: Vec<ImageId> = images.iter().map(|image| image.id).collect();
    let products: Vec<ProductId> = images.iter().map(|image| image.product_id).collect();
    let urls: Vec<&str> = images.iter().map(|image| image.url.as_str()).collect();
    let alts: Vec<Option<&str>> = images.iter().map(|image| image.alt.as_deref()).collect();
    let positions: Vec<i32> = images.iter().map(|image| image.position).collect();
    sqlx::query!(
        r#"
        insert into product_images (id, product_id, url, alt, position)
        select *
        from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int[])
        on conflict (id) do update
        set url = excluded.url, alt = excluded.alt, position = excluded.position
        "#,
        &ids as &[ImageId],
        &products as &[ProductId],
        &urls as &[&str],
        &alts as &[Option<&str>],
        &positions,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Removes images of products locked by this transaction; variants that used them have no picture then.
pub async fn delete_many(db: &mut PgConnection, images: &[ImageId]) -> Result<(), sqlx::Error> {
    if images.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        r#"
        delete from product_images
        where id = any($1)
        "#,
        images as &[ImageId],
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether it existed.
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
