//! Errors of the catalog.

use money::MoneyError;
use serde_json::{Value, json};

use super::UrlProblem;
use crate::inventory;
use crate::kernel::text::TextProblem;
use crate::kernel::{Fault, INVALID, Kind, in_field, in_fields};
use crate::vendors;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{field} {problem}")]
    Text { field: &'static str, problem: TextProblem },
    #[error("{field} may have at most {most} entries")]
    TooMany { field: &'static str, most: usize },
    #[error("the option {name} {problem}")]
    OptionValue { name: String, problem: TextProblem },
    /// Also if the names differ only in case or spaces.
    #[error("two options are called {name}")]
    OptionTwice { name: String },
    #[error(
        "{field} may have only lower-case letters and digits of any script and single hyphens, at most 80 characters"
    )]
    Slug { field: &'static str },
    #[error(
        "a handle may have only letters, digits and signs of any script, hyphens and underscores, at most 255 characters"
    )]
    Handle,
    #[error("{field}: {problem}")]
    Price { field: &'static str, problem: MoneyError },
    #[error("{field} must not be negative")]
    Negative { field: &'static str },
    #[error("{field} must be between 0 and {most}")]
    OutOfRange { field: &'static str, most: i32 },
    #[error("the compare-at price must be in the currency of the price")]
    CompareAtCurrency,
    #[error(transparent)]
    ImageUrl(#[from] UrlProblem),
    #[error("another variant of this shop has the SKU {sku}")]
    SkuTaken { sku: String },
    #[error("another variant of this product has the same options")]
    OptionsTaken,
    #[error("the product's other variants are priced in another currency: a product has one")]
    CurrencyDiffers,
    #[error("the product's other variants have other options: all variants of a product name the same")]
    OptionsDiffer,
    #[error("another product of this shop has this handle")]
    HandleTaken,
    #[error("an administrator approves products here: ask for `pending`")]
    ReviewFirst,
    #[error("another category has this slug")]
    SlugTaken,
    #[error("the product has this image already")]
    ImageTaken,
    /// Archived ones count too.
    #[error("a product may have at most {most} {what}")]
    ProductFull { what: &'static str, most: usize },
    #[error("this shop may have at most {most} products, archived ones included")]
    ShopFull { most: u32 },
    #[error("a category can't be below itself")]
    CategoryCycle,
    #[error("products or other categories are in this category")]
    CategoryInUse,
    /// The request assigns something to a category that does not exist.
    #[error("there is no such category")]
    CategoryUnknown { field: &'static str },
    #[error("there is no such category")]
    CategoryMissing,
    #[error("there is no such product")]
    ProductMissing,
    #[error("there is no such variant")]
    VariantMissing,
    #[error("there is no such image")]
    ImageMissing,
    #[error("the product was changed meanwhile: it is at version {current}")]
    VersionChanged { current: i32 },
    /// An error of an entry of a list in the request, with the place of the entry.
    #[error("{error}")]
    Within { list: &'static str, place: usize, error: Box<Error> },
    /// A conflict of two entries of one request: it is wrong whatever is stored.
    #[error("{0}")]
    Contradiction(Box<Error>),
    /// Two or more errors of one request.
    #[error("{}", first_of(.0))]
    Several(Vec<Error>),
    #[error(transparent)]
    Vendor(#[from] vendors::Error),
    #[error(transparent)]
    Stock(#[from] inventory::Error),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

/// Several errors as one text. A few are enough for a person; the details have all.
fn first_of(errors: &[Error]) -> String {
    const FEW: usize = 5;
    errors.iter().take(FEW).map(Error::to_string).collect::<Vec<_>>().join("; ")
}

impl Error {
    /// The same error, of an entry of a list.
    pub(super) fn within(self, list: &'static str, place: usize) -> Self {
        Self::Within { list, place, error: Box::new(self) }
    }

    /// The same error for a request that has no list, but is the entry.
    pub(super) fn alone(self) -> Self {
        if let Self::Within { error, .. } = self {
            return *error;
        }
        if let Self::Contradiction(error) = self {
            return Self::Contradiction(Box::new(error.alone()));
        }
        if let Self::Several(errors) = self {
            return Self::Several(errors.into_iter().map(Self::alone).collect());
        }
        self
    }

    /// The error that decides kind and code of several: the first invalid value, else the first.
    fn leading(errors: &[Self]) -> Option<&Self> {
        errors.iter().find(|error| error.kind() == Kind::Invalid).or(errors.first())
    }
}

/// Details by field, of an entry of a list: `price` becomes `variants[2].price`. A detail with the name of the list is
/// about the entry as a whole.
fn at_place(list: &str, place: usize, detail: Value) -> Value {
    let Value::Object(fields) = detail else { return detail };
    let path = |field: &str| {
        if field == list { format!("{list}[{place}]") } else { format!("{list}[{place}].{field}") }
    };
    Value::Object(fields.into_iter().map(|(field, told)| (path(&field), told)).collect())
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Text { .. }
            | Self::TooMany { .. }
            | Self::Slug { .. }
            | Self::Handle
            | Self::Price { .. }
            | Self::Negative { .. }
            | Self::OutOfRange { .. }
            | Self::CompareAtCurrency
            | Self::ImageUrl(_)
            | Self::OptionTwice { .. }
            | Self::OptionValue { .. }
            | Self::Contradiction(_)
            | Self::CategoryUnknown { .. } => Kind::Invalid,
            Self::SkuTaken { .. }
            | Self::OptionsTaken
            | Self::CurrencyDiffers
            | Self::OptionsDiffer
            | Self::HandleTaken
            | Self::SlugTaken
            | Self::ImageTaken
            | Self::ProductFull { .. }
            | Self::ShopFull { .. }
            | Self::CategoryCycle
            | Self::CategoryInUse
            | Self::VersionChanged { .. } => Kind::Conflict,
            Self::ReviewFirst => Kind::Denied,
            Self::CategoryMissing | Self::ProductMissing | Self::VariantMissing | Self::ImageMissing => {
                Kind::Missing
            }
            Self::Within { error, .. } => error.kind(),
            Self::Several(errors) => Self::leading(errors).map_or(Kind::Invalid, Self::kind),
            Self::Vendor(error) => error.kind(),
            Self::Stock(error) => error.kind(),
            Self::Database(_) => Kind::Broken,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Text { .. }
            | Self::TooMany { .. }
            | Self::OutOfRange { .. }
            | Self::OptionValue { .. }
            | Self::OptionTwice { .. }
            | Self::Slug { .. }
            | Self::Handle
            | Self::Price { .. }
            | Self::Negative { .. }
            | Self::CompareAtCurrency
            | Self::ImageUrl(_)
            | Self::Contradiction(_) => INVALID,
            Self::SkuTaken { .. } => "sku_taken",
            Self::OptionsTaken => "options_taken",
            Self::CurrencyDiffers => "currency_differs",
            Self::OptionsDiffer => "options_differ",
            Self::HandleTaken => "handle_taken",
            Self::ReviewFirst => "review_required",
            Self::SlugTaken => "category_slug_taken",
            Self::ImageTaken => "image_exists",
            Self::ProductFull { .. } => "product_full",
            Self::ShopFull { .. } => "shop_full",
            Self::CategoryCycle => "category_cycle",
            Self::CategoryInUse => "category_in_use",
            Self::CategoryUnknown { .. } => "category_unknown",
            Self::CategoryMissing => "category_not_found",
            Self::ProductMissing => "product_not_found",
            Self::VariantMissing => "variant_not_found",
            Self::ImageMissing => "image_not_found",
            Self::VersionChanged { .. } => "version_changed",
            Self::Within { error, .. } => error.code(),
            Self::Several(errors) => Self::leading(errors).map_or(INVALID, Self::code),
            Self::Vendor(error) => error.code(),
            Self::Stock(error) => error.code(),
            Self::Database(_) => "internal",
        }
    }

    fn detail(&self) -> Option<Value> {
        match self {
            Self::Text { field, .. }
            | Self::TooMany { field, .. }
            | Self::Slug { field }
            | Self::Price { field, .. }
            | Self::Negative { field }
            | Self::OutOfRange { field, .. }
            | Self::CategoryUnknown { field } => Some(in_field(field, self)),
            Self::CompareAtCurrency => Some(in_field("compare_at", self)),
            Self::OptionTwice { .. } => Some(in_field("options", self)),
            Self::OptionValue { name, .. } => Some(in_field(&format!("options.{name}"), self)),
            Self::Contradiction(error) => error.detail(),
            Self::ProductFull { what, .. } => Some(in_field(what, self)),
            Self::ImageUrl(_) | Self::ImageTaken => Some(in_field("url", self)),
            Self::SkuTaken { .. } => Some(in_field("sku", self)),
            Self::OptionsTaken | Self::OptionsDiffer => Some(in_field("options", self)),
            Self::CurrencyDiffers => Some(in_field("price", self)),
            Self::Handle | Self::HandleTaken => Some(in_field("handle", self)),
            Self::ReviewFirst => Some(in_field("status", self)),
            Self::SlugTaken => Some(in_field("slug", self)),
            Self::CategoryCycle => Some(in_field("parent_id", self)),
            Self::VersionChanged { current } => Some(json!({ "version": current })),
            Self::Within { list, place, error } => Some(at_place(list, *place, error.detail()?)),
            Self::Several(errors) => Some(in_fields(errors)),
            Self::Vendor(error) => error.detail(),
            Self::Stock(error) => error.detail(),
            Self::ShopFull { .. }
            | Self::CategoryInUse
            | Self::CategoryMissing
            | Self::ProductMissing
            | Self::VariantMissing
            | Self::ImageMissing
            | Self::Database(_) => None,
        }
    }
}
