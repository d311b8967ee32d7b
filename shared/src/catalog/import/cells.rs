//! Single cells become values. Each error is what follows the column's name in a message.

use money::{Currency, Money};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::catalog::{ProductStatus, fields};
use crate::inventory::LARGEST_STOCK;

/// A price in major units with a decimal point, as `1200` or `9.99`: no thousands separators, no currency sign.
pub(super) fn price(text: &str, currency: Currency) -> Result<Money, String> {
    let amount: Decimal = text.parse().map_err(|_| format!("“{text}” is not a price, as 9.99"))?;
    if amount.is_sign_negative() && !amount.is_zero() {
        return Err(format!("“{text}” is negative"));
    }
    Money::new(amount, currency).map_err(|problem| format!("“{text}”: {problem}"))
}

/// The price before: nothing if the cell is empty or zero, as some exports write it.
pub(super) fn compare_at(text: &str, currency: Currency) -> Result<Option<Money>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    price(text, currency).map(|before| Some(before).filter(|before| !before.is_zero()))
}

/// Pieces; nothing if the cell is empty, which leaves the stock as it is.
pub(super) fn quantity(text: &str) -> Result<Option<i32>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<i64>() {
        Ok(pieces) if pieces < 0 => Err(format!("“{text}” is negative")),
        Ok(pieces) => match i32::try_from(pieces) {
            Ok(pieces) if pieces <= LARGEST_STOCK => Ok(Some(pieces)),
            Ok(_) | Err(_) => Err(format!("“{text}” is more than {LARGEST_STOCK}")),
        },
        Err(_) => Err(format!("“{text}” is not a whole number")),
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

/// A place in the gallery, from 1; nothing if the cell is empty.
pub(super) fn position(text: &str) -> Result<Option<i32>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<i32>() {
        Ok(place) if place >= 1 => fields::position(place).map(Some).map_err(|problem| problem.to_string()),
        Ok(_) | Err(_) => Err(format!("“{text}” is not a place, as 1")),
    }
}

/// Whether the product shows in the shop; it does if the cell is empty.
pub(super) fn published(text: &str) -> Result<ProductStatus, String> {
    match text.to_ascii_lowercase().as_str() {
        "" | "true" | "yes" => Ok(ProductStatus::Approved),
        "false" | "no" => Ok(ProductStatus::Draft),
        _ => Err(format!("“{text}” is neither true nor false")),
    }
}

/// Shopify's state of the product; `None` if the cell is empty.
pub(super) fn status(text: &str) -> Result<Option<ProductStatus>, String> {
    match text.to_ascii_lowercase().as_str() {
        "" => Ok(None),
        "active" => Ok(Some(ProductStatus::Approved)),
        "draft" => Ok(Some(ProductStatus::Draft)),
        "archived" => Ok(Some(ProductStatus::Archived)),
        _ => Err(format!("“{text}” is none of active, draft and archived")),
    }
}

/// A barcode without the apostrophe that keeps spreadsheets from reading it as a number.
pub(super) fn barcode(text: &str) -> &str {
    text.strip_prefix('\'').unwrap_or(text)
}
