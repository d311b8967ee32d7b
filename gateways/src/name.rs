//! The gateways by name, in the words stored in the database and used in URLs.
//!
//! The list is append-only: a stored name must stay readable for as long as its payments.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GatewayName {
    Stripe,
    Bkash,
    Paystack,
    Chapa,
}

/// The word names no gateway of this build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown gateway")]
pub struct UnknownGateway;

impl GatewayName {
    /// Every gateway that has an adapter.
    pub const ALL: &'static [Self] = &[Self::Stripe, Self::Bkash, Self::Paystack, Self::Chapa];

    /// The stored word, such as `stripe`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Bkash => "bkash",
            Self::Paystack => "paystack",
            Self::Chapa => "chapa",
        }
    }
}

impl FromStr for GatewayName {
    type Err = UnknownGateway;

    fn from_str(word: &str) -> Result<Self, UnknownGateway> {
        Self::ALL.iter().copied().find(|name| name.as_str() == word).ok_or(UnknownGateway)
    }
}

impl fmt::Display for GatewayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
