//! The states of a product and who may bring it where. Pure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Reach;
use crate::kernel::Settings;

/// Whether a product is listed, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ProductStatus {
    /// Its vendor works on it.
    Draft,
    /// Waits for an admin.
    Pending,
    /// Listed, while its shop is approved.
    Approved,
    /// Out of the catalog.
    Archived,
}

impl ProductStatus {
    /// The word in SQL and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Archived => "archived",
        }
    }
}

/// What happens when a vendor publishes a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publication {
    /// It is listed at once.
    Direct,
    /// It waits for an admin.
    Reviewed,
}

impl Publication {
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        if settings.review_products { Self::Reviewed } else { Self::Direct }
    }

    /// Where a product goes that its vendor wants listed.
    #[must_use]
    pub fn target(self) -> ProductStatus {
        match self {
            Self::Direct => ProductStatus::Approved,
            Self::Reviewed => ProductStatus::Pending,
        }
    }
}

impl ProductStatus {
    /// The state after an editor asked for `wanted`.
    ///
    /// An admin gets what is asked. A vendor who asks for `pending` or `approved` publishes: what that leads to is
    /// the marketplace's rule, and a product that is approved stays so.
    #[must_use]
    pub fn asked_for(self, wanted: Self, reach: Reach, publication: Publication) -> Self {
        match (reach, wanted, self) {
            (Reach::Everything, _, _) | (Reach::Shop(_), Self::Draft | Self::Archived, _) => wanted,
            (Reach::Shop(_), Self::Pending | Self::Approved, Self::Approved) => Self::Approved,
            (
                Reach::Shop(_),
                Self::Pending | Self::Approved,
                Self::Draft | Self::Pending | Self::Archived,
            ) => publication.target(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ids::VendorId;

    const ALL: [ProductStatus; 4] =
        [ProductStatus::Draft, ProductStatus::Pending, ProductStatus::Approved, ProductStatus::Archived];

    #[test]
    fn no_vendor_gets_around_a_review() {
        let vendor = Reach::Shop(VendorId::new());
        for from in [ProductStatus::Draft, ProductStatus::Pending, ProductStatus::Archived] {
            for wanted in ALL {
                let after = from.asked_for(wanted, vendor, Publication::Reviewed);
                assert_ne!(after, ProductStatus::Approved, "{from:?} to {wanted:?}");
            }
        }
    }

    #[test]
    fn without_review_publishing_lists_and_an_admin_gets_what_is_asked() {
        let vendor = Reach::Shop(VendorId::new());
        for from in ALL {
            let after = from.asked_for(ProductStatus::Approved, vendor, Publication::Direct);
            assert_eq!(after, ProductStatus::Approved, "{from:?}");
            for wanted in ALL {
                let after = from.asked_for(wanted, Reach::Everything, Publication::Reviewed);
                assert_eq!(after, wanted);
            }
        }
    }
}
