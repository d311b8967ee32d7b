//! Checks the fields of a product and its variants. Pure; the import uses the same checks.

use std::collections::HashSet;

use money::{Money, MoneyError};
use rust_decimal::Decimal;
use unicode_normalization::UnicodeNormalization as _;

use super::options::folded;
use super::{DEFAULT_TITLE, Error, Options, image_url as url};
use crate::kernel::ids::ProductId;
use crate::kernel::text::{self, TextProblem};
use crate::kernel::{Gathered, slug};

// Everything that Shopify accepts fits: its limits are 255 characters for names and SKUs, 250 tags, 512 KB for a
// description and 512 characters for the text of a picture ("Shopify product limits" in its help).
const LONGEST_TITLE: usize = 255;
const LONGEST_HANDLE: usize = 255;
/// In KiB of UTF-8, not characters: limits the size of a product in answers.
const LARGEST_DESCRIPTION_KIB: usize = 512;
const LONGEST_TYPE: usize = 255;
const LONGEST_TAG: usize = 255;
const MOST_TAGS: usize = 250;
const LONGEST_SKU: usize = 255;
const LONGEST_BARCODE: usize = 255;
const LONGEST_OPTION_NAME: usize = 255;
const LONGEST_OPTION_VALUE: usize = 255;
const MOST_OPTIONS: usize = 10;
/// Over all variants of a product, archived ones included: reading a variant looks up each of its options in this list.
const MOST_OPTIONS_OF_PRODUCT: usize = 30;
const LONGEST_ALT: usize = 512;
/// The highest price, in major units: a hundred pieces at this price are the largest sum, [`money::MAX_AMOUNT`].
const LARGEST_PRICE: i64 = 1_000_000_000;
/// A hundred tonnes.
const LARGEST_WEIGHT_GRAMS: i32 = 100_000_000;
/// Far below the limit of the column: the position after the last must fit too.
const LARGEST_POSITION: i32 = 1_000_000;

fn line(field: &'static str, value: &str, most: usize) -> Result<String, Error> {
    text::line(value, most).map_err(|problem| Error::Text { field, problem })
}

fn optional(field: &'static str, value: Option<&str>, most: usize) -> Result<Option<String>, Error> {
    text::optional_line(value, most).map_err(|problem| Error::Text { field, problem })
}

pub(super) fn title(value: &str) -> Result<String, Error> {
    line("title", value, LONGEST_TITLE)
}

pub(super) fn category_name(value: &str) -> Result<String, Error> {
    line("name", value, LONGEST_TITLE)
}

pub(super) fn description(value: &str) -> Result<String, Error> {
    let refused = |problem| Error::Text { field: "description", problem };
    if value.len() > LARGEST_DESCRIPTION_KIB * 1024 {
        return Err(refused(TextProblem::TooLarge(LARGEST_DESCRIPTION_KIB)));
    }
    text::block(value, value.len()).map_err(refused)
}

pub(super) fn product_type(value: Option<&str>) -> Result<Option<String>, Error> {
    optional("product_type", value, LONGEST_TYPE)
}

/// Trimmed, without blanks and duplicates, in the given order. The error names every wrong one.
pub(super) fn tags<'a>(values: impl IntoIterator<Item = &'a str>) -> Result<Vec<String>, Error> {
    let (mut tags, mut seen, mut found) = (Vec::new(), HashSet::new(), Gathered::default());
    for (place, value) in values.into_iter().enumerate() {
        let tag = optional("tags", Some(value), LONGEST_TAG).map_err(|error| error.within("tags", place));
        tags.extend(found.checked(tag).filter(|tag| seen.insert(tag.clone())));
    }
    if tags.len() > MOST_TAGS {
        found.add(Error::TooMany { field: "tags", most: MOST_TAGS });
    }
    found.done(tags, Error::Several)
}

/// A handle, in the composed form of Unicode, so that the same word is the same handle. Handles allow more characters
/// than slugs: other shop systems allow capitals, underscores and signs such as ™.
pub(super) fn handle(given: &str) -> Result<String, Error> {
    let composed: String = given.nfc().collect();
    let handle = text::line(&composed, LONGEST_HANDLE).map_err(|_| Error::Handle)?;
    let fits = |c: char| match c {
        '-' | '_' => true,
        c if c.is_ascii() => c.is_ascii_alphanumeric(),
        c => !c.is_whitespace(),
    };
    if handle.chars().all(fits) { Ok(handle) } else { Err(Error::Handle) }
}

