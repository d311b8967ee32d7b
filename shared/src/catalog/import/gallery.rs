//! The pictures of a product: compares those of the file with those of the shop. Pure.
//!
//! If the file has pictures of a product, its gallery becomes that of the file, in the file's order. Pictures are the
//! same if their addresses differ only in `v`, which Shopify changes with every change of a picture. Pictures that the
//! file names only for a variant follow the gallery and replace nothing.

use std::collections::{HashMap, HashSet};

use crate::catalog::image_url::same_picture;
use crate::catalog::{Error, Image, MOST_IMAGES};
use crate::kernel::ids::{ImageId, ProductId};

/// The pictures that the file has of a product.
#[derive(Debug, Default)]
pub(super) struct Gallery {
    pictures: Vec<Picture>,
    /// By the common part of the addresses of a picture.
    places: HashMap<String, usize>,
    of_variants: Vec<String>,
    of_variants_seen: HashSet<String>,
}

#[derive(Debug)]
struct Picture {
    url: String,
    /// `None` leaves it as it is.
    alt: Option<Option<String>>,
    position: i32,
    in_gallery: bool,
}

/// Changes to a product's pictures.
#[derive(Debug, Default)]
pub(super) struct Change {
    /// New pictures, and existing ones that change.
    pub(super) written: Vec<Image>,
    pub(super) removed: Vec<ImageId>,
    /// The resulting number of pictures.
    pub(super) total: usize,
    /// Every picture of the file by [`same_picture`], for the variants that use it.
    pub(super) ids: HashMap<String, ImageId>,
}

const FULL: Error = Error::ProductFull { what: "images", most: MOST_IMAGES };

impl Gallery {
    /// A picture of the product, at a given position or at the end. The first row of a picture counts.
    pub(super) fn add(
        &mut self,
        url: String,
        alt: Option<Option<String>>,
        place: Option<i32>,
    ) -> Result<(), Error> {
        let key = same_picture(&url).into_owned();
        if self.places.contains_key(&key) {
            return Ok(());
        }
        if self.pictures.len() == MOST_IMAGES {
            return Err(FULL);
        }
        let behind = self.pictures.iter().map(|picture| picture.position).max().unwrap_or(0) + 1;
        self.places.insert(key, self.pictures.len());
        self.pictures.push(Picture { url, alt, position: place.unwrap_or(behind), in_gallery: true });
        Ok(())
    }

    /// A picture of a variant: several may share one.
    pub(super) fn add_of_variant(&mut self, url: String) {
        if self.of_variants_seen.insert(same_picture(&url).into_owned()) {
            self.of_variants.push(url);
        }
    }

    /// Called after all rows: turns the given positions into unique ones, with the pictures of variants last.
    pub(super) fn arrange(&mut self) -> Result<(), Error> {
        self.pictures.sort_by_key(|picture| picture.position); // stable: rows with the same position keep their order
        let mut last = 0;
        for picture in &mut self.pictures {
            picture.position = picture.position.max(last + 1);
            last = picture.position;
        }
        for url in std::mem::take(&mut self.of_variants) {
            if !self.places.contains_key(&*same_picture(&url)) {
                last += 1;
                self.pictures.push(Picture { url, alt: None, position: last, in_gallery: false });
            }
        }
        if self.pictures.len() <= MOST_IMAGES { Ok(()) } else { Err(FULL) }
    }

