//! Finds the variant of a product for each row of a file. Pure.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::catalog::import::draft::VariantDraft;
use crate::catalog::{Options, Variant};

/// The variant of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// The variant at this index among those of the product.
    Known(usize),
    New,
    /// Ambiguous: a price without SKU or options, for a product with several variants.
    Unclear,
}

impl Match {
    pub(super) fn known(&self) -> Option<usize> {
        match self {
            Self::Known(place) => Some(*place),
            Self::New | Self::Unclear => None,
        }
    }

    pub(super) fn is_new(&self) -> bool {
        match self {
            Self::New => true,
            Self::Known(_) | Self::Unclear => false,
        }
    }
}

/// Finds the variant with the row's SKU; else the one with its options that no other row has by SKU; else the one whose
/// options differ only in case, spaces or Unicode composition. A row without options matches a product's only variant.
/// If an archived variant has the same options as an active one, the active one matches.
pub(super) fn matched(drafts: &[VariantDraft], had: &[Variant]) -> Vec<Match> {
    let by_sku: HashMap<&str, usize> =
        had.iter().enumerate().filter_map(|(place, row)| Some((row.sku.as_deref()?, place))).collect();
    let named = |draft: &VariantDraft| by_sku.get(draft.sku.as_deref()?).copied();
    let mut found: Vec<Option<usize>> = drafts.iter().map(named).collect();

    let nothing = Options::new();
    let options = |draft: &'_ VariantDraft| draft.options.clone().unwrap_or_else(|| nothing.clone());
    let free = free(had, &found);
    let exact: HashMap<&Options, usize> = free.iter().map(|place| (&had[*place].options, *place)).collect();
    for (draft, found) in drafts.iter().zip(&mut found) {
        *found = found.or_else(|| exact.get(&options(draft)).copied());
    }

    let free = self::free(had, &found);
    let folded: HashMap<BTreeMap<String, String>, usize> =
        free.iter().map(|place| (had[*place].options.folded(), *place)).collect();
    let active = had.iter().filter(|row| row.active).count();
    let lone =
        free.iter().copied().find(|place| had[*place].active).filter(|_| active == 1 && drafts.len() == 1);
    let resolved = drafts.iter().zip(found).map(|(draft, found)| {
        let found = found.or_else(|| folded.get(&options(draft).folded()).copied());
        let silent = draft.options.is_none();
        match found.or(lone.filter(|_| silent && draft.sku.is_none())) {
            Some(place) => Match::Known(place),
            None if silent && active > 0 => Match::Unclear,
            None => Match::New,
        }
    });
    resolved.collect()
}

/// Variants that no row has matched yet. Of equal ones the map keeps the last, which is an active one.
fn free(had: &[Variant], found: &[Option<usize>]) -> Vec<usize> {
    let taken: HashSet<usize> = found.iter().flatten().copied().collect();
    let mut free: Vec<usize> = (0..had.len()).filter(|place| !taken.contains(place)).collect();
    free.sort_by_key(|place| had[*place].active);
    free
}
