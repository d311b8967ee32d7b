//! The columns of Shopify's product CSV that we read, by the headers of its old and its new template.
//!
//! Source: Shopify's help page "Using CSV files to import and export products". Headers are compared without regard to
//! case; unknown columns are skipped and listed in the report.
//!
//! What happens to an existing product or variant if the file does not have the column, or if the cell is blank:
//! cell is blank:
//!
//! | column | absent | blank |
//! |---|---|---|
//! | Handle, Title, Variant Price | the file is refused | the row is refused |
//! | Body (HTML), Type, Tags, Variant Compare At Price | stays | is emptied |
//! | Published, Status | stays | stays |
//! | Option1 Name to Option3 Value, Variant SKU, Variant Grams, Variant Inventory Qty, Variant Barcode | stays | stays |
//! | Image Src | the gallery stays | the gallery stays if no row of the product has one |
//! | Image Alt Text, Variant Image | stays | is emptied |
//!
//! New products are published and new variants have no stock unless the file says otherwise. An archived product
//! returns only by `Status: active`. Three columns are read only to report what they mean here: Variant Inventory
//! Tracker, Variant Inventory Policy and Gift Card.

/// A column we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Column {
    Handle,
    Title,
    Body,
    Type,
    Tags,
    Published,
    Status,
    Option1Name,
    Option1Value,
    Option2Name,
    Option2Value,
    Option3Name,
    Option3Value,
    Sku,
    Grams,
    Quantity,
    Price,
    CompareAt,
    Barcode,
    ImageSrc,
    ImagePosition,
    ImageAlt,
    VariantImage,
    Tracker,
    Policy,
    GiftCard,
}

impl Column {
    pub(super) const ALL: [Self; 26] = [
        Self::Handle,
        Self::Title,
        Self::Body,
        Self::Type,
        Self::Tags,
        Self::Published,
        Self::Status,
        Self::Option1Name,
        Self::Option1Value,
        Self::Option2Name,
        Self::Option2Value,
        Self::Option3Name,
        Self::Option3Value,
        Self::Sku,
        Self::Grams,
        Self::Quantity,
        Self::Price,
        Self::CompareAt,
        Self::Barcode,
        Self::ImageSrc,
        Self::ImagePosition,
        Self::ImageAlt,
        Self::VariantImage,
        Self::Tracker,
        Self::Policy,
        Self::GiftCard,
    ];

    /// A file without these columns is not from Shopify.
    pub(super) const REQUIRED: [Self; 3] = [Self::Handle, Self::Title, Self::Price];

    /// Names and values of a product's options.
    pub(super) const OPTIONS: [(Self, Self); 3] = [
        (Self::Option1Name, Self::Option1Value),
        (Self::Option2Name, Self::Option2Value),
        (Self::Option3Name, Self::Option3Value),
    ];

    /// Its header in the old template and, if it differs, in the new one.
    pub(super) fn headers(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Handle => ("Handle", Some("URL handle")),
            Self::Title => ("Title", None),
            Self::Body => ("Body (HTML)", Some("Description")),
            Self::Type => ("Type", None),
            Self::Tags => ("Tags", None),
            Self::Published => ("Published", Some("Published on online store")),
            Self::Status => ("Status", None),
            Self::Option1Name => ("Option1 Name", None),
            Self::Option1Value => ("Option1 Value", None),
            Self::Option2Name => ("Option2 Name", None),
            Self::Option2Value => ("Option2 Value", None),
            Self::Option3Name => ("Option3 Name", None),
            Self::Option3Value => ("Option3 Value", None),
            Self::Sku => ("Variant SKU", Some("SKU")),
            Self::Grams => ("Variant Grams", Some("Weight value (grams)")),
            Self::Quantity => ("Variant Inventory Qty", Some("Inventory quantity")),
            Self::Price => ("Variant Price", Some("Price")),
            Self::CompareAt => ("Variant Compare At Price", Some("Compare-at price")),
            Self::Barcode => ("Variant Barcode", Some("Barcode")),
            Self::ImageSrc => ("Image Src", Some("Product image URL")),
            Self::ImagePosition => ("Image Position", None),
            Self::ImageAlt => ("Image Alt Text", None),
            Self::VariantImage => ("Variant Image", Some("Variant image URL")),
            Self::Tracker => ("Variant Inventory Tracker", Some("Inventory tracker")),
            Self::Policy => ("Variant Inventory Policy", Some("Continue selling when out of stock")),
            Self::GiftCard => ("Gift Card", None),
        }
    }

    /// The column's name in errors.
    pub(super) fn name(self) -> &'static str {
        self.headers().0
    }

    /// The column a header means.
    pub(super) fn of_header(header: &str) -> Option<Self> {
        let header = header.trim();
        Self::ALL.into_iter().find(|column| {
            let (old, new) = column.headers();
            header.eq_ignore_ascii_case(old) || new.is_some_and(|new| header.eq_ignore_ascii_case(new))
        })
    }
}
