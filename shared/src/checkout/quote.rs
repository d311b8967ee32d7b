//! From cart lines to an order: prices, parts per vendor, commissions. Pure.

use std::collections::{BTreeMap, BTreeSet};

use money::{Currency, Money, MoneyError};
use rust_decimal::Decimal;

use super::{Error, Refusing, Request};
use crate::kernel::ids::{CartItemId, OrderId, ProductId, VariantId, VendorId, VendorOrderId};
use crate::orders::PaymentMethod;
use crate::orders::store::{NewLine, NewOrder, NewPart};

/// Most lines of one order.
pub const MAX_LINES: usize = 100;

/// One line of a cart with the current state of the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CartLine {
    pub id: CartItemId,
    pub variant_id: VariantId,
    pub product_id: ProductId,
    pub vendor_id: VendorId,
    pub vendor_name: String,
    pub commission_rate: Decimal,
    /// Whether the vendor accepts cash on delivery.
    pub cash_on_delivery: bool,
    pub sku: Option<String>,
    pub title: String,
    /// The options that make the variant, an object as the text of its JSON: orders keep it, and nothing here reads it.
    pub options: String,
    /// The product's handle and first picture, which orders keep as well.
    pub product_handle: String,
    pub image_url: Option<String>,
    pub price: Money,
    /// The price that the owner was last shown; `None` in lines from before such prices were stored.
    pub shown_price: Option<Money>,
    pub quantity: i32,
    /// Variant, product and shop are all active.
    pub sold: bool,
}

/// The order that these lines of a cart become. Lines keep the cart's sequence, parts the sequence of their first lines.
pub fn quote(id: OrderId, number: String, request: &Request, lines: &[CartLine]) -> Result<NewOrder, Error> {
    if lines.is_empty() {
        return Err(Error::CartEmpty);
    }
    if lines.len() > MAX_LINES {
        return Err(Error::TooManyLines);
    }
    let gone: Vec<VariantId> = lines.iter().filter(|line| !line.sold).map(|line| line.variant_id).collect();
    if !gone.is_empty() {
        return Err(Error::NotSold { variants: gone });
    }
    let total = agreed(sum(lines), request, lines)?;
    let currency = total.currency();
    let payment_method = payment_method(request, lines, total)?;
    request.payable(payment_method, total)?;
    let parts = parts(lines, currency)?;
    let shipping_address = serde_json::to_value(&request.address).expect("addresses are plain data");
    let customer_id = request.customer;
    Ok(NewOrder { id, number, customer_id, payment_method, total, shipping_address, parts })
}

/// The total of the lines. If they have several currencies, the error names them.
fn sum(lines: &[CartLine]) -> Result<Money, Error> {
    let currencies: BTreeSet<Currency> = lines.iter().map(|line| line.price.currency()).collect();
    let currencies: Vec<Currency> = currencies.into_iter().collect();
    let [currency] = currencies[..] else {
        return Err(Error::MixedCurrencies { currencies });
    };
    lines
        .iter()
        .try_fold(Money::zero(currency), |sum, line| sum.checked_add(line.total()?).map_err(out_of_range))
}

/// The total, if it is what the customer was shown: the expected total, or else one of prices that the cart has shown.
fn agreed(total: Result<Money, Error>, request: &Request, lines: &[CartLine]) -> Result<Money, Error> {
    let repriced = lines.iter().any(|line| line.shown_price.is_some_and(|shown| shown != line.price));
    let agreed = match request.expected_total {
        Some(expected) => total.as_ref().is_ok_and(|total| *total == expected),
        None => !repriced,
    };
    // Lines without a common total whose prices are as shown are no changed cart: the error of the total says what is
    // wrong.
    if agreed || (total.is_err() && !repriced) {
        total
    } else {
        Err(Error::CartChanged { total: total.ok() })
    }
}

/// The method of the request. Without one, cash if every vendor accepts cash. An order that costs nothing needs no
/// vendor's consent.
fn payment_method(request: &Request, lines: &[CartLine], total: Money) -> Result<PaymentMethod, Error> {
    let refusing = lines.iter().filter(|line| !line.cash_on_delivery && total.is_positive());
    let refusing: BTreeMap<VendorId, &str> =
        refusing.map(|line| (line.vendor_id, line.vendor_name.as_str())).collect();
    let vendors = || -> Vec<Refusing> {
        let vendors = refusing.iter().map(|(id, name)| Refusing { id: *id, name: (*name).to_owned() });
        vendors.collect()
    };
    match request.payment_method {
        Some(PaymentMethod::CashOnDelivery) if !refusing.is_empty() => {
            Err(Error::CashNotTaken { vendors: vendors() })
        }
        Some(method) => Ok(method),
        None if refusing.is_empty() => Ok(PaymentMethod::CashOnDelivery),
        None => Err(Error::MethodRequired { vendors: vendors() }),
    }
}

/// The vendors' parts with their commissions.
fn parts(lines: &[CartLine], currency: Currency) -> Result<Vec<NewPart>, Error> {
    let mut parts: Vec<NewPart> = Vec::new();
    for (line_no, line) in (1i16..).zip(lines) {
        let place = parts.iter().position(|part| part.vendor_id == line.vendor_id).unwrap_or_else(|| {
            parts.push(empty_part(line, currency));
            parts.len() - 1
        });
        let part = &mut parts[place];
        part.total = part.total.checked_add(line.total()?).map_err(out_of_range)?;
        part.lines.push(snapshot(line_no, line));
    }
    for part in &mut parts {
        part.commission = part.total.share(part.commission_rate).map_err(out_of_range)?;
    }
    Ok(parts)
}

impl CartLine {
    fn total(&self) -> Result<Money, Error> {
        self.price.times(self.quantity.unsigned_abs()).map_err(out_of_range)
    }
}

fn out_of_range(_: MoneyError) -> Error {
    Error::TotalOutOfRange
}

fn empty_part(line: &CartLine, currency: Currency) -> NewPart {
    let nothing = Money::zero(currency);
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
        options: line.options.clone(),
        product_handle: line.product_handle.clone(),
        image_url: line.image_url.clone(),
        unit_price: line.price,
        quantity: line.quantity,
    }
}

#[cfg(test)]
pub(super) mod tests;
