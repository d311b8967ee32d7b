//! A gateway whose answers are stored: after each call that moves money, or asks about it, the answers are written to
//! the payment log, before the job continues.
//!
//! The log is for people. If it can't be written, that is logged, and the payment itself is not affected.

use std::sync::Arc;

use gateways::{
    Answered, CallContext, Capabilities, CreatePayment, CreateRefund, CreateTransfer, Expired, Gateway,
    GatewayEvent, GatewayFuture, GatewayName, HostedPayment, PaymentName, PaymentView, Record, RefundName,
    RefundView, Reversals, ReverseTransfer, TransactionPage, TransferName, TransferView, Transfers,
    WebhookError, WebhookFuture, Window,
};
use http::HeaderMap;
use shared::kernel::Clock;
use shared::kernel::batcher::Batcher;
use shared::kernel::ids::{PaymentId, RefundId};
use shared::payment_log::{About, NewEntry, Writer};
use shared::payments::Provider;

/// A gateway and where its answers are kept.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub inner: Arc<dyn Gateway>,
    pub provider: Provider,
    pub log: Batcher<Writer>,
    pub clock: Clock,
}

impl Recorded {
    fn kept<'a, T: Send + 'a>(
        &'a self,
        operation: &'static str,
        about: About,
        call: GatewayFuture<'a, T>,
    ) -> GatewayFuture<'a, T> {
        Box::pin(async move {
            let (outcome, answers) = Record::of(call).await;
            self.keep(operation, &about, answers).await;
            outcome
        })
    }

    /// A call that the guard refused was not sent, and has no answer to store.
    async fn keep(&self, operation: &'static str, about: &About, answers: Vec<Answered>) {
        if answers.is_empty() {
            return;
        }
        let at = self.clock.now();
        let entry = |answered: Answered| NewEntry {
            about: about.clone(),
            gateway: self.provider,
            operation,
            request: answered.request,
            status: answered.status,
            body: answered.body,
            problem: answered.problem,
            took_ms: i32::try_from(answered.took.as_millis()).unwrap_or(i32::MAX),
            at,
        };
        if let Err(error) = self.log.submit(answers.into_iter().map(entry).collect()).await {
            tracing::error!(gateway = self.provider.as_str(), operation, %error, "an answer could not be kept");
        }
    }

    fn payer(&self) -> &dyn Transfers {
        self.inner.transfers().expect("only `Gateway::transfers` hands this out as a `Transfers`")
    }
}

fn page(reference: &str) -> About {
    About { reference: Some(reference.to_owned()), ..About::default() }
}

fn refund(name: &RefundName) -> About {
    let refund_id = Some(RefundId(name.refund_id));
    About { refund_id, ..page(&name.page_reference) }
}

impl Gateway for Recorded {
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
        let about = About { payment_id: Some(PaymentId(request.attempt_id)), ..About::default() };
        self.kept("create_payment", about, self.inner.create_payment(context, request))
    }

    fn find_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, PaymentView> {
        self.kept("find_payment", page(reference), self.inner.find_payment(context, reference))
    }

    fn finish_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, PaymentView> {
        self.kept("finish_payment", page(reference), self.inner.finish_payment(context, reference))
    }

    fn expire_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, Expired> {
        self.kept("expire_payment", page(reference), self.inner.expire_payment(context, reference))
    }

    fn create_refund<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreateRefund,
    ) -> GatewayFuture<'a, RefundView> {
        self.kept("create_refund", refund(&request.name), self.inner.create_refund(context, request))
    }

    fn find_refund<'a>(
        &'a self,
        context: &'a CallContext,
        name: &'a RefundName,
    ) -> GatewayFuture<'a, Option<RefundView>> {
        self.kept("find_refund", refund(name), self.inner.find_refund(context, name))
    }

    fn refunds_of<'a>(
        &'a self,
        context: &'a CallContext,
        payment: &'a PaymentName,
    ) -> GatewayFuture<'a, Vec<RefundView>> {
        let about = page(&payment.page_reference);
        self.kept("refunds_of", about, self.inner.refunds_of(context, payment))
    }

    /// Not kept: what a list moves is in its books already, and it names many payments.
    fn list_transactions<'a>(
        &'a self,
        context: &'a CallContext,
        window: Window,
        cursor: Option<&'a str>,
    ) -> GatewayFuture<'a, TransactionPage> {
        self.inner.list_transactions(context, window, cursor)
    }

    fn transfers(&self) -> Option<&dyn Transfers> {
        self.inner.transfers().map(|_| self as &dyn Transfers)
    }

    fn read_webhook<'a>(&'a self, headers: &'a HeaderMap, body: &'a [u8], now: i64) -> WebhookFuture<'a> {
        self.inner.read_webhook(headers, body, now)
    }

    fn check_headers(&self, headers: &HeaderMap) -> Result<(), WebhookError> {
        self.inner.check_headers(headers)
    }

    fn parse_stored(&self, payload: &str) -> GatewayEvent {
        self.inner.parse_stored(payload)
    }
}

impl Transfers for Recorded {
    fn reversals(&self) -> Reversals {
        self.payer().reversals()
    }

    fn create_transfer<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreateTransfer,
    ) -> GatewayFuture<'a, TransferView> {
        self.kept("create_transfer", About::default(), self.payer().create_transfer(context, request))
    }

    fn find_transfer<'a>(
        &'a self,
        context: &'a CallContext,
        name: &'a TransferName,
    ) -> GatewayFuture<'a, Option<TransferView>> {
        self.kept("find_transfer", About::default(), self.payer().find_transfer(context, name))
    }

    fn reverse_transfer<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a ReverseTransfer,
    ) -> GatewayFuture<'a, TransferView> {
        self.kept("reverse_transfer", About::default(), self.payer().reverse_transfer(context, request))
    }
}
