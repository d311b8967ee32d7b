//! A gateway in a bad mood: what no gateway over HTTP can be made to do.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::HeaderMap;
use gateways::{
    CallContext, Capabilities, CreatePayment, CreateRefund, Expired, Gateway, GatewayEvent, GatewayFuture,
    GatewayName, Gateways, HostedPayment, PaymentView, RefundName, RefundView, TransactionPage,
    UnreadableEvent, WebhookFuture, Window,
};
use haat_worker::Context;
use tokio::sync::Notify;

use crate::World;

/// How a call ends badly.
#[derive(Clone, Copy, Debug)]
pub enum Mood {
    Panics,
    NeverAnswers,
}

/// The sandbox's Stripe, but that the first calls to open a payment end badly.
pub struct Moody {
    stripe: Arc<dyn Gateway>,
    bad_calls: AtomicUsize,
    mood: Mood,
    called: Notify,
}

impl fmt::Debug for Moody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Moody").field("mood", &self.mood).finish_non_exhaustive()
    }
}

impl Moody {
    /// A worker that meets it.
    pub fn over(world: &World, bad_calls: usize, mood: Mood) -> (Arc<Self>, Context) {
        let stripe = world.worker.gateways.get(GatewayName::Stripe).expect("switched on");
        let moody =
            Arc::new(Self { stripe, bad_calls: AtomicUsize::new(bad_calls), mood, called: Notify::new() });
        let gateways = Gateways::new([Arc::clone(&moody) as Arc<dyn Gateway>]);
        (moody, Context { gateways, ..world.worker.clone() })
    }

    /// Waits until it has been called, and badly.
    pub async fn called(&self) {
        self.called.notified().await;
    }
}

impl Gateway for Moody {
    fn name(&self) -> GatewayName {
        self.stripe.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.stripe.capabilities()
    }

    fn create_payment<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreatePayment,
    ) -> GatewayFuture<'a, HostedPayment> {
        let left =
            self.bad_calls.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_err() {
            return self.stripe.create_payment(context, request);
        }
        self.called.notify_one();
        match self.mood {
            Mood::Panics => Box::pin(async { panic!("a gateway in a bad mood") }),
            Mood::NeverAnswers => Box::pin(std::future::pending()),
        }
    }

    fn find_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, PaymentView> {
        self.stripe.find_payment(context, reference)
    }

    fn expire_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, Expired> {
        self.stripe.expire_payment(context, reference)
    }

    fn create_refund<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreateRefund,
    ) -> GatewayFuture<'a, RefundView> {
        self.stripe.create_refund(context, request)
    }

    fn find_refund<'a>(
        &'a self,
        context: &'a CallContext,
        name: &'a RefundName,
    ) -> GatewayFuture<'a, Option<RefundView>> {
        self.stripe.find_refund(context, name)
    }

    fn list_transactions<'a>(
        &'a self,
        context: &'a CallContext,
        window: Window,
        cursor: Option<&'a str>,
    ) -> GatewayFuture<'a, TransactionPage> {
        self.stripe.list_transactions(context, window, cursor)
    }

    fn read_webhook<'a>(&'a self, headers: &'a HeaderMap, body: &'a [u8], now: i64) -> WebhookFuture<'a> {
        self.stripe.read_webhook(headers, body, now)
    }

    fn parse_stored(&self, payload: &str) -> Result<GatewayEvent, UnreadableEvent> {
        self.stripe.parse_stored(payload)
    }
}
