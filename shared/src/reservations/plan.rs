//! Decides which orders get the stock: first come, first served, all or nothing per order.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::kernel::ids::VariantId;

/// One order's demand of each variant.
pub type Demand = BTreeMap<VariantId, i32>;

/// A variant of which there is not enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shortage {
    pub variant_id: VariantId,
    pub wanted: i32,
    pub available: i32,
}

/// The decision for an order: it gets everything, or the list of what is short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Fits,
    Short(Vec<Shortage>),
}

/// Goes through the orders in the given sequence. An order that fits takes its stock from `available`. One that does
/// not fit takes nothing, so that a later, smaller order may still fit. A variant that is not in `available` has no
/// stock.
#[must_use]
pub fn plan(mut available: HashMap<VariantId, i32>, orders: &[Demand]) -> Vec<Verdict> {
    let mut judge = |demand: &Demand| {
        let left = |variant: &VariantId| available.get(variant).copied().unwrap_or(0);
        let short: Vec<Shortage> = demand
            .iter()
            .filter(|(variant, wanted)| left(variant) < **wanted)
            .map(|(variant, wanted)| Shortage {
                variant_id: *variant,
                wanted: *wanted,
                available: left(variant).max(0),
            })
            .collect();
        if !short.is_empty() {
            return Verdict::Short(short);
        }
        for (variant, wanted) in demand {
            *available.entry(*variant).or_default() -= wanted;
        }
        Verdict::Fits
    };
    orders.iter().map(&mut judge).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn variant(n: u8) -> VariantId {
        VariantId(uuid::Uuid::from_u128(n.into()))
    }

    fn demands() -> impl Strategy<Value = Vec<Demand>> {
        let demand = prop::collection::btree_map((0u8..5).prop_map(variant), 1i32..6, 1..4);
        prop::collection::vec(demand, 0..40)
    }

    fn stock() -> impl Strategy<Value = HashMap<VariantId, i32>> {
        prop::collection::hash_map((0u8..5).prop_map(variant), 0i32..30, 0..5)
    }

    proptest! {
        #[test]
        fn nothing_is_oversold_and_nobody_is_sent_away_without_reason(stock in stock(), orders in demands()) {
            let verdicts = plan(stock.clone(), &orders);
            let mut left = stock;
            for (demand, verdict) in orders.iter().zip(&verdicts) {
                let fits = demand.iter().all(|(variant, wanted)| left.get(variant).copied().unwrap_or(0) >= *wanted);
                prop_assert_eq!(fits, *verdict == Verdict::Fits);
                if fits {
                    for (variant, wanted) in demand {
                        *left.entry(*variant).or_default() -= wanted;
                    }
                }
            }
            prop_assert!(left.values().all(|rest| *rest >= 0));
        }

        #[test]
        fn a_plan_in_two_parts_is_the_plan_in_one(stock in stock(), orders in demands(), cut in 0usize..40) {
            let whole = plan(stock.clone(), &orders);
            let (front, back) = orders.split_at(cut.min(orders.len()));
            let first = plan(stock.clone(), front);
            let mut left = stock;
            for (demand, _) in front.iter().zip(&first).filter(|(_, verdict)| **verdict == Verdict::Fits) {
                for (variant, wanted) in demand {
                    *left.entry(*variant).or_default() -= wanted;
                }
            }
            let second = plan(left, back);
            prop_assert_eq!(whole, [first, second].concat());
        }
    }
}
