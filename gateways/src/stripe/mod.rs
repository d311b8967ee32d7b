//! Stripe: hosted Checkout, refunds, transfers and signed webhooks.
//!
//! The calls are here and in `transfers`; `transport` sends them, `request` and `map` translate, `errors` classifies
//! refusals, `webhook` checks signatures and `event` reads pushed messages. Documentation of Stripe:
//! <https://docs.stripe.com/api/checkout/sessions>, <https://docs.stripe.com/api/refunds>.

mod amounts;
mod config;
mod errors;
mod event;
mod failures;
mod form;
mod lists;
mod map;
mod request;
mod transfers;
mod transport;
mod webhook;
mod wire;

use http::HeaderMap;
use money::{Amounts, Currencies};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use self::form::Form;
use self::transport::{Call, Transport};
use self::wire::{List, Refund, Session};
use crate::calls::observed;
use crate::exchange::{unmapped, unusable};
use crate::http_client::Effect;
use crate::names;
use crate::{
    CallContext, CallError, Capabilities, ConfigError, CreatePayment, CreateRefund, Expired, Finish, Gateway,
    GatewayEvent, GatewayFuture, GatewayName, HostedPayment, PageScheme, PaymentName, PaymentState,
    PaymentView, Push, RefundName, RefundRules, RefundView, TransactionPage, Transfers, Verified,
    WebhookError, WebhookFuture, Window,
};

pub use self::config::StripeConfig;

const SESSIONS: &str = "/v1/checkout/sessions";
const REFUNDS: &str = "/v1/refunds";
/// Most pages that are searched for one of our objects, a hundred rows each.
const MOST_PAGES: u32 = 20;
/// Stripe keeps a key for at least 24 hours; an hour less, for the call itself and clocks that differ.
const SAFE_KEY_SECS: i64 = 23 * 3600;
const CLOCK_SKEW_SECS: i64 = 3600;

/// The Stripe gateway. Holds a connection pool: make one and share it.
#[derive(Debug)]
pub struct Stripe {
    config: StripeConfig,
    transport: Transport,
}

impl Stripe {
    /// Refuses invalid settings; sends nothing.
    pub fn new(config: StripeConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        let transport = Transport::new(&config)?;
        Ok(Self { config, transport })
    }

    async fn session(&self, context: &CallContext, reference: &str) -> Result<Session, CallError> {
        let path = format!("{SESSIONS}/{}", path_part(reference)?);
        let form = Form::default().with("expand[]", "payment_intent");
        self.transport.send(&Call::read(context, path, form)).await
    }

    async fn open_session(
        &self,
        context: &CallContext,
        request: &CreatePayment,
    ) -> Result<HostedPayment, CallError> {
        let form = request::session_form(request)?;
        let key = Some(format!("{}:create", request.attempt_id));
        let session = self.transport.send(&Call::change(context, SESSIONS.to_owned(), form, key)).await?;
        map::hosted_payment(session).map_err(|error| unmapped(error, Effect::Changes))
    }

    /// Without a key: expiring twice is harmless, and a key would repeat a stale answer for a day.
    async fn expire_session(&self, context: &CallContext, reference: &str) -> Result<Expired, CallError> {
        let path = format!("{SESSIONS}/{}/expire", path_part(reference)?);
        let call = Call::change(context, path, Form::default(), None);
        match self.transport.send::<Session>(&call).await {
            Ok(session) => {
                expired(session)?.ok_or_else(|| unusable("still open after expiry", Effect::Changes))
            }
            // Only an open session can be expired, so this one is paid, on its way, or expired before.
            Err(refused) if refused.http_status == Some(400) => {
                expired(self.session(context, reference).await?)?.ok_or(refused)
            }
            Err(error) => Err(error),
        }
    }

    /// Stripe forgets a key after a day, and a repeat would then pay a second time. So a refund that old is looked for
    /// first, which makes the call safe to repeat at any time.
    async fn send_refund(
        &self,
        context: &CallContext,
        request: &CreateRefund,
    ) -> Result<RefundView, CallError> {
        let form = request::refund_form(request)?;
        let name = &request.name;
        if key_may_be_forgotten(name.refund_id, context.now) {
            let made = self.search_refund(context, name).await?;
            if let Some(made) = made {
                return Ok(made);
            }
        }
        let key = Some(format!("{}:refund", name.refund_id));
        let refund = self.transport.send(&Call::change(context, REFUNDS.to_owned(), form, key)).await?;
        map::refund_view(refund).map_err(|error| unmapped(error, Effect::Changes))
    }

