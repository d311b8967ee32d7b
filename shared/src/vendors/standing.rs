//! The status changes of a shop. Every change goes through [`VendorStatus::after`].

use serde::Deserialize;
use utoipa::ToSchema;

use super::VendorStatus;

/// An administrator's step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Approve,
    Suspend,
}

impl VendorStatus {
    /// The status after a step. Every step is possible at any time, and repeating it changes nothing.
    #[must_use]
    pub fn after(self, step: Step) -> Self {
        match (self, step) {
            (Self::Pending | Self::Approved | Self::Suspended, Step::Approve) => Self::Approved,
            (Self::Pending | Self::Approved | Self::Suspended, Step::Suspend) => Self::Suspended,
        }
    }
}
