//! Shops of vendors. Owns the table `vendors`.
//!
//! A shop is opened `pending` with its owner's account, sells once an administrator has approved it, and can be
//! suspended. Its commission rate is the fraction of a sale that the marketplace keeps; orders store the rate when they
//! are placed. This module never changes products: triggers of the catalog (`products.listed`) ensure that they are
//! listed only while the shop is approved.

mod error;
mod standing;
pub mod store;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

pub use error::Error;
pub use standing::Step;

use crate::kernel::ids::{UserId, VendorId};
use crate::kernel::page::{Asked, Page};
use crate::kernel::{Gathered, Timestamp, slug, text};

/// Most characters of a shop's name and of its description.
const LONGEST_NAME: usize = 120;
const LONGEST_DESCRIPTION: usize = 5_000;
/// Decimals of a commission rate, as its column keeps them.
const RATE_DECIMALS: u32 = 4;

/// Whether a shop may sell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum VendorStatus {
    /// Waits for an administrator.
    Pending,
    Approved,
    Suspended,
}

impl VendorStatus {
    /// The word in SQL and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Suspended => "suspended",
        }
    }
}

/// A shop, as its owner and administrators see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Vendor {
    pub id: VendorId,
    pub owner_id: UserId,
    pub slug: String,
    pub name: String,
    /// Its description for buyers; plain text.
    pub description: String,
    pub status: VendorStatus,
    /// Fraction of a sale that the marketplace keeps, within 0 and 1.
    #[schema(value_type = String, example = "0.1000")]
    pub commission_rate: Decimal,
    /// Whether an order that has goods of this shop can be paid on delivery.
    pub cash_on_delivery: bool,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When an administrator approved it first.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub verified_at: Option<Timestamp>,
}

/// A shop, as everyone sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Shop {
    pub id: VendorId,
    pub slug: String,
    pub name: String,
}

/// The public page of a shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShopPage {
    pub id: VendorId,
    pub slug: String,
    pub name: String,
    /// Its description; plain text.
    pub description: String,
}

/// The fields of a new shop.
#[derive(Clone, Copy, Debug)]
pub struct NewVendor<'a> {
    pub owner: UserId,
    pub name: &'a str,
    /// Made from the name if not given, or from the id if no letter is in the name.
    pub slug: Option<&'a str>,
    pub commission_rate: Decimal,
}

/// Filter of an administrator's list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub slug: Option<String>,
    pub status: Option<VendorStatus>,
}

/// A pending shop that is not stored yet. Only [`drafted`] makes one, so no other shop can be opened.
#[derive(Clone, Debug)]
pub struct Drafted(Vendor);

/// A pending shop. The error has every problem of its fields. Pure.
pub fn drafted(new: NewVendor<'_>, now: Timestamp) -> Result<Drafted, Error> {
    let (id, mut found) = (VendorId::new(), Gathered::default());
    let name = found.checked(name("shop_name", new.name));
    let slug = match new.slug {
        Some(given) => {
            found.checked(Some(slug::composed(given)).filter(|slug| slug::is_slug(slug)).ok_or(Error::Slug))
        }
        None => slug::made(&name, "shop", id.0),
    };
    let vendor = Vendor {
        id,
        owner_id: new.owner,
        slug,
        name,
        description: String::new(),
        status: VendorStatus::Pending,
        commission_rate: found.checked(checked_rate(new.commission_rate)),
        cash_on_delivery: true,
        created_at: now,
        verified_at: None,
    };
    found.done(Drafted(vendor), Error::Several)
}

/// Opens a shop. [`Error::SlugTaken`] if another has the slug, [`Error::OwnsOne`] if the owner has a shop already; both
/// leave the transaction unusable, as any refused statement does.
pub async fn open(db: &mut PgConnection, Drafted(vendor): Drafted) -> Result<Vendor, Error> {
    store::insert(db, &vendor).await?;
    Ok(vendor)
}

/// Whether another shop has the slug.
pub async fn is_slug_taken(db: &mut PgConnection, Drafted(vendor): &Drafted) -> Result<bool, sqlx::Error> {
    Ok(store::find_by_slug(db, &vendor.slug).await?.is_some())
}

fn name(field: &'static str, given: &str) -> Result<String, Error> {
    text::line(given, LONGEST_NAME).map_err(|problem| Error::Name { field, problem })
}

/// Takes a step of an administrator. Repeating it changes nothing; `verified_at` keeps the first approval.
pub async fn take_step(
    db: &mut PgConnection,
    id: VendorId,
    step: Step,
    now: Timestamp,
) -> Result<Vendor, Error> {
    let vendor = store::lock(db, id).await?.ok_or(Error::Missing)?;
    let status = vendor.status.after(step);
    let verified_at = match status {
        VendorStatus::Approved => vendor.verified_at.or(Some(now)),
        VendorStatus::Pending | VendorStatus::Suspended => vendor.verified_at,
    };
    store::set_status(db, id, status, verified_at).await?;
    Ok(Vendor { status, verified_at, ..vendor })
}

