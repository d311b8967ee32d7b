//! Money by currency, in its smallest unit: what gateways count and tests look at.

use std::collections::BTreeMap;

pub type Sums = BTreeMap<String, i64>;

/// Adds to the sum of a currency.
pub fn tally(sums: &mut Sums, currency: &str, amount: i64) {
    let sum = sums.entry(currency.to_owned()).or_default();
    *sum = sum.saturating_add(amount);
}
