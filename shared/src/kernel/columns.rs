//! Reads money from the two columns in which it is stored.

use money::Money;
use rust_decimal::Decimal;

/// Money from its amount and currency columns. They were written from [`Money`], so a row that can't be read is
/// damaged: that is an error of the database, not of the caller.
pub fn money(amount: Decimal, currency: &str) -> Result<Money, sqlx::Error> {
    let broken = |error: money::MoneyError| sqlx::Error::Decode(Box::new(error));
    let currency = currency.parse().map_err(|error: money::UnknownCurrency| broken(error.into()))?;
    Money::new(amount, currency).map_err(broken)
}

/// Money that may be absent, from its two columns, which are null together.
pub fn money_if_any(amount: Option<Decimal>, currency: Option<&str>) -> Result<Option<Money>, sqlx::Error> {
    amount.zip(currency).map(|(amount, currency)| money(amount, currency)).transpose()
}
