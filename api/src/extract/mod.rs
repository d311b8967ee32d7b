//! How handlers read requests: each extractor refuses what it can't read with a failure in the envelope.
//!
//! axum's own `Json`, `Query` and `Path` answer in plain text and are not used here.

mod access;
mod body;
mod catalog;
mod conditional;
mod idempotency;
mod objects;
mod paging;
mod path;
mod problems;
mod query;
mod sender;
mod shape;
mod stand_in;
mod words;

pub use access::{Admin, Customer, SignedIn, VendorCaller};
pub use body::{Body, Json, RawBody, present};
pub(crate) use body::{media_type, unsupported};
pub use catalog::{CatalogEditor, CatalogViewer};
pub(crate) use conditional::precondition_failed;
pub use conditional::{IfMatch, IfNoneMatch};
pub use idempotency::IdempotencyKey;
pub use paging::Paging;
pub use path::Path;
pub use problems::Problems;
pub use query::Query;
pub use sender::Sender;
pub(crate) use shape::Shape;
pub(crate) use words::unknown;

#[cfg(test)]
mod documented;
#[cfg(test)]
mod tests;
