//! Rows become products: rows of one handle are one product, whose first row describes it. Pure.

use std::collections::HashMap;
use std::fmt::Display;

use money::{Currency, Money};

use super::columns::Column;
use super::sheet::{self, Row};
use super::{LineError, MOST_IMAGES, MOST_VARIANTS, cells};
use crate::catalog::{DEFAULT_TITLE, Options, ProductStatus, fields};

/// A product as the file describes it.
pub(super) struct ProductDraft {
    pub(super) handle: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) product_type: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) wanted: ProductStatus,
    pub(super) variants: Vec<VariantDraft>,
    pub(super) images: Vec<ImageDraft>,
    /// What its rows call the options, by number.
    option_names: [Option<String>; 3],
}

pub(super) struct VariantDraft {
    pub(super) line: u64,
    pub(super) sku: Option<String>,
    pub(super) title: String,
    pub(super) options: Options,
    pub(super) price: Money,
    pub(super) compare_at: Option<Money>,
    pub(super) barcode: Option<String>,
    pub(super) weight_grams: Option<i32>,
    /// `None` leaves the stock as it is.
    pub(super) quantity: Option<i32>,
}

pub(super) struct ImageDraft {
    pub(super) url: String,
    pub(super) alt: Option<String>,
    pub(super) position: i32,
}

/// Number of rows and the products they make, or everything that is wrong, in the order of lines.
pub(super) fn read(file: &[u8], currency: Currency) -> Result<(usize, Vec<ProductDraft>), Vec<LineError>> {
    let rows = sheet::rows(file)?;
    let mut reading = Reading { currency, wrong: Vec::new(), skus: HashMap::new() };
    let mut drafts: Vec<ProductDraft> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for row in &rows {
        let place = match places.get(row.cell(Column::Handle)) {
            Some(place) => *place,
            None => {
                drafts.push(reading.product(row));
                places.insert(row.cell(Column::Handle).to_owned(), drafts.len() - 1);
                drafts.len() - 1
            }
        };
        reading.row_of(row, &mut drafts[place]);
    }
    if reading.wrong.is_empty() { Ok((rows.len(), drafts)) } else { Err(reading.wrong) }
}

/// What is collected over all rows.
struct Reading {
    currency: Currency,
    wrong: Vec<LineError>,
    /// Where each SKU of the file was seen first.
    skus: HashMap<String, u64>,
}

impl Reading {
    /// The value, or its problem noted and the value that stands for it: the file is refused anyway.
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

    fn product(&mut self, row: &Row) -> ProductDraft {
        let cell = |column| row.cell(column);
        let published = cells::published(cell(Column::Published));
        let published = self.checked((row, Column::Published), published, ProductStatus::Draft);
        let status = self.checked((row, Column::Status), cells::status(cell(Column::Status)), None);
        let tags = fields::tags(cell(Column::Tags).split(','));
        let handle = fields::handle(Some(cell(Column::Handle)), "");
        let description = fields::description(cell(Column::Body));
        let product_type = fields::product_type(Some(cell(Column::Type)));
        ProductDraft {
            handle: self.checked((row, Column::Handle), handle, String::new()),
            title: self.checked((row, Column::Title), fields::title(cell(Column::Title)), String::new()),
            description: self.checked((row, Column::Body), description, String::new()),
            product_type: self.checked((row, Column::Type), product_type, None),
            tags: self.checked((row, Column::Tags), tags, Vec::new()),
            wanted: match (published, status) {
                (ProductStatus::Approved, Some(status)) => status,
                (published, None) => published,
                (unpublished, Some(ProductStatus::Approved | ProductStatus::Pending)) => unpublished,
                (_, Some(status @ (ProductStatus::Draft | ProductStatus::Archived))) => status,
            },
            variants: Vec::new(),
            images: Vec::new(),
            option_names: [None, None, None],
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
        } else if row.filled(Column::ImageSrc).is_none() {
            self.note(row, Column::Price, "the row has neither a variant nor an image".into());
        }
        self.image(row, product, Column::ImageSrc);
        self.image(row, product, Column::VariantImage);
    }

    fn variant(&mut self, row: &Row, product: &mut ProductDraft) {
        if product.variants.len() == MOST_VARIANTS {
            let message = format!("a product has {MOST_VARIANTS} variants at the most");
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
        let barcode = fields::barcode(Some(cells::barcode(cell(Column::Barcode))));
        let grams = cells::grams(cell(Column::Grams))
            .and_then(|grams| fields::weight_grams(grams).map_err(|problem| problem.to_string()));
        let title = fields::variant_title(None, &options);
        let variant = VariantDraft {
            line: row.line,
            sku: self.sku(row),
            title: self.checked((row, Column::Option1Value), title, String::new()),
            price: self.checked((row, Column::Price), price, nothing),
            compare_at: self.checked((row, Column::CompareAt), compare_at, None),
            barcode: self.checked((row, Column::Barcode), barcode, None),
            weight_grams: self.checked((row, Column::Grams), grams, None),
            quantity: self.checked((row, Column::Quantity), cells::quantity(cell(Column::Quantity)), None),
            options,
        };
        if let Some(twin) = product.variants.iter().find(|other| other.options == variant.options) {
            let message = format!("line {} has the same options", twin.line);
            self.note(row, Column::Option1Value, message);
        }
        product.variants.push(variant);
    }

    /// The choices of a variant. A product without options has one variant, called [`DEFAULT_TITLE`].
    fn options(&mut self, row: &Row, product: &ProductDraft) -> Options {
        let mut options = Options::new();
        for ((_, value_column), name) in Column::OPTIONS.into_iter().zip(&product.option_names) {
            match (name, row.filled(value_column)) {
                (_, None | Some(DEFAULT_TITLE)) => {}
                (None, Some(_)) => {
                    self.note(row, value_column, "the product's first row does not name this option".into());
                }
                (Some(name), Some(value)) => {
                    if options.insert(name.clone(), value.to_owned()).is_some() {
                        self.note(row, value_column, format!("two options are called {name}"));
                    }
                }
            }
        }
        self.checked((row, Column::Option1Value), fields::options(&options), Options::new())
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

    /// Adds an image unless the product has it: several variants may share one.
    fn image(&mut self, row: &Row, product: &mut ProductDraft, column: Column) {
        let Some(text) = row.filled(column) else { return };
        let url = self.checked((row, column), fields::image_url(text), String::new());
        if product.images.iter().any(|image| image.url == url) {
            return;
        }
        if product.images.len() == MOST_IMAGES {
            return self.note(row, column, format!("a product has {MOST_IMAGES} images at the most"));
        }
        let after_last = product.images.iter().map(|image| image.position).max().unwrap_or(0) + 1;
        let (position, alt) = if column == Column::ImageSrc {
            let position = cells::position(row.cell(Column::ImagePosition));
            let alt = fields::alt(Some(row.cell(Column::ImageAlt)));
            (
                self.checked((row, Column::ImagePosition), position, None),
                self.checked((row, Column::ImageAlt), alt, None),
            )
        } else {
            (None, None)
        };
        product.images.push(ImageDraft { url, alt, position: position.unwrap_or(after_last) });
    }
}
