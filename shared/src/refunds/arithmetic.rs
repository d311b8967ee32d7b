//! Refund arithmetic: how much, from whom, and how much of the commission goes back. Pure.
//!
//! Commission goes back in proportion to the sale: after refunds of `r` out of a sale of `t` exactly `round(commission
//! · r / t)` has gone back, so that no sequence of partial refunds gains or loses a cent.

use money::{Money, MoneyError};

use super::{AskLine, Error, Restock, What};
use crate::kernel::ids::{VariantId, VendorId};

/// A vendor's part of the order, and how much of it was refunded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bearer {
    pub vendor_id: VendorId,
    pub total: Money,
    pub commission: Money,
    pub refunded: Money,
    pub commission_refunded: Money,
}

/// A line, and how much of it was refunded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineLeft {
    pub line_no: i16,
    pub vendor_id: VendorId,
    pub variant_id: VariantId,
    pub unit_price: Money,
    /// Pieces that were not refunded yet.
    pub left: i32,
}

/// The share of one vendor in this refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub vendor_id: VendorId,
    pub amount: Money,
    pub commission: Money,
}

/// A refund that may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub amount: Money,
    pub lines: Vec<AskLine>,
    pub parts: Vec<Part>,
}

/// Decides a refund. `left` is the rest of the payment.
pub fn plan(what: &What, left: Money, bearers: &[Bearer], lines: &[LineLeft]) -> Result<Plan, Error> {
    let nothing = Money::zero(left.currency());
    let (wanted, lines) = match what {
        What::Whole(restock) => (by_remainder(bearers)?, all_lines(lines, *restock)),
        What::Amount(amount) => (by_amount(*amount, bearers)?, Vec::new()),
        What::Lines(asked) => (by_lines(asked, bearers, lines)?, asked.clone()),
    };
    let amount = wanted.iter().try_fold(nothing, |sum, part| sum.checked_add(*part))?;
    if !amount.is_positive() {
        return Err(Error::NothingToRefund);
    }
    if amount.amount() > left.amount() {
        return Err(Error::ExceedsCaptured { left });
    }
    let parts = bearers.iter().zip(wanted).filter(|(_, amount)| amount.is_positive());
    let parts: Result<Vec<Part>, Error> = parts.map(|(bearer, amount)| bear(bearer, amount)).collect();
    Ok(Plan { amount, lines, parts: parts? })
}

/// A vendor's share of an amount, with the commission returned in proportion.
fn bear(bearer: &Bearer, amount: Money) -> Result<Part, Error> {
    let after = bearer.refunded.checked_add(amount)?;
    let remaining = bearer.total.checked_sub(after)?;
    if remaining.is_negative() {
        let left = bearer.total.checked_sub(bearer.refunded)?;
        return Err(Error::ExceedsVendorPart { vendor_id: bearer.vendor_id, left });
    }
    let units = |money: Money| u64::try_from(money.minor_units()).expect("parts of a sale are not negative");
    // Largest remainder of two: the refunded and the kept commission sum to the whole.
    let due = bearer.commission.allocate(&[units(after), units(remaining)])[0];
    let commission = due.checked_sub(bearer.commission_refunded)?;
    let commission = if commission.is_negative() { Money::zero(amount.currency()) } else { commission };
    let commission = if commission.amount() > amount.amount() { amount } else { commission };
    Ok(Part { vendor_id: bearer.vendor_id, amount, commission })
}

fn by_remainder(bearers: &[Bearer]) -> Result<Vec<Money>, MoneyError> {
    bearers.iter().map(|bearer| bearer.total.checked_sub(bearer.refunded)).collect()
}

/// Splits an amount in proportion to what is left of each vendor's part.
fn by_amount(amount: Money, bearers: &[Bearer]) -> Result<Vec<Money>, Error> {
    if !amount.is_positive() {
        return Err(Error::NothingToRefund);
    }
    let rests = by_remainder(bearers)?;
    let left = rests.iter().try_fold(Money::zero(amount.currency()), |sum, rest| sum.checked_add(*rest))?;
    if amount.amount() > left.amount() {
        return Err(Error::ExceedsCaptured { left });
    }
    let weights: Vec<u64> = rests.iter().map(|rest| u64::try_from(rest.minor_units()).unwrap_or(0)).collect();
    Ok(amount.allocate(&weights))
}

fn by_lines(asked: &[AskLine], bearers: &[Bearer], lines: &[LineLeft]) -> Result<Vec<Money>, Error> {
    let mut seen = std::collections::HashSet::new();
    let mut wanted: Vec<Money> = bearers.iter().map(|bearer| Money::zero(bearer.total.currency())).collect();
    for ask in asked {
        let line = lines.iter().find(|line| line.line_no == ask.line_no);
        let line =
            line.filter(|_| seen.insert(ask.line_no)).ok_or(Error::NoSuchLine { line_no: ask.line_no })?;
        if ask.quantity < 1 {
            return Err(Error::NothingToRefund);
        }
        if ask.quantity > line.left {
            return Err(Error::ExceedsLine { line_no: ask.line_no, left: line.left });
        }
        let place = bearers.iter().position(|bearer| bearer.vendor_id == line.vendor_id);
        let place = place.ok_or(Error::NoSuchLine { line_no: ask.line_no })?;
        let price = line.unit_price.times(ask.quantity.unsigned_abs())?;
        wanted[place] = wanted[place].checked_add(price)?;
    }
    Ok(wanted)
}

