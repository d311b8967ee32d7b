//! Refund arithmetic: how much, from whom, and how much of the commission goes back. Pure.
//!
//! Commission goes back in proportion to the sale: after refunds of `r` out of a sale of `t` exactly `round(commission
//! · r / t)` has gone back, so that no sequence of partial refunds gains or loses a cent.

use money::{Money, MoneyError};

use super::{AskLine, Error, Restock, What};
use crate::kernel::Gathered;
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

/// Decides a refund. `left` is the rest of the payment. A refusal names everything that asks for too much.
pub fn plan(what: &What, left: Money, bearers: &[Bearer], ordered: &[LineLeft]) -> Result<Plan, Error> {
    let nothing = Money::zero(left.currency());
    let (wanted, lines) = match what {
        What::Whole(restock) => (by_remainder(bearers)?, all_lines(ordered, *restock)),
        What::Amount(amount) => (by_amount(*amount, bearers)?, Vec::new()),
        What::Lines(asked) => (by_lines(asked, bearers, ordered)?, asked.clone()),
    };
    let amount = wanted.iter().try_fold(nothing, |sum, part| sum.checked_add(*part))?;
    if !amount.is_positive() {
        return Err(Error::NothingToRefund);
    }
    let mut found = Gathered::default();
    if amount.amount() > left.amount() {
        let field = match what {
            What::Whole(_) => ".", // the request names no amount
            What::Amount(_) => "amount",
            What::Lines(_) => "lines",
        };
        found.add(Error::ExceedsCaptured { field, left });
    }
    let mut parts = Vec::with_capacity(bearers.len());
    for (bearer, amount) in bearers.iter().zip(wanted).filter(|(_, amount)| amount.is_positive()) {
        let rest = bearer.total.checked_sub(bearer.refunded)?;
        if amount.amount() > rest.amount() {
            let is_of_vendor = |ask: &AskLine| {
                ordered.iter().any(|line| line.line_no == ask.line_no && line.vendor_id == bearer.vendor_id)
            };
            let places =
                lines.iter().enumerate().filter(|(_, ask)| is_of_vendor(ask)).map(|(place, _)| place);
            found.add(Error::ExceedsVendorPart { places: places.collect(), left: rest });
        } else {
            parts.push(bear(bearer, amount)?);
        }
    }
    found.done(Plan { amount, lines, parts }, Error::Several)
}

/// A vendor's share of an amount within its part, with the commission returned in proportion.
fn bear(bearer: &Bearer, amount: Money) -> Result<Part, Error> {
    let after = bearer.refunded.checked_add(amount)?;
    let remaining = bearer.total.checked_sub(after)?;
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
        return Err(Error::ExceedsCaptured { field: "amount", left });
    }
    let weights: Vec<u64> = rests.iter().map(|rest| u64::try_from(rest.minor_units()).unwrap_or(0)).collect();
    Ok(amount.allocate(&weights))
}

fn by_lines(asked: &[AskLine], bearers: &[Bearer], lines: &[LineLeft]) -> Result<Vec<Money>, Error> {
    let mut seen = std::collections::HashSet::new();
    let mut wanted: Vec<Money> = bearers.iter().map(|bearer| Money::zero(bearer.total.currency())).collect();
    let mut found = Gathered::default();
    for (place, ask) in asked.iter().enumerate() {
        let line_no = ask.line_no;
        let line = lines.iter().find(|line| line.line_no == line_no).filter(|_| seen.insert(line_no));
        let bearer =
            line.and_then(|line| bearers.iter().position(|bearer| bearer.vendor_id == line.vendor_id));
        let (Some(line), Some(bearer)) = (line, bearer) else {
            found.add(Error::NoSuchLine { place, line_no });
            continue;
        };
        if ask.quantity < 1 {
            return Err(Error::NothingToRefund); // the request was checked: no line has less than one piece
        }
        if ask.quantity > line.left {
            found.add(Error::ExceedsLine { place, line_no, left: line.left });
            continue;
        }
        let price = line.unit_price.times(ask.quantity.unsigned_abs())?;
        wanted[bearer] = wanted[bearer].checked_add(price)?;
    }
    found.done(wanted, Error::Several)
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
    use crate::kernel::{Fault as _, Kind};

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
        fn every_line_that_asks_for_too_much_is_named((bearers, lines) in order()) {
            let ask = |line_no, quantity| AskLine { line_no, quantity, restock: Restock::No };
            let mut asked: Vec<AskLine> = lines.iter().map(|line| ask(line.line_no, line.left + 1)).collect();
            asked.push(ask(99, 1));
            let refused = plan(&What::Lines(asked), total(&bearers), &bearers, &lines).unwrap_err();
            let told = refused.detail().expect("paths");
            let mut expected: Vec<String> =
                (0..lines.len()).map(|place| format!("lines[{place}].quantity")).collect();
            expected.push(format!("lines[{}].line_no", lines.len()));
            expected.sort();
            prop_assert_eq!(told.as_object().expect("paths").keys().cloned().collect::<Vec<_>>(), expected);
            prop_assert_eq!((refused.kind(), refused.code()), (Kind::Invalid, "no_such_line"));
            prop_assert_eq!(refused.to_string(), "the refund can't be made as asked, for several reasons");
        }

        #[test]
        fn more_than_is_left_is_refused((bearers, lines) in order(), beyond in 1i64..1000) {
            let left = total(&bearers);
            let too_much = What::Amount(left.checked_add(usd(beyond)).expect("in range"));
            let refused = plan(&too_much, left, &bearers, &lines);
            prop_assert!(matches!(refused, Err(Error::ExceedsCaptured { field: "amount", .. })), "{refused:?}");
            let less = left.checked_sub(usd(1)).expect("in range");
            let whole = plan(&What::Whole(Restock::No), less, &bearers, &lines);
            prop_assert!(matches!(whole, Err(Error::ExceedsCaptured { field: ".", .. })), "{whole:?}");
        }
    }
}
