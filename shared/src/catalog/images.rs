//! Pictures of products, named by URL.

use std::collections::HashSet;

use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::store::{images as store, products};
use super::{Editor, Error, MOST_IMAGES, Viewer, fields};
use crate::kernel::ids::{ImageId, ProductId};
use crate::kernel::{Gathered, Timestamp};

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

impl NewImage {
    /// Every problem of its fields. Pure.
    pub fn check(&self) -> Result<(), Error> {
        fresh(self, ProductId::new(), 0).map(drop)
    }
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
    let had = store::of_product(db, product).await?;
    let mut made = drafted(product, &had, std::slice::from_ref(new)).map_err(Error::alone)?;
    store::write(db, &made).await?;
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

/// New pictures of a product that has these. [`Error::ImageTaken`] if it has the URL, [`Error::Contradiction`] if a URL
/// occurs twice, [`Error::ProductFull`] beyond [`MOST_IMAGES`]. Pure.
pub(super) fn drafted(product: ProductId, had: &[Image], new: &[NewImage]) -> Result<Vec<Image>, Error> {
    if new.len() > MOST_IMAGES {
        return Err(Error::TooMany { field: "images", most: MOST_IMAGES });
    }
    if had.len() + new.len() > MOST_IMAGES {
        return Err(Error::ProductFull { what: "images", most: MOST_IMAGES });
    }
    let first = had.iter().map(|image| image.position + 1).max().unwrap_or(1);
    let taken: HashSet<&str> = had.iter().map(|image| image.url.as_str()).collect();
    let mut named: HashSet<String> = HashSet::new();
    let (mut made, mut found) = (Vec::with_capacity(new.len()), Gathered::default());
    for (place, (position, new)) in (first..).zip(new).enumerate() {
        let image = fresh(new, product, position).and_then(|image| {
            if taken.contains(image.url.as_str()) {
                Err(Error::ImageTaken)
            } else if named.insert(image.url.clone()) {
                Ok(image)
            } else {
                Err(Error::Contradiction(Box::new(Error::ImageTaken)))
            }
        });
        made.extend(found.sound(image.map_err(|error| error.within("images", place))));
    }
    found.done(made, Error::Several)
}

/// Every problem of the single values of new pictures, which are not compared with each other. Pure.
pub(super) fn check_values(new: &[NewImage]) -> Result<(), Error> {
    if new.len() > MOST_IMAGES {
        return Err(Error::TooMany { field: "images", most: MOST_IMAGES });
    }
    let mut found = Gathered::default();
    for (place, new) in new.iter().enumerate() {
        found.checked(new.check().map_err(|error| error.within("images", place)));
    }
    found.done((), Error::Several)
}

fn fresh(new: &NewImage, product: ProductId, position: i32) -> Result<Image, Error> {
    let mut found = Gathered::default();
    let image = Image {
        id: ImageId::new(),
        product_id: product,
        url: found.checked(fields::image_url(&new.url)),
        alt: found.checked(fields::alt(new.alt.as_deref())),
        position: found.checked(new.position.map_or(Ok(position), fields::position)),
    };
    found.done(image, Error::Several)
}
