//! The changes that make a shop match the file. Pure, except for loading the shop's products.

mod known;
mod matching;
mod refusals;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::columns::Column;
use super::draft::{ProductDraft, VariantDraft};
use super::notice::Notices;
use super::renames::renames;
use super::{Context, LineError};
use crate::catalog::image_url::same_picture;
use crate::catalog::options::named_in_use;
use crate::catalog::store::products::ProductRow;
use crate::catalog::{Image, MOST_IMAGES, Options, ProductStatus, Reach, Variant, fields};
use crate::inventory::{Opening, Target};
use crate::kernel::ids::{ImageId, ProductId, VariantId, VendorId};

pub(super) use known::Known;
use matching::{Match, matched};

/// What to write.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) new_products: Vec<ProductRow>,
    /// Products of the shop as they will be; the next field says whether anything else of them changes.
    pub(super) kept_products: Vec<ProductRow>,
    /// The products of `kept_products` whose own fields, variants or pictures change.
    pub(super) changed: HashSet<ProductId>,
    pub(super) new_variants: Vec<Variant>,
    pub(super) changed_variants: Vec<Variant>,
    /// The variants of `changed_variants` whose SKU changes.
    pub(super) renamed: Vec<VariantId>,
    pub(super) images: Vec<Image>,
    pub(super) removed_images: Vec<ImageId>,
    /// Variants whose picture changes or is removed.
    pub(super) shown_by: Vec<(VariantId, Option<ImageId>)>,
    pub(super) openings: Vec<Opening>,
    pub(super) targets: Vec<Target>,
    /// New variants whose count the file gives.
    pub(super) counted: usize,
}

/// Compares the file with the shop. Everything that is impossible is listed, in the order of lines.
pub(super) fn plan(
    drafts: Vec<ProductDraft>,
    known: &Known,
    notices: &mut Notices,
    vendor: VendorId,
    context: &Context,
) -> Result<Plan, Vec<LineError>> {
    let mut planning = Planning { known, notices, vendor, context, plan: Plan::default(), wrong: Vec::new() };
    for draft in drafts {
        planning.product(&draft);
    }
    planning.wrong.sort_by_key(|error| error.line);
    if planning.wrong.is_empty() { Ok(planning.plan) } else { Err(planning.wrong) }
}

struct Planning<'a> {
    known: &'a Known,
    notices: &'a mut Notices,
    vendor: VendorId,
    context: &'a Context,
    plan: Plan,
    wrong: Vec<LineError>,
}

