//! What variants of a product must have in common, and what must tell them apart. Pure.

use std::collections::HashSet;

use crate::catalog::{Error, Options, Variant};
use crate::kernel::ids::VariantId;

/// The conflicts of rows with the product's other active variants and with each other, by the places of the rows: the
/// same options or SKU, another currency, other option names. If a product is mixed already, a row may equal any of its
/// variants. A row that is wrong by itself is `None`. Pure.
pub(super) fn conflicts(had: &[Variant], rows: &[Option<&Variant>]) -> Vec<(usize, Error)> {
    let ids: HashSet<VariantId> = rows.iter().flatten().map(|row| row.id).collect();
    let mut others: Vec<&Variant> =
        had.iter().filter(|other| other.active && !ids.contains(&other.id)).collect();
    let mut options: HashSet<&Options> = others.iter().map(|other| &other.options).collect();
    let (mut skus, mut found) = (HashSet::new(), Vec::new());
    for (place, row) in rows.iter().enumerate().filter_map(|(place, row)| Some((place, (*row)?))) {
        if !options.insert(&row.options) {
            found.push((place, Error::OptionsTaken));
        }
        if let Some(sku) = row.sku.as_ref().filter(|sku| !skus.insert(*sku)) {
            found.push((place, Error::SkuTaken { sku: sku.clone() }));
        }
        match mixture(row, &others) {
            Some(mixture) => found.push((place, mixture.into())),
            None => others.push(row),
        }
    }
    found
}

/// What the variants of a product must have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::catalog) enum Mixture {
    Currency,
    OptionNames,
}

impl From<Mixture> for Error {
    fn from(mixture: Mixture) -> Self {
        match mixture {
            Mixture::Currency => Self::CurrencyDiffers,
            Mixture::OptionNames => Self::OptionsDiffer,
        }
    }
}

/// How a variant differs from all the others; `None` if it does not, or if there are no others. Pure.
pub(in crate::catalog) fn mixture(row: &Variant, others: &[&Variant]) -> Option<Mixture> {
    let like =
        |alike: &dyn Fn(&Variant) -> bool| others.is_empty() || others.iter().any(|other| alike(other));
    if !like(&|other| other.price.currency() == row.price.currency()) {
        Some(Mixture::Currency)
    } else if !like(&|other| other.options.has_names_of(&row.options)) {
        Some(Mixture::OptionNames)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use money::Money;

    use super::super::{NewVariant, fresh};
    use super::*;
    use crate::kernel::Fault as _;
    use crate::kernel::ids::ProductId;

    fn variant(options: Options, code: &str) -> Variant {
        let new = NewVariant {
            sku: None,
            title: None,
            options: options.clone(),
            price: Money::from_minor_units(999, code.parse().unwrap()).unwrap(),
            compare_at: None,
            barcode: None,
            weight_grams: None,
            quantity: 1,
        };
        fresh(&new, ProductId::new(), 0, Ok(options)).unwrap()
    }

    fn sized(size: &str, code: &str) -> Variant {
        variant(Options::from([("Size", size)]), code)
    }

    fn refused(had: &[Variant], rows: &[Variant]) -> Vec<(usize, &'static str)> {
        let rows: Vec<_> = rows.iter().map(Some).collect();
        conflicts(had, &rows).into_iter().map(|(place, error)| (place, error.code())).collect()
    }

    #[test]
    fn only_active_variants_must_be_told_apart() {
        let (small, large) = (sized("S", "USD"), sized("L", "USD"));
        let had = [small.clone(), Variant { active: false, ..large.clone() }];
        assert_eq!(refused(&had, &[small.clone(), large.clone()]), []);
        assert_eq!(refused(&had, &[sized("S", "USD")]), [(0, "options_taken")]);
        assert_eq!(refused(&had, &[large, sized("L", "USD")]), [(1, "options_taken")]);
        let named = |size: &str| Variant { sku: Some("ONE".into()), ..sized(size, "USD") };
        assert_eq!(refused(&[small], &[named("M"), named("L")]), [(1, "sku_taken")]);
    }

    #[test]
    fn variants_have_one_currency_and_one_set_of_option_names() {
        let small = sized("S", "USD");
        let (euro, red) = (sized("L", "EUR"), variant(Options::from([("Color", "Red")]), "USD"));
        let had = [small.clone()];
        assert_eq!(refused(&had, &[sized("L", "USD")]), []);
        assert_eq!(refused(&had, std::slice::from_ref(&euro)), [(0, "currency_differs")]);
        assert_eq!(refused(&had, std::slice::from_ref(&red)), [(0, "options_differ")]);
        assert_eq!(refused(&[], &[small.clone(), euro.clone()]), [(1, "currency_differs")]);
        // The only variant may change; archived ones don't count; a product that is mixed already can be repaired.
        assert_eq!(refused(&had, &[Variant { id: small.id, ..euro.clone() }]), []);
        assert_eq!(refused(&[Variant { active: false, ..small.clone() }], std::slice::from_ref(&red)), []);
        assert_eq!(refused(&[small.clone(), euro.clone()], &[sized("M", "EUR")]), []);
        // Each conflict is reported, and rows that conflict are no example for others.
        let all = [small, euro, red, sized("S", "EUR")];
        let expected =
            [(1, "currency_differs"), (2, "options_differ"), (3, "options_taken"), (3, "currency_differs")];
        assert_eq!(refused(&[], &all), expected);
    }
}
