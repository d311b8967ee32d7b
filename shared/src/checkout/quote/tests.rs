//! What becomes of carts: sums that agree, and refusals with their reason.

use std::slice;

use money::{Amounts, Currencies};
use proptest::prelude::*;

use super::*;
use crate::kernel::ids::UserId;
use crate::orders::Address;
use crate::payments::offer::Offer;

fn request() -> Request {
    let text = |text: &str| text.to_owned();
    let (name, line1, city, country) = (text("Ada"), text("1 High St"), text("Dhaka"), text("BD"));
    let address =
        Address { name, line1, line2: None, city, state: None, postal_code: None, country, phone: None };
    Request {
        customer: UserId::new(),
        key: "k".into(),
        fingerprint: [0; 32],
        payment_method: Some(PaymentMethod::Stripe),
        offers: [
            (PaymentMethod::Stripe, Currencies::AllBut(&["ETB"])),
            (PaymentMethod::CashOnDelivery, Currencies::ALL),
        ]
        .map(|(method, currencies)| Offer { method, currencies, amounts: Amounts::ANY })
        .to_vec(),
        address,
        selection: None,
        expected_total: None,
        trace: None,
    }
}

pub(in crate::checkout) fn money(units: i64, code: &str) -> Money {
    Money::from_minor_units(units, code.parse().expect("known")).expect("in range")
}

/// One piece from a separate shop, at the price it was shown with.
pub(in crate::checkout) fn line(price: Money) -> CartLine {
    CartLine {
        id: CartItemId::new(),
        variant_id: VariantId::new(),
        product_id: ProductId::new(),
        vendor_id: VendorId::new(),
        vendor_name: "Clay".into(),
        commission_rate: Decimal::new(1, 1),
        cash_on_delivery: true,
        sku: None,
        title: "mug".into(),
        options: r#"{"Size":"Small"}"#.into(),
        product_handle: "mug".into(),
        image_url: None,
        price,
        shown_price: Some(price),
        quantity: 1,
        sold: true,
    }
}

/// An order of these lines, paid this way.
pub(in crate::checkout) fn ordered(method: PaymentMethod, lines: &[CartLine]) -> NewOrder {
    let request = Request { payment_method: Some(method), ..request() };
    quote(OrderId::new(), "n".into(), &request, lines).expect("a sound cart")
}

fn lines() -> impl Strategy<Value = Vec<CartLine>> {
    let vendors = [VendorId::new(), VendorId::new(), VendorId::new()];
    let drawn = (0usize..3, 0i64..1_000_000, 1i32..1000, 0i64..=10_000).prop_map(
        move |(vendor, units, quantity, rate)| CartLine {
            vendor_id: vendors[vendor],
            vendor_name: format!("shop {vendor}"),
            commission_rate: Decimal::new(rate, 4),
            quantity,
            ..line(money(units, "USD"))
        },
    );
    prop::collection::vec(drawn, 1..20)
}

proptest! {
    #[test]
    fn parts_and_lines_sum_to_the_total_and_commissions_stay_within_their_part(lines in lines()) {
        let order = quote(OrderId::new(), "n".into(), &request(), &lines).expect("a sound cart");
        let nothing = Money::zero(order.total.currency());
        let sum = |amounts: Vec<Money>| amounts.into_iter().fold(nothing, |sum, m| sum.checked_add(m).expect("in range"));
        prop_assert_eq!(sum(order.parts.iter().map(|part| part.total).collect()), order.total);
        for part in &order.parts {
            let worth = part.lines.iter().map(|line| line.unit_price.times(line.quantity.unsigned_abs()).expect("in range"));
            prop_assert_eq!(sum(worth.collect()), part.total);
            prop_assert!(!part.commission.is_negative());
            prop_assert!(part.commission.amount() <= part.total.amount());
        }
        let mut numbers: Vec<i16> = order.parts.iter().flat_map(|part| &part.lines).map(|line| line.line_no).collect();
        numbers.sort_unstable();
        prop_assert_eq!(numbers, (1..).take(lines.len()).collect::<Vec<i16>>());
    }
}

