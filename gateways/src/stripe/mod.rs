//! Stripe: hosted Checkout, refunds and signed webhooks.
//!
//! The calls are here; `transport` sends them, `request` and `map` translate, `errors` sorts refusals,
//! `webhook` checks signatures and `event` reads what was pushed. Vendor documents:
//! <https://docs.stripe.com/api/checkout/sessions>, <https://docs.stripe.com/api/refunds>.

mod amounts;
mod config;
mod errors;
mod event;
mod form;
mod map;
mod request;
mod transport;
mod webhook;
mod wire;

use http::HeaderMap;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use self::form::Form;
use self::map::MapError;
use self::transport::{Call, Transport, unusable};
use self::wire::{List, Refund, Session};
use crate::calls::observed;
use crate::http_client::Effect;
use crate::{
    CallContext, CallError, Capabilities, ConfigError, CreatePayment, CreateRefund, Expired, Gateway,
    GatewayEvent, GatewayFuture, GatewayName, HostedPayment, PaymentState, PaymentView, RefundView,
    UnreadableEvent, Verified, WebhookError,
};

pub use self::config::StripeConfig;

const SESSIONS: &str = "/v1/checkout/sessions";
const REFUNDS: &str = "/v1/refunds";
/// Of refunds per payment that are looked through, a hundred each; nobody makes so many.
const MAX_REFUND_PAGES: u32 = 20;
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
    /// Refuses settings that make no sense; sends nothing.
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

    /// Stripe forgets a key after a day, and a repeat would then pay a second time. So one that old is
    /// looked for first, which makes the call safe to repeat for ever.
    async fn send_refund(
        &self,
        context: &CallContext,
        request: &CreateRefund,
    ) -> Result<RefundView, CallError> {
        let form = request::refund_form(request)?;
        if key_may_be_forgotten(request.refund_id, context.now) {
            let made = self.search_refund(context, &request.payment_reference, request.refund_id).await?;
            if let Some(made) = made {
                return Ok(made);
            }
        }
        let key = Some(format!("{}:refund", request.refund_id));
        let refund = self.transport.send(&Call::change(context, REFUNDS.to_owned(), form, key)).await?;
        map::refund_view(refund).map_err(|error| unmapped(error, Effect::Changes))
    }

    async fn refund(&self, context: &CallContext, reference: &str) -> Result<RefundView, CallError> {
        let path = format!("{REFUNDS}/{}", path_part(reference)?);
        let refund = self.read(context, path, Form::default()).await?;
        map::refund_view(refund).map_err(|error| unmapped(error, Effect::Reads))
    }

    async fn search_refund(
        &self,
        context: &CallContext,
        payment_reference: &str,
        refund_id: Uuid,
    ) -> Result<Option<RefundView>, CallError> {
        let mut after: Option<String> = None;
        for _ in 0..MAX_REFUND_PAGES {
            let mut form = Form::default().with("payment_intent", payment_reference).with("limit", 100);
            if let Some(id) = after {
                form.set("starting_after", id);
            }
            let page: List<Refund> = self.read(context, REFUNDS.to_owned(), form).await?;
            after = page.data.last().filter(|_| page.has_more).map(|refund| refund.id.clone());
            let is_it =
                |refund: &Refund| map::ours(refund.metadata.as_ref(), map::REFUND_ID) == Some(refund_id);
            if let Some(refund) = page.data.into_iter().find(is_it) {
                let view = map::refund_view(refund).map_err(|error| unmapped(error, Effect::Reads))?;
                return Ok(Some(view));
            }
            if after.is_none() {
                return Ok(None);
            }
        }
        Err(unusable("the payment has more refunds than are looked through", Effect::Reads))
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
            events_have_ids: true,
            captures_by_itself: true,
            partial_refunds: true,
            idempotency_key_life_secs: 24 * 3600,
            payment_life_secs: (request::MIN_LIFE_SECS, request::MAX_LIFE_SECS),
        }
    }

    fn create_payment<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreatePayment,
    ) -> GatewayFuture<'a, HostedPayment> {
        Box::pin(observed(self.name(), "create_payment", self.open_session(context, request)))
    }

    fn find_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, PaymentView> {
        let call = async move { view(self.session(context, reference).await?) };
        Box::pin(observed(self.name(), "find_payment", call))
    }

    fn expire_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, Expired> {
        Box::pin(observed(self.name(), "expire_payment", self.expire_session(context, reference)))
    }

    fn create_refund<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreateRefund,
    ) -> GatewayFuture<'a, RefundView> {
        Box::pin(observed(self.name(), "create_refund", self.send_refund(context, request)))
    }

    fn find_refund<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, RefundView> {
        Box::pin(observed(self.name(), "find_refund", self.refund(context, reference)))
    }

    fn find_refund_by_id<'a>(
        &'a self,
        context: &'a CallContext,
        payment_reference: &'a str,
        refund_id: Uuid,
    ) -> GatewayFuture<'a, Option<RefundView>> {
        let call = self.search_refund(context, payment_reference, refund_id);
        Box::pin(observed(self.name(), "find_refund_by_id", call))
    }

    fn read_webhook(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: i64,
    ) -> Result<Verified<GatewayEvent>, WebhookError> {
        webhook::verify(headers, body, now, &self.config)?;
        let text = str::from_utf8(body).map_err(|_| UnreadableEvent("not UTF-8".to_owned()))?;
        Ok(Verified::new(event::parse(text)?))
    }

    fn parse_stored(&self, payload: &str) -> Result<GatewayEvent, UnreadableEvent> {
        event::parse(payload)
    }
}

fn view(session: Session) -> Result<PaymentView, CallError> {
    map::session_view(session).map_err(|error| unmapped(error, Effect::Reads))
}

/// What a session's state says about the wish to close it; `None` while it is open.
fn expired(session: Session) -> Result<Option<Expired>, CallError> {
    match map::session_state(&session) {
        PaymentState::Open => Ok(None),
        PaymentState::Expired | PaymentState::Failed => Ok(Some(Expired::Closed)),
        PaymentState::Captured => Ok(Some(Expired::AlreadyPaid(view(session)?))),
        PaymentState::Processing => Ok(Some(Expired::StillProcessing(view(session)?))),
    }
}

fn unmapped(error: MapError, effect: Effect) -> CallError {
    unusable(format!("the answer is not usable: {error}"), effect)
}

/// Whether a call under this id may have been made longer ago than Stripe keeps its key. Our ids are
/// version 7 and tell when they were made; one that does not tell, or tells of the future, counts as old.
fn key_may_be_forgotten(id: Uuid, now: i64) -> bool {
    let made = id.get_timestamp().and_then(|made| i64::try_from(made.to_unix().0).ok());
    made.is_none_or(|made| !(-CLOCK_SKEW_SECS..SAFE_KEY_SECS).contains(&now.saturating_sub(made)))
}

/// Stripe's ids are letters, digits and underscores; anything else would change the path.
fn path_part(reference: &str) -> Result<&str, CallError> {
    let plain = reference.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if plain && (1..=255).contains(&reference.len()) {
        Ok(reference)
    } else {
        Err(CallError::unsendable("the reference is not one of Stripe's"))
    }
}