    /// The changes for a product that has these pictures. Pictures of variants that the file leaves alone are kept,
    /// behind the others.
    pub(super) fn change(&self, product: ProductId, had: &[Image], kept: &HashSet<ImageId>) -> Change {
        let mut change = Change { total: had.len(), ..Change::default() };
        if self.pictures.is_empty() {
            return change;
        }
        let replaces = self.pictures.iter().any(|picture| picture.in_gallery);
        let exact: HashMap<&str, &Image> = had.iter().map(|image| (image.url.as_str(), image)).collect();
        let mut same = HashMap::new();
        for image in had {
            same.entry(same_picture(&image.url)).or_insert(image);
        }
        let mut used = HashSet::new();
        let last_of_shop = had.iter().map(|image| image.position).max().unwrap_or(0);
        let mut last = if replaces { 0 } else { last_of_shop };
        for picture in &self.pictures {
            let key = same_picture(&picture.url);
            let before = exact.get(picture.url.as_str()).or_else(|| same.get(&key)).copied();
            let before = before.filter(|image| used.insert(image.id));
            let behind = last + 1;
            let position =
                if replaces { picture.position } else { before.map_or(behind, |image| image.position) };
            last = last.max(position);
            let after = Image {
                id: before.map_or_else(ImageId::new, |image| image.id),
                product_id: product,
                url: picture.url.clone(),
                alt: picture.alt.clone().unwrap_or_else(|| before.and_then(|image| image.alt.clone())),
                position,
            };
            change.ids.insert(key.into_owned(), after.id);
            change.written.extend(Some(after).filter(|after| before != Some(after)));
        }
        for image in had.iter().filter(|image| replaces && !used.contains(&image.id)) {
            if kept.contains(&image.id) {
                last += 1;
                let after = Image { position: last, ..image.clone() };
                change.written.extend(Some(after).filter(|after| after != image));
            } else {
                change.removed.push(image.id);
            }
        }
        change.total = had.len() + self.pictures.len() - used.len() - change.removed.len();
        change
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUG: &str = "https://cdn.example.com/files/rug-";

    fn gallery(pictures: &[(&str, Option<i32>)], of_variants: &[&str]) -> Gallery {
        let mut gallery = Gallery::default();
        for url in of_variants {
            gallery.add_of_variant(format!("{RUG}{url}"));
        }
        for (url, place) in pictures {
            gallery.add(format!("{RUG}{url}"), None, *place).unwrap();
        }
        gallery.arrange().unwrap();
        gallery
    }

    fn image(name: &str, position: i32) -> Image {
        let (id, product_id) = (ImageId::new(), ProductId::new());
        Image { id, product_id, url: format!("{RUG}{name}"), alt: Some("A rug".into()), position }
    }

    fn shown(images: &[Image]) -> Vec<(&str, i32)> {
        images.iter().map(|image| (image.url.strip_prefix(RUG).unwrap(), image.position)).collect()
    }

    #[test]
    fn pictures_of_variants_stand_behind_the_gallery_and_each_place_is_taken_once() {
        let file =
            gallery(&[("b.jpg", Some(2)), ("a.jpg", Some(1)), ("c.jpg", Some(2))], &["d.jpg", "a.jpg?v=9"]);
        let change = file.change(ProductId::new(), &[], &HashSet::new());
        assert_eq!(shown(&change.written), [("a.jpg", 1), ("b.jpg", 2), ("c.jpg", 3), ("d.jpg", 4)]);
    }

    #[test]
    fn a_new_export_of_the_same_pictures_replaces_them_and_removes_what_it_does_not_name() {
        let had = [image("1.jpg?v=1", 1), image("2.jpg?v=1", 2), image("3.jpg?v=1", 3)];
        let file = gallery(&[("2.jpg?v=2", Some(1)), ("1.jpg?v=1", Some(2))], &[]);
        let change = file.change(had[0].product_id, &had, &HashSet::new());
        assert_eq!(shown(&change.written), [("2.jpg?v=2", 1), ("1.jpg?v=1", 2)]);
        assert_eq!(change.written[0].id, had[1].id);
        assert_eq!(change.written[0].alt.as_deref(), Some("A rug"));
        assert_eq!(change.removed, [had[2].id]);
        let kept = HashSet::from([had[2].id]);
        let change = file.change(had[0].product_id, &had, &kept);
        assert!(change.removed.is_empty());
    }

    #[test]
    fn the_same_gallery_again_writes_nothing() {
        let product = ProductId::new();
        let file = gallery(&[("1.jpg", Some(1)), ("2.jpg", Some(4))], &["3.jpg"]);
        let had = file.change(product, &[], &HashSet::new()).written;
        let again = file.change(product, &had, &HashSet::new());
        assert!(again.written.is_empty() && again.removed.is_empty());
        assert_eq!(again.ids.len(), 3);
    }

    #[test]
    fn a_file_without_a_gallery_takes_no_picture_away() {
        let had = [image("1.jpg", 1)];
        let change = gallery(&[], &["2.jpg"]).change(had[0].product_id, &had, &HashSet::new());
        assert_eq!(shown(&change.written), [("2.jpg", 2)]);
        assert!(change.removed.is_empty());
        assert!(gallery(&[], &[]).change(had[0].product_id, &had, &HashSet::new()).written.is_empty());
    }
}
