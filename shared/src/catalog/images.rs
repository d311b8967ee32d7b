//! Pictures of products, named by URL.

use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::store::{images as store, products};
use super::{Editor, Error, MOST_IMAGES, Viewer, fields, gathered};
use crate::kernel::Timestamp;
use crate::kernel::ids::{ImageId, ProductId};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Image {
    pub id: ImageId,
    pub product_id: ProductId,
    pub url: String,
    /// Alternative text: what the picture shows.
    pub alt: Option<String>,
    pub position: i32,
}

#[derive(Clone, Debug)]
pub struct NewImage {
    pub url: String,
    pub alt: Option<String>,
    /// After the others if not given.
    pub position: Option<i32>,
}

/// The pictures of a product that the viewer may see, in their order.
pub async fn images(db: &mut PgConnection, product: ProductId, viewer: Viewer) -> Result<Vec<Image>, Error> {
    Ok(super::product(db, product, viewer).await?.images)
}

/// Adds a picture; the product's version grows. [`Error::ImageTaken`] if the product has the same URL. Runs in a
/// transaction.
pub async fn add_image(
    db: &mut PgConnection,
    editor: Editor,
    product: ProductId,
    new: &NewImage,
    now: Timestamp,
) -> Result<Image, Error> {
    products::lock(db, product, editor.reach).await?.ok_or(Error::ProductMissing)?;
    gathered::of_image(new).done()?;
    let mut made = insert_all(db, product, std::slice::from_ref(new)).await.map_err(Error::alone)?;
    products::touch(db, product, now).await?;
    made.pop().ok_or(Error::ImageMissing)
}

/// Removes a picture; the product's version grows. Runs in a transaction.
pub async fn remove_image(
    db: &mut PgConnection,
    editor: Editor,
    id: ImageId,
    now: Timestamp,
) -> Result<(), Error> {
    let product = store::product_of(db, id).await?.ok_or(Error::ImageMissing)?;
    products::lock(db, product, editor.reach).await?.ok_or(Error::ImageMissing)?;
    if !store::delete(db, id).await? {
        return Err(Error::ImageMissing); // a concurrent request has removed it
    }
    products::touch(db, product, now).await?;
    Ok(())
}

/// Adds pictures to a product that this transaction has created or locked. [`Error::ImageTaken`] if a URL occurs twice,
/// [`Error::ProductFull`] beyond [`MOST_IMAGES`]. Their fields were checked by `gathered`.
pub(super) async fn insert_all(
    db: &mut PgConnection,
    product: ProductId,
    new: &[NewImage],
) -> Result<Vec<Image>, Error> {
    let had = store::of_product(db, product).await?;
    if had.len() + new.len() > MOST_IMAGES {
        return Err(Error::ProductFull { what: "images", most: MOST_IMAGES });
    }
    let first = had.iter().map(|image| image.position + 1).max().unwrap_or(1);
    let mut made: Vec<Image> = Vec::with_capacity(new.len());
    for (place, (position, new)) in (first..).zip(new).enumerate() {
        let url = fields::image_url(&new.url)?;
        if had.iter().chain(&made).any(|other| other.url == url) {
            return Err(Error::ImageTaken.within("images", place));
        }
        made.push(Image {
            id: ImageId::new(),
            product_id: product,
            url,
            alt: fields::alt(new.alt.as_deref())?,
            position: new.position.map_or(Ok(position), fields::position)?,
        });
    }
    store::write(db, &made).await?;
    Ok(made)
}
