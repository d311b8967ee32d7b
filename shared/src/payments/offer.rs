//! Payment methods in words that belong to no gateway: the currencies and amounts that each accepts. Pure.

use money::{Amounts, Currencies, Currency, Money, Unfit};
use serde::Serialize;
use serde_json::{Value, json};

use crate::orders::PaymentMethod;
use crate::payments::Provider;

/// One payment method, as offered here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    pub method: PaymentMethod,
    pub currencies: Currencies,
    pub amounts: Amounts,
}

/// The amounts of a currency that a method accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PaymentBounds)]
pub struct Bounds {
    /// Absent: any amount above zero.
    pub least: Option<Money>,
    pub most: Option<Money>,
    /// Amounts are multiples of it. Absent: the currency's own smallest unit.
    pub step: Option<Money>,
}

/// An amount that a method can never accept, and the alternatives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmountProblem {
    pub method: PaymentMethod,
    pub amount: Money,
    pub unfit: Unfit,
    pub bounds: Bounds,
    /// The methods that accept the amount.
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
    /// For clients: the broken rule, and the alternatives.
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

/// The methods that accept an amount.
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

/// Why a gateway can't refund an amount, if it can't: it is finer than the gateway's step.
#[must_use]
pub fn refund_problem(offers: &[Offer], gateway: Provider, amount: Money) -> Option<AmountProblem> {
    let offer = offers.iter().find(|offer| offer.method == gateway.into())?;
    let problem = told(offers, offer, amount, offer.amounts.too_fine(amount)?)?;
    // The money goes back by the method by which it came.
    Some(AmountProblem { methods: Vec::new(), ..problem })
}

fn told(offers: &[Offer], offer: &Offer, amount: Money, unfit: Unfit) -> Option<AmountProblem> {
    let (method, bounds) = (offer.method, offer.bounds(amount.currency()));
    Some(AmountProblem { method, amount, unfit, bounds, methods: that_take(offers, amount) })
}
