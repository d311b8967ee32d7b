//! What every gateway can be asked, whoever it is.
//!
//! The trait is object safe, so that one registry holds them all; a gateway that can't do a thing says
//! so in its [`Capabilities`], which are data and not methods.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use http::HeaderMap;
use uuid::Uuid;

use crate::{
    CallError, CreatePayment, CreateRefund, Expired, GatewayEvent, GatewayName, HostedPayment, PaymentView,
    RefundView, UnreadableEvent, Verified, WebhookError,
};

/// The answer of a call, boxed so that [`Gateway`] can be a trait object.
pub type GatewayFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, CallError>> + Send + 'a>>;

/// What a call inherits from the work it is part of.
#[derive(Clone, Debug, Default)]
pub struct CallContext {
    /// W3C trace context of the caller, sent along as the `traceparent` header.
    pub traceparent: Option<String>,
    /// The caller's clock, unix seconds. Tells a gateway how old a request and its key are.
    pub now: i64,
}

/// What a gateway does and does not do, as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Pushed events carry an id of their own, so they can be told apart by it.
    pub events_have_ids: bool,
    /// A capture is settled by the customer alone; where not, the merchant must execute it.
    pub captures_by_itself: bool,
    /// Part of a payment can be refunded.
    pub partial_refunds: bool,
    /// How long a repeated call with the same key is known to be the same call, in seconds.
    /// After that a repeat may be carried out a second time: look it up instead.
    pub idempotency_key_life_secs: i64,
    /// Shortest and longest life of a payment page, in seconds.
    pub payment_life_secs: (i64, i64),
}

/// One payment gateway.
///
/// Every call may be repeated with the same request: the idempotency key comes from the request's own
/// id. A [`CallError`] says whether the gateway may have acted all the same.
pub trait Gateway: fmt::Debug + Send + Sync {
    /// The name it is registered and stored under.
    fn name(&self) -> GatewayName;

    fn capabilities(&self) -> Capabilities;

    /// Opens a payment page. All fields of `request` must be the same when it is repeated.
    fn create_payment<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreatePayment,
    ) -> GatewayFuture<'a, HostedPayment>;

    /// The authoritative state of a payment. `reference` is [`HostedPayment::reference`].
    fn find_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, PaymentView>;

    /// Closes a payment page, unless the customer was faster. Safe to repeat.
    fn expire_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, Expired>;

    /// Pays money back. All fields of `request` must be the same when it is repeated.
    fn create_refund<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreateRefund,
    ) -> GatewayFuture<'a, RefundView>;

    /// The authoritative state of a refund. `reference` is [`RefundView::reference`].
    fn find_refund<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, RefundView>;

    /// Looks among the refunds of a payment for the one we asked for under `refund_id`: for when the
    /// answer to [`Gateway::create_refund`] was lost and its key is too old to repeat.
    fn find_refund_by_id<'a>(
        &'a self,
        context: &'a CallContext,
        payment_reference: &'a str,
        refund_id: Uuid,
    ) -> GatewayFuture<'a, Option<RefundView>>;

    /// Verifies the signature over the raw body, then reads it. `now` is unix seconds.
    fn read_webhook(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: i64,
    ) -> Result<Verified<GatewayEvent>, WebhookError>;

    /// Reads a payload that was verified when it arrived and has been stored since.
    /// Wrap the answer with [`Verified::from_inbox`].
    fn parse_stored(&self, payload: &str) -> Result<GatewayEvent, UnreadableEvent>;
}
