//! Identity: accounts, passwords, sign-in sessions and access tokens.
//!
//! Owns the tables `users`, `sessions` and `refresh_tokens`. A session is a family of refresh tokens: each use replaces
//! the token. A token that is used again, later than a moment after its first use, ends the family, because two parties
//! then hold it. Access tokens are not looked up: one stays valid after its session ended, for at most
//! `access_token_life`. Opening a shop happens here too, since account and shop are one transaction; the shop itself
//! belongs to [`crate::vendors`]. The permissions of a role are decided where they are needed, not here.

mod attempts;
mod checks;
mod error;
mod hashers;
mod passwords;
mod profile;
mod refresh;
mod register;
mod sign_in;
pub mod store;
mod tokens;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use attempts::AttemptLimiter;
pub use error::Error;
pub use passwords::Passwords;
pub use profile::{ProfileChange, profile, update_profile};
pub use refresh::{Presented, refresh};
pub use register::{NewAccount, NewShop, RegisteredVendor, create_admin, register_customer, register_vendor};
pub use sign_in::{Attempt, OUTCOMES as SIGN_IN_OUTCOMES, login, logout};
pub use tokens::{AccessToken, Tokens};

use crate::kernel::Timestamp;
use crate::kernel::ids::{SessionId, UserId, VendorId};

/// The role of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Role {
    SuperAdmin,
    Vendor,
    VendorStaff,
    Customer,
    Delivery,
}

impl Role {
    /// The word in SQL, JSON and tokens.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SuperAdmin => "super_admin",
            Self::Vendor => "vendor",
            Self::VendorStaff => "vendor_staff",
            Self::Customer => "customer",
            Self::Delivery => "delivery",
        }
    }
}

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum UserStatus {
    Active,
    Suspended,
}

/// An account, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct User {
    pub id: UserId,
    #[schema(example = "mina@example.com")]
    pub email: String,
    pub role: Role,
    pub full_name: String,
    pub phone: Option<String>,
    pub status: UserStatus,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

/// The user that an access token identifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    pub user: UserId,
    pub session: SessionId,
    pub role: Role,
    /// The caller's shop: set for `vendor`, later also for `vendor_staff`.
    pub vendor: Option<VendorId>,
}

/// The answer to a sign-in or a refresh. Never logged: it has both tokens.
#[derive(Clone, Serialize, ToSchema)]
pub struct SignedIn {
    pub access_token: String,
    /// Valid for one use; the answer to that use has the next one.
    pub refresh_token: String,
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Lifetime of the access token, in seconds.
    pub expires_in: u64,
    pub user: User,
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn").field("user", &self.user.id).finish_non_exhaustive()
    }
}
