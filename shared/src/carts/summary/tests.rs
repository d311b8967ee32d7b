//! Sums of a cart: nothing is lost between lines, shops and the whole, and currencies never mix.

use proptest::prelude::*;

use super::*;
use crate::catalog::Options;
use crate::kernel::ids::{CartItemId, ProductId, VariantId, VendorId};
use crate::vendors::Shop;

fn row(vendor: &Shop, price: Money, quantity: u32, available: u32) -> LineRow {
    LineRow {
        id: CartItemId::new(),
        variant_id: VariantId::new(),
        product_id: ProductId::new(),
        vendor: vendor.clone(),
        cash_on_delivery: true,
        product_title: "Mug".into(),
        variant_title: "Blue".into(),
        options: Options::new(),
        sku: None,
        image_url: None,
        unit_price: price,
        shown_price: Some(price),
        quantity,
        available,
        for_sale: true,
    }
}

fn shop(name: &str) -> Shop {
    Shop { id: VendorId::new(), slug: name.into(), name: name.into() }
}

fn money(units: i64, code: &str) -> Money {
    Money::from_minor_units(units, code.parse().unwrap()).unwrap()
}

proptest! {
    #[test]
    fn totals_of_shops_and_of_lines_make_the_same_sum(
        lines in prop::collection::vec((0usize..3, 0i64..1_000_000, 1u32..50, any::<bool>()), 0..20),
    ) {
        let shops = [shop("a"), shop("b"), shop("c")];
        let rows: Vec<LineRow> = lines
            .iter()
            .map(|(at, units, quantity, taka)| {
                row(&shops[*at], money(*units, if *taka { "BDT" } else { "USD" }), *quantity, 100)
            })
            .collect();
        let expected = |code: &str| -> i64 {
            rows.iter()
                .filter(|row| row.unit_price.currency().code() == code)
                .map(|row| row.unit_price.minor_units() * i64::from(row.quantity))
                .sum()
        };
        let (taka, dollars) = (expected("BDT"), expected("USD"));
        let cart = cart(rows);
        for total in &cart.totals {
            let wanted = if total.currency().code() == "BDT" { taka } else { dollars };
            prop_assert_eq!(total.minor_units(), wanted);
        }
        let shown: usize = cart.vendors.iter().map(|part| part.lines.len()).sum();
        prop_assert_eq!(shown, lines.len());
        prop_assert!(cart.notices.is_empty());
    }
}

#[test]
fn what_is_no_longer_for_sale_is_told_and_not_summed() {
    let pots = shop("pots");
    let gone = LineRow { for_sale: false, ..row(&pots, money(500, "USD"), 1, 9) };
    let few = row(&pots, money(250, "USD"), 3, 2);
    let told = [
        Notice::Removed {
            variant_id: gone.variant_id,
            product_title: "Mug".into(),
            variant_title: "Blue".into(),
        },
        Notice::FewerAvailable { item_id: few.id, variant_id: few.variant_id, quantity: 3, available: 2 },
    ];
    let cart = cart(vec![gone, few]);
    assert_eq!(cart.totals, [money(750, "USD")]);
    assert_eq!(cart.item_count, 3);
    assert_eq!(cart.notices, told);
}

#[test]
fn a_sum_that_can_not_be_held_is_told_and_the_rest_is_summed() {
    let dear = money(money::MAX_AMOUNT * 100, "USD");
    let pots = shop("pots");
    let alone = row(&pots, dear, 2, 9);
    let (item_id, variant_id) = (alone.id, alone.variant_id);
    let seen = cart(vec![alone, row(&shop("tea"), money(300, "BDT"), 1, 9)]);
    assert_eq!((seen.vendors[0].lines[0].line_total, seen.vendors[0].totals.as_slice()), (None, &[][..]));
    assert_eq!(seen.totals, [money(300, "BDT")]);
    let dollars = Notice::TotalTooLarge { currency: dear.currency() };
    assert_eq!(seen.notices, [Notice::LineTooLarge { item_id, variant_id }, dollars.clone()]);
    // Each line can be held, the two together can't.
    let two = cart(vec![row(&pots, dear, 1, 9), row(&shop("tea"), dear, 1, 9)]);
    assert_eq!((two.vendors[0].totals.as_slice(), two.totals.as_slice()), (&[dear][..], &[][..]));
    assert_eq!(two.notices, [dollars]);
}

#[test]
fn a_price_that_was_shown_otherwise_is_told_with_both_prices() {
    let pots = shop("pots");
    let (was, now) = (money(500, "USD"), money(700, "BDT"));
    let repriced = LineRow { shown_price: Some(was), ..row(&pots, now, 1, 9) };
    let told = Notice::PriceChanged { item_id: repriced.id, variant_id: repriced.variant_id, was, now };
    let from_before = LineRow { shown_price: None, ..row(&pots, now, 1, 9) };
    assert_eq!(cart(vec![repriced, from_before]).notices, [told]);
}
