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
        product_title: "Mug".into(),
        variant_title: "Blue".into(),
        options: Options::new(),
        sku: None,
        image_url: None,
        unit_price: price,
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
        let cart = cart(rows).unwrap();
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
    let cart = cart(vec![gone, few]).unwrap();
    assert_eq!(cart.totals, [money(750, "USD")]);
    assert_eq!(cart.item_count, 3);
    assert_eq!(cart.notices, told);
}

#[test]
fn a_sum_that_can_not_be_held_is_an_error_and_never_wraps() {
    let dear = money(money::MAX_AMOUNT * 100, "USD");
    let pots = shop("pots");
    assert!(matches!(cart(vec![row(&pots, dear, 2, 9)]), Err(Error::TooDear(_))));
    assert!(matches!(cart(vec![row(&pots, dear, 1, 9), row(&pots, dear, 1, 9)]), Err(Error::TooDear(_))));
}
