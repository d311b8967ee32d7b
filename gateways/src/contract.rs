//! What every gateway can be asked, whoever it is.
//!
//! The trait is object safe, so that one registry holds them all; what a gateway does and does not do is data, its
//! [`Capabilities`], and not methods. Every call may be repeated with the same request: where a gateway knows no
//! idempotency keys, its adapter looks before it repeats.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use http::HeaderMap;
use money::Money;

use crate::{
    CallError, Capabilities, CreatePayment, CreateRefund, Expired, GatewayEvent, GatewayName, HostedPayment,
    PaymentName, PaymentView, RefundName, RefundView, TransactionPage, Transfers, Verified, WebhookError,
    Window,
};

/// The answer of a call, boxed so that [`Gateway`] can be a trait object.
pub type GatewayFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, CallError>> + Send + 'a>>;

/// What was pushed to us, once it is believed.
pub type WebhookFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Verified<GatewayEvent>, WebhookError>> + Send + 'a>>;

/// What a call inherits from the work it is part of.
#[derive(Clone, Debug, Default)]
pub struct CallContext {
    /// W3C trace context of the caller, sent along as the `traceparent` header.
    pub traceparent: Option<String>,
    /// The caller's clock, unix seconds. Tells a gateway how old a request and its key are.
    pub now: i64,
}

/// One payment gateway. A [`CallError`] says whether the gateway may have acted all the same.
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

    /// Takes the money that the customer has agreed to, where that is the merchant's to do
    /// ([`Finish::ByMerchant`](crate::Finish)); elsewhere it only looks. Never done twice: without an answer the state
    /// is read, not the order repeated.
    fn finish_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, PaymentView> {
        self.find_payment(context, reference)
    }

    /// Closes a payment page, unless the customer was faster. Safe to repeat.
    fn expire_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, Expired>;

    /// Pays money back. All fields of `request` must be the same when it is repeated, but for
    /// [`RefundName::others`], which may grow.
    fn create_refund<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreateRefund,
    ) -> GatewayFuture<'a, RefundView>;

    /// The authoritative state of a refund, by the gateway's name for it if we know that, else by what tells it from
    /// the others of its payment. `None`: the gateway has none like it.
    fn find_refund<'a>(
        &'a self,
        context: &'a CallContext,
        name: &'a RefundName,
    ) -> GatewayFuture<'a, Option<RefundView>>;

    /// All refunds of a payment, whoever asked for them. Only with [`RefundRules::listed`](crate::RefundRules).
    fn refunds_of<'a>(
        &'a self,
        _context: &'a CallContext,
        _payment: &'a PaymentName,
    ) -> GatewayFuture<'a, Vec<RefundView>> {
        Box::pin(async { Err(CallError::unsendable("this gateway lists no refunds of a payment")) })
    }

    /// What moved at the gateway within a window, a page at a time: for reconciliation. `cursor` is that of the page
    /// before. Only with [`Capabilities::lists`].
    fn list_transactions<'a>(
        &'a self,
        context: &'a CallContext,
        window: Window,
        cursor: Option<&'a str>,
    ) -> GatewayFuture<'a, TransactionPage>;

    /// Pays out too. `None`: this gateway does not.
    fn transfers(&self) -> Option<&dyn Transfers> {
        None
    }

    /// What the headers of a message tell by themselves, before its body is read: whether a signature is there and has
    /// the form of one.
    fn check_headers(&self, headers: &HeaderMap) -> Result<(), WebhookError>;

    /// Verifies the signature over the raw body, then reads it. `now` is unix seconds. Calls nobody, unless the
    /// signer's certificate has to be fetched.
    fn read_webhook<'a>(&'a self, headers: &'a HeaderMap, body: &'a [u8], now: i64) -> WebhookFuture<'a>;

    /// Reads a payload that was verified when it arrived and has been stored since.
    /// Wrap the answer with [`Verified::from_inbox`].
    fn parse_stored(&self, payload: &str) -> GatewayEvent;
}

/// Nobody is asked for less.
pub(crate) fn more_than_zero(amount: Money) -> Result<(), CallError> {
    if amount.is_positive() {
        Ok(())
    } else {
        Err(CallError::amount_not_supported("the amount must be more than zero"))
    }
}
