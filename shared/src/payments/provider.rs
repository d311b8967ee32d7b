//! The payment gateways, by the words that are stored and used in URLs.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A gateway. Entries are only added: a stored word must stay readable for as long as its payments.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    sqlx::Type,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Provider {
    Stripe,
    Bkash,
    Paystack,
    Chapa,
}

/// The word names no gateway of this build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown payment gateway")]
pub struct UnknownProvider;

impl Provider {
    pub const ALL: &'static [Self] = &[Self::Stripe, Self::Bkash, Self::Paystack, Self::Chapa];

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

impl FromStr for Provider {
    type Err = UnknownProvider;

    fn from_str(word: &str) -> Result<Self, UnknownProvider> {
        Self::ALL.iter().copied().find(|provider| provider.as_str() == word).ok_or(UnknownProvider)
    }
}