#[test]
fn a_cart_that_is_not_sound_is_refused_with_the_reason() {
    let refused =
        |lines: &[CartLine]| quote(OrderId::new(), "n".into(), &request(), lines).expect_err("unsound");
    let mug = line(money(500, "USD"));
    assert!(matches!(refused(&[]), Error::CartEmpty));
    assert!(matches!(refused(&vec![mug.clone(); MAX_LINES + 1]), Error::TooManyLines));
    let gone = CartLine { variant_id: VariantId::new(), sold: false, ..mug.clone() };
    assert!(
        matches!(refused(&[mug.clone(), gone.clone()]), Error::NotSold { variants } if variants == [gone.variant_id])
    );
    let mixed = refused(&[mug.clone(), line(money(500, "BDT"))]);
    let Error::MixedCurrencies { currencies } = &mixed else { panic!("{mixed:?}") };
    assert_eq!(currencies.iter().map(Currency::code).collect::<Vec<_>>(), ["BDT", "USD"]);
    assert!(mixed.to_string().contains("the cart has BDT, USD"), "{mixed}");
    assert!(matches!(refused(&[line(money(500, "ETB"))]), Error::CurrencyNotTaken { .. }));
    let dear = CartLine { quantity: i32::MAX, ..line(money(money::MAX_AMOUNT * 100, "USD")) };
    assert!(matches!(refused(&[dear]), Error::TotalOutOfRange));
}

/// The total of an order of these lines, or the total of the changed cart.
fn charged(lines: &[CartLine], expected_total: Option<Money>) -> Result<Money, Option<Money>> {
    let request = Request { expected_total, ..request() };
    match quote(OrderId::new(), "n".into(), &request, lines) {
        Ok(order) => Ok(order.total),
        Err(Error::CartChanged { total }) => Err(total),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn nobody_is_charged_what_they_were_not_shown() {
    let (was, now) = (money(500, "USD"), money(700, "USD"));
    let repriced = CartLine { shown_price: Some(was), ..line(now) };
    assert_eq!(charged(slice::from_ref(&repriced), None), Err(Some(now)));
    assert_eq!(charged(slice::from_ref(&repriced), Some(was)), Err(Some(now)));
    assert_eq!(charged(slice::from_ref(&repriced), Some(now)), Ok(now));
    // Shown at this price, or added before shown prices were stored.
    assert_eq!(charged(&[line(now)], None), Ok(now));
    assert_eq!(charged(&[CartLine { shown_price: None, ..line(now) }], None), Ok(now));
    assert_eq!(charged(&[line(now)], Some(money(700, "EUR"))), Err(Some(now)));
    // Another currency than was shown leaves no common total.
    let abroad = CartLine { shown_price: Some(was), ..line(money(500, "EUR")) };
    assert_eq!(charged(&[line(was), abroad], Some(money(1000, "USD"))), Err(None));
}

#[test]
fn cash_is_the_way_to_pay_where_every_vendor_takes_it() {
    let taken = |method: Option<PaymentMethod>, lines: &[CartLine]| {
        let request = Request { payment_method: method, ..request() };
        quote(OrderId::new(), "n".into(), &request, lines).map(|order| order.payment_method)
    };
    let (cash, card) = (PaymentMethod::CashOnDelivery, PaymentMethod::Stripe);
    let willing = line(money(500, "USD"));
    let refusing = CartLine { cash_on_delivery: false, ..line(money(300, "USD")) };
    assert!(matches!(taken(None, slice::from_ref(&willing)), Ok(method) if method == cash));
    let both = [willing, refusing.clone()];
    let Err(Error::MethodRequired { vendors }) = taken(None, &both) else { panic!("cash was taken") };
    assert_eq!(vendors.iter().map(|vendor| vendor.id).collect::<Vec<_>>(), [refusing.vendor_id]);
    assert!(matches!(taken(Some(cash), &both), Err(Error::CashNotTaken { .. })));
    assert!(matches!(taken(Some(card), &both), Ok(method) if method == card));
    let gift = CartLine { cash_on_delivery: false, ..line(money(0, "USD")) };
    assert!(matches!(taken(None, &[gift]), Ok(method) if method == cash));
}
