//! Stock changed by people: opened with a variant, set to a count, corrected by a difference.
//!
//! What orders do to stock is [`crate::reservations`]'s. Every verb that changes a row locks it before it reads, and must
//! run inside a transaction.

use sqlx::PgConnection;

use super::{Error, LARGEST_STOCK, Stock, store};
use crate::kernel::ids::{UserId, VariantId};
use crate::kernel::{Gathered, Timestamp, text};

/// Most characters of a reason.
const LONGEST_REASON: usize = 200;

/// The first stock of a variant that was just made.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    pub variant: VariantId,
    /// Pieces, 0 or more.
    pub quantity: i32,
}

/// What a variant's count is to be.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    pub variant: VariantId,
    /// Pieces, 0 or more.
    pub on_hand: i32,
}

/// Whether this is a valid first stock of a variant.
pub fn check_opening(quantity: i32) -> Result<(), Error> {
    in_range("quantity", quantity)
}

/// Every problem of a change by a difference or to a count that does not depend on the stock. Pure.
pub fn check(delta: Option<i32>, set: Option<i32>, reason: Option<&str>) -> Result<(), Error> {
    let mut found = Gathered::default();
    if delta == Some(0) {
        found.add(Error::NoChange);
    }
    found.checked(set.map_or(Ok(()), |count| in_range("set", count)));
    found.checked(checked_reason(reason));
    found.done((), Error::Several)
}

/// Creates the stock rows of new variants. A quantity above zero is journalled as received.
pub async fn open(
    db: &mut PgConnection,
    openings: &[Opening],
    actor: Option<UserId>,
    now: Timestamp,
) -> Result<(), Error> {
    for opening in openings {
        check_opening(opening.quantity)?;
    }
    store::insert(db, openings, actor, now).await?;
    Ok(())
}

/// Adds `delta` pieces, or takes them away if negative. Refuses to go below what orders hold.
pub async fn adjust(
    db: &mut PgConnection,
    variant: VariantId,
    delta: i32,
    actor: Option<UserId>,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<Stock, Error> {
    if delta == 0 {
        return Err(Error::NoChange);
    }
    let reason = checked_reason(reason)?;
    let locked = store::lock(db, &[variant]).await?;
    let (_, before) = locked.first().copied().ok_or(Error::Missing)?;
    // What does not fit an i32 is beyond the largest stock as well.
    let target = Target { variant, on_hand: before.on_hand.saturating_add(delta) };
    in_range("delta", target.on_hand).map_err(|_| Error::BeyondRange { on_hand: before.on_hand })?;
    let change = planned(before, target)?;
    store::apply(db, change.as_slice(), actor, reason.as_deref(), now).await?;
    Ok(Stock { on_hand: target.on_hand, ..before })
}

/// Sets the count of one variant, as after a stocktaking. Setting what it is already writes nothing.
pub async fn set_on_hand(
    db: &mut PgConnection,
    target: Target,
    actor: Option<UserId>,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<Stock, Error> {
    let after = set_many(db, &[target], actor, reason, now).await?;
    after.first().copied().ok_or(Error::Missing)
}

/// Sets the counts of many variants at once, each named once. Answers in the order of variant ids.
/// [`Error::Missing`] if one has no stock row; the first that can't be set is named.
pub async fn set_many(
    db: &mut PgConnection,
    targets: &[Target],
    actor: Option<UserId>,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<Vec<Stock>, Error> {
    let reason = checked_reason(reason)?;
    let mut targets = targets.to_vec();
    targets.sort_by_key(|target| target.variant);
    let ids: Vec<VariantId> = targets.iter().map(|target| target.variant).collect();
    let locked = store::lock(db, &ids).await?;
    if locked.len() != targets.len() {
        return Err(Error::Missing);
    }
    let (mut changes, mut after) = (Vec::new(), Vec::with_capacity(targets.len()));
    for (target, (_, before)) in targets.iter().zip(&locked) {
        changes.extend(planned(*before, *target)?);
        after.push(Stock { on_hand: target.on_hand, ..*before });
    }
    store::apply(db, &changes, actor, reason.as_deref(), now).await?;
    Ok(after)
}

/// A difference to write; never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) variant: VariantId,
    pub(super) delta: i32,
}

/// The change that turns `before` into the target; `None` if they are equal.
fn planned(before: Stock, target: Target) -> Result<Option<Change>, Error> {
    let Target { variant, on_hand } = target;
    in_range("set", on_hand)?;
    if on_hand < before.reserved {
        return Err(Error::BelowReserved { variant, on_hand: before.on_hand, reserved: before.reserved });
    }
    let delta = on_hand - before.on_hand;
    Ok((delta != 0).then_some(Change { variant, delta }))
}

fn in_range(field: &'static str, quantity: i32) -> Result<(), Error> {
    let fits = (0..=LARGEST_STOCK).contains(&quantity);
    if fits { Ok(()) } else { Err(Error::OutOfRange { field }) }
}

fn checked_reason(reason: Option<&str>) -> Result<Option<String>, Error> {
    text::optional_line(reason, LONGEST_REASON).map_err(|problem| Error::Reason { problem })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_leads_to_the_target_and_never_below_what_is_promised(
            on_hand in 0..LARGEST_STOCK, part in 0.0..=1.0f64, wanted in -10..LARGEST_STOCK + 10,
        ) {
            #[expect(clippy::cast_possible_truncation, reason = "a part of an i32 is one")]
            let before = Stock { on_hand, reserved: (f64::from(on_hand) * part) as i32 };
            let target = Target { variant: VariantId::new(), on_hand: wanted };
            match planned(before, target) {
                Ok(change) => {
                    let after = before.on_hand + change.map_or(0, |change| change.delta);
                    prop_assert_eq!(after, wanted);
                    prop_assert!(after >= before.reserved);
                }
                Err(Error::BelowReserved { .. }) => prop_assert!(wanted < before.reserved),
                Err(_) => prop_assert!(!(0..=LARGEST_STOCK).contains(&wanted)),
            }
        }
    }
}
