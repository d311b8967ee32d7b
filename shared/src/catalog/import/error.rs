//! Errors of a file, line by line.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::LARGEST_FILE;
use crate::kernel::{Fault, Kind};
use crate::{catalog, inventory, vendors};

/// Most wrong cells that an answer lists. Their number is always complete.
pub(super) const MOST_LISTED: usize = 1000;

/// One error of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LineError {
    /// Counted from 1 for the header, as an editor counts: a cell may have several lines.
    pub line: u64,
    /// The header of the cell, if the error concerns one.
    pub column: Option<&'static str>,
    pub message: String,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("a file may have at most {} MiB", LARGEST_FILE / 1024 / 1024)]
    FileTooLarge,
    /// Every error, in the order of lines. Never empty.
    #[error("the file is wrong in {} places; nothing was imported", .0.len())]
    Refused(Vec<LineError>),
    #[error("another file is being imported into this shop; wait for its end")]
    Running,
    /// As many imports as allowed are running already.
    #[error("other files are being imported; try again in a moment")]
    Busy,
    #[error(transparent)]
    Vendor(#[from] vendors::Error),
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    #[error(transparent)]
    Stock(#[from] inventory::Error),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::FileTooLarge | Self::Refused(_) => Kind::Invalid,
            Self::Running => Kind::Conflict,
            Self::Busy => Kind::Busy,
            Self::Vendor(error) => error.kind(),
            Self::Catalog(error) => error.kind(),
            Self::Stock(error) => error.kind(),
            Self::Database(_) => Kind::Broken,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::FileTooLarge => "file_too_large",
            Self::Refused(_) => "import_refused",
            Self::Running => "import_running",
            Self::Busy => "imports_busy",
            Self::Vendor(error) => error.code(),
            Self::Catalog(error) => error.code(),
            Self::Stock(error) => error.code(),
            Self::Database(_) => "internal",
        }
    }

    fn detail(&self) -> Option<Value> {
        match self {
            Self::Refused(errors) => {
                let listed = &errors[..errors.len().min(MOST_LISTED)];
                Some(json!({ "count": errors.len(), "lines": listed }))
            }
            Self::Vendor(error) => error.detail(),
            Self::Catalog(error) => error.detail(),
            Self::Stock(error) => error.detail(),
            Self::FileTooLarge | Self::Running | Self::Busy | Self::Database(_) => None,
        }
    }
}
