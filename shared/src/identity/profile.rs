//! Reads and changes an account for its owner.

use sqlx::PgConnection;

use super::{Error, User, checks, store};
use crate::kernel::ids::UserId;
use crate::kernel::{Gathered, Timestamp};

/// The fields that an owner may change; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    pub full_name: Option<String>,
    /// `Some(None)` removes the number.
    pub phone: Option<Option<String>>,
}

impl ProfileChange {
    /// Every problem of the given fields. Pure.
    pub fn check(&self) -> Result<(), Error> {
        self.checked().map(drop)
    }

    /// The fields as they are stored.
    fn checked(&self) -> Result<Self, Error> {
        let mut found = Gathered::default();
        let full_name = found.checked(self.full_name.as_deref().map(checks::full_name).transpose());
        let phone = self.phone.as_ref().map(|number| number.as_deref().map(checks::phone).transpose());
        let phone = found.checked(phone.transpose());
        found.done(Self { full_name, phone }, Error::Several)
    }
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
    let ProfileChange { full_name, phone } = change.checked()?;
    let updated = store::update_user(db, user, full_name.as_deref(), phone, now).await?;
    updated.ok_or(Error::Missing)
}
