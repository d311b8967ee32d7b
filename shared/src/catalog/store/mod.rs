//! The SQL of the catalog, one file per table.

pub mod categories;
pub mod images;
pub mod imports;
pub mod listing;
pub mod products;
pub mod skus;
pub mod variants;
