//! Finds options that a file names differently from the product. Pure.
//!
//! A shop that renames `Color` to `Colour` means the same option. If it were taken for another one, every variant would
//! be created again beside the old one, with its stock. An option is the same if only case or spaces differ, or if the
//! product has it and the file does not, in its order, and the two share a value.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::options::{folded, named_in_use};
use crate::catalog::{Options, Variant};

/// Old names with their new ones. `order` belongs to the product, `had` are its variants, `drafts` the options of the
/// file.
pub(super) fn renames(order: &[String], had: &[Variant], drafts: &[&Options]) -> BTreeMap<String, String> {
    let stored: Vec<&Options> = had.iter().filter(|row| row.active).map(|row| &row.options).collect();
    let (before, after) = (named_in_use(order, &stored), named_in_use(&[], drafts));
    let mut gone: Vec<&String> = before.iter().filter(|name| !after.contains(name)).collect();
    let mut come: Vec<&String> = after.iter().filter(|name| !before.contains(name)).collect();
    let mut renames = BTreeMap::new();
    gone.retain(|old| {
        let Some(place) = come.iter().position(|new| folded(new) == folded(old)) else { return true };
        renames.insert((*old).clone(), come.remove(place).clone());
        false
    });
    if gone.len() == come.len() {
        let pairs = gone.into_iter().zip(come);
        let same = pairs.filter(|(old, new)| !values(old, &stored).is_disjoint(&values(new, drafts)));
        renames.extend(same.map(|(old, new)| (old.clone(), new.clone())));
    }
    renames
}

fn values(name: &str, options: &[&Options]) -> BTreeSet<String> {
    options.iter().filter_map(|options| options.value(name)).map(folded).collect()
}
