//! Paystack: its payment page, refunds, signed pushes and transfers.
//!
//! The calls are in `payments`, `refunds`, `lists` and `transfers`; `line` sends their requests, `request` and `map`
//! translate, `matching` finds our refunds, `errors` classifies refusals, `webhook` checks signatures and `event` reads
//! pushed messages. Paystack has no idempotency keys: anything that must not happen twice is looked for first.
//! Documentation of Paystack: <https://paystack.com/docs/api/transaction/>, <https://paystack.com/docs/api/refund/>.

pub(crate) mod access;
mod amounts;
mod config;
mod errors;
mod event;
mod line;
mod lists;
mod map;
mod matching;
mod payments;
mod refunds;
mod request;
mod transfers;
mod webhook;
mod wire;

use http::HeaderMap;

use self::amounts::Units;
use self::line::Line;
use crate::calls::observed;
use crate::{
    CallContext, CallError, Capabilities, ConfigError, CreatePayment, CreateRefund, Expired, Finish, Gateway,
    GatewayEvent, GatewayFuture, GatewayName, HostedPayment, PageScheme, PaymentName, PaymentView, Push,
    RefundName, RefundRules, RefundView, TransactionPage, Transfers, Verified, WebhookError, WebhookFuture,
    Window, names,
};
use money::Amounts;

pub use self::access::PaystackAccess;
pub use self::config::{PaystackConfig, RefundFilter};
pub use self::transfers::{NewRecipient, RecipientKind};

/// A page lives as long as the product wants: Paystack has no closing time and closes no page. At most
/// [`PaystackConfig::list_lookback_secs`], or lists would miss a payment at its end.
const LIFE_SECS: (i64, i64) = (60, 24 * 3600);

/// The Paystack gateway. Holds a connection pool: make one and share it.
#[derive(Debug)]
pub struct Paystack {
    config: PaystackConfig,
    line: Line,
}

impl Paystack {
    /// Refuses invalid settings; sends nothing.
    pub fn new(config: PaystackConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        let line = Line::new(&config)?;
        Ok(Self { config, line })
    }

    fn units(&self) -> Units {
        Units { xof_subunit: self.config.xof_subunit }
    }
}

impl Gateway for Paystack {
    fn name(&self) -> GatewayName {
        GatewayName::Paystack
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            currencies: request::currencies(&self.config),
            amounts: Amounts::ANY,
            push: Push::Hint,
            finish: Finish::ByGateway,
            closes_pages: false,
            pages: PageScheme::beside(&self.config.base_url),
            confirms_captures: true,
            refunds: RefundRules {
                partial: true,
                most: None,
                within_secs: None,
                one_at_a_time: true,
                keyed: false,
                marked: false,
                listed: true,
            },
            lists: true,
            payment_life_secs: LIFE_SECS,
        }
    }

    fn create_payment<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreatePayment,
    ) -> GatewayFuture<'a, HostedPayment> {
        observed(self.name(), "create_payment", self.open_page(context, request))
    }

    fn find_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, PaymentView> {
        observed(self.name(), "find_payment", self.payment(context, reference))
    }

    fn expire_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, Expired> {
        observed(self.name(), "expire_payment", self.give_up(context, reference))
    }

    fn create_refund<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreateRefund,
    ) -> GatewayFuture<'a, RefundView> {
        observed(self.name(), "create_refund", self.send_refund(context, request))
    }

    fn find_refund<'a>(
        &'a self,
        context: &'a CallContext,
        name: &'a RefundName,
    ) -> GatewayFuture<'a, Option<RefundView>> {
        observed(self.name(), "find_refund", self.refund(context, name))
    }

    fn refunds_of<'a>(
        &'a self,
        context: &'a CallContext,
        payment: &'a PaymentName,
    ) -> GatewayFuture<'a, Vec<RefundView>> {
        observed(self.name(), "refunds_of", self.all_refunds(context, payment))
    }

    fn list_transactions<'a>(
        &'a self,
        context: &'a CallContext,
        window: Window,
        cursor: Option<&'a str>,
    ) -> GatewayFuture<'a, TransactionPage> {
        observed(self.name(), "list_transactions", self.movements(context, window, cursor))
    }

    fn transfers(&self) -> Option<&dyn Transfers> {
        Some(self)
    }

    fn read_webhook<'a>(&'a self, headers: &'a HeaderMap, body: &'a [u8], _now: i64) -> WebhookFuture<'a> {
        Box::pin(async move {
            webhook::verify(headers, body, &self.config)?;
            Ok(Verified::new(event::parse(crate::event::text(body)?, self.units())))
        })
    }

    fn check_headers(&self, headers: &HeaderMap) -> Result<(), WebhookError> {
        webhook::check(headers)
    }

    fn parse_stored(&self, payload: &str) -> GatewayEvent {
        event::parse(payload, self.units())
    }
}

fn path_part(reference: &str) -> Result<&str, CallError> {
    names::path_part(GatewayName::Paystack, reference, b"-_", 100)
}
