//! The inbox of gateway events: one row per event, however often and in whatever order it is delivered.
//!
//! Owns `webhook_events`. A row is written with the job that will apply it, in one statement, and only after the
//! signature was verified; the body is kept as it came. What an event means is decided when it is applied.

mod inbox;
pub mod store;

use crate::kernel::TraceContext;

pub use inbox::Inbox;

/// An event whose signature was verified.
#[derive(Clone, Debug)]
pub struct NewEvent {
    pub gateway: &'static str,
    /// The gateway's id of the event.
    pub event_id: String,
    /// The gateway's word for its type.
    pub kind: String,
    pub body: String,
    /// The trace of the delivery, for the job that applies the event.
    pub trace: Option<TraceContext>,
}

/// The outcome of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It changed something, or confirmed what was known.
    Applied,
    /// It concerns nothing that the product acts on.
    Ignored,
    /// It bears our marks, or names something of ours, and does not match our books.
    Unmatched,
    /// It bears none of our marks: another system uses the same account.
    Foreign,
    /// It could not be read: the gateway is asked about the subject it names, or an incident is opened.
    Unreadable,
}

impl Applied {
    pub const ALL: &'static [Self] =
        &[Self::Applied, Self::Ignored, Self::Unmatched, Self::Foreign, Self::Unreadable];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Ignored => "ignored",
            Self::Unmatched => "unmatched",
            Self::Foreign => "foreign",
            Self::Unreadable => "unreadable",
        }
    }
}

/// How the refund that an event reports was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum RefundMatch {
    /// The event has our mark or the gateway's reference of it.
    Name,
    /// The event has neither: no other refund of the payment could be meant.
    Elimination,
}

impl RefundMatch {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Elimination => "elimination",
        }
    }
}
