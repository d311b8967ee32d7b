//! Turns rows into products: rows of one handle are one product, and the first row describes it. Pure.
//!
//! A draft contains only what the file says. A value is `None`, and the shop keeps its own, if the file has no column
//! for it or a blank cell leaves it alone; the table is in [`super::columns`].

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};

use money::{Currency, Money};

use super::cells::{Count, Listing};
use super::columns::Column;
use super::gallery::Gallery;
use super::notice::Notices;
use super::sheet::{self, Row, Sheet};
use super::{LineError, cells};
use crate::catalog::options::named;
use crate::catalog::{DEFAULT_TITLE, MOST_VARIANTS, Options, ProductStatus, fields};

/// A product as the file describes it.
pub(super) struct ProductDraft {
    /// The line of its first row.
    pub(super) line: u64,
    pub(super) handle: String,
    pub(super) title: String,
    pub(super) description: Option<String>,
    pub(super) product_type: Option<Option<String>>,
    pub(super) tags: Option<Vec<String>>,
    pub(super) variants: Vec<VariantDraft>,
    pub(super) gallery: Gallery,
    listing: Option<Listing>,
    published: Option<bool>,
    /// The names that its rows give the options, by number.
    option_names: [Option<String>; 3],
    /// The first line of each combination of options, whatever its wording.
    seen: HashMap<BTreeMap<String, String>, u64>,
}

pub(super) struct VariantDraft {
    pub(super) line: u64,
    pub(super) sku: Option<String>,
    pub(super) options: Option<Options>,
    pub(super) price: Money,
    pub(super) compare_at: Option<Option<Money>>,
    pub(super) barcode: Option<String>,
    pub(super) weight_grams: Option<i32>,
    pub(super) quantity: Option<i32>,
    /// The address of its picture; `Some(None)`: no picture.
    pub(super) image: Option<Option<String>>,
}

/// The contents of a file.
pub(super) struct Drafts {
    pub(super) rows: usize,
    pub(super) products: Vec<ProductDraft>,
    pub(super) ignored: Vec<String>,
    pub(super) notices: Notices,
}

impl ProductDraft {
    /// The options that its variants have, in the order of the columns.
    pub(super) fn option_names(&self) -> Vec<String> {
        named(&[], self.variants.iter().filter_map(|variant| variant.options.as_ref()))
    }

    /// The state that the file asks for; `None` if it asks for none. An archived product returns only by its status:
    /// `Published` says where a product is shown, not that it exists again.
    pub(super) fn wanted(&self, before: Option<ProductStatus>) -> Option<ProductStatus> {
        match (self.listing, self.published) {
            (Some(Listing::Archived), _) => Some(ProductStatus::Archived),
            (Some(Listing::Draft | Listing::Unlisted), _) | (Some(Listing::Active), Some(false)) => {
                Some(ProductStatus::Draft)
            }
            (Some(Listing::Active), Some(true) | None) => Some(ProductStatus::Approved),
            (None, None) => None,
            (None, Some(_)) if before == Some(ProductStatus::Archived) => None,
            (None, Some(true)) => Some(ProductStatus::Approved),
            (None, Some(false)) => Some(ProductStatus::Draft),
        }
    }
}

/// The products of the file, or every problem in the order of lines. Ends early once it is abandoned: no caller reads
/// the result then.
pub(super) fn read(
    file: &[u8],
    currency: Currency,
    abandoned: &AtomicBool,
) -> Result<Drafts, Vec<LineError>> {
    let sheet = sheet::read(file, abandoned)?;
    let mut reading = Reading {
        sheet: &sheet,
        currency,
        wrong: Vec::new(),
        notices: Notices::default(),
        skus: HashMap::new(),
    };
    let mut products: Vec<ProductDraft> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for row in sheet.rows.iter().take_while(|_| !abandoned.load(Ordering::Relaxed)) {
        let given = row.cell(Column::Handle);
        let handle = fields::handle(given).unwrap_or_else(|_| given.to_owned());
        let place = *places.entry(handle).or_insert_with(|| {
            products.push(reading.product(row));
            products.len() - 1
        });
        reading.row_of(row, &mut products[place]);
    }
    for product in &mut products {
        if let Err(problem) = product.gallery.arrange() {
            let column = Some(Column::VariantImage.name());
            reading.wrong.push(LineError { line: product.line, column, message: problem.to_string() });
        }
    }
    let Reading { wrong, notices, .. } = reading;
    let rows = sheet.rows.len();
    if wrong.is_empty() { Ok(Drafts { rows, products, ignored: sheet.ignored, notices }) } else { Err(wrong) }
}