    async fn refund(
        &self,
        context: &CallContext,
        name: &RefundName,
    ) -> Result<Option<RefundView>, CallError> {
        let Some(reference) = &name.reference else { return self.search_refund(context, name).await };
        let path = format!("{REFUNDS}/{}", path_part(reference)?);
        match self.read(context, path, Form::default()).await {
            Ok(refund) => map::refund_view(refund).map(Some).map_err(|error| unmapped(error, Effect::Reads)),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn search_refund(
        &self,
        context: &CallContext,
        name: &RefundName,
    ) -> Result<Option<RefundView>, CallError> {
        let form = Form::default().with("payment_intent", &name.payment_reference);
        let is_it =
            |refund: &Refund| map::ours(refund.metadata.as_ref(), map::REFUND_ID) == Some(name.refund_id);
        let found = self.search(context, REFUNDS, &form, |refund: &Refund| &refund.id, is_it).await?;
        found.map(map::refund_view).transpose().map_err(|error| unmapped(error, Effect::Reads))
    }

    /// The first row of a list that is the one looked for.
    async fn search<T: DeserializeOwned>(
        &self,
        context: &CallContext,
        path: &str,
        form: &Form,
        id: impl Fn(&T) -> &str,
        is_it: impl Fn(&T) -> bool,
    ) -> Result<Option<T>, CallError> {
        let mut after: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut form = form.clone().with("limit", 100);
            if let Some(id) = after {
                form.set("starting_after", id);
            }
            let page: List<T> = self.read(context, path.to_owned(), form).await?;
            after = page.data.last().filter(|_| page.has_more).map(|row| id(row).to_owned());
            if let Some(found) = page.data.into_iter().find(&is_it) {
                return Ok(Some(found));
            }
            if after.is_none() {
                return Ok(None);
            }
        }
        Err(unusable("there are more rows than are looked through", Effect::Reads))
    }

    async fn read<T: DeserializeOwned>(
        &self,
        context: &CallContext,
        path: String,
        form: Form,
    ) -> Result<T, CallError> {
        self.transport.send(&Call::read(context, path, form)).await
    }
}

impl Gateway for Stripe {
    fn name(&self) -> GatewayName {
        GatewayName::Stripe
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            currencies: Currencies::AllBut(amounts::IN_DOUBT),
            amounts: Amounts(amounts::RULES),
            push: Push::Proof,
            finish: Finish::ByGateway,
            closes_pages: true,
            pages: PageScheme::beside(&self.config.base_url),
            confirms_captures: true,
            refunds: RefundRules {
                partial: true,
                most: None,
                within_secs: None,
                one_at_a_time: false,
                keyed: true,
                marked: true,
                listed: true,
            },
            lists: true,
            payment_life_secs: (request::MIN_LIFE_SECS, request::MAX_LIFE_SECS),
        }
    }

    fn create_payment<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreatePayment,
    ) -> GatewayFuture<'a, HostedPayment> {
        observed(self.name(), "create_payment", self.open_session(context, request))
    }

    fn find_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, PaymentView> {
        let call = async move { view(self.session(context, reference).await?) };
        observed(self.name(), "find_payment", call)
    }

    fn expire_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, Expired> {
        observed(self.name(), "expire_payment", self.expire_session(context, reference))
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
        observed(self.name(), "list_transactions", self.list(context, window, cursor))
    }

    fn transfers(&self) -> Option<&dyn Transfers> {
        Some(self)
    }

    fn read_webhook<'a>(&'a self, headers: &'a HeaderMap, body: &'a [u8], now: i64) -> WebhookFuture<'a> {
        Box::pin(async move {
            webhook::verify(headers, body, now, &self.config)?;
            Ok(Verified::new(event::parse(crate::event::text(body)?, &self.config.api_version)))
        })
    }

    fn check_headers(&self, headers: &HeaderMap) -> Result<(), WebhookError> {
        webhook::check(headers)
    }

    fn parse_stored(&self, payload: &str) -> GatewayEvent {
        event::parse(payload, &self.config.api_version)
    }
}

fn view(session: Session) -> Result<PaymentView, CallError> {
    map::session_view(session).map_err(|error| unmapped(error, Effect::Reads))
}

/// The result of closing a session, by its state; `None` while it is open.
fn expired(session: Session) -> Result<Option<Expired>, CallError> {
    match map::session_state(&session) {
        PaymentState::Open => Ok(None),
        PaymentState::Expired | PaymentState::Failed => Ok(Some(Expired::Closed)),
        PaymentState::Captured => Ok(Some(Expired::AlreadyPaid(view(session)?))),
        PaymentState::Processing | PaymentState::AwaitsFinish => {
            Ok(Some(Expired::StillProcessing(view(session)?)))
        }
    }
}

/// Whether a call with this id may be older than the time for which Stripe keeps its key. Our ids are version 7 and
/// contain the time when they were made. An id without a time, or with one in the future, counts as old.
fn key_may_be_forgotten(id: Uuid, now: i64) -> bool {
    names::made_at(id)
        .is_none_or(|made| !(-CLOCK_SKEW_SECS..SAFE_KEY_SECS).contains(&now.saturating_sub(made)))
}

/// Stripe's ids are letters, digits and underscores; anything else would change the path.
fn path_part(reference: &str) -> Result<&str, CallError> {
    names::path_part(GatewayName::Stripe, reference, b"_", 255)
}
