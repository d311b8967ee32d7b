//! Puts the lines of a rejected order back into its customer's cart, in addition to what the cart has by then.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use money::Money;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::{LARGEST_QUANTITY, MOST_LINES, store};
use crate::kernel::Timestamp;
use crate::kernel::ids::{UserId, VariantId};

/// The lines of a rejected order.
#[derive(Clone, Debug)]
pub struct Basket {
    pub customer: UserId,
    pub lines: Vec<BasketLine>,
}

#[derive(Clone, Copy, Debug)]
pub struct BasketLine {
    pub variant: VariantId,
    pub quantity: u32,
    /// The price that the customer agreed to. If the price has changed, the cart announces it.
    pub price: Money,
}

/// Pieces that went back into the cart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReturnedLine {
    pub variant_id: VariantId,
    pub quantity: u32,
}

/// The line that a cart will have of a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub quantity: u32,
    /// The price of a line that is new in the cart.
    pub price: Money,
}

/// The lines that some carts will have.
pub type Puts = BTreeMap<(UserId, VariantId), Wanted>;

/// The carts of some customers: pieces of each variant.
pub type Held = HashMap<UserId, BTreeMap<VariantId, u32>>;

/// Puts the lines of many orders back. Returns for each order, in sequence, the lines that fitted into its customer's
/// cart, within the usual limits on pieces and lines.
///
/// Locks the carts in id order; they are the last locks of the transaction, see the lock order in docs/ARCHITECTURE.md.
pub async fn put_back(
    db: &mut PgConnection,
    baskets: &[Basket],
    now: Timestamp,
) -> Result<Vec<Vec<ReturnedLine>>, sqlx::Error> {
    let customers: BTreeSet<UserId> = baskets.iter().map(|basket| basket.customer).collect();
    let locked = store::lock_many(db, &customers.into_iter().collect::<Vec<_>>()).await?;
    let held = store::held(db, &locked).await?;
    let (wanted, returned) = merge(held, baskets);
    if !wanted.is_empty() {
        store::put_many(db, &wanted, now).await?;
    }
    Ok(returned)
}

/// What the carts will hold, and which lines of each basket were put back. A customer who is not in `held` has no cart.
fn merge(mut held: Held, baskets: &[Basket]) -> (Puts, Vec<Vec<ReturnedLine>>) {
    let mut wanted = Puts::new();
    let mut returned = Vec::with_capacity(baskets.len());
    for basket in baskets {
        let mut back = Vec::new();
        for line in &basket.lines {
            let Some(cart) = held.get_mut(&basket.customer) else { continue };
            if !cart.contains_key(&line.variant) && cart.len() >= MOST_LINES {
                continue;
            }
            let has = cart.entry(line.variant).or_default();
            let quantity = line.quantity.min(LARGEST_QUANTITY.saturating_sub(*has));
            if quantity == 0 {
                continue;
            }
            *has += quantity;
            let one = wanted
                .entry((basket.customer, line.variant))
                .or_insert(Wanted { quantity: *has, price: line.price });
            one.quantity = *has;
            back.push(ReturnedLine { variant_id: line.variant, quantity });
        }
        returned.push(back);
    }
    (wanted, returned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn price() -> Money {
        Money::from_minor_units(500, "USD".parse().expect("known")).expect("in range")
    }

    fn line(variant: VariantId, quantity: u32) -> BasketLine {
        BasketLine { variant, quantity, price: price() }
    }

    proptest! {
        #[test]
        fn what_went_back_is_what_the_cart_has_more_and_no_cart_outgrows_its_limits(
            had in prop::collection::btree_map(0u8..6, 1u32..=LARGEST_QUANTITY, 0..6),
            asked in prop::collection::vec(prop::collection::btree_map(0u8..6, 1u32..=LARGEST_QUANTITY, 0..4), 0..4),
        ) {
            let customer = UserId::new();
            let variants: Vec<VariantId> = (0..6).map(|_| VariantId::new()).collect();
            let cart: BTreeMap<VariantId, u32> = had.iter().map(|(at, n)| (variants[usize::from(*at)], *n)).collect();
            let basket = |lines: &BTreeMap<u8, u32>| Basket {
                customer,
                lines: lines.iter().map(|(at, n)| line(variants[usize::from(*at)], *n)).collect(),
            };
            let baskets: Vec<Basket> = asked.iter().map(basket).collect();
            let (wanted, returned) = merge(Held::from([(customer, cart.clone())]), &baskets);
            prop_assert_eq!(returned.len(), baskets.len());
            for variant in &variants {
                let back = returned.iter().flatten().filter(|one| one.variant_id == *variant);
                let back: u32 = back.map(|one| one.quantity).sum();
                let had = cart.get(variant).copied().unwrap_or(0);
                let has = wanted.get(&(customer, *variant)).map_or(had, |wanted| wanted.quantity);
                prop_assert_eq!(has, had + back);
                prop_assert!(has <= LARGEST_QUANTITY);
                let asked: u32 = baskets.iter().flat_map(|one| &one.lines).filter(|one| one.variant == *variant).map(|one| one.quantity).sum();
                prop_assert_eq!(back, asked.min(LARGEST_QUANTITY - had), "as much as fits");
            }
        }
    }

    #[test]
    fn a_full_cart_takes_more_of_what_it_has_and_nothing_else() {
        let customer = UserId::new();
        let cart: BTreeMap<VariantId, u32> = (0..MOST_LINES).map(|_| (VariantId::new(), 1)).collect();
        let known = *cart.keys().next().expect("a line");
        let basket = Basket { customer, lines: vec![line(VariantId::new(), 1), line(known, 2)] };
        let (wanted, returned) = merge(Held::from([(customer, cart)]), &[basket]);
        assert_eq!(returned, [vec![ReturnedLine { variant_id: known, quantity: 2 }]]);
        assert_eq!(wanted.len(), 1);
    }
}
