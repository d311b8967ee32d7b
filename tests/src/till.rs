//! The gateways other than Stripe, each with its words: how to pay there, and what its sandbox knows of the money.

use haat_sandbox::{Next, bkash, chapa, paystack};
use shared::payments::Provider;

use crate::World;

/// A gateway other than Stripe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Till {
    Bkash,
    Paystack,
    Chapa,
}

/// What the customer pays with, and what becomes of refunds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Pays,
    /// Pays, and a refund is under way until the gateway settles.
    RefundWaits,
    /// Pays, and a refund that was taken comes to nothing later.
    RefundFails,
}

impl Till {
    pub const ALL: [Self; 3] = [Self::Bkash, Self::Paystack, Self::Chapa];

    #[must_use]
    pub const fn provider(self) -> Provider {
        match self {
            Self::Bkash => Provider::Bkash,
            Self::Paystack => Provider::Paystack,
            Self::Chapa => Provider::Chapa,
        }
    }

    #[must_use]
    pub const fn name(self) -> &'static str {
        self.provider().as_str()
    }

    #[must_use]
    pub const fn currency(self) -> &'static str {
        match self {
            Self::Bkash => "BDT",
            Self::Paystack => "NGN",
            Self::Chapa => "ETB",
        }
    }

    /// The path that was promised for paying by it.
    #[must_use]
    pub const fn pay_path(self) -> &'static str {
        match self {
            Self::Bkash => "/api/payment/bkash/initiate",
            Self::Paystack => "/api/payment/paystack/initialize",
            Self::Chapa => "/api/payment/chapa/initialize",
        }
    }

    /// What a customer does on the page; where the browser goes then.
    pub(crate) fn visit(self, world: &World, page: &str, fate: Fate) -> Next {
        let sandbox = &world.sandbox;
        let next = match (self, fate) {
            (Self::Bkash, Fate::Pays) => sandbox.pay_bkash(page, bkash::Outcome::Pay),
            (Self::Bkash, Fate::RefundWaits) => sandbox.pay_bkash(page, bkash::Outcome::PayRefundPends),
            (Self::Bkash, Fate::RefundFails) => sandbox.pay_bkash(page, bkash::Outcome::PayRefundFails),
            (Self::Paystack, Fate::Pays | Fate::RefundWaits) => {
                sandbox.pay_paystack(page, paystack::Outcome::Pay)
            }
            (Self::Paystack, Fate::RefundFails) => {
                sandbox.pay_paystack(page, paystack::Outcome::PayRefundFails)
            }
            (Self::Chapa, Fate::Pays | Fate::RefundWaits) => sandbox.pay_chapa(page, chapa::Outcome::Pay),
            (Self::Chapa, Fate::RefundFails) => sandbox.pay_chapa(page, chapa::Outcome::PayRefundReverses),
        };
        next.expect("the page is open")
    }

    /// Money that it has taken, in hundredths.
    pub(crate) fn captured(self, world: &World) -> i64 {
        let sums = match self {
            Self::Bkash => world.sandbox.bkash().captured(),
            Self::Paystack => world.sandbox.paystack().captured(),
            Self::Chapa => world.sandbox.chapa().captured(),
        };
        sums.get(self.currency()).copied().unwrap_or_default()
    }

    /// Money that it has given back or is about to, in hundredths.
    pub(crate) fn given_back(self, world: &World) -> i64 {
        let sums = match self {
            Self::Bkash => world.sandbox.bkash().refunded(),
            Self::Paystack => world.sandbox.paystack().refunded(),
            Self::Chapa => world.sandbox.chapa().refunded(),
        };
        sums.get(self.currency()).copied().unwrap_or_default()
    }

    /// How many refunds it has made of a page.
    pub(crate) fn refunds_of(self, world: &World, page: &str) -> usize {
        match self {
            Self::Bkash => world.sandbox.bkash().refunds_of(page).len(),
            Self::Paystack => world.sandbox.paystack().refunds_of(page).len(),
            Self::Chapa => world.sandbox.chapa().refunds_of(page).len(),
        }
    }
}
