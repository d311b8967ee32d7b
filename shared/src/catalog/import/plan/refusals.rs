//! Refuses what the shop can't take. Pure.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::Planning;
use super::matching::Match;
use crate::catalog::import::LineError;
use crate::catalog::import::columns::Column;
use crate::catalog::import::draft::{ProductDraft, VariantDraft};
use crate::catalog::variants::{Mixture, mixture};
use crate::catalog::{Error, MOST_VARIANTS, Options, Variant};
use crate::kernel::ids::VariantId;

impl Planning<'_> {
    /// A SKU may be new, or the variant's own. A variant of this product that gives up a SKU in the same file is
    /// matched by it, so that is its own as well.
    pub(super) fn refuse_foreign_sku(&mut self, draft: &VariantDraft, own: Option<VariantId>) {
        let Some(sku) = &draft.sku else { return };
        if self.known.skus.get(sku).is_some_and(|owner| Some(*owner) != own) {
            self.note(draft.line, Column::Sku, format!("another product of the shop has the SKU {sku}"));
        }
    }

    /// Handles new variants next to existing ones that the file does not name. If those have other options, the file is
    /// refused, because the same goods might be for sale twice. If they have the same options, a notice says so. The
    /// number of variants is limited.
    pub(super) fn refuse_additions(&mut self, draft: &ProductDraft, had: &[Variant], matches: &[Match]) {
        let named: HashSet<usize> = matches.iter().filter_map(Match::known).collect();
        let others: Vec<&Variant> = had
            .iter()
            .enumerate()
            .filter(|(place, row)| row.active && !named.contains(place))
            .map(|(_, row)| row)
            .collect();
        let new: Vec<&VariantDraft> = draft
            .variants
            .iter()
            .zip(matches)
            .filter(|(_, found)| found.is_new())
            .map(|(new, _)| new)
            .collect();
        let Some(first) = new.first() else { return };
        let nothing = Options::new();
        let names = |options: &Options| options.names().map(str::to_owned).collect::<BTreeSet<_>>();
        let named_by_new: HashSet<BTreeSet<String>> =
            new.iter().map(|new| names(new.options.as_ref().unwrap_or(&nothing))).collect();
        let differs = |other: &&&Variant| {
            let names = names(&other.options);
            named_by_new.iter().any(|new| *new != names)
        };
        if let Some(other) = others.iter().find(differs) {
            let message = format!(
                "the product has the variant “{}” with other options; name it by its SKU or archive it, \
                 else both are sold",
                other.title
            );
            self.note(first.line, Column::Option1Name, message);
        } else if !others.is_empty() {
            let message = "new variants stand beside others of the product that the file does not name";
            self.notices.tell(first.line, Column::Option1Value, message);
        }
        if had.len() + new.len() > MOST_VARIANTS {
            let message = format!(
                "a product may have at most {MOST_VARIANTS} variants, and this one has {}",
                had.len()
            );
            self.note(first.line, Column::Handle, message);
        }
    }

    /// The active variants of a product must differ in their options, including variants that the file does not name.
    pub(super) fn refuse_twins(
        &mut self,
        draft: &ProductDraft,
        matches: &[Match],
        rows: &[Variant],
        new: &[Variant],
    ) {
        let named: HashSet<usize> = matches.iter().filter_map(Match::known).collect();
        let mut seen: HashMap<&Options, Option<u64>> = rows
            .iter()
            .enumerate()
            .filter(|(place, row)| row.active && !named.contains(place))
            .map(|(_, row)| (&row.options, None))
            .collect();
        let mut new = new.iter();
        for (variant, found) in draft.variants.iter().zip(matches) {
            let row = match found {
                Match::Known(place) => rows.get(*place).filter(|row| row.active),
                Match::New => new.next(),
                Match::Unclear => None,
            };
            let Some(row) = row else { continue };
            let message = match seen.insert(&row.options, Some(variant.line)) {
                None => continue,
                Some(None) => "another variant of the product has these options".to_owned(),
                Some(Some(line)) => format!("line {line} has the same options"),
            };
            self.note(variant.line, Column::Option1Value, message);
        }
    }

    /// One currency and one set of option names for all active variants. An existing product that differs is left alone
    /// as long as the file does not change it.
    pub(super) fn refuse_mixture(
        &mut self,
        draft: &ProductDraft,
        matches: &[Match],
        had: &[Variant],
        rows: &[Variant],
        new: &[Variant],
    ) {
        let changes = |(before, after): &(&Variant, &Variant)| {
            before.price.currency() != after.price.currency() || !before.options.has_names_of(&after.options)
        };
        let kept = had.iter().zip(rows).filter(|(_, after)| after.active);
        let mut settled: Vec<&Variant> = kept.filter(|pair| !changes(pair)).map(|(_, after)| after).collect();
        let mut new = new.iter();
        for (variant, found) in draft.variants.iter().zip(matches) {
            let row = match found {
                Match::Known(place) => {
                    Some((&had[*place], &rows[*place])).filter(changes).map(|(_, after)| after)
                }
                Match::New => new.next(),
                Match::Unclear => None,
            };
            let Some(row) = row.filter(|row| row.active) else { continue };
            if let Some(mixture) = mixture(row, &settled) {
                let column = match mixture {
                    Mixture::Currency => Column::Price,
                    Mixture::OptionNames => Column::Option1Name,
                };
                // New variants next to existing ones have a notice already, with the name of the variant.
                let told =
                    |error: &LineError| error.line == variant.line && error.column == Some(column.name());
                if !self.wrong.iter().any(told) {
                    self.note(variant.line, column, Error::from(mixture).to_string());
                }
            }
            settled.push(row);
        }
    }
}
