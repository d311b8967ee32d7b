//! What stands between the product and every gateway: a bound on calls in flight, and the circuit breaker.
//!
//! A gateway that is down delays its own orders only: its calls end at once with "not sent, try again later".

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::breaker::{Breaker, BreakerState};
use crate::{
    CallContext, CallError, Capabilities, CreatePayment, CreateRefund, Expired, Gateway, GatewayEvent,
    GatewayFuture, GatewayName, HostedPayment, PaymentView, RefundName, RefundView, TransactionPage,
    UnreadableEvent, WebhookFuture, Window,
};

/// How long a call may wait for its place.
const PATIENCE: Duration = Duration::from_secs(5);

/// A gateway with its bounds.
#[derive(Debug)]
pub(crate) struct Guarded {
    inner: Arc<dyn Gateway>,
    places: Semaphore,
    breaker: Breaker,
}

impl Guarded {
    /// At most `calls_at_once` calls are in flight from this process.
    pub(crate) fn new(inner: Arc<dyn Gateway>, calls_at_once: usize) -> Self {
        let breaker = Breaker::new(inner.name());
        Self { inner, places: Semaphore::new(calls_at_once), breaker }
    }

    pub(crate) fn state(&self) -> BreakerState {
        self.breaker.state()
    }

    async fn place(&self) -> Result<SemaphorePermit<'_>, CallError> {
        match tokio::time::timeout(PATIENCE, self.places.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(CallError::held_back("too many calls in flight")),
        }
    }

    fn call<'a, T: Send + 'a>(&'a self, call: GatewayFuture<'a, T>) -> GatewayFuture<'a, T> {
        Box::pin(async move {
            let _place = self.place().await?;
            let passage = self.breaker.enter()?;
            let outcome = call.await;
            passage.tell(&outcome);
            outcome
        })
    }
}

impl Gateway for Guarded {
    fn name(&self) -> GatewayName {
        self.inner.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn create_payment<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreatePayment,
    ) -> GatewayFuture<'a, HostedPayment> {
        self.call(self.inner.create_payment(context, request))
    }

    fn find_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, PaymentView> {
        self.call(self.inner.find_payment(context, reference))
    }

    fn finish_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, PaymentView> {
        self.call(self.inner.finish_payment(context, reference))
    }

    fn expire_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, Expired> {
        self.call(self.inner.expire_payment(context, reference))
    }

    fn create_refund<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreateRefund,
    ) -> GatewayFuture<'a, RefundView> {
        self.call(self.inner.create_refund(context, request))
    }

    fn find_refund<'a>(
        &'a self,
        context: &'a CallContext,
        name: &'a RefundName,
    ) -> GatewayFuture<'a, Option<RefundView>> {
        self.call(self.inner.find_refund(context, name))
    }

    fn list_transactions<'a>(
        &'a self,
        context: &'a CallContext,
        window: Window,
        cursor: Option<&'a str>,
    ) -> GatewayFuture<'a, TransactionPage> {
        self.call(self.inner.list_transactions(context, window, cursor))
    }

    /// Not bounded here: it calls nobody, or a certificate's host once.
    fn read_webhook<'a>(&'a self, headers: &'a HeaderMap, body: &'a [u8], now: i64) -> WebhookFuture<'a> {
        self.inner.read_webhook(headers, body, now)
    }

    fn parse_stored(&self, payload: &str) -> Result<GatewayEvent, UnreadableEvent> {
        self.inner.parse_stored(payload)
    }
}
