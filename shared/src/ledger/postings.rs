//! The entries of each fact: pure, and summing to zero by construction.

use money::{Money, MoneyError};

use super::{Account, Entry};
use crate::kernel::ids::VendorId;

/// A vendor's share of a sale or refund, and the commission within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    pub vendor_id: VendorId,
    pub amount: Money,
    pub commission: Money,
}

/// A payment pays its order: the gateway holds the money, each vendor is owed its share less commission.
pub fn sale(gateway: &'static str, captured: Money, shares: &[Share]) -> Result<Vec<Entry>, MoneyError> {
    let mut entries = vec![Entry { account: Account::GatewayClearing(gateway), amount: captured }];
    let mut earned = Money::zero(captured.currency());
    for share in shares {
        let owed = share.amount.checked_sub(share.commission)?;
        entries.push(Entry { account: Account::VendorPayable(share.vendor_id), amount: owed.negated() });
        earned = earned.checked_add(share.commission)?;
    }
    entries.push(Entry { account: Account::CommissionRevenue, amount: earned.negated() });
    Ok(without_zeros(entries))
}

/// A refund for goods: the vendors' shares and the commission are reversed.
pub fn refund(gateway: &'static str, amount: Money, shares: &[Share]) -> Result<Vec<Entry>, MoneyError> {
    Ok(mirrored(sale(gateway, amount, shares)?))
}

/// A refund failed after it had succeeded: the opposite of [`refund`].
pub fn refund_undone(
    gateway: &'static str,
    amount: Money,
    shares: &[Share],
) -> Result<Vec<Entry>, MoneyError> {
    sale(gateway, amount, shares)
}

/// Money arrived that pays for nothing: it belongs to the customer.
#[must_use]
pub fn surplus(gateway: &'static str, captured: Money) -> Vec<Entry> {
    without_zeros(vec![
        Entry { account: Account::GatewayClearing(gateway), amount: captured },
        Entry { account: Account::CustomerFunds, amount: captured.negated() },
    ])
}

/// The customer's money was refunded.
#[must_use]
pub fn surplus_refund(gateway: &'static str, amount: Money) -> Vec<Entry> {
    mirrored(surplus(gateway, amount))
}

fn mirrored(entries: Vec<Entry>) -> Vec<Entry> {
    entries.into_iter().map(|entry| Entry { amount: entry.amount.negated(), ..entry }).collect()
}

fn without_zeros(entries: Vec<Entry>) -> Vec<Entry> {
    entries.into_iter().filter(|entry| !entry.amount.is_zero()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;

    fn shares() -> impl Strategy<Value = Vec<Share>> {
        prop::collection::vec((0i64..1_000_000, 0i64..=10_000), 1..6).prop_map(|parts| {
            let currency = "USD".parse().expect("known");
            let share = |(units, rate): (i64, i64)| {
                let amount = Money::from_minor_units(units, currency).expect("in range");
                let commission = amount.share(Decimal::new(rate, 4)).expect("a fraction");
                Share { vendor_id: VendorId::new(), amount, commission }
            };
            parts.into_iter().map(share).collect()
        })
    }

    fn sum(amounts: impl Iterator<Item = Money>) -> Money {
        amounts
            .fold(Money::zero("USD".parse().expect("known")), |sum, m| sum.checked_add(m).expect("in range"))
    }

    proptest! {
        #[test]
        fn every_posting_sums_to_zero(shares in shares()) {
            let total = sum(shares.iter().map(|share| share.amount));
            for entries in [sale("stripe", total, &shares), refund("stripe", total, &shares), Ok(surplus("stripe", total))] {
                let entries = entries.expect("in range");
                prop_assert!(sum(entries.iter().map(|entry| entry.amount)).is_zero());
                prop_assert!(entries.iter().all(|entry| !entry.amount.is_zero()));
            }
        }

        #[test]
        fn a_sale_and_its_whole_refund_leave_nothing_behind(shares in shares()) {
            let total = sum(shares.iter().map(|share| share.amount));
            let there = sale("stripe", total, &shares).expect("in range");
            let back = refund("stripe", total, &shares).expect("in range");
            for entry in &there {
                let account = |entries: &[Entry]| sum(entries.iter().filter(|e| e.account == entry.account).map(|e| e.amount));
                prop_assert!(account(&there).checked_add(account(&back)).expect("in range").is_zero());
            }
        }
    }
}
