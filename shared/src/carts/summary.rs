//! From rows to a cart: lines per shop, sums per currency, notices. Pure.

use std::collections::BTreeMap;

use money::{Currency, Money, MoneyError};

use super::store::LineRow;
use super::{Cart, Error, Line, Notice, VendorPart};

/// The cart made of these rows; those that are not for sale become notices. [`Error::TooDear`] if a sum can't be
/// held.
pub(super) fn cart(rows: Vec<LineRow>) -> Result<Cart, Error> {
    let mut notices = Vec::new();
    let mut parts: BTreeMap<_, VendorPart> = BTreeMap::new();
    for row in rows {
        if !row.for_sale {
            notices.push(Notice::Removed {
                variant_id: row.variant_id,
                product_title: row.product_title,
                variant_title: row.variant_title,
            });
            continue;
        }
        if row.quantity > row.available {
            notices.push(Notice::FewerAvailable {
                item_id: row.id,
                variant_id: row.variant_id,
                quantity: row.quantity,
                available: row.available,
            });
        }
        let key = (row.vendor.name.clone(), row.vendor.id);
        let vendor = row.vendor.clone();
        let part = parts.entry(key).or_insert(VendorPart { vendor, lines: Vec::new(), totals: Vec::new() });
        part.lines.push(line(row).map_err(Error::TooDear)?);
    }
    let mut vendors: Vec<VendorPart> = parts.into_values().collect();
    for part in &mut vendors {
        part.totals = sums(part.lines.iter().map(|line| line.line_total)).map_err(Error::TooDear)?;
    }
    let totals = vendors.iter().flat_map(|part| part.totals.iter().copied());
    let totals = sums(totals).map_err(Error::TooDear)?;
    let lines = vendors.iter().flat_map(|part| &part.lines);
    let item_count = lines.map(|line| u64::from(line.quantity)).sum();
    Ok(Cart { vendors, totals, item_count, notices })
}

fn line(row: LineRow) -> Result<Line, MoneyError> {
    Ok(Line {
        id: row.id,
        variant_id: row.variant_id,
        product_id: row.product_id,
        product_title: row.product_title,
        variant_title: row.variant_title,
        options: row.options,
        sku: row.sku,
        image_url: row.image_url,
        unit_price: row.unit_price,
        quantity: row.quantity,
        line_total: row.unit_price.times(row.quantity)?,
        available: row.available,
    })
}

/// One sum per currency, in the order of codes.
fn sums(amounts: impl Iterator<Item = Money>) -> Result<Vec<Money>, MoneyError> {
    let mut sums: BTreeMap<Currency, Money> = BTreeMap::new();
    for amount in amounts {
        let sum = sums.entry(amount.currency()).or_insert(Money::zero(amount.currency()));
        *sum = sum.checked_add(amount)?;
    }
    Ok(sums.into_values().collect())
}

#[cfg(test)]
mod tests;
