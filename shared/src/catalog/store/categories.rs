//! The SQL of categories.

use sqlx::PgConnection;

use crate::catalog::{Category, Error};
use crate::kernel::error::violated_constraint;
use crate::kernel::ids::CategoryId;

fn refused(error: sqlx::Error) -> Error {
    match violated_constraint(&error) {
        Some("categories_slug_key") => Error::SlugTaken,
        Some("categories_not_own_parent") => Error::CategoryCycle,
        Some("categories_parent_id_fkey") => Error::CategoryUnknown { field: "parent_id" },
        _ => Error::Database(error),
    }
}

/// Siblings in their order; the whole table.
pub async fn list(db: &mut PgConnection) -> Result<Vec<Category>, sqlx::Error> {
    sqlx::query_as!(
        Category,
        r#"
        select id as "id: CategoryId", parent_id as "parent_id: CategoryId", slug, name, position
        from categories
        order by position, name, id
        "#,
    )
    .fetch_all(db)
    .await
}

pub async fn find(db: &mut PgConnection, id: CategoryId) -> Result<Option<Category>, sqlx::Error> {
    sqlx::query_as!(
        Category,
        r#"
        select id as "id: CategoryId", parent_id as "parent_id: CategoryId", slug, name, position
        from categories
        where id = $1
        "#,
        id.0,
    )
    .fetch_optional(db)
    .await
}

/// By `categories_slug_key`.
pub async fn slug_exists(db: &mut PgConnection, slug: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from categories where slug = $1) as "exists!""#, slug)
        .fetch_one(db)
        .await
}

/// Blocks every other writer of the table until the transaction ends; readers and foreign keys are not blocked.
pub async fn lock_tree(db: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("lock table categories in share row exclusive mode").execute(db).await?;
    Ok(())
}

/// The category and its ancestors, by primary key.
pub async fn path_to_root(db: &mut PgConnection, from: CategoryId) -> Result<Vec<CategoryId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        with recursive path (id, parent_id) as (
            select id, parent_id
            from categories
            where id = $1
            union
            select above.id, above.parent_id
            from categories above
            join path on above.id = path.parent_id
        )
        select id as "id!: CategoryId"
        from path
        "#,
        from.0,
    )
    .fetch_all(db)
    .await
}

pub async fn insert(db: &mut PgConnection, category: &Category) -> Result<(), Error> {
    sqlx::query!(
        r#"
        insert into categories (id, parent_id, slug, name, position)
        values ($1, $2, $3, $4, $5)
        "#,
        category.id.0,
        category.parent_id.map(|id| id.0),
        category.slug,
        category.name,
        category.position,
    )
    .execute(db)
    .await
    .map_err(refused)?;
    Ok(())
}

pub async fn update(db: &mut PgConnection, category: &Category) -> Result<(), Error> {
    sqlx::query!(
        r#"
        update categories
        set parent_id = $2, slug = $3, name = $4, position = $5
        where id = $1
        "#,
        category.id.0,
        category.parent_id.map(|id| id.0),
        category.slug,
        category.name,
        category.position,
    )
    .execute(db)
    .await
    .map_err(refused)?;
    Ok(())
}

/// Whether it existed. The foreign keys of products and of child categories refuse one in use.
pub async fn delete(db: &mut PgConnection, id: CategoryId) -> Result<bool, Error> {
    let done = sqlx::query!(
        r#"
        delete from categories
        where id = $1
        "#,
        id.0,
    )
    .execute(db)
    .await
    .map_err(|error| match violated_constraint(&error) {
        Some("products_category_id_fkey" | "categories_parent_id_fkey") => Error::CategoryInUse,
        _ => Error::Database(error),
    })?;
    Ok(done.rows_affected() == 1)
}
