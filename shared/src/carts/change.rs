//! Changes of a cart. Each runs in a transaction, locks the cart first and returns the resulting cart.

use sqlx::PgConnection;

use super::{Cart, Error, LARGEST_QUANTITY, MOST_LINES, store, view};
use crate::kernel::Timestamp;
use crate::kernel::ids::{CartItemId, UserId, VariantId};

/// Adds pieces of a variant to those in the cart. [`Error::NotEnoughStock`] has the available number.
pub async fn add(
    db: &mut PgConnection,
    customer: UserId,
    variant: VariantId,
    quantity: u32,
    now: Timestamp,
) -> Result<Cart, Error> {
    in_range(quantity)?;
    store::lock(db, customer, now).await?;
    let offer = store::for_sale(db, variant).await?.ok_or(Error::VariantMissing)?;
    let held = store::find_by_variant(db, customer, variant).await?;
    if held.is_none() && store::count(db, customer).await? >= MOST_LINES {
        return Err(Error::Full);
    }
    let wanted = held.unwrap_or(0).saturating_add(quantity);
    within_stock(in_range(wanted)?, offer.available)?;
    store::put(db, customer, variant, wanted, offer.price, now).await?;
    view(db, customer).await
}

/// Sets the number of pieces of a line.
pub async fn set_quantity(
    db: &mut PgConnection,
    customer: UserId,
    item: CartItemId,
    quantity: u32,
    now: Timestamp,
) -> Result<Cart, Error> {
    in_range(quantity)?;
    store::lock(db, customer, now).await?;
    let variant = store::variant_of(db, customer, item).await?.ok_or(Error::ItemMissing)?;
    // A line that can't be bought any more is dropped by the view, with its notice.
    if let Some(offer) = store::for_sale(db, variant).await? {
        within_stock(quantity, offer.available)?;
        store::put(db, customer, variant, quantity, offer.price, now).await?;
    }
    view(db, customer).await
}

/// Removes a line.
pub async fn remove(
    db: &mut PgConnection,
    customer: UserId,
    item: CartItemId,
    now: Timestamp,
) -> Result<Cart, Error> {
    store::lock(db, customer, now).await?;
    if store::delete_items(db, customer, &[item]).await? == 0 {
        return Err(Error::ItemMissing);
    }
    view(db, customer).await
}

/// Removes everything. An empty cart stays empty.
pub async fn clear(db: &mut PgConnection, customer: UserId, now: Timestamp) -> Result<Cart, Error> {
    store::lock(db, customer, now).await?;
    store::delete_all(db, customer).await?;
    view(db, customer).await
}

/// Whether a line may have this number of pieces. Pure.
pub fn check_quantity(quantity: u32) -> Result<(), Error> {
    in_range(quantity).map(drop)
}

fn in_range(quantity: u32) -> Result<u32, Error> {
    if (1..=LARGEST_QUANTITY).contains(&quantity) { Ok(quantity) } else { Err(Error::Quantity) }
}

fn within_stock(quantity: u32, available: u32) -> Result<(), Error> {
    if quantity <= available { Ok(()) } else { Err(Error::NotEnoughStock { available }) }
}
