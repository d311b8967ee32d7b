//! Protects the product from every gateway: a limit on calls in flight, the circuit breaker, and a check of answers
//! before they are used (`plausible`).
//!
//! A gateway that is down delays only its own orders: its calls end at once with "not sent, try again later".

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::breaker::{Breaker, BreakerState};
use crate::plausible::{IfNot, Plausible, believed};
use crate::{
    CallContext, CallError, Capabilities, CreatePayment, CreateRefund, CreateTransfer, Expired, Gateway,
    GatewayEvent, GatewayFuture, GatewayName, HostedPayment, PaymentName, PaymentView, RefundName,
    RefundView, Reversals, ReverseTransfer, TransactionPage, TransferName, TransferView, Transfers, Verified,
    WebhookError, WebhookFuture, Window,
};

/// How long a call may wait for its place.
const PATIENCE: Duration = Duration::from_secs(5);

/// A gateway with its limits.
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

    fn payer(&self) -> &dyn Transfers {
        self.inner.transfers().expect("only `Gateway::transfers` hands this out as a `Transfers`")
    }

    fn call<'a, T: Plausible + Send + 'a>(
        &'a self,
        if_not: IfNot,
        call: GatewayFuture<'a, T>,
    ) -> GatewayFuture<'a, T> {
        Box::pin(async move {
            let _place = self.place().await?;
            let passage = self.breaker.enter()?;
            let outcome = believed(call.await, &self.inner.capabilities(), if_not);
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
        self.call(IfNot::NoPage, self.inner.create_payment(context, request))
    }

    fn find_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, PaymentView> {
        self.call(IfNot::Read, self.inner.find_payment(context, reference))
    }

    fn finish_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, PaymentView> {
        self.call(IfNot::Changed, self.inner.finish_payment(context, reference))
    }

    fn expire_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, Expired> {
        self.call(IfNot::Read, self.inner.expire_payment(context, reference))
    }

    fn create_refund<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreateRefund,
    ) -> GatewayFuture<'a, RefundView> {
        self.call(IfNot::Changed, self.inner.create_refund(context, request))
    }

    fn find_refund<'a>(
        &'a self,
        context: &'a CallContext,
        name: &'a RefundName,
    ) -> GatewayFuture<'a, Option<RefundView>> {
        self.call(IfNot::Read, self.inner.find_refund(context, name))
    }

    fn refunds_of<'a>(
        &'a self,
        context: &'a CallContext,
        payment: &'a PaymentName,
    ) -> GatewayFuture<'a, Vec<RefundView>> {
        self.call(IfNot::Read, self.inner.refunds_of(context, payment))
    }

    fn list_transactions<'a>(
        &'a self,
        context: &'a CallContext,
        window: Window,
        cursor: Option<&'a str>,
    ) -> GatewayFuture<'a, TransactionPage> {
        self.call(IfNot::Read, self.inner.list_transactions(context, window, cursor))
    }

    fn transfers(&self) -> Option<&dyn Transfers> {
        self.inner.transfers().map(|_| self as &dyn Transfers)
    }

    /// Not limited here: it makes no request, or one for a certificate.
    fn read_webhook<'a>(&'a self, headers: &'a HeaderMap, body: &'a [u8], now: i64) -> WebhookFuture<'a> {
        Box::pin(async move {
            let event = self.inner.read_webhook(headers, body, now).await?;
            Ok(Verified::new(event.into_inner().plausible(self.inner.capabilities().pages)))
        })
    }

    fn check_headers(&self, headers: &HeaderMap) -> Result<(), WebhookError> {
        self.inner.check_headers(headers)
    }

    fn parse_stored(&self, payload: &str) -> GatewayEvent {
        self.inner.parse_stored(payload).plausible(self.inner.capabilities().pages)
    }
}

impl Transfers for Guarded {
    fn reversals(&self) -> Reversals {
        self.payer().reversals()
    }

    fn create_transfer<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreateTransfer,
    ) -> GatewayFuture<'a, TransferView> {
        self.call(IfNot::Changed, self.payer().create_transfer(context, request))
    }

    fn find_transfer<'a>(
        &'a self,
        context: &'a CallContext,
        name: &'a TransferName,
    ) -> GatewayFuture<'a, Option<TransferView>> {
        self.call(IfNot::Read, self.payer().find_transfer(context, name))
    }

    fn reverse_transfer<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a ReverseTransfer,
    ) -> GatewayFuture<'a, TransferView> {
        self.call(IfNot::Changed, self.payer().reverse_transfer(context, request))
    }
}

#[cfg(test)]
mod tests {
    use money::Money;
    use uuid::Uuid;

    use super::*;
    use crate::stripe::{Stripe, StripeConfig};
    use crate::{LocalShelf, Payee, Secret, bkash};

    fn guarded(inner: Arc<dyn Gateway>) -> Guarded {
        Guarded::new(inner, 1)
    }

    #[tokio::test]
    async fn transfers_pass_the_same_bounds_as_payments() {
        let mut config = StripeConfig::new(Secret::from("sk_test_x"), vec![Secret::from("whsec_x")]);
        config.base_url = "http://127.0.0.1:9".to_owned(); // no server listens there
        config.max_retries = 0;
        let gateway = guarded(Arc::new(Stripe::new(config).expect("a good configuration")));
        let context = CallContext::default();
        let amount = Money::from_minor_units(100, "USD".parse().expect("a known code")).expect("small");
        let name = TransferName { transfer_id: Uuid::now_v7(), reference: None, amount };
        let reverse =
            ReverseTransfer { reversal_id: Uuid::now_v7(), name: name.clone(), amount: amount.negated() };
        let create = CreateTransfer {
            transfer_id: name.transfer_id,
            payee: Payee::Registered("acct_1".to_owned()),
            amount,
            reason: String::new(),
            payment_reference: None,
        };
        let transfers = gateway.transfers().expect("Stripe pays out");
        assert_eq!((gateway.name(), transfers.reversals()), (GatewayName::Stripe, Reversals::InParts));
        for _ in 0..4 {
            transfers.create_transfer(&context, &create).await.expect_err("nobody is there");
            transfers.find_transfer(&context, &name).await.expect_err("nobody is there");
            transfers.reverse_transfer(&context, &reverse).await.expect_err("it makes no sense");
        }
        assert_eq!(gateway.state(), BreakerState::Open, "eight calls of twelve found nobody");
    }

    #[test]
    fn who_pays_nothing_out_has_no_transfers() {
        let secret = || Secret::from("x");
        let credentials = bkash::Credentials {
            username: secret(),
            password: secret(),
            app_key: secret(),
            app_secret: secret(),
        };
        let config = bkash::BkashConfig::new(credentials, Arc::new(LocalShelf::default()));
        let gateway = guarded(Arc::new(bkash::Bkash::new(config).expect("a good configuration")));
        assert!(gateway.transfers().is_none());
    }
}
