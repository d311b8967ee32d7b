//! Reads and changes an account for its owner.

use sqlx::PgConnection;

use super::{Error, User, checks, store};
use crate::kernel::Timestamp;
use crate::kernel::ids::UserId;

/// The fields that an owner may change; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    pub full_name: Option<String>,
    /// `Some(None)` removes the number.
    pub phone: Option<Option<String>>,
}

/// The account. [`Error::Missing`] only if it was removed by hand.
pub async fn profile(db: &mut PgConnection, user: UserId) -> Result<User, Error> {
    store::find_user(db, user).await?.ok_or(Error::Missing)
}

/// Changes the given fields and returns the whole account.
pub async fn update_profile(
    db: &mut PgConnection,
    user: UserId,
    change: &ProfileChange,
    now: Timestamp,
) -> Result<User, Error> {
    let name_problem = change.full_name.as_deref().and_then(|name| checks::full_name(name).err());
    let phone_problem = change.phone.iter().flatten().find_map(|number| checks::phone(number).err());
    Error::together(name_problem.into_iter().chain(phone_problem).collect())?;
    let full_name = change.full_name.as_deref().map(checks::full_name).transpose()?;
    let phone = match &change.phone {
        Some(number) => Some(number.as_deref().map(checks::phone).transpose()?),
        None => None,
    };
    let updated = store::update_user(db, user, full_name.as_deref(), phone, now).await?;
    updated.ok_or(Error::Missing)
}
