//! Chapa, Ethiopia: hosted payment pages, refunds, payouts and signed hints.
//!
//! `payments`, `refunds` and `transfers` make the calls and `line` sends their requests; `request` and `map` translate,
//! `errors` classifies refusals, `webhook` checks signatures and `event` reads pushed messages. Chapa has no
//! idempotency keys, but each of our references is used once, so every call may be repeated. Documentation of Chapa:
//! <https://developer.chapa.co>.

pub(crate) mod access;
mod config;
mod errors;
mod event;
mod line;
mod map;
mod payments;
mod refunds;
mod request;
mod transfers;
mod webhook;
mod wire;

use http::HeaderMap;

use self::line::Line;
use crate::calls::observed;
use crate::{
    CallContext, CallError, Capabilities, ConfigError, CreatePayment, CreateRefund, Currencies, Expired,
    Finish, Gateway, GatewayEvent, GatewayFuture, GatewayName, HostedPayment, PageScheme, PaymentView, Push,
    RefundName, RefundRules, RefundView, TransactionPage, Transfers, Verified, WebhookError, WebhookFuture,
    Window, names,
};
use money::Amounts;

pub use self::access::ChapaAccess;
pub use self::config::{ChapaConfig, RefundPath};
pub use self::transfers::Bank;

/// Chapa has no closing time, so only ours counts: long enough to type a code from a phone, and at most a day.
const PAYMENT_LIFE_SECS: (i64, i64) = (5 * 60, 24 * 3600);

/// The Chapa gateway. Holds a connection pool: make one and share it.
#[derive(Debug)]
pub struct Chapa {
    config: ChapaConfig,
    line: Line,
}

impl Chapa {
    /// Refuses invalid settings; sends nothing.
    pub fn new(config: ChapaConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        let line = Line::new(&config)?;
        Ok(Self { config, line })
    }
}

impl Gateway for Chapa {
    fn name(&self) -> GatewayName {
        GatewayName::Chapa
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            currencies: Currencies::Only(request::currencies(&self.config)),
            amounts: Amounts::ANY,
            push: Push::Hint,
            finish: Finish::ByGateway,
            closes_pages: self.config.cancel_endpoint,
            pages: PageScheme::beside(&self.config.base_url),
            confirms_captures: true,
            refunds: RefundRules {
                partial: self.config.partial_refunds,
                most: None,
                within_secs: None,
                one_at_a_time: false,
                keyed: false,
                marked: true,
                listed: false,
            },
            lists: true,
            payment_life_secs: PAYMENT_LIFE_SECS,
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
        observed(self.name(), "expire_payment", self.close_page(context, reference))
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

    fn list_transactions<'a>(
        &'a self,
        context: &'a CallContext,
        window: Window,
        cursor: Option<&'a str>,
    ) -> GatewayFuture<'a, TransactionPage> {
        observed(self.name(), "list_transactions", self.transactions(context, window, cursor))
    }

    fn transfers(&self) -> Option<&dyn Transfers> {
        Some(self)
    }

    fn read_webhook<'a>(&'a self, headers: &'a HeaderMap, body: &'a [u8], _now: i64) -> WebhookFuture<'a> {
        Box::pin(async move {
            webhook::verify(headers, body, &self.config.webhook_secrets)?;
            Ok(Verified::new(event::parse(crate::event::text(body)?)))
        })
    }

    fn check_headers(&self, headers: &HeaderMap) -> Result<(), WebhookError> {
        webhook::check(headers)
    }

    fn parse_stored(&self, payload: &str) -> GatewayEvent {
        event::parse(payload)
    }
}

fn path_part(reference: &str) -> Result<&str, CallError> {
    names::path_part(GatewayName::Chapa, reference, b"-_.", 255)
}
