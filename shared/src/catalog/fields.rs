//! What the fields of a product and its variants must look like. Pure; the import uses the same checks.

use money::{Money, MoneyError};
use rust_decimal::Decimal;

use super::{DEFAULT_TITLE, Error, Options};
use crate::kernel::{slug, text};

const LONGEST_TITLE: usize = 255;
const LONGEST_HANDLE: usize = 255;
const LONGEST_DESCRIPTION: usize = 50_000;
const LONGEST_TYPE: usize = 120;
const LONGEST_TAG: usize = 60;
const MOST_TAGS: usize = 100;
const LONGEST_SKU: usize = 100;
const LONGEST_BARCODE: usize = 64;
const LONGEST_OPTION_NAME: usize = 60;
const LONGEST_OPTION_VALUE: usize = 200;
const MOST_OPTIONS: usize = 10;
const LONGEST_URL: usize = 2000;
const LONGEST_ALT: usize = 500;
/// The dearest thing, in major units: a hundred of it are the largest sum there is, [`money::MAX_AMOUNT`].
const LARGEST_PRICE: i64 = 1_000_000_000;
/// A hundred tonnes.
const LARGEST_WEIGHT_GRAMS: i32 = 100_000_000;
/// Far within the column: the place after the last must fit too.
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
    text::block(value, LONGEST_DESCRIPTION).map_err(|problem| Error::Text { field: "description", problem })
}

pub(super) fn product_type(value: Option<&str>) -> Result<Option<String>, Error> {
    optional("product_type", value, LONGEST_TYPE)
}

/// Trimmed, without blanks and repetitions, in the order given.
pub(super) fn tags<'a>(values: impl IntoIterator<Item = &'a str>) -> Result<Vec<String>, Error> {
    let mut tags = Vec::new();
    for value in values {
        let tag = optional("tags", Some(value), LONGEST_TAG)?;
        tags.extend(tag.filter(|tag| !tags.contains(tag)));
        if tags.len() > MOST_TAGS {
            return Err(Error::TooMany { field: "tags", most: MOST_TAGS });
        }
    }
    Ok(tags)
}

/// The handle given, or one made from the title. Handles are wider than slugs: other shop systems allow letters of
/// any script and underscores.
pub(super) fn handle(given: Option<&str>, title: &str) -> Result<String, Error> {
    let handle = given.map_or_else(|| slug::from_name(title), |given| given.trim().to_owned());
    let letter = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let fits = (1..=LONGEST_HANDLE).contains(&handle.chars().count());
    if fits && handle.chars().all(letter) { Ok(handle) } else { Err(Error::Handle) }
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

/// A place among siblings.
pub(super) fn position(value: i32) -> Result<i32, Error> {
    within("position", value, LARGEST_POSITION)
}

fn within(field: &'static str, value: i32, most: i32) -> Result<i32, Error> {
    if (0..=most).contains(&value) { Ok(value) } else { Err(Error::OutOfRange { field, most }) }
}

pub(super) fn options(values: &Options) -> Result<Options, Error> {
    if values.len() > MOST_OPTIONS {
        return Err(Error::TooMany { field: "options", most: MOST_OPTIONS });
    }
    let pair = |(name, value): (&String, &String)| {
        Ok((line("options", name, LONGEST_OPTION_NAME)?, line("options", value, LONGEST_OPTION_VALUE)?))
    };
    values.iter().map(pair).collect()
}

/// The title given, or the options' values in a row.
pub(super) fn variant_title(given: Option<&str>, options: &Options) -> Result<String, Error> {
    if let Some(given) = optional("title", given, LONGEST_TITLE)? {
        return Ok(given);
    }
    let values: Vec<&str> = options.values().map(String::as_str).collect();
    if values.is_empty() { Ok(DEFAULT_TITLE.to_owned()) } else { title(&values.join(" / ")) }
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

/// The price before, which must be in the currency of the price.
pub(super) fn compare_at(before: Option<Money>, now: Money) -> Result<Option<Money>, Error> {
    match before {
        Some(before) if before.currency() != now.currency() => Err(Error::CompareAtCurrency),
        before => before.map(|before| price("compare_at", before)).transpose(),
    }
}

pub(super) fn image_url(value: &str) -> Result<String, Error> {
    let url = value.trim();
    let web = url.starts_with("https://") || url.starts_with("http://");
    let plain = url.chars().all(|c| !c.is_control() && !c.is_whitespace());
    let host = url.split_once("://").is_some_and(|(_, rest)| !rest.is_empty() && !rest.starts_with('/'));
    if web && plain && host && url.len() <= LONGEST_URL { Ok(url.to_owned()) } else { Err(Error::ImageUrl) }
}

pub(super) fn alt(value: Option<&str>) -> Result<Option<String>, Error> {
    optional("alt", value, LONGEST_ALT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_without_a_title_is_called_after_its_options() {
        let options = Options::from([("Size".into(), "Small".into()), ("Color".into(), "Red".into())]);
        assert!(variant_title(None, &options).is_ok_and(|title| title == "Red / Small"));
        assert!(variant_title(None, &Options::new()).is_ok_and(|title| title == DEFAULT_TITLE));
        assert!(variant_title(Some("XL"), &options).is_ok_and(|title| title == "XL"));
    }

    #[test]
    fn only_web_addresses_name_images() {
        assert!(image_url("https://cdn.example.com/a.jpg").is_ok());
        for url in
            ["", "cdn.example.com/a.jpg", "javascript:alert(1)", "https://", "https:///a", "https://a b"]
        {
            assert!(image_url(url).is_err(), "{url}");
        }
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
