//! The marketplace's rules for a shop's catalog: who may publish, and how many products there may be.

use sqlx::PgConnection;

use super::store::products;
use super::{Error, Publication};
use crate::kernel::Settings;
use crate::kernel::ids::VendorId;
use crate::vendors::{self, VendorStatus};

/// Most products of a shop, in every state: products are archived, never deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// While the shop is not approved yet, or is suspended.
    pub unapproved: u32,
    pub approved: u32,
}

/// The marketplace's rules for a shop that adds products.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    pub publication: Publication,
    pub limits: Limits,
}

impl Rules {
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self {
            publication: Publication::of(settings),
            limits: Limits {
                unapproved: settings.unapproved_shop_products,
                approved: settings.shop_products,
            },
        }
    }
}

impl Limits {
    fn of_shop(self, status: VendorStatus) -> u32 {
        match status {
            VendorStatus::Pending | VendorStatus::Suspended => self.unapproved.min(self.approved),
            VendorStatus::Approved => self.approved,
        }
    }
}

/// [`Error::ShopFull`] if the shop may not have this many more products. Two concurrent requests may both find the last
/// place free: the limit bounds growth, and need not be exact.
pub(super) async fn make_room(
    db: &mut PgConnection,
    vendor: VendorId,
    more: usize,
    limits: Limits,
) -> Result<(), Error> {
    if more == 0 {
        return Ok(());
    }
    let most = i64::from(limits.approved.max(limits.unapproved)).saturating_add(1);
    let (status, had) = products::count_of_vendor(db, vendor, most).await?.ok_or(vendors::Error::Missing)?;
    let most = limits.of_shop(status);
    let after = i64::try_from(more).unwrap_or(i64::MAX).saturating_add(had);
    if after <= i64::from(most) { Ok(()) } else { Err(Error::ShopFull { most }) }
}