impl Planning<'_> {
    fn product(&mut self, draft: &ProductDraft) {
        let known = self.known;
        let before = known.products.get(&draft.handle);
        let id = before.map_or_else(ProductId::new, |row| row.id);
        let had = known.variants.get(&id).map(Vec::as_slice).unwrap_or_default();
        let order = before.map(|row| row.option_names.as_slice()).unwrap_or_default();
        let renames = self.renames(draft, order, had);
        let renamed: Vec<Variant> =
            had.iter().map(|row| Variant { options: row.options.renamed(&renames), ..row.clone() }).collect();
        let matches = matched(&draft.variants, &renamed);
        self.refuse_additions(draft, &renamed, &matches);

        let pictures = self.pictures(id, draft, &renamed, &matches);
        let mut rows = renamed;
        let mut new = Vec::new();
        let behind = had.iter().map(|row| row.position + 1).max().unwrap_or(0);
        for (variant, found) in draft.variants.iter().zip(&matches) {
            match found {
                Match::Known(place) => self.kept_variant(&mut rows[*place], variant, &pictures),
                Match::New => new.push(self.new_variant(id, variant, &pictures)),
                Match::Unclear => {
                    let message = "the row names neither the SKU nor the options of a variant of the product";
                    self.note(variant.line, Column::Sku, message.into());
                }
            }
        }
        let order = order_after(draft, order, &renames, rows.iter().chain(&new));
        let order = fields::option_names(order).unwrap_or_else(|problem| {
            self.note(draft.line, Column::Option1Name, problem.to_string());
            Vec::new()
        });
        for (row, had) in rows.iter_mut().zip(had) {
            row.options = std::mem::take(&mut row.options).in_order_of(&order);
            if fields::is_made_title(&had.title, &had.options) {
                row.title = fields::made_title(&row.options);
            }
        }
        for (row, position) in new.iter_mut().zip(behind..) {
            row.options = std::mem::take(&mut row.options).in_order_of(&order);
            row.title = fields::made_title(&row.options);
            row.position = position;
        }
        self.refuse_twins(draft, &matches, &rows, &new);
        self.refuse_mixture(draft, &matches, had, &rows, &new);
        self.keep(had, rows);
        self.plan.new_variants.append(&mut new);
        match before {
            Some(before) => self.kept_product(before, draft, order),
            None => self.new_product(id, draft, order),
        }
    }

    fn renames(
        &mut self,
        draft: &ProductDraft,
        order: &[String],
        had: &[Variant],
    ) -> BTreeMap<String, String> {
        let drafted: Vec<&Options> =
            draft.variants.iter().filter_map(|variant| variant.options.as_ref()).collect();
        let renames = renames(order, had, &drafted);
        for (old, new) in &renames {
            let message = format!("the option {old} is called {new} from now on");
            self.notices.tell(draft.line, Column::Option1Name, message);
        }
        renames
    }

    fn new_product(&mut self, id: ProductId, draft: &ProductDraft, option_names: Vec<String>) {
        let reach = Reach::Shop(self.vendor);
        let wanted = draft.wanted(None).unwrap_or(ProductStatus::Approved);
        self.plan.new_products.push(ProductRow {
            id,
            vendor_id: self.vendor,
            category_id: None,
            handle: draft.handle.clone(),
            title: draft.title.clone(),
            description: draft.description.clone().unwrap_or_default(),
            product_type: draft.product_type.clone().flatten(),
            tags: draft.tags.clone().unwrap_or_default(),
            status: ProductStatus::Draft.asked_for(wanted, reach, self.context.rules.publication),
            option_names,
            version: 1,
        });
    }

    /// Fields that the file does not have stay.
    fn kept_product(&mut self, before: &ProductRow, draft: &ProductDraft, option_names: Vec<String>) {
        let reach = Reach::Shop(self.vendor);
        let wanted = draft.wanted(Some(before.status));
        let publication = self.context.rules.publication;
        let after = ProductRow {
            title: draft.title.clone(),
            description: draft.description.clone().unwrap_or_else(|| before.description.clone()),
            product_type: draft.product_type.clone().unwrap_or_else(|| before.product_type.clone()),
            tags: draft.tags.clone().unwrap_or_else(|| before.tags.clone()),
            status: wanted
                .map_or(before.status, |wanted| before.status.asked_for(wanted, reach, publication)),
            option_names,
            ..before.clone()
        };
        if before.status == ProductStatus::Archived && wanted.is_none() {
            let message = "archived products stay archived: only the status active brings them back";
            self.notices.tell(draft.line, Column::Status, message);
        }
        if after != *before {
            self.plan.changed.insert(before.id);
        }
        self.plan.kept_products.push(after);
    }

    fn new_variant(&mut self, product: ProductId, draft: &VariantDraft, pictures: &Pictures) -> Variant {
        self.refuse_foreign_sku(draft, None);
        let id = VariantId::new();
        let quantity = draft.quantity.unwrap_or(0);
        match draft.quantity {
            Some(_) => self.plan.counted += 1,
            None => {
                let message = "the file has no count: a new variant has no stock until it is set";
                self.notices.tell(draft.line, Column::Quantity, message);
            }
        }
        self.plan.openings.push(Opening { variant: id, quantity });
        self.plan.changed.insert(product); // harmless for a new product, which is not among the kept ones
        let image_id = pictures.of(draft).flatten();
        self.plan.shown_by.extend(image_id.map(|image| (id, Some(image))));
        Variant {
            id,
            product_id: product,
            sku: draft.sku.clone(),
            title: String::new(), // made once the order of options is known
            options: draft.options.clone().unwrap_or_default(),
            price: draft.price,
            compare_at: draft.compare_at.flatten(),
            position: 0,
            active: true,
            barcode: draft.barcode.clone(),
            weight_grams: draft.weight_grams,
            image_id,
            available: quantity,
        }
    }

    /// Fields that the file does not have stay. An archived variant stays archived: no column of the file restores it.
    fn kept_variant(&mut self, row: &mut Variant, draft: &VariantDraft, pictures: &Pictures) {
        self.refuse_foreign_sku(draft, Some(row.id));
        if !row.active {
            let message = "archived variants stay archived";
            self.notices.tell(draft.line, Column::Sku, message);
        }
        if draft.sku.is_some() && draft.sku != row.sku {
            self.plan.renamed.push(row.id);
            row.sku.clone_from(&draft.sku);
        }
        if let Some(options) = &draft.options {
            row.options = options.clone();
        }
        row.price = draft.price;
        row.compare_at = match draft.compare_at {
            Some(said) => said,
            None => row.compare_at.filter(|before| before.currency() == draft.price.currency()),
        };
        row.barcode = draft.barcode.clone().or_else(|| row.barcode.take());
        row.weight_grams = draft.weight_grams.or(row.weight_grams);
        if let Some(image) = pictures.of(draft).filter(|image| *image != row.image_id) {
            row.image_id = image;
            self.plan.shown_by.push((row.id, image));
        }
        self.stock(row.id, draft);
    }

    fn keep(&mut self, had: &[Variant], rows: Vec<Variant>) {
        for (before, after) in had.iter().zip(rows) {
            if after != *before {
                self.plan.changed.insert(before.product_id);
                self.plan.changed_variants.push(after);
            }
        }
    }

    fn stock(&mut self, variant: VariantId, draft: &VariantDraft) {
        let (Some(on_hand), Some(stock)) = (draft.quantity, self.known.stocks.get(&variant)) else { return };
        if on_hand < stock.reserved {
            let message = format!("{} are reserved for orders: stock can't go below that", stock.reserved);
            self.note(draft.line, Column::Quantity, message);
        } else if on_hand != stock.on_hand {
            self.plan.targets.push(Target { variant, on_hand });
        }
    }

    /// The changes to the product's pictures. A picture of a variant for which the file names none is kept.
    fn pictures(
        &mut self,
        id: ProductId,
        draft: &ProductDraft,
        had: &[Variant],
        matches: &[Match],
    ) -> Pictures {
        let said: HashSet<usize> = draft
            .variants
            .iter()
            .zip(matches)
            .filter(|(variant, _)| variant.image.is_some())
            .filter_map(|(_, found)| found.known())
            .collect();
        let silent = had.iter().enumerate().filter(|(place, _)| !said.contains(place));
        let kept: HashSet<ImageId> = silent.filter_map(|(_, row)| row.image_id).collect();
        let images = self.known.images.get(&id).map(Vec::as_slice).unwrap_or_default();
        let change = draft.gallery.change(id, images, &kept);
        if change.total > MOST_IMAGES {
            let message = format!("a product may have at most {MOST_IMAGES} images");
            self.note(draft.line, Column::ImageSrc, message);
        }
        if !(change.written.is_empty() && change.removed.is_empty()) {
            self.plan.changed.insert(id);
        }
        self.plan.images.extend(change.written);
        self.plan.removed_images.extend(change.removed);
        Pictures(change.ids)
    }

    fn note(&mut self, line: u64, column: Column, message: String) {
        self.wrong.push(LineError { line, column: Some(column.name()), message });
    }
}

/// The pictures of the file that variants use.
struct Pictures(HashMap<String, ImageId>);

impl Pictures {
    /// `None` if the file has no picture for the variant.
    fn of(&self, draft: &VariantDraft) -> Option<Option<ImageId>> {
        let url = draft.image.as_ref()?;
        Some(url.as_deref().and_then(|url| self.0.get(&*same_picture(url)).copied()))
    }
}

/// The order of a product's options: first the file's, then those that only existing variants have, in their former
/// order.
fn order_after<'a>(
    draft: &ProductDraft,
    order: &[String],
    renames: &BTreeMap<String, String>,
    rows: impl Iterator<Item = &'a Variant>,
) -> Vec<String> {
    let mut names = draft.option_names();
    if names.is_empty() {
        return order.to_vec();
    }
    for name in order.iter().map(|name| renames.get(name).unwrap_or(name)) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let options: Vec<&Options> = rows.map(|row| &row.options).collect();
    named_in_use(&names, &options)
}

#[cfg(test)]
mod tests;