/// Changes to a shop's terms; a field that is not given stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terms {
    pub commission_rate: Option<Decimal>,
    pub cash_on_delivery: Option<bool>,
}

impl Terms {
    /// Every problem of the given terms. Pure.
    pub fn check(self) -> Result<(), Error> {
        self.checked_rate().map(drop)
    }

    fn checked_rate(self) -> Result<Option<Decimal>, Error> {
        self.commission_rate.map(checked_rate).transpose()
    }
}

/// Changes the terms of future sales. Orders already placed keep their rate and their payment method.
pub async fn change_terms(db: &mut PgConnection, id: VendorId, terms: Terms) -> Result<Vendor, Error> {
    let rate = terms.checked_rate()?;
    let mut vendor = store::lock(db, id).await?.ok_or(Error::Missing)?;
    vendor.commission_rate = rate.unwrap_or(vendor.commission_rate);
    vendor.cash_on_delivery = terms.cash_on_delivery.unwrap_or(vendor.cash_on_delivery);
    store::set_terms(db, &vendor).await?;
    Ok(vendor)
}

/// Changes that a shop makes to itself; a field that is not given stays.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub name: Option<String>,
    pub description: Option<String>,
    /// For future orders; existing ones are not affected.
    pub cash_on_delivery: Option<bool>,
}

impl Profile {
    /// Every problem of the given fields. Pure.
    pub fn check(&self) -> Result<(), Error> {
        self.checked().map(drop)
    }

    /// The fields as they are stored.
    fn checked(&self) -> Result<Self, Error> {
        let mut found = Gathered::default();
        let name = self.name.as_deref().map(|given| name("name", given)).transpose();
        let description = self.description.as_deref().map(|given| text::block(given, LONGEST_DESCRIPTION));
        let description = description.transpose().map_err(|problem| Error::Description { problem });
        let profile = Self {
            name: found.checked(name),
            description: found.checked(description),
            cash_on_delivery: self.cash_on_delivery,
        };
        found.done(profile, Error::Several)
    }
}

/// Changes a shop's own fields. Its slug stays, because addresses of frontends contain it.
pub async fn change_profile(db: &mut PgConnection, id: VendorId, change: &Profile) -> Result<Vendor, Error> {
    let Profile { name, description, cash_on_delivery } = change.checked()?;
    let before = store::lock(db, id).await?.ok_or(Error::Missing)?;
    let vendor = Vendor {
        name: name.unwrap_or_else(|| before.name.clone()),
        description: description.unwrap_or_else(|| before.description.clone()),
        cash_on_delivery: cash_on_delivery.unwrap_or(before.cash_on_delivery),
        ..before.clone()
    };
    if vendor != before {
        store::set_profile(db, &vendor).await?;
    }
    Ok(vendor)
}

/// A shop by its id, for its owner.
pub async fn find(db: &mut PgConnection, id: VendorId) -> Result<Vendor, Error> {
    store::find(db, id).await?.ok_or(Error::Missing)
}

/// The page of an approved shop; [`Error::Missing`] for any other.
pub async fn public_page(db: &mut PgConnection, slug: &str) -> Result<ShopPage, Error> {
    let Vendor { id, slug, name, description, status, .. } = find_by_slug(db, slug).await?;
    match status {
        VendorStatus::Approved => Ok(ShopPage { id, slug, name, description }),
        VendorStatus::Pending | VendorStatus::Suspended => Err(Error::Missing),
    }
}

/// Shops from the newest to the oldest.
pub async fn list(
    db: &mut PgConnection,
    filter: &Filter,
    asked: &Asked<VendorId>,
) -> Result<Page<Vendor>, Error> {
    let filter = Filter { slug: filter.slug.as_deref().map(slug::composed), status: filter.status };
    if filter.slug.as_deref().is_some_and(|text| !slug::is_slug(text)) {
        return Ok(Page::empty()); // no shop can have it
    }
    let slice = asked.within(store::extent(db, &filter, asked).await?);
    let rows = store::list(db, &filter, &slice).await?;
    Ok(Page::cut(rows, &slice, |vendor| vendor.id))
}

/// A shop by the name in its path.
pub async fn find_by_slug(db: &mut PgConnection, text: &str) -> Result<Vendor, Error> {
    let text = slug::composed(text);
    if !slug::is_slug(&text) {
        return Err(Error::Missing);
    }
    store::find_by_slug(db, &text).await?.ok_or(Error::Missing)
}

/// As its column gives it back.
fn checked_rate(rate: Decimal) -> Result<Decimal, Error> {
    let fraction = rate >= Decimal::ZERO && rate <= Decimal::ONE;
    let mut scaled = rate.normalize();
    if !fraction || scaled.scale() > RATE_DECIMALS {
        return Err(Error::Rate);
    }
    scaled.rescale(RATE_DECIMALS);
    Ok(scaled)
}
