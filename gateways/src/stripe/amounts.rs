//! Money as Stripe's integers, and back, with the currencies whose unit at Stripe differs from ISO's.
//!
//! The tables follow <https://docs.stripe.com/currencies>. A currency whose unit is in doubt there is refused: a guess
//! would be off by a factor of a hundred.

use money::{AmountRule, Currency, Money};

/// "Three-decimal currencies": thousandths, and the last digit must be 0.
const THREE_DECIMALS: &[&str] = &["BHD", "JOD", "KWD", "OMR", "TND"];
/// "Zero-decimal currencies" which ISO gives two decimals.
const WHOLE_UNITS: &[&str] = &["MGA"];
/// UGX: under "zero-decimal" a whole shilling is 1, under "special cases" it is 100. IQD and LYD: three
/// decimals by ISO, absent from Stripe's table.
pub(super) const IN_DOUBT: &[&str] = &["UGX", "IQD", "LYD"];

/// The amounts that Stripe accepts per currency. Source: the page "Supported currencies" of Stripe's documentation, section
/// "Minimum and maximum charge amounts" (<https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>), compared
/// in November 2026: a minimum for 24 currencies, and a maximum of eight digits, but nine for INR. For HUF and JPY the page
/// gives three different maximums for cards, so Stripe decides, as it does for currencies without a row here. Of three
/// decimals the last must be 0; Malagasy ariary must be whole. The minimum is that of an account that settles in the same
/// currency: for an account that converts it may be higher, and Stripe refuses then.
pub(super) const RULES: &[AmountRule] = &[
    least("USD", 50),
    least("AED", 200),
    least("AUD", 50),
    least("BGN", 100),
    least("BRL", 50),
    least("CAD", 50),
    least("CHF", 50),
    least("CZK", 1500),
    least("DKK", 250),
    least("EUR", 50),
    least("GBP", 30),
    least("HKD", 400),
    AmountRule { most: None, ..least("HUF", 17_500) },
    AmountRule { most: Some(999_999_999), ..least("INR", 50) },
    AmountRule { most: None, ..least("JPY", 50) },
    least("MXN", 1000),
    least("MYR", 200),
    least("NOK", 300),
    least("NZD", 50),
    least("PLN", 200),
    least("RON", 200),
    least("SEK", 300),
    least("SGD", 50),
    least("THB", 1000),
    steps("BHD", 10),
    steps("JOD", 10),
    steps("KWD", 10),
    steps("OMR", 10),
    steps("TND", 10),
    AmountRule { most: Some(MOST_UNITS * 100), ..steps("MGA", 100) },
];
/// Eight digits.
const MOST_UNITS: i64 = 99_999_999;

const fn least(currency: &'static str, least: i64) -> AmountRule {
    AmountRule { currency, least, most: Some(MOST_UNITS), step: 1 }
}

const fn steps(currency: &'static str, step: i64) -> AmountRule {
    AmountRule { currency, least: step, most: Some(MOST_UNITS - MOST_UNITS % step), step }
}

/// Why an amount has no integer for Stripe, or an integer no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AmountError {
    #[error("{0} is not supported")]
    Unsupported(Currency),
    #[error("the amount is finer than {0} amounts can be here")]
    TooFine(Currency),
    #[error(transparent)]
    Money(#[from] money::MoneyError),
}

/// How one of Stripe's units relates to ISO's minor unit.
enum Unit {
    /// The same unit: USD in cents, JPY in yen. HUF and TWD too, whose special cases are about payouts.
    Same,
    /// The same, in steps of this many.
    SameInSteps(i64),
    /// This many ISO units make one of Stripe's.
    Coarser(i64),
}

fn unit(currency: Currency) -> Result<Unit, AmountError> {
    let code = currency.code();
    if IN_DOUBT.contains(&code) {
        Err(AmountError::Unsupported(currency))
    } else if THREE_DECIMALS.contains(&code) {
        Ok(Unit::SameInSteps(10))
    } else if WHOLE_UNITS.contains(&code) {
        Ok(Unit::Coarser(100))
    } else {
        Ok(Unit::Same)
    }
}

/// The number to send with [`currency_code`].
pub(super) fn to_units(money: Money) -> Result<i64, AmountError> {
    let units = money.minor_units();
    match unit(money.currency())? {
        Unit::Same => Ok(units),
        Unit::SameInSteps(step) if units % step == 0 => Ok(units),
        Unit::Coarser(size) if units % size == 0 => Ok(units / size),
        Unit::SameInSteps(_) | Unit::Coarser(_) => Err(AmountError::TooFine(money.currency())),
    }
}

