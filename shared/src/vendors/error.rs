//! Errors of shops.

use serde_json::Value;

use crate::kernel::text::TextProblem;
use crate::kernel::{Fault, INVALID, Kind, in_field, in_fields};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the shop's name {problem}")]
    Name { field: &'static str, problem: TextProblem },
    #[error("the shop's description {problem}")]
    Description { problem: TextProblem },
    #[error(
        "a slug may have only lower-case letters and digits of any script and single hyphens, at most 80 characters"
    )]
    Slug,
    #[error("a commission rate must be between 0 and 1, with at most four decimals")]
    Rate,
    /// Two or more invalid fields of one request.
    #[error("several values are refused")]
    Several(Vec<Error>),
    #[error("another shop has this slug")]
    SlugTaken,
    #[error("this account has a shop already")]
    OwnsOne,
    #[error("there is no such shop")]
    Missing,
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Name { .. } | Self::Description { .. } | Self::Slug | Self::Rate | Self::Several(_) => {
                Kind::Invalid
            }
            Self::SlugTaken | Self::OwnsOne => Kind::Conflict,
            Self::Missing => Kind::Missing,
            Self::Database(_) => Kind::Broken,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Name { .. } | Self::Description { .. } | Self::Slug | Self::Rate | Self::Several(_) => {
                INVALID
            }
            Self::SlugTaken => "shop_slug_taken",
            Self::OwnsOne => "shop_exists",
            Self::Missing => "vendor_not_found",
            Self::Database(_) => "internal",
        }
    }

    fn detail(&self) -> Option<Value> {
        match self {
            Self::Name { field, .. } => Some(in_field(field, self)),
            Self::Description { .. } => Some(in_field("description", self)),
            Self::Slug | Self::SlugTaken => Some(in_field("shop_slug", self)),
            Self::Rate => Some(in_field("commission_rate", self)),
            Self::Several(errors) => Some(in_fields(errors)),
            Self::OwnsOne | Self::Missing | Self::Database(_) => None,
        }
    }
}
