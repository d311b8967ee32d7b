//! Money as Paystack's integers, and back: a hundredth of the major unit, in every currency.
//!
//! XOF has no hundredths by ISO 4217, and Paystack's unit for it is not in its specification: a setting decides. A
//! currency outside the table is refused: a guess would be off by a factor of a hundred.

use money::{Currency, Money, MoneyError};

/// In Paystack's specification; all have two decimals by ISO 4217 too.
pub(super) const CURRENCIES: &[&str] = &["NGN", "GHS", "ZAR", "KES", "USD"];
pub(super) const CURRENCIES_AND_XOF: &[&str] = &["NGN", "GHS", "ZAR", "KES", "USD", XOF];
const XOF: &str = "XOF";

/// Why an amount has no integer for Paystack, or an integer no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AmountError {
    #[error("{0} is not supported")]
    Unsupported(Currency),
    #[error("the amount is finer than {0} amounts can be")]
    TooFine(Currency),
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// The unit of Paystack's integers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Units {
    /// Units in one franc.
    pub xof_subunit: i64,
}

impl Units {
    /// How many of Paystack's units make one of ISO's.
    fn factor(self, currency: Currency) -> Result<i64, AmountError> {
        match currency.code() {
            XOF => Ok(self.xof_subunit),
            code if CURRENCIES.contains(&code) => Ok(1),
            _ => Err(AmountError::Unsupported(currency)),
        }
    }

    /// The number to send with the currency's code.
    pub(super) fn of(self, money: Money) -> Result<i64, AmountError> {
        let factor = self.factor(money.currency())?;
        Ok(money.minor_units().checked_mul(factor).ok_or(MoneyError::OutOfRange)?)
    }

    /// From the wire. The currency may be in any case.
    pub(super) fn money(self, units: i64, currency: &str) -> Result<Money, AmountError> {
        let currency: Currency = currency.parse().map_err(MoneyError::from)?;
        let factor = self.factor(currency)?;
        if units % factor != 0 {
            return Err(AmountError::TooFine(currency));
        }
        Ok(Money::from_minor_units(units / factor, currency)?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const UNITS: Units = Units { xof_subunit: 100 };

    fn money(minor: i64, code: &str) -> Money {
        Money::from_minor_units(minor, code.parse().expect("a known code")).expect("a small amount")
    }

    #[test]
    fn a_naira_has_a_hundred_kobo_and_a_franc_what_is_set() {
        assert_eq!(UNITS.of(money(500_050, "NGN")), Ok(500_050));
        assert_eq!(UNITS.of(money(500, "XOF")), Ok(50_000));
        assert_eq!(Units { xof_subunit: 1 }.of(money(500, "XOF")), Ok(500));
        assert_eq!(UNITS.money(50_000, "xof"), Ok(money(500, "XOF")));
        assert!(matches!(UNITS.money(50_050, "XOF"), Err(AmountError::TooFine(_))));
        for code in ["RWF", "EGP", "EUR", "JPY"] {
            assert!(matches!(UNITS.of(money(100, code)), Err(AmountError::Unsupported(_))), "{code}");
            assert!(matches!(UNITS.money(100, code), Err(AmountError::Unsupported(_))), "{code}");
        }
        assert!(UNITS.money(1, "").is_err());
        assert!(UNITS.money(i64::MAX, "NGN").is_err());
    }

    proptest! {
        #[test]
        fn what_goes_out_comes_back(
            code in proptest::sample::select(CURRENCIES_AND_XOF),
            minor in 0_i64..1_000_000_000_000,
            xof_subunit in proptest::sample::select(vec![1_i64, 100]),
        ) {
            let units = Units { xof_subunit };
            if let Ok(sent) = Money::from_minor_units(minor, code.parse().expect("a known code")) {
                let wire = units.of(sent).expect("a currency of ours");
                prop_assert_eq!(units.money(wire, code), Ok(sent));
            }
        }
    }
}
