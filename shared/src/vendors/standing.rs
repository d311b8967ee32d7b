//! How a shop's status changes. Every change goes through [`VendorStatus::after`].

use serde::Deserialize;
use utoipa::ToSchema;

use super::VendorStatus;

/// What an admin does to a shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Approve,
    Suspend,
}

impl VendorStatus {
    /// The status after a step. Every step is possible at any time, and taking it twice is taking it once.
    #[must_use]
    pub fn after(self, step: Step) -> Self {
        match (self, step) {
            (Self::Pending | Self::Approved | Self::Suspended, Step::Approve) => Self::Approved,
            (Self::Pending | Self::Approved | Self::Suspended, Step::Suspend) => Self::Suspended,
        }
    }
}
