//! Builds a cart from rows: lines per shop, sums per currency, notices. Pure, and never an error: a sum that can't be
//! computed is a notice.

use std::collections::BTreeMap;

use money::{Currency, Money};

use super::store::LineRow;
use super::{Cart, Line, Notice, VendorPart};

/// Builds the cart from these rows. Lines that are not for sale become notices.
pub(super) fn cart(rows: Vec<LineRow>) -> Cart {
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
        notices.extend(notices_of(&row));
        let key = (row.vendor.name.clone(), row.vendor.id);
        let vendor = row.vendor.clone();
        let part = parts.entry(key).or_insert(VendorPart {
            vendor,
            cash_on_delivery: row.cash_on_delivery,
            lines: Vec::new(),
            totals: Vec::new(),
        });
        part.lines.push(line(row));
    }
    let mut vendors: Vec<VendorPart> = parts.into_values().collect();
    for part in &mut vendors {
        part.totals = sums(&part.lines).into_values().flatten().collect();
    }
    let sums = sums(vendors.iter().flat_map(|part| &part.lines));
    let too_large = sums.iter().filter(|(_, sum)| sum.is_none());
    notices.extend(too_large.map(|(currency, _)| Notice::TotalTooLarge { currency: *currency }));
    let totals = sums.into_values().flatten().collect();
    let lines = vendors.iter().flat_map(|part| &part.lines);
    let item_count = lines.map(|line| u64::from(line.quantity)).sum();
    Cart { vendors, totals, item_count, notices }
}

/// The notices of a line that is for sale.
fn notices_of(row: &LineRow) -> impl Iterator<Item = Notice> + use<> {
    let (item_id, variant_id) = (row.id, row.variant_id);
    let changed = row.shown_price.filter(|shown| *shown != row.unit_price);
    let repriced = changed.map(|was| Notice::PriceChanged { item_id, variant_id, was, now: row.unit_price });
    let (quantity, available) = (row.quantity, row.available);
    let fewer =
        (quantity > available).then_some(Notice::FewerAvailable { item_id, variant_id, quantity, available });
    let too_large = row.unit_price.times(quantity).is_err();
    let too_large = too_large.then_some(Notice::LineTooLarge { item_id, variant_id });
    repriced.into_iter().chain(fewer).chain(too_large)
}

fn line(row: LineRow) -> Line {
    Line {
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
        line_total: row.unit_price.times(row.quantity).ok(),
        available: row.available,
    }
}

/// One sum per currency, in the order of the codes; none if it is too large. No amount is negative, so a sum that is
/// too large stays too large whatever is added.
fn sums<'a>(lines: impl IntoIterator<Item = &'a Line>) -> BTreeMap<Currency, Option<Money>> {
    let mut sums: BTreeMap<Currency, Option<Money>> = BTreeMap::new();
    for line in lines {
        let currency = line.unit_price.currency();
        let sum = sums.entry(currency).or_insert(Some(Money::zero(currency)));
        *sum = sum.zip(line.line_total).and_then(|(sum, more)| sum.checked_add(more).ok());
    }
    sums
}

#[cfg(test)]
mod tests;
