//! Selects lines of a cart. Pure.

use std::collections::BTreeSet;

use money::Currency;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{CartLine, Error, MAX_LINES};
use crate::kernel::ids::{CartItemId, VendorId};

/// The lines of the cart to buy, in one of three ways; the others stay in the cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", try_from = "Named")]
#[schema(as = CheckoutSelection)]
pub enum Selection {
    /// All lines priced in this currency.
    Currency(Currency),
    /// All lines of these vendors, 1 to 100 of them.
    Vendors(Vec<VendorId>),
    /// These lines, by their `id` in the cart, 1 to 100 of them.
    Lines(Vec<CartItemId>),
}

/// The three ways as a request has them; it must have exactly one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    currency: Option<Currency>,
    vendors: Option<Vec<VendorId>>,
    lines: Option<Vec<CartItemId>>,
}

impl TryFrom<Named> for Selection {
    type Error = &'static str;

    fn try_from(named: Named) -> Result<Self, &'static str> {
        match named {
            Named { currency: Some(currency), vendors: None, lines: None } => Ok(Self::Currency(currency)),
            Named { currency: None, vendors: Some(vendors), lines: None } => Ok(Self::Vendors(vendors)),
            Named { currency: None, vendors: None, lines: Some(lines) } => Ok(Self::Lines(lines)),
            Named { .. } => Err("names exactly one of currency, vendors and lines"),
        }
    }
}

impl Selection {
    /// Sorted and without duplicates, so that equal selections are equal values.
    #[must_use]
    pub fn normalised(self) -> Self {
        match self {
            Self::Currency(_) => self,
            Self::Vendors(vendors) => Self::Vendors(distinct(vendors).into_iter().collect()),
            Self::Lines(lines) => Self::Lines(distinct(lines).into_iter().collect()),
        }
    }

    /// Refuses an empty selection, and one with more names than a cart has lines.
    pub fn check(&self) -> Result<(), Error> {
        let count = match self {
            Self::Currency(_) => 1,
            Self::Vendors(vendors) => distinct(vendors.iter().copied()).len(),
            Self::Lines(lines) => distinct(lines.iter().copied()).len(),
        };
        if (1..=MAX_LINES).contains(&count) { Ok(()) } else { Err(Error::SelectionInvalid) }
    }

    fn takes(&self, line: &CartLine) -> bool {
        match self {
            Self::Currency(currency) => line.price.currency() == *currency,
            Self::Vendors(vendors) => vendors.contains(&line.vendor_id),
            Self::Lines(lines) => lines.contains(&line.id),
        }
    }

    /// The names that are not in the cart.
    fn missing(&self, cart: &[CartLine]) -> Vec<String> {
        match self {
            Self::Currency(currency) => {
                let there = cart.iter().any(|line| line.price.currency() == *currency);
                if there { Vec::new() } else { vec![currency.to_string()] }
            }
            Self::Vendors(vendors) => {
                let absent = |vendor: &&VendorId| cart.iter().all(|line| line.vendor_id != **vendor);
                vendors.iter().filter(absent).map(ToString::to_string).collect()
            }
            Self::Lines(lines) => {
                let absent = |item: &&CartItemId| cart.iter().all(|line| line.id != **item);
                lines.iter().filter(absent).map(ToString::to_string).collect()
            }
        }
    }
}

fn distinct<T: Ord>(names: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    names.into_iter().collect()
}

/// The lines of a cart that a request buys: all, or those it selects. Everything that it names must be in the cart.
pub(super) fn select(selection: Option<&Selection>, cart: &[CartLine]) -> Result<Vec<CartLine>, Error> {
    let Some(selection) = selection else { return Ok(cart.to_vec()) };
    if cart.is_empty() {
        return Err(Error::CartEmpty);
    }
    let missing = selection.missing(cart);
    if missing.is_empty() {
        Ok(cart.iter().filter(|line| selection.takes(line)).cloned().collect())
    } else {
        Err(Error::NotInCart { missing })
    }
}

#[cfg(test)]
mod tests {
    use std::slice;

    use super::super::quote::tests::{line, money};
    use super::*;

    #[test]
    fn each_way_to_select_takes_its_lines_and_leaves_the_others() {
        let (mug, jar) = (line(money(500, "USD")), line(money(300, "JPY")));
        let cart = [mug.clone(), jar.clone()];
        let taken = |selection: Selection| select(Some(&selection), &cart).expect("in the cart");
        assert_eq!(taken(Selection::Currency(jar.price.currency())), slice::from_ref(&jar));
        assert_eq!(taken(Selection::Vendors(vec![mug.vendor_id])), slice::from_ref(&mug));
        assert_eq!(taken(Selection::Lines(vec![jar.id, mug.id])), cart);
        assert_eq!(select(None, &cart).expect("all of it"), cart);
    }

    #[test]
    fn what_is_named_must_be_in_the_cart() {
        let cart = [line(money(500, "USD"))];
        let stranger = VendorId::new();
        let refused = select(Some(&Selection::Vendors(vec![cart[0].vendor_id, stranger])), &cart);
        assert!(matches!(refused, Err(Error::NotInCart { missing }) if missing == [stranger.to_string()]));
        let yen = Selection::Currency("JPY".parse().expect("known"));
        assert!(matches!(select(Some(&yen), &cart), Err(Error::NotInCart { missing }) if missing == ["JPY"]));
        assert!(matches!(select(Some(&yen), &[]), Err(Error::CartEmpty)));
    }

    #[test]
    fn a_selection_names_each_thing_once_in_order_and_never_nothing() {
        let (first, second) = (VendorId::new(), VendorId::new());
        let twice = Selection::Vendors(vec![second, first, second]);
        assert_eq!(twice.normalised(), Selection::Vendors(vec![first, second]));
        assert!(matches!(Selection::Lines(Vec::new()).check(), Err(Error::SelectionInvalid)));
        let many = (0..=MAX_LINES).map(|_| CartItemId::new()).collect();
        assert!(matches!(Selection::Lines(many).check(), Err(Error::SelectionInvalid)));
        let often = Selection::Vendors(vec![first; MAX_LINES + 1]);
        assert!(often.check().is_ok());
    }
}