fn all_lines(lines: &[LineLeft], restock: Restock) -> Vec<AskLine> {
    let left = lines.iter().filter(|line| line.left > 0);
    left.map(|line| AskLine { line_no: line.line_no, quantity: line.left, restock }).collect()
}

#[cfg(test)]
mod tests {
    use money::Currency;
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;

    fn usd(units: i64) -> Money {
        Money::from_minor_units(units, currency()).expect("in range")
    }

    fn currency() -> Currency {
        "USD".parse().expect("known")
    }

    /// An order of some vendors, one line each.
    fn order() -> impl Strategy<Value = (Vec<Bearer>, Vec<LineLeft>)> {
        prop::collection::vec((1i64..100_000, 1i32..20, 0i64..=3000), 1..5).prop_map(|vendors| {
            let mut bearers = Vec::new();
            let mut lines = Vec::new();
            for (line_no, (price, quantity, rate)) in (1i16..).zip(vendors) {
                let vendor_id = VendorId::new();
                let total = usd(price * i64::from(quantity));
                let commission = total.share(Decimal::new(rate, 4)).expect("a fraction");
                let (refunded, commission_refunded) = (usd(0), usd(0));
                bearers.push(Bearer { vendor_id, total, commission, refunded, commission_refunded });
                let variant_id = VariantId::new();
                lines.push(LineLeft {
                    line_no,
                    vendor_id,
                    variant_id,
                    unit_price: usd(price),
                    left: quantity,
                });
            }
            (bearers, lines)
        })
    }

    fn total(bearers: &[Bearer]) -> Money {
        bearers.iter().fold(usd(0), |sum, bearer| sum.checked_add(bearer.total).expect("in range"))
    }

    fn apply(plan: &Plan, left: &mut Money, bearers: &mut [Bearer], lines: &mut [LineLeft]) {
        *left = left.checked_sub(plan.amount).expect("same currency");
        for part in &plan.parts {
            let bearer =
                bearers.iter_mut().find(|b| b.vendor_id == part.vendor_id).expect("a vendor of the order");
            bearer.refunded = bearer.refunded.checked_add(part.amount).expect("in range");
            bearer.commission_refunded =
                bearer.commission_refunded.checked_add(part.commission).expect("in range");
        }
        for ask in &plan.lines {
            let line =
                lines.iter_mut().find(|line| line.line_no == ask.line_no).expect("a line of the order");
            line.left -= ask.quantity;
        }
    }

    proptest! {
        /// Whatever is refunded in whatever pieces: never above the capture, never above a vendor's part, and once all
        /// money is refunded, all commission is returned, to the cent.
        #[test]
        fn any_sequence_of_refunds_ends_exactly_at_nothing(
            (mut bearers, mut lines) in order(),
            asks in prop::collection::vec((0usize..5, 1i64..200_000, 1i32..5), 0..12),
        ) {
            let whole = total(&bearers);
            let mut left = whole;
            for (pick, units, quantity) in asks {
                let what = if units % 2 == 0 {
                    What::Amount(usd(units))
                } else {
                    let line_no = lines[pick % lines.len()].line_no;
                    What::Lines(vec![AskLine { line_no, quantity, restock: Restock::Yes }])
                };
                if let Ok(plan) = plan(&what, left, &bearers, &lines) {
                    let borne = plan.parts.iter().fold(usd(0), |sum, part| sum.checked_add(part.amount).expect("in range"));
                    prop_assert_eq!(borne, plan.amount);
                    apply(&plan, &mut left, &mut bearers, &mut lines);
                }
                prop_assert!(!left.is_negative());
                prop_assert!(lines.iter().all(|line| line.left >= 0));
            }
            if left.is_positive() {
                let rest = plan(&What::Whole(Restock::No), left, &bearers, &lines).expect("the rest can always go back");
                prop_assert_eq!(rest.amount, left);
                apply(&rest, &mut left, &mut bearers, &mut lines);
            }
            for bearer in &bearers {
                prop_assert_eq!(bearer.refunded, bearer.total);
                prop_assert_eq!(bearer.commission_refunded, bearer.commission);
            }
        }

        #[test]
        fn more_than_is_left_is_refused((bearers, lines) in order(), beyond in 1i64..1000) {
            let left = total(&bearers);
            let too_much = What::Amount(left.checked_add(usd(beyond)).expect("in range"));
            let refused = plan(&too_much, left, &bearers, &lines);
            prop_assert!(matches!(refused, Err(Error::ExceedsCaptured { .. })), "{refused:?}");
        }
    }
}