/// The handle of a product without a given one: made from its title, or from its id if the title has no letter.
pub(super) fn handle_of(title: &str, id: ProductId) -> String {
    slug::made(title, "product", id.0)
}

pub(super) fn sku(value: Option<&str>) -> Result<Option<String>, Error> {
    optional("sku", value, LONGEST_SKU)
}

pub(super) fn barcode(value: Option<&str>) -> Result<Option<String>, Error> {
    optional("barcode", value, LONGEST_BARCODE)
}

pub(super) fn weight_grams(value: Option<i32>) -> Result<Option<i32>, Error> {
    value.map(|grams| within("weight_grams", grams, LARGEST_WEIGHT_GRAMS)).transpose()
}

/// A position among siblings.
pub(super) fn position(value: i32) -> Result<i32, Error> {
    within("position", value, LARGEST_POSITION)
}

fn within(field: &'static str, value: i32, most: i32) -> Result<i32, Error> {
    if (0..=most).contains(&value) { Ok(value) } else { Err(Error::OutOfRange { field, most }) }
}

pub(super) fn options(values: &Options) -> Result<Options, Error> {
    if values.len() > MOST_OPTIONS {
        // At once: the time for the rest grows with the square of their number.
        return Err(Error::TooMany { field: "options", most: MOST_OPTIONS });
    }
    let (mut options, mut names, mut found) = (Options::new(), HashSet::new(), Gathered::default());
    for (given, value) in values.iter() {
        let name = found.sound(line("options", given, LONGEST_OPTION_NAME));
        let value = text::line(value, LONGEST_OPTION_VALUE);
        let value =
            found.checked(value.map_err(|problem| Error::OptionValue { name: given.to_owned(), problem }));
        let Some(name) = name else { continue };
        if !names.insert(folded(&name)) || !options.add(name.clone(), value) {
            found.add(Error::OptionTwice { name });
        }
    }
    found.done(options, Error::Several)
}

/// The names of a product's options.
pub(super) fn option_names(names: Vec<String>) -> Result<Vec<String>, Error> {
    let most = MOST_OPTIONS_OF_PRODUCT;
    if names.len() <= most { Ok(names) } else { Err(Error::TooMany { field: "options", most }) }
}

/// The given title, or one made from the options.
pub(super) fn variant_title(given: Option<&str>, options: &Options) -> Result<String, Error> {
    let given = optional("title", given, LONGEST_TITLE)?;
    Ok(given.unwrap_or_else(|| made_title(options)))
}

/// The options' values in their order. Its length is limited by the limits of options.
pub(super) fn made_title(options: &Options) -> String {
    let values: Vec<&str> = options.values().collect();
    if values.is_empty() { DEFAULT_TITLE.to_owned() } else { values.join(" / ") }
}

/// Whether a title was made from these options, in any order, and not given.
pub(super) fn is_made_title(title: &str, options: &Options) -> bool {
    if options.is_empty() {
        return title == DEFAULT_TITLE;
    }
    let mut parts: Vec<&str> = title.split(" / ").collect();
    let joined = made_title(options);
    let mut values: Vec<&str> = joined.split(" / ").collect();
    parts.sort_unstable();
    values.sort_unstable();
    parts == values
}

pub(super) fn price(field: &'static str, price: Money) -> Result<Money, Error> {
    if price.is_negative() {
        Err(Error::Negative { field })
    } else if price.amount() > Decimal::from(LARGEST_PRICE) {
        Err(Error::Price { field, problem: MoneyError::OutOfRange })
    } else {
        Ok(price)
    }
}

/// The compare-at price, which must be in the currency of the price.
pub(super) fn compare_at(before: Option<Money>, now: Money) -> Result<Option<Money>, Error> {
    match before {
        Some(before) if before.currency() != now.currency() => Err(Error::CompareAtCurrency),
        before => before.map(|before| price("compare_at", before)).transpose(),
    }
}

pub(super) fn image_url(value: &str) -> Result<String, Error> {
    Ok(url::checked(value)?)
}

