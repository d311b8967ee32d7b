//! Money: an exact decimal with its currency, and the arithmetic a marketplace needs.
//!
//! A [`Money`] is normalised to its currency's exponent when it is made, so two equal amounts are equal
//! values, and `1.005 USD` cannot exist. There is no float anywhere and no silent rounding: an operation
//! that would need one says so in its name ([`Money::share`]). Integer minor units appear only in
//! [`Money::minor_units`] and [`Money::from_minor_units`], for gateways that speak them.

mod amounts;
mod currency;
#[cfg(feature = "openapi")]
mod openapi;

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

pub use amounts::{AmountRule, Amounts, Unfit};
pub use currency::{Currencies, Currency, UnknownCurrency};

/// The largest amount accepted anywhere, in major units: what `numeric(19,4)` holds with room to sum.
pub const MAX_AMOUNT: i64 = 100_000_000_000;

/// An amount of one currency, with exactly as many decimals as that currency has.
///
/// Serialised as `{"amount": "12.50", "currency": "USD"}`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Money {
    amount: Decimal,
    currency: Currency,
}

/// Why an amount could not be made or combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// More decimals than the currency has, as `1.005 USD` or `10.5 JPY`.
    #[error("the amount has more decimals than {0} allows")]
    TooPrecise(Currency),
    /// Beyond [`MAX_AMOUNT`] in either direction.
    #[error("the amount is out of range")]
    OutOfRange,
    /// Two currencies met in one sum.
    #[error("{0} and {1} cannot be combined")]
    Mixed(Currency, Currency),
    /// The currency code is not one we know the exponent of.
    #[error(transparent)]
    Currency(#[from] UnknownCurrency),
}

impl Money {
    /// Refuses an amount with more decimals than the currency has, rather than rounding it.
    pub fn new(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        if amount.abs() > Decimal::from(MAX_AMOUNT) {
            return Err(MoneyError::OutOfRange);
        }
        let exponent = currency.exponent();
        let mut scaled = amount.normalize();
        if scaled.scale() > exponent {
            return Err(MoneyError::TooPrecise(currency));
        }
        scaled.rescale(exponent);
        Ok(Self { amount: scaled, currency })
    }

    /// No money at all, in this currency.
    #[must_use]
    pub fn zero(currency: Currency) -> Self {
        Self { amount: Decimal::new(0, currency.exponent()), currency }
    }

    /// From a gateway's integer, counted in the currency's smallest unit.
    pub fn from_minor_units(units: i64, currency: Currency) -> Result<Self, MoneyError> {
        Self::new(Decimal::new(units, currency.exponent()), currency)
    }

    /// For a gateway: the integer count of the currency's smallest unit. Always fits, by [`MAX_AMOUNT`].
    #[must_use]
    pub fn minor_units(self) -> i64 {
        i64::try_from(self.amount.mantissa()).expect("MAX_AMOUNT keeps the mantissa within i64")
    }

    /// In major units, with the currency's own number of decimals.
    #[must_use]
    pub fn amount(self) -> Decimal {
        self.amount
    }

    #[must_use]
    pub fn currency(self) -> Currency {
        self.currency
    }

    #[must_use]
    pub fn is_zero(self) -> bool {
        self.amount.is_zero()
    }

    #[must_use]
    pub fn is_negative(self) -> bool {
        self.amount.is_sign_negative() && !self.amount.is_zero()
    }

    /// Greater than zero.
    #[must_use]
    pub fn is_positive(self) -> bool {
        self.amount.is_sign_positive() && !self.amount.is_zero()
    }

    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Self::new(self.amount.checked_add(other.amount).ok_or(MoneyError::OutOfRange)?, self.currency)
    }

    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.checked_add(other.negated())
    }

    pub fn times(self, count: u32) -> Result<Self, MoneyError> {
        Self::new(self.amount.checked_mul(count.into()).ok_or(MoneyError::OutOfRange)?, self.currency)
    }

    #[must_use]
    pub fn negated(self) -> Self {
        Self { amount: -self.amount, currency: self.currency }
    }

    /// A fraction of the amount, rounded half to even: for rates such as a commission of `0.125`.
    ///
    /// `rate` must lie within 0 and 1, so that a share is never more than the whole.
    pub fn share(self, rate: Decimal) -> Result<Self, MoneyError> {
        if rate.is_sign_negative() && !rate.is_zero() || rate > Decimal::ONE {
            return Err(MoneyError::OutOfRange);
        }
        let exact = self.amount.checked_mul(rate).ok_or(MoneyError::OutOfRange)?;
        let strategy = RoundingStrategy::MidpointNearestEven;
        Self::new(exact.round_dp_with_strategy(self.currency.exponent(), strategy), self.currency)
    }

    /// Splits into parts in proportion to `weights`, by largest remainder: the parts always sum to the
    /// whole, and no part is off its exact share by a whole minor unit.
    ///
    /// With every weight zero the first part takes all; without weights the answer is empty.
    #[must_use]
    pub fn allocate(self, weights: &[u64]) -> Vec<Self> {
        let total: i128 = weights.iter().map(|&weight| i128::from(weight)).sum();
        let units = i128::from(self.minor_units());
        if total == 0 {
            let all = weights.iter().enumerate();
            return all.map(|(i, _)| if i == 0 { self } else { Self::zero(self.currency) }).collect();
        }
        let exact = |weight: u64| units * i128::from(weight);
        let mut parts: Vec<i128> = weights.iter().map(|&weight| exact(weight).div_euclid(total)).collect();
        let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
        by_remainder.sort_by_key(|&i| std::cmp::Reverse(exact(weights[i]).rem_euclid(total)));
        let left = units - parts.iter().sum::<i128>();
        for &i in by_remainder.iter().take(usize::try_from(left).expect("0 <= left < parts")) {
            parts[i] += 1;
        }
        parts.into_iter().map(|part| self.with_units(part)).collect()
    }

    fn with_units(self, units: i128) -> Self {
        Self { amount: Decimal::from_i128_with_scale(units, self.currency.exponent()), ..self }
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::Mixed(self.currency, other.currency))
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How money looks in JSON.
#[derive(Serialize, Deserialize)]
struct Wire {
    #[serde(with = "rust_decimal::serde::str")]
    amount: Decimal,
    currency: Currency,
}

impl From<Money> for Wire {
    fn from(money: Money) -> Self {
        Self { amount: money.amount, currency: money.currency }
    }
}

impl TryFrom<Wire> for Money {
    type Error = MoneyError;

    fn try_from(wire: Wire) -> Result<Self, MoneyError> {
        Self::new(wire.amount, wire.currency)
    }
}

#[cfg(test)]
mod tests;