/// Values collected over all rows.
struct Reading<'a> {
    sheet: &'a Sheet,
    currency: Currency,
    wrong: Vec<LineError>,
    notices: Notices,
    /// The first line of each SKU of the file.
    skus: HashMap<String, u64>,
}

impl Reading<'_> {
    /// The value. If it is wrong, the problem is noted and a substitute returned: the file is refused anyway.
    fn checked<T, E: Display>(
        &mut self,
        (row, column): (&Row, Column),
        value: Result<T, E>,
        instead: T,
    ) -> T {
        value.unwrap_or_else(|problem| {
            self.note(row, column, problem.to_string());
            instead
        })
    }

    fn note(&mut self, row: &Row, column: Column, message: String) {
        self.wrong.push(LineError { line: row.line, column: Some(column.name()), message });
    }

    /// The value of a column, if the file has it.
    fn said<T>(&self, column: Column, value: T) -> Option<T> {
        self.sheet.has(column).then_some(value)
    }

    fn product(&mut self, row: &Row) -> ProductDraft {
        let cell = |column| row.cell(column);
        let handle = match cell(Column::Handle) {
            "" => Err("is missing".to_owned()),
            given => fields::handle(given).map_err(|problem| problem.to_string()),
        };
        let tags = self.checked((row, Column::Tags), fields::tags(cell(Column::Tags).split(',')), Vec::new());
        let description = fields::description(cell(Column::Body));
        let description = self.checked((row, Column::Body), description, String::new());
        let product_type = fields::product_type(Some(cell(Column::Type)));
        let product_type = self.checked((row, Column::Type), product_type, None);
        ProductDraft {
            line: row.line,
            handle: self.checked((row, Column::Handle), handle, String::new()),
            title: self.checked((row, Column::Title), fields::title(cell(Column::Title)), String::new()),
            description: self.said(Column::Body, description),
            product_type: self.said(Column::Type, product_type),
            tags: self.said(Column::Tags, tags),
            listing: self.listing(row),
            published: self.checked((row, Column::Published), cells::truth(cell(Column::Published)), None),
            variants: Vec::new(),
            gallery: Gallery::default(),
            option_names: [None, None, None],
            seen: HashMap::new(),
        }
    }

    fn listing(&mut self, row: &Row) -> Option<Listing> {
        let listing = self.checked((row, Column::Status), cells::status(row.cell(Column::Status)), None);
        if listing == Some(Listing::Unlisted) {
            let message = "unlisted products come in as drafts: here everybody would find them";
            self.notices.tell(row.line, Column::Status, message);
        }
        let gift_card = cells::truth(row.cell(Column::GiftCard));
        match self.checked((row, Column::GiftCard), gift_card, None) {
            Some(true) => {
                let message = "gift cards come in as drafts: here they would be sold as goods";
                self.notices.tell(row.line, Column::GiftCard, message);
                Some(listing.filter(|listing| *listing == Listing::Archived).unwrap_or(Listing::Draft))
            }
            Some(false) | None => listing,
        }
    }

    /// A row may hold a variant, an image of the product, or both.
    fn row_of(&mut self, row: &Row, product: &mut ProductDraft) {
        for (slot, (name, _)) in product.option_names.iter_mut().zip(Column::OPTIONS) {
            if slot.is_none() {
                *slot = row.filled(name).map(str::to_owned);
            }
        }
        let tells = [Column::Option1Value, Column::Price, Column::Sku];
        let is_variant = tells.iter().any(|column| row.filled(*column).is_some());
        if is_variant {
            self.variant(row, product);
        }
        if let Some(text) = row.filled(Column::ImageSrc) {
            self.image(row, product, text);
        } else if !is_variant {
            self.note(row, Column::Price, "the row has neither a variant nor an image".into());
        }
    }

    fn variant(&mut self, row: &Row, product: &mut ProductDraft) {
        if product.variants.len() == MOST_VARIANTS {
            let message = format!("a product may have at most {MOST_VARIANTS} variants");
            return self.note(row, Column::Handle, message);
        }
        let cell = |column| row.cell(column);
        let currency = self.currency;
        let nothing = Money::zero(currency);
        let options = self.options(row, product);
        let price = cells::price(cell(Column::Price), currency)
            .and_then(|price| fields::price("price", price).map_err(|problem| problem.to_string()));
        let compare_at = cells::compare_at(cell(Column::CompareAt), currency)
            .and_then(|before| fields::compare_at(before, nothing).map_err(|problem| problem.to_string()));
        let compare_at = self.checked((row, Column::CompareAt), compare_at, None);
        let barcode = fields::barcode(Some(cells::barcode(cell(Column::Barcode))));
        let grams = cells::grams(cell(Column::Grams))
            .and_then(|grams| fields::weight_grams(grams).map_err(|problem| problem.to_string()));
        let image = self.variant_image(row, product);
        product.variants.push(VariantDraft {
            line: row.line,
            sku: self.sku(row),
            price: self.checked((row, Column::Price), price, nothing),
            compare_at: self.said(Column::CompareAt, compare_at),
            barcode: self.checked((row, Column::Barcode), barcode, None),
            weight_grams: self.checked((row, Column::Grams), grams, None),
            quantity: self.quantity(row),
            image: self.said(Column::VariantImage, image),
            options,
        });
    }

    /// The options of a variant; `None` if the row names none. A product without options has one variant, called
    /// [`DEFAULT_TITLE`].
    fn options(&mut self, row: &Row, product: &mut ProductDraft) -> Option<Options> {
        let filled = Column::OPTIONS.map(|(_, value)| row.filled(value));
        if filled.iter().all(Option::is_none) {
            return None;
        }
        let mut options = Options::new();
        for (((_, column), name), value) in Column::OPTIONS.into_iter().zip(&product.option_names).zip(filled)
        {
            match (name, value) {
                (_, None | Some(DEFAULT_TITLE)) => {}
                (None, Some(_)) => {
                    self.note(row, column, "the product's first row does not name this option".into());
                }
                (Some(name), Some(value)) => {
                    if !options.add(name.clone(), value.to_owned()) {
                        self.note(row, column, format!("two options are called {name}"));
                    }
                }
            }
        }
        let options = self.checked((row, Column::Option1Value), fields::options(&options), Options::new());
        match product.seen.get(&options.folded()) {
            Some(line) => self.note(row, Column::Option1Value, format!("line {line} has the same options")),
            None => {
                product.seen.insert(options.folded(), row.line);
            }
        }
        Some(options)
    }

    fn sku(&mut self, row: &Row) -> Option<String> {
        let sku = fields::sku(Some(row.cell(Column::Sku)));
        let sku = self.checked((row, Column::Sku), sku, None)?;
        match self.skus.get(&sku) {
            Some(first) => {
                let message = format!("line {first} has the SKU {sku} already");
                self.note(row, Column::Sku, message);
            }
            None => {
                self.skus.insert(sku.clone(), row.line);
            }
        }
        Some(sku)
    }

    /// The stock, considering Shopify's other columns about stock.
    fn quantity(&mut self, row: &Row) -> Option<i32> {
        if self.sheet.has(Column::Tracker) && row.filled(Column::Tracker).is_none() {
            let message = "the stock is not tracked there; here only what is counted can be sold";
            self.notices.tell(row.line, Column::Tracker, message);
        }
        if cells::sells_on(row.cell(Column::Policy)) {
            let message = "sold without stock there; here sales end with the stock";
            self.notices.tell(row.line, Column::Policy, message);
        }
        let count = cells::quantity(row.cell(Column::Quantity));
        match self.checked((row, Column::Quantity), count, Count::Blank) {
            Count::Blank => None,
            Count::Pieces(pieces) => Some(pieces),
            Count::Oversold => {
                self.notices.tell(row.line, Column::Quantity, "a count below zero was taken as 0");
                Some(0)
            }
        }
    }

    fn image(&mut self, row: &Row, product: &mut ProductDraft, text: &str) {
        let url = self.checked((row, Column::ImageSrc), fields::image_url(text), String::new());
        let place = cells::position(row.cell(Column::ImagePosition));
        let place = self.checked((row, Column::ImagePosition), place, None);
        let alt = fields::alt(Some(row.cell(Column::ImageAlt)));
        let alt = self.checked((row, Column::ImageAlt), alt, None);
        let alt = self.said(Column::ImageAlt, alt);
        if let Err(problem) = product.gallery.add(url, alt, place) {
            self.note(row, Column::ImageSrc, problem.to_string());
        }
    }

    /// The picture of a variant; it follows the product's gallery, unless it is part of it.
    fn variant_image(&mut self, row: &Row, product: &mut ProductDraft) -> Option<String> {
        let text = row.filled(Column::VariantImage)?;
        let url = self.checked((row, Column::VariantImage), fields::image_url(text), String::new());
        product.gallery.add_of_variant(url.clone());
        Some(url)
    }
}
