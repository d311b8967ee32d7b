//! bKash: tokenized checkout of mode 0011, refunds, and notices through Amazon SNS.
//!
//! The contract is here; `payments` and `refunds` implement it over `line`, which adds the token that `tokens` shares
//! through the shelf; `marks` remember calls in progress; `map` translates, `errors` classifies refusals, `webhook`
//! checks signatures and `event` reads pushed messages. bKash publishes no machine-readable specification; points that
//! its documentation leaves open are settings of [`BkashConfig`].

pub(crate) mod access;
mod callback;
mod certificates;
mod clock;
mod config;
mod errors;
mod event;
mod line;
mod map;
mod marks;
mod payments;
mod refunds;
mod tokens;
mod webhook;
mod wire;

use std::sync::Arc;

use http::HeaderMap;

use self::certificates::Certificates;
use self::line::Line;
use self::marks::Marks;
use self::webhook::Candidate;
use crate::calls::observed;
use crate::{
    CallContext, CallError, Capabilities, ConfigError, CreatePayment, CreateRefund, Currencies, Expired,
    Finish, Gateway, GatewayEvent, GatewayFuture, GatewayName, HostedPayment, PageScheme, PaymentName,
    PaymentView, Push, RefundName, RefundRules, RefundView, TransactionPage, Verified, WebhookError,
    WebhookFuture, Window,
};
use money::Amounts;

pub use self::access::BkashAccess;
pub use self::callback::{Callback, CallbackOutcome, callback};
pub use self::config::{BkashConfig, Credentials, RefundVersion};

/// A page can be closed at once; within less time than this no customer pays.
const SHORTEST_LIFE_SECS: i64 = 60;
/// A minute less than bKash's, to allow for clocks that differ.
const LONGEST_LIFE_SECS: i64 = map::PAGE_LIFE_SECS - 60;
const DAY_SECS: i64 = 24 * 3600;
/// bKash's limit in the second version.
const MOST_REFUNDS: u32 = 10;

/// The bKash gateway. Holds a connection pool: make one and share it.
#[derive(Debug)]
pub struct Bkash {
    config: Arc<BkashConfig>,
    line: Line,
    marks: Marks,
    certificates: Certificates,
}

impl Bkash {
    /// Refuses invalid settings; sends nothing.
    pub fn new(config: BkashConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        let config = Arc::new(config);
        let marks = Marks::new(&config);
        let line = Line::new(Arc::clone(&config), marks.clone())?;
        Ok(Self { config, line, marks, certificates: Certificates::new() })
    }

    async fn believe(
        &self,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Verified<GatewayEvent>, WebhookError> {
        let candidate = Candidate::read(headers, body, &self.config)?;
        let key =
            self.certificates.key(self.line.exchange(), &candidate.certificate, &candidate.names).await?;
        candidate.verify(&key)?;
        if let Some(url) = &candidate.confirm {
            certificates::get(self.line.exchange(), url).await?;
        }
        let body = crate::event::text(body)?;
        Ok(Verified::new(event::event(candidate.posted, body)))
    }
}

impl Gateway for Bkash {
    fn name(&self) -> GatewayName {
        GatewayName::Bkash
    }

    fn capabilities(&self) -> Capabilities {
        let most = match self.config.refund_version {
            RefundVersion::V1 => 1,
            RefundVersion::V2 => MOST_REFUNDS,
        };
        let within_secs = Some(i64::from(self.config.refund_days) * DAY_SECS);
        Capabilities {
            currencies: Currencies::Only(&[map::BDT]),
            amounts: Amounts::ANY,
            push: Push::Hint,
            finish: Finish::ByMerchant,
            closes_pages: true,
            pages: PageScheme::beside(&self.config.base_url),
            confirms_captures: self.config.confirms_captures,
            refunds: RefundRules {
                partial: true,
                most: Some(most),
                within_secs,
                one_at_a_time: true,
                keyed: false,
                marked: false,
                listed: true,
            },
            lists: false,
            payment_life_secs: (SHORTEST_LIFE_SECS, LONGEST_LIFE_SECS),
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
        observed(self.name(), "find_payment", self.find(context, reference))
    }

    fn finish_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, PaymentView> {
        observed(self.name(), "finish_payment", self.finish(context, reference))
    }

    fn expire_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, Expired> {
        observed(self.name(), "expire_payment", self.close(context, reference))
    }

    fn create_refund<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreateRefund,
    ) -> GatewayFuture<'a, RefundView> {
        observed(self.name(), "create_refund", self.refund(context, request))
    }

    fn find_refund<'a>(
        &'a self,
        context: &'a CallContext,
        name: &'a RefundName,
    ) -> GatewayFuture<'a, Option<RefundView>> {
        observed(self.name(), "find_refund", self.made_refund(context, name))
    }

    fn refunds_of<'a>(
        &'a self,
        context: &'a CallContext,
        payment: &'a PaymentName,
    ) -> GatewayFuture<'a, Vec<RefundView>> {
        observed(self.name(), "refunds_of", self.all_refunds(context, payment))
    }

    /// bKash has no list.
    fn list_transactions<'a>(
        &'a self,
        _context: &'a CallContext,
        _window: Window,
        _cursor: Option<&'a str>,
    ) -> GatewayFuture<'a, TransactionPage> {
        Box::pin(async { Err(CallError::unsendable("bKash lists no transactions")) })
    }

    fn read_webhook<'a>(&'a self, headers: &'a HeaderMap, body: &'a [u8], _now: i64) -> WebhookFuture<'a> {
        Box::pin(self.believe(headers, body))
    }

    fn check_headers(&self, headers: &HeaderMap) -> Result<(), WebhookError> {
        webhook::check(headers)
    }

    fn parse_stored(&self, payload: &str) -> GatewayEvent {
        event::parse(payload)
    }
}
