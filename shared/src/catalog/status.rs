//! The states of a product, and who may change them. Pure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Error, Reach};
use crate::kernel::Settings;
use crate::vendors::VendorStatus;

/// Whether a product is listed, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ProductStatus {
    /// A draft of its vendor.
    Draft,
    /// Waits for an administrator.
    Pending,
    /// Listed, while its shop is approved.
    Approved,
    /// Archived.
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

/// Why a product is not in the public lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotListed {
    /// It is a draft of its vendor.
    Draft,
    /// An administrator has not decided on it.
    InReview,
    Archived,
    /// An administrator has not approved its shop.
    ShopPending,
    ShopSuspended,
}

/// The result when a vendor publishes a product.
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

    /// The state of a product that its vendor wants listed.
    #[must_use]
    pub fn target(self) -> ProductStatus {
        match self {
            Self::Direct => ProductStatus::Approved,
            Self::Reviewed => ProductStatus::Pending,
        }
    }
}

impl ProductStatus {
    /// Why a product in this state, of a shop in that state, is not listed; none if it is. The flag `products.listed`
    /// says the same to indexes.
    #[must_use]
    pub fn not_listed_because(self, shop: VendorStatus) -> Option<NotListed> {
        match (self, shop) {
            (Self::Draft, _) => Some(NotListed::Draft),
            (Self::Pending, _) => Some(NotListed::InReview),
            (Self::Archived, _) => Some(NotListed::Archived),
            (Self::Approved, VendorStatus::Pending) => Some(NotListed::ShopPending),
            (Self::Approved, VendorStatus::Suspended) => Some(NotListed::ShopSuspended),
            (Self::Approved, VendorStatus::Approved) => None,
        }
    }

    /// [`Error::ReviewFirst`] if a vendor names `approved` where only an administrator may approve.
    pub(super) fn may_become(
        self,
        wanted: Self,
        reach: Reach,
        publication: Publication,
    ) -> Result<(), Error> {
        match (reach, wanted, publication, self) {
            (
                Reach::Shop(_),
                Self::Approved,
                Publication::Reviewed,
                Self::Draft | Self::Pending | Self::Archived,
            ) => Err(Error::ReviewFirst),
            (Reach::Everything | Reach::Shop(_), _, Publication::Direct | Publication::Reviewed, _) => Ok(()),
        }
    }

    /// The state after an editor asked for `wanted`.
    ///
    /// An administrator gets the requested state. A vendor who asks for `pending` or `approved` publishes the product:
    /// the rule of the marketplace decides which state follows, and an approved product stays approved.
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
    fn a_vendor_who_names_approved_is_refused_where_only_an_administrator_approves() {
        let vendor = Reach::Shop(VendorId::new());
        let wants = |from: ProductStatus, reach, publication| {
            from.may_become(ProductStatus::Approved, reach, publication).is_ok()
        };
        for from in [ProductStatus::Draft, ProductStatus::Pending, ProductStatus::Archived] {
            assert!(!wants(from, vendor, Publication::Reviewed), "{from:?}");
            assert!(wants(from, vendor, Publication::Direct), "{from:?}");
            assert!(wants(from, Reach::Everything, Publication::Reviewed), "{from:?}");
        }
        assert!(wants(ProductStatus::Approved, vendor, Publication::Reviewed));
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
