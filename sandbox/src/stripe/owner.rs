//! Whose object it is. Every object belongs to the platform or to one of its connected accounts, which a
//! request acts for by the header `Stripe-Account`; neither sees what is another's.
//! Accounts are plain ids here: they cannot be created, only used.

use std::sync::Arc;

use axum::http::HeaderMap;

use super::model::{Charge, Event, Movement, Payment, Refund, Session};
use super::refusal::Refusal;
use crate::shelf::Shelf;

/// None is the platform; else `acct_…`.
pub type Owner = Option<Arc<str>>;

pub trait Owned {
    fn owner(&self) -> &Owner;
}

macro_rules! owned {
    ($($object:ty),* $(,)?) => {$(
        impl Owned for $object {
            fn owner(&self) -> &Owner {
                &self.owner
            }
        }
    )*};
}

owned!(
    Session,
    Payment,
    Charge,
    Refund,
    Event,
    Movement,
    super::dispute::Dispute,
    super::transfer::Transfer,
    super::payouts::Payout,
    super::warnings::Warning,
);

/// The object, if it is this owner's.
pub fn of<'a, T: Owned>(shelf: &'a Shelf<T>, id: &str, owner: &Owner) -> Option<&'a T> {
    shelf.get(id).filter(|found| found.owner() == owner)
}

/// Whether there is such a connected account. With no accounts set, every id that looks like one is.
pub fn exists(known: &[String], account: &str) -> bool {
    let tail = account.strip_prefix("acct_").unwrap_or_default();
    let plain = tail.len() <= 64 && tail.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    !tail.is_empty() && plain && (known.is_empty() || known.iter().any(|id| id == account))
}

/// Whom the request acts for.
///
/// # Errors
/// When the key has no access to the account in the header.
pub fn acting_for(headers: &HeaderMap, known: &[String], key: &str) -> Result<Owner, Refusal> {
    let Some(account) = headers.get("stripe-account") else { return Ok(None) };
    let account = String::from_utf8_lossy(account.as_bytes());
    if exists(known, &account) {
        Ok(Some(Arc::from(account.as_ref())))
    } else {
        Err(Refusal::no_access(key, &account))
    }
}

#[cfg(test)]
mod tests {
    use super::exists;

    #[test]
    fn accounts_are_those_that_are_set_or_all_that_look_like_one() {
        assert!(exists(&[], "acct_1Mug"));
        assert!(!exists(&[], "acct_") && !exists(&[], "cus_1") && !exists(&[], "acct_<b>"));
        let known = ["acct_1".to_owned()];
        assert!(exists(&known, "acct_1") && !exists(&known, "acct_2"));
    }
}