/// From the wire. The currency may be in any case.
pub(super) fn from_units(units: i64, currency: &str) -> Result<Money, AmountError> {
    let currency: Currency = currency.parse().map_err(money::MoneyError::from)?;
    let minor = match unit(currency)? {
        Unit::Same | Unit::SameInSteps(_) => units,
        Unit::Coarser(size) => units.checked_mul(size).ok_or(money::MoneyError::OutOfRange)?,
    };
    Ok(Money::from_minor_units(minor, currency)?)
}

/// Stripe writes currencies in lower case.
pub(super) fn currency_code(currency: Currency) -> String {
    currency.code().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use money::Unfit;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_the_rules_take_has_an_integer() {
        for code in THREE_DECIMALS.iter().chain(WHOLE_UNITS) {
            let currency: Currency = code.parse().expect("a known code");
            let rules = money::Amounts(RULES);
            for units in [1, 5, 10, 100, 10_120, 10_125] {
                let amount = Money::from_minor_units(units, currency).expect("small");
                assert_eq!(rules.too_fine(amount).is_some(), to_units(amount).is_err(), "{amount}");
            }
        }
    }

    #[test]
    fn the_least_and_the_most_are_those_of_stripes_page() {
        let unfit = |minor, code| money::Amounts(RULES).unfit(money(minor, code));
        for (code, least, most) in [
            ("USD", 50, Some(99_999_999)),
            ("GBP", 30, Some(99_999_999)),
            ("CZK", 1500, Some(99_999_999)),
            ("INR", 50, Some(999_999_999)),
            ("HUF", 17_500, None),
            ("JPY", 50, None),
            ("KWD", 10, Some(99_999_990)),
            ("MGA", 100, Some(9_999_999_900)),
        ] {
            assert_eq!(unfit(least, code), None, "{code}");
            assert_eq!(unfit(least - 1, code), Some(Unfit::TooSmall), "{code}");
            assert_eq!(most.and_then(|most| unfit(most, code)), None, "{code}");
            let beyond = most.map_or(999_999_999, |most| most + 1);
            assert_eq!(unfit(beyond, code), most.map(|_| Unfit::TooLarge), "{code}");
        }
        assert_eq!(RULES.iter().filter(|rule| rule.step == 1).count(), 24);
    }

    fn money(minor: i64, code: &str) -> Money {
        let currency = code.parse().expect("a known code");
        Money::from_minor_units(minor, currency).expect("a small amount")
    }

    #[test]
    fn units_follow_stripes_table() {
        assert_eq!(to_units(money(1999, "USD")), Ok(1999));
        assert_eq!(to_units(money(500, "JPY")), Ok(500));
        assert_eq!(to_units(money(500, "XOF")), Ok(500));
        assert_eq!(to_units(money(1050, "HUF")), Ok(1050));
        assert_eq!(to_units(money(5120, "KWD")), Ok(5120));
        assert!(matches!(to_units(money(5124, "KWD")), Err(AmountError::TooFine(_))));
        assert_eq!(to_units(money(70_000, "MGA")), Ok(700));
        assert!(matches!(to_units(money(70_050, "MGA")), Err(AmountError::TooFine(_))));
        assert!(matches!(to_units(money(500, "UGX")), Err(AmountError::Unsupported(_))));
    }

    #[test]
    fn the_wire_may_name_what_we_do_not_know() {
        assert!(from_units(1, "isk").is_err());
        assert!(from_units(1, "").is_err());
        assert!(from_units(i64::MAX, "usd").is_err());
        assert!(from_units(i64::MAX, "mga").is_err());
    }

    proptest! {
        #[test]
        fn what_can_be_sent_comes_back_the_same(
            code in proptest::sample::select(vec!["USD", "BDT", "JPY", "XOF", "KWD", "TND", "MGA", "HUF", "NGN", "ETB"]),
            minor in 0_i64..100_000_000_000,
        ) {
            let sent = money(minor, code);
            if let Ok(units) = to_units(sent) {
                prop_assert_eq!(from_units(units, &currency_code(sent.currency())), Ok(sent));
            }
        }

        #[test]
        fn what_comes_in_goes_out_the_same(
            code in proptest::sample::select(vec!["usd", "jpy", "xof", "mga", "huf"]),
            units in 0_i64..1_000_000_000,
        ) {
            let came = from_units(units, code).expect("within range");
            prop_assert_eq!(to_units(came), Ok(units));
        }
    }
}
