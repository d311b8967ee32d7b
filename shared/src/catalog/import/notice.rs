//! Notices of an import: values that were read differently from what the file may mean.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::columns::Column;

/// One notice, for all rows that it concerns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportNotice)]
pub struct Notice {
    /// The first line that it concerns, counted as in errors.
    pub line: u64,
    /// The header of the cell.
    pub column: &'static str,
    pub message: String,
    /// Number of rows that it concerns.
    pub rows: usize,
}

/// Collects notices, each of them once.
#[derive(Debug, Default)]
pub(super) struct Notices {
    list: Vec<Notice>,
    places: HashMap<(Column, String), usize>,
}

impl Notices {
    pub(super) fn tell(&mut self, line: u64, column: Column, message: impl Into<String>) {
        let message = message.into();
        match self.places.get(&(column, message.clone())) {
            Some(place) => self.list[*place].rows += 1,
            None => {
                self.places.insert((column, message.clone()), self.list.len());
                self.list.push(Notice { line, column: column.name(), message, rows: 1 });
            }
        }
    }

    /// In the order of their first lines.
    pub(super) fn listed(mut self) -> Vec<Notice> {
        self.list.sort_by_key(|notice| notice.line);
        self.list
    }
}
