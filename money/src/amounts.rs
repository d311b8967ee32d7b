//! The amounts of a currency that a payment gateway accepts: the least, the most, and the step between two.

use crate::{Currency, Money};

/// The accepted amounts of one currency, in its minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmountRule {
    pub currency: &'static str,
    /// One, if there is no other least.
    pub least: i64,
    pub most: Option<i64>,
    /// Amounts are multiples of it.
    pub step: i64,
}

/// Rules by currency. Of a currency without one every amount is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amounts(pub &'static [AmountRule]);

/// Why an amount is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    TooSmall,
    TooLarge,
    /// No multiple of the step.
    TooFine,
}

impl Amounts {
    /// Every amount of every currency.
    pub const ANY: Self = Self(&[]);

    #[must_use]
    pub fn rule(self, currency: Currency) -> Option<AmountRule> {
        self.0.iter().copied().find(|rule| rule.currency == currency.code())
    }

    /// Why the amount can't be paid, if it can't.
    #[must_use]
    pub fn unfit(self, amount: Money) -> Option<Unfit> {
        let rule = self.rule(amount.currency())?;
        let units = amount.minor_units();
        if units < rule.least {
            Some(Unfit::TooSmall)
        } else if rule.most.is_some_and(|most| units > most) {
            Some(Unfit::TooLarge)
        } else {
            self.too_fine(amount)
        }
    }

    /// Whether the amount is no multiple of the step. Of a payment back there is no least.
    #[must_use]
    pub fn too_fine(self, amount: Money) -> Option<Unfit> {
        let rule = self.rule(amount.currency())?;
        (amount.minor_units() % rule.step != 0).then_some(Unfit::TooFine)
    }
}

impl AmountRule {
    /// The least, the most and the step as money.
    #[must_use]
    pub fn bounds(self, currency: Currency) -> (Option<Money>, Option<Money>, Option<Money>) {
        let money = |units| Money::from_minor_units(units, currency).ok();
        let step = (self.step > 1).then(|| money(self.step)).flatten();
        (money(self.least), self.most.and_then(money), step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Amounts = Amounts(&[
        AmountRule { currency: "USD", least: 50, most: Some(99_999_999), step: 1 },
        AmountRule { currency: "KWD", least: 1, most: None, step: 10 },
    ]);

    fn money(units: i64, code: &str) -> Money {
        Money::from_minor_units(units, code.parse().expect("known")).expect("in range")
    }

    #[test]
    fn an_amount_is_taken_within_the_bounds_and_in_steps() {
        for (units, code, unfit) in [
            (49, "USD", Some(Unfit::TooSmall)),
            (50, "USD", None),
            (99_999_999, "USD", None),
            (100_000_000, "USD", Some(Unfit::TooLarge)),
            (10_125, "KWD", Some(Unfit::TooFine)),
            (10_120, "KWD", None),
            (1, "EUR", None),
        ] {
            assert_eq!(RULES.unfit(money(units, code)), unfit, "{units} {code}");
        }
        assert_eq!(RULES.too_fine(money(1, "USD")), None, "a refund may be small");
        assert_eq!(RULES.too_fine(money(5, "KWD")), Some(Unfit::TooFine));
    }
}
