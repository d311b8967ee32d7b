//! From cart lines to an order: prices, parts per vendor, commissions. Pure.

use money::{Money, MoneyError};
use rust_decimal::Decimal;

use super::{Error, Request};
use crate::kernel::ids::{OrderId, ProductId, VariantId, VendorId, VendorOrderId};
use crate::orders::store::{NewLine, NewOrder, NewPart};

/// Lines of one order at the most.
pub const MAX_LINES: usize = 100;

/// One line of a cart with what the catalog says of it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CartLine {
    pub variant_id: VariantId,
    pub product_id: ProductId,
    pub vendor_id: VendorId,
    pub vendor_name: String,
    pub commission_rate: Decimal,
    pub sku: Option<String>,
    pub title: String,
    pub price: Money,
    pub quantity: i32,
    /// Variant, product and shop are all active.
    pub sold: bool,
}

/// The order that a cart becomes. Lines keep the cart's sequence, parts the sequence of their first lines.
pub fn quote(id: OrderId, number: String, request: &Request, lines: &[CartLine]) -> Result<NewOrder, Error> {
    let first = lines.first().ok_or(Error::CartEmpty)?;
    if lines.len() > MAX_LINES {
        return Err(Error::TooManyLines);
    }
    let gone: Vec<VariantId> = lines.iter().filter(|line| !line.sold).map(|line| line.variant_id).collect();
    if !gone.is_empty() {
        return Err(Error::NotSold { variants: gone });
    }
    let currency = first.price.currency();
    if lines.iter().any(|line| line.price.currency() != currency) {
        return Err(Error::MixedCurrencies);
    }
    let mut parts: Vec<NewPart> = Vec::new();
    let mut total = Money::zero(currency);
    for (line_no, line) in (1i16..).zip(lines) {
        let line_total = line.price.times(line.quantity.unsigned_abs()).map_err(out_of_range)?;
        total = total.checked_add(line_total).map_err(out_of_range)?;
        let place = parts.iter().position(|part| part.vendor_id == line.vendor_id).unwrap_or_else(|| {
            parts.push(empty_part(line));
            parts.len() - 1
        });
        let part = &mut parts[place];
        part.total = part.total.checked_add(line_total).map_err(out_of_range)?;
        part.lines.push(snapshot(line_no, line));
    }
    request.takes(total)?;
    for part in &mut parts {
        part.commission = part.total.share(part.commission_rate).map_err(out_of_range)?;
    }
    let shipping_address = serde_json::to_value(&request.address).expect("addresses are plain data");
    let (customer_id, payment_method) = (request.customer, request.payment_method);
    Ok(NewOrder { id, number, customer_id, payment_method, total, shipping_address, parts })
}

fn out_of_range(_: MoneyError) -> Error {
    Error::TotalOutOfRange
}

fn empty_part(line: &CartLine) -> NewPart {
    let nothing = Money::zero(line.price.currency());
    NewPart {
        id: VendorOrderId::new(),
        vendor_id: line.vendor_id,
        vendor_name: line.vendor_name.clone(),
        total: nothing,
        commission_rate: line.commission_rate,
        commission: nothing,
        lines: Vec::new(),
    }
}

fn snapshot(line_no: i16, line: &CartLine) -> NewLine {
    NewLine {
        line_no,
        variant_id: line.variant_id,
        product_id: line.product_id,
        sku: line.sku.clone(),
        title: line.title.clone(),
        unit_price: line.price,
        quantity: line.quantity,
    }
}

#[cfg(test)]
mod tests {
    use money::{Amounts, Currencies};
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::ids::UserId;
    use crate::orders::{Address, PaymentMethod};
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
            payment_method: PaymentMethod::Stripe,
            offers: vec![Offer {
                method: PaymentMethod::Stripe,
                currencies: Currencies::AllBut(&["ETB"]),
                amounts: Amounts::ANY,
            }],
            address,
            trace: None,
        }
    }

    fn lines() -> impl Strategy<Value = Vec<CartLine>> {
        let vendors = [VendorId::new(), VendorId::new(), VendorId::new()];
        let line = (0usize..3, 0i64..1_000_000, 1i32..1000, 0i64..=10_000).prop_map(
            move |(vendor, units, quantity, rate)| CartLine {
                variant_id: VariantId::new(),
                product_id: ProductId::new(),
                vendor_id: vendors[vendor],
                vendor_name: format!("shop {vendor}"),
                commission_rate: Decimal::new(rate, 4),
                sku: None,
                title: "mug".into(),
                price: Money::from_minor_units(units, "USD".parse().expect("known")).expect("in range"),
                quantity,
                sold: true,
            },
        );
        prop::collection::vec(line, 1..20)
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
        let usd = |units| Money::from_minor_units(units, "USD".parse().expect("known")).expect("in range");
        let mug = CartLine {
            variant_id: VariantId::new(),
            product_id: ProductId::new(),
            vendor_id: VendorId::new(),
            vendor_name: "Clay".into(),
            commission_rate: Decimal::new(1, 1),
            sku: None,
            title: "mug".into(),
            price: usd(500),
            quantity: 1,
            sold: true,
        };
        assert!(matches!(refused(&[]), Error::CartEmpty));
        assert!(matches!(refused(&vec![mug.clone(); MAX_LINES + 1]), Error::TooManyLines));
        let gone = CartLine { variant_id: VariantId::new(), sold: false, ..mug.clone() };
        assert!(
            matches!(refused(&[mug.clone(), gone.clone()]), Error::NotSold { variants } if variants == [gone.variant_id])
        );
        let price = Money::from_minor_units(500, "BDT".parse().expect("known")).expect("in range");
        assert!(matches!(refused(&[mug.clone(), CartLine { price, ..mug.clone() }]), Error::MixedCurrencies));
        let price = Money::from_minor_units(500, "ETB".parse().expect("known")).expect("in range");
        let foreign = CartLine { price, ..mug.clone() };
        assert!(matches!(refused(&[foreign]), Error::CurrencyNotTaken { .. }));
        let dear = CartLine { price: usd(money::MAX_AMOUNT * 100), quantity: i32::MAX, ..mug };
        assert!(matches!(refused(&[dear]), Error::TotalOutOfRange));
    }
}
