//! Parses single cells. Each error follows the column's name in a message.

use money::{Currency, Money};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::catalog::fields;
use crate::inventory::LARGEST_STOCK;

/// A price in major units with a decimal point, such as `1200` or `9.99`: no thousands separators, no currency sign.
pub(super) fn price(text: &str, currency: Currency) -> Result<Money, String> {
    let amount: Decimal = text.parse().map_err(|_| format!("“{text}” is not a price, as 9.99"))?;
    if amount.is_sign_negative() && !amount.is_zero() {
        return Err(format!("“{text}” is negative"));
    }
    Money::new(amount, currency).map_err(|problem| format!("“{text}”: {problem}"))
}

/// The compare-at price; none if the cell is empty or zero, as some exports write it.
pub(super) fn compare_at(text: &str, currency: Currency) -> Result<Option<Money>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    price(text, currency).map(|before| Some(before).filter(|before| !before.is_zero()))
}

/// Pieces in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    /// The cell is empty: the stock stays as it is.
    Blank,
    Pieces(i32),
    /// Sold beyond the stock, which Shopify allows: here the stock is zero.
    Oversold,
}

/// Pieces, such as `5` or, from a spreadsheet, `5.0`.
pub(super) fn quantity(text: &str) -> Result<Count, String> {
    if text.is_empty() {
        return Ok(Count::Blank);
    }
    let exact: Decimal = text.parse().map_err(|_| format!("“{text}” is not a whole number"))?;
    if !exact.is_integer() {
        return Err(format!("“{text}” is not a whole number"));
    }
    if exact.is_sign_negative() && !exact.is_zero() {
        return Ok(Count::Oversold);
    }
    match exact.to_i32() {
        Some(pieces) if pieces <= LARGEST_STOCK => Ok(Count::Pieces(pieces)),
        Some(_) | None => Err(format!("“{text}” is more than {LARGEST_STOCK}")),
    }
}

/// Grams, rounded to whole ones; nothing if the cell is empty or zero.
pub(super) fn grams(text: &str) -> Result<Option<i32>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let exact: Decimal = text.parse().map_err(|_| format!("“{text}” is not a number"))?;
    let whole = exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    match whole.to_i32() {
        Some(grams) if grams < 0 => Err(format!("“{text}” is negative")),
        Some(0) => Ok(None),
        Some(grams) => Ok(Some(grams)),
        None => Err(format!("“{text}” is out of range")),
    }
}

/// A position in the gallery, from 1; none if the cell is empty.
pub(super) fn position(text: &str) -> Result<Option<i32>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<i32>() {
        Ok(place) if place >= 1 => fields::position(place).map(Some).map_err(|problem| problem.to_string()),
        Ok(_) | Err(_) => Err(format!("“{text}” is not a place, as 1")),
    }
}

/// A truth value; `None` if the cell is empty.
pub(super) fn truth(text: &str) -> Result<Option<bool>, String> {
    match text.to_ascii_lowercase().as_str() {
        "" => Ok(None),
        "true" | "yes" => Ok(Some(true)),
        "false" | "no" => Ok(Some(false)),
        _ => Err(format!("“{text}” is neither true nor false")),
    }
}

/// Shopify's state of a product (`ProductStatus` of its API).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listing {
    Active,
    Draft,
    /// On sale for people who have the link. Here everyone would find it, so it becomes a draft.
    Unlisted,
    Archived,
}

/// Shopify's state of the product; `None` if the cell is empty.
pub(super) fn status(text: &str) -> Result<Option<Listing>, String> {
    match text.to_ascii_lowercase().as_str() {
        "" => Ok(None),
        "active" => Ok(Some(Listing::Active)),
        "draft" => Ok(Some(Listing::Draft)),
        "unlisted" => Ok(Some(Listing::Unlisted)),
        "archived" => Ok(Some(Listing::Archived)),
        _ => Err(format!("“{text}” is none of active, draft, unlisted and archived")),
    }
}

/// Whether Shopify keeps selling without stock, in the words of the old and the new template.
pub(super) fn sells_on(text: &str) -> bool {
    ["continue", "true", "yes"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// A barcode without the apostrophe that keeps spreadsheets from reading it as a number.
pub(super) fn barcode(text: &str) -> &str {
    text.strip_prefix('\'').unwrap_or(text)
}
