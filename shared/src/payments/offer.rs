//! What can be paid with here, in words that no gateway owns: a method, the currencies it takes and the amounts. Pure.

use money::{Amounts, Currencies, Currency, Money, Unfit};
use serde::Serialize;
use serde_json::{Value, json};

use crate::orders::PaymentMethod;
use crate::payments::Provider;

/// One way to pay, as it is offered here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    pub method: PaymentMethod,
    pub currencies: Currencies,
    pub amounts: Amounts,
}

/// The bounds of what a method takes of a currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PaymentBounds)]
pub struct Bounds {
    /// Absent: any amount above nothing.
    pub least: Option<Money>,
    pub most: Option<Money>,
    /// Amounts are multiples of it. Absent: the currency's own smallest unit.
    pub step: Option<Money>,
}

/// An amount that a method can never take, and what would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmountProblem {
    pub method: PaymentMethod,
    pub amount: Money,
    pub unfit: Unfit,
    pub bounds: Bounds,
    /// The methods that take the amount.
    pub methods: Vec<PaymentMethod>,
}

impl Offer {
    #[must_use]
    pub fn bounds(&self, currency: Currency) -> Bounds {
        let Some(rule) = self.amounts.rule(currency) else { return Bounds::default() };
        let (least, most, step) = rule.bounds(currency);
        Bounds { least, most, step }
    }

    #[must_use]
    pub fn takes(&self, amount: Money) -> bool {
        self.currencies.contain(amount.currency()) && self.amounts.unfit(amount).is_none()
    }
}

impl AmountProblem {
    /// For clients: the rule that is broken, and what would do.
    #[must_use]
    pub fn detail(&self) -> Value {
        let problem = match self.unfit {
            Unfit::TooSmall => "too_small",
            Unfit::TooLarge => "too_large",
            Unfit::TooFine => "too_fine",
        };
        let Bounds { least, most, step } = self.bounds;
        json!({
            "payment_method": self.method, "amount": self.amount, "problem": problem, "least": least, "most": most,
            "step": step, "payment_methods": self.methods,
        })
    }
}

/// The methods that take an amount.
#[must_use]
pub fn that_take(offers: &[Offer], amount: Money) -> Vec<PaymentMethod> {
    offers.iter().filter(|offer| offer.takes(amount)).map(|offer| offer.method).collect()
}

/// Why a method can't take this amount, although it takes the currency. An order that costs nothing needs no payment.
#[must_use]
pub fn problem(offers: &[Offer], method: PaymentMethod, amount: Money) -> Option<AmountProblem> {
    let offer = offers.iter().find(|offer| offer.method == method).filter(|_| amount.is_positive())?;
    told(offers, offer, amount, offer.amounts.unfit(amount)?)
}

/// Why a gateway can't pay an amount back, if it can't: it is finer than its steps.
#[must_use]
pub fn refund_problem(offers: &[Offer], gateway: Provider, amount: Money) -> Option<AmountProblem> {
    let offer = offers.iter().find(|offer| offer.method == gateway.into())?;
    let problem = told(offers, offer, amount, offer.amounts.too_fine(amount)?)?;
    // The money goes back by the way it came.
    Some(AmountProblem { methods: Vec::new(), ..problem })
}

fn told(offers: &[Offer], offer: &Offer, amount: Money, unfit: Unfit) -> Option<AmountProblem> {
    let (method, bounds) = (offer.method, offer.bounds(amount.currency()));
    Some(AmountProblem { method, amount, unfit, bounds, methods: that_take(offers, amount) })
}
