//! All that is wrong with the fields of what a request brings, told at once and before anything is written.
//!
//! Each field is checked by its rule in `fields`. What an entry of a list has wrong is told by its place, as
//! `variants[2].price`.

use money::Money;

use super::images::NewImage;
use super::products::{NewProduct, ProductChange};
use super::variants::{NewVariant, VariantChange};
use super::{Error, Options, fields};
use crate::inventory;

/// Errors of fields, in the order of the fields.
#[derive(Debug, Default)]
pub(super) struct Gathered(Vec<Error>);

impl Gathered {
    /// Keeps the error. The statement that writes the field makes the value again.
    fn check<T, E: Into<Error>>(&mut self, checked: Result<T, E>) {
        self.0.extend(checked.err().map(Into::into));
    }

    /// Checks a field that may not be there.
    fn check_given<T, U>(&mut self, given: Option<T>, rule: impl FnOnce(T) -> Result<U, Error>) {
        if let Some(given) = given {
            self.check(rule(given));
        }
    }

    fn entries<T>(&mut self, list: &'static str, entries: &[T], problems: impl Fn(&T) -> Self) {
        for (place, entry) in entries.iter().enumerate() {
            self.0.extend(problems(entry).0.into_iter().map(|error| error.within(list, place)));
        }
    }

    /// The one that is wrong by itself, several as one.
    pub(super) fn done(mut self) -> Result<(), Error> {
        match self.0.len() {
            0 => Ok(()),
            1 => self.0.pop().map_or(Ok(()), Err),
            _ => Err(Error::Several(self.0)),
        }
    }
}

pub(super) fn of_product(new: &NewProduct) -> Gathered {
    let mut found = Gathered::default();
    found.check(fields::title(&new.title));
    found.check_given(new.handle.as_deref(), fields::handle);
    found.check(fields::description(&new.description));
    found.check(fields::product_type(new.product_type.as_deref()));
    found.check(fields::tags(new.tags.iter().map(String::as_str)));
    found.entries("variants", &new.variants, of_variant);
    found.entries("images", &new.images, of_image);
    found
}

pub(super) fn of_product_change(change: &ProductChange) -> Gathered {
    let mut found = Gathered::default();
    found.check_given(change.title.as_deref(), fields::title);
    found.check_given(change.handle.as_deref(), fields::handle);
    found.check_given(change.description.as_deref(), fields::description);
    found.check_given(change.product_type.as_ref(), |given| fields::product_type(given.as_deref()));
    found.check_given(change.tags.as_ref(), |tags| fields::tags(tags.iter().map(String::as_str)));
    found
}

pub(super) fn of_variant(new: &NewVariant) -> Gathered {
    let mut found = Gathered::default();
    found.check(fields::sku(new.sku.as_deref()));
    found.check(fields::variant_title(new.title.as_deref(), &new.options));
    found.check(fields::options(&new.options));
    found.check(fields::price("price", new.price));
    found.check(fields::compare_at(new.compare_at, new.price));
    found.check(fields::barcode(new.barcode.as_deref()));
    found.check(fields::weight_grams(new.weight_grams));
    found.check(inventory::check_opening(new.quantity));
    found
}

/// `price` is what the variant costs if the change names none.
pub(super) fn of_variant_change(change: &VariantChange, price: Money) -> Gathered {
    let mut found = Gathered::default();
    found.check_given(change.sku.as_ref(), |given| fields::sku(given.as_deref()));
    found.check_given(change.options.as_ref(), fields::options);
    found.check_given(change.title.as_deref(), |title| fields::variant_title(Some(title), &Options::new()));
    found.check_given(change.price, |price| fields::price("price", price));
    found.check_given(change.compare_at, |before| fields::compare_at(before, change.price.unwrap_or(price)));
    found.check_given(change.barcode.as_ref(), |given| fields::barcode(given.as_deref()));
    found.check_given(change.weight_grams, fields::weight_grams);
    found.check_given(change.position, fields::position);
    found
}

pub(super) fn of_image(new: &NewImage) -> Gathered {
    let mut found = Gathered::default();
    found.check(fields::image_url(&new.url));
    found.check(fields::alt(new.alt.as_deref()));
    found.check_given(new.position, fields::position);
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kernel::{Fault as _, Kind};

    fn dollars(cents: i64) -> Money {
        Money::from_minor_units(cents, "USD".parse().unwrap()).unwrap()
    }

    fn variant(price: i64, quantity: i32) -> NewVariant {
        NewVariant {
            sku: None,
            title: None,
            options: Options::new(),
            price: dollars(price),
            compare_at: None,
            barcode: None,
            weight_grams: None,
            quantity,
        }
    }

    fn product(title: &str, tags: Vec<String>, variants: Vec<NewVariant>) -> NewProduct {
        NewProduct {
            title: title.into(),
            handle: None,
            description: String::new(),
            product_type: None,
            tags,
            category: None,
            status: None,
            variants,
            images: Vec::new(),
        }
    }

    #[test]
    fn what_is_wrong_in_a_list_is_told_by_its_place() {
        let wrong = product("Pot", Vec::new(), vec![variant(100, 1), variant(-1, 1)]);
        let error = of_product(&wrong).done().unwrap_err();
        assert_eq!(error.code(), "price_invalid");
        assert_eq!(error.detail(), Some(json!({ "variants[1].price": ["price must not be negative"] })));
        assert!(of_product(&product("Pot", Vec::new(), vec![variant(100, 1)])).done().is_ok());
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let heavy = NewVariant { weight_grams: Some(-5), ..variant(100, -1) };
        let image = NewImage { url: "ftp://x".into(), alt: None, position: Some(-1) };
        let tags = vec!["kitchen".into(), "x".repeat(300)];
        let wrong = NewProduct { images: vec![image], ..product(" ", tags, vec![variant(-1, 0), heavy]) };
        let error = of_product(&wrong).done().unwrap_err();
        let detail = error.detail().unwrap();
        let keys: Vec<&String> = detail.as_object().unwrap().keys().collect();
        let expected = [
            "images[0].position",
            "images[0].url",
            "tags[1]",
            "title",
            "variants[0].price",
            "variants[1].quantity",
            "variants[1].weight_grams",
        ];
        assert_eq!(keys, expected);
        assert_eq!((error.kind(), error.code()), (Kind::Invalid, "field_invalid"));
    }
}
