//! The operations of every gateway.
//!
//! The trait is object safe, so that one registry holds all gateways. What a gateway can and can't do is data, its
//! [`Capabilities`], and not methods. Every call may be repeated with the same request: if a gateway has no idempotency
//! keys, its adapter looks before it repeats.

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

/// A verified message, or the reason why it was refused.
pub type WebhookFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Verified<GatewayEvent>, WebhookError>> + Send + 'a>>;

/// What a call inherits from the work that it is part of.
#[derive(Clone, Debug, Default)]
pub struct CallContext {
    /// W3C trace context of the caller, sent along as the `traceparent` header.
    pub traceparent: Option<String>,
    /// The caller's clock, in unix seconds. It shows how old a request and its key are.
    pub now: i64,
}

/// One payment gateway. A [`CallError`] says whether the gateway may have acted nevertheless.
pub trait Gateway: fmt::Debug + Send + Sync {
    /// The name under which it is registered and stored.
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

    /// Takes the money that the customer has agreed to pay, if that is the merchant's task
    /// ([`Finish::ByMerchant`](crate::Finish)); otherwise it only reads the state. The money is never taken twice:
    /// without an answer the state is read, and the call is not repeated.
    fn finish_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, PaymentView> {
        self.find_payment(context, reference)
    }

    /// Closes a payment page, unless the customer paid first. Safe to repeat.
    fn expire_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, Expired>;

    /// Pays money back. All fields of `request` must be the same when it is repeated, except for
    /// [`RefundName::others`], which may grow.
    fn create_refund<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreateRefund,
    ) -> GatewayFuture<'a, RefundView>;

    /// The authoritative state of a refund, by the gateway's reference if it is known, else by what distinguishes it
    /// from the other refunds of its payment. `None`: the gateway has no such refund.
    fn find_refund<'a>(
        &'a self,
        context: &'a CallContext,
        name: &'a RefundName,
    ) -> GatewayFuture<'a, Option<RefundView>>;

    /// All refunds of a payment, whoever requested them. Only with [`RefundRules::listed`](crate::RefundRules).
    fn refunds_of<'a>(
        &'a self,
        _context: &'a CallContext,
        _payment: &'a PaymentName,
    ) -> GatewayFuture<'a, Vec<RefundView>> {
        Box::pin(async { Err(CallError::unsendable("this gateway lists no refunds of a payment")) })
    }

    /// Transactions of the gateway within a window, one page at a time, for reconciliation. `cursor` comes from the
    /// page before. Only with [`Capabilities::lists`].
    fn list_transactions<'a>(
        &'a self,
        context: &'a CallContext,
        window: Window,
        cursor: Option<&'a str>,
    ) -> GatewayFuture<'a, TransactionPage>;

    /// The payouts of this gateway. `None`: it does not make any.
    fn transfers(&self) -> Option<&dyn Transfers> {
        None
    }

    /// Checks the headers of a message before its body is read: whether there is a signature, and whether it is
    /// well-formed.
    fn check_headers(&self, headers: &HeaderMap) -> Result<(), WebhookError>;

    /// Verifies the signature over the raw body, then reads it. `now` is unix seconds. Makes no request, unless the
    /// signer's certificate has to be fetched.
    fn read_webhook<'a>(&'a self, headers: &'a HeaderMap, body: &'a [u8], now: i64) -> WebhookFuture<'a>;

    /// Reads a payload that was verified when it arrived and has been stored since. Wrap the answer with
    /// [`Verified::from_inbox`].
    fn parse_stored(&self, payload: &str) -> GatewayEvent;
}

/// Refuses an amount of zero or less, which no gateway accepts.
pub(crate) fn more_than_zero(amount: Money) -> Result<(), CallError> {
    if amount.is_positive() {
        Ok(())
    } else {
        Err(CallError::amount_not_supported("the amount must be more than zero"))
    }
}