pub(super) fn alt(value: Option<&str>) -> Result<Option<String>, Error> {
    optional("alt", value, LONGEST_ALT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_without_a_title_is_called_after_its_options() {
        let options = Options::from([("Size", "Small"), ("Color", "Red")]);
        assert!(variant_title(None, &options).is_ok_and(|title| title == "Small / Red"));
        assert!(is_made_title("Small / Red", &options) && is_made_title("Red / Small", &options));
        assert!(!is_made_title("Our favourite", &options));
        assert!(variant_title(None, &Options::new()).is_ok_and(|title| title == DEFAULT_TITLE));
        assert!(variant_title(Some("XL"), &options).is_ok_and(|title| title == "XL"));
    }

    #[test]
    fn handles_are_words_of_any_script() {
        for good in ["clay-pot", "Clay_Pot", "নীল-শাড়ি", "हिन्दी", "น้ำ", "ever-dry™-cloth", "می‌خواهم"]
        {
            assert_eq!(handle(good).unwrap(), good.nfc().collect::<String>());
        }
        assert_eq!(handle("cafe\u{301}").unwrap(), handle("café").unwrap());
        for bad in ["", " ", "two words", "a/b", "a?b", "a\u{202e}b", "a\u{a0}b", "\u{200b}"] {
            assert!(matches!(handle(bad), Err(Error::Handle)), "{bad:?}");
        }
        assert!(handle(&"ক".repeat(LONGEST_HANDLE + 1)).is_err());
    }

    #[test]
    fn option_names_are_told_apart_without_their_case() {
        let twice = Options::from([("Size", "S"), ("size ", "M")]);
        assert!(matches!(options(&twice), Err(Error::OptionTwice { .. })));
    }

    #[test]
    fn too_many_options_are_refused_before_they_are_looked_at() {
        let mut many = Options::from([("Size", "\u{7}")]);
        for place in 0..MOST_OPTIONS {
            assert!(many.add(place.to_string(), "x".to_owned()));
        }
        assert!(matches!(options(&many), Err(Error::TooMany { field: "options", .. })));
    }

    #[test]
    fn what_shopify_takes_is_taken() {
        let long = "x".repeat(255);
        assert!(
            tags(
                (0..250).map(|n| format!("{n}{}", &long[3..])).collect::<Vec<_>>().iter().map(String::as_str)
            )
            .is_ok()
        );
        assert!(
            sku(Some(&long)).is_ok() && barcode(Some(&long)).is_ok() && product_type(Some(&long)).is_ok()
        );
        let three = Options::from([("A", long.as_str()), ("B", long.as_str()), (long.as_str(), "c")]);
        assert!(options(&three).is_ok() && variant_title(None, &three).is_ok());
        assert!(description(&"x".repeat(512 * 1024)).is_ok());
        assert!(description(&"x".repeat(512 * 1024 + 1)).is_err());
    }

    #[test]
    fn prices_are_bounded_and_of_one_currency() {
        let usd = |units| Money::from_minor_units(units, "USD".parse().unwrap()).unwrap();
        assert!(price("price", usd(0)).is_ok());
        assert!(matches!(price("price", usd(-1)), Err(Error::Negative { field: "price" })));
        assert!(price("price", usd(LARGEST_PRICE * 100 + 1)).is_err());
        let taka = Money::from_minor_units(100, "BDT".parse().unwrap()).unwrap();
        assert!(matches!(compare_at(Some(taka), usd(100)), Err(Error::CompareAtCurrency)));
    }

    #[test]
    fn weights_and_positions_are_bounded() {
        assert!(weight_grams(Some(0)).is_ok());
        assert!(weight_grams(Some(-1)).is_err());
        assert!(weight_grams(Some(LARGEST_WEIGHT_GRAMS + 1)).is_err());
        assert!(position(LARGEST_POSITION).is_ok());
        assert!(matches!(position(i32::MAX), Err(Error::OutOfRange { field: "position", .. })));
    }

    #[test]
    fn tags_lose_blanks_and_repetitions() {
        assert!(tags(["Pot", " ", "Plants", "Pot "]).is_ok_and(|tags| tags == ["Pot", "Plants"]));
    }
}
