//! A gateway in a bad mood: what no gateway over HTTP can be made to do.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::http::HeaderMap;
use gateways::{
    CallContext, CallError, CallErrorKind, Capabilities, CreatePayment, CreateRefund, EndedBy, Expired,
    Gateway, GatewayEvent, GatewayFuture, GatewayName, Gateways, HostedPayment, Movement, PaymentName,
    PaymentView, RefundName, RefundView, RetryAdvice, Sent, TransactionPage, Transfers, WebhookError,
    WebhookFuture, Window,
};
use haat_worker::Context;
use money::Money;
use tokio::sync::Notify;

use crate::World;

/// Which calls end badly, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It panics when a payment is to be opened.
    Panics,
    /// It never answers when a payment is to be opened.
    NeverAnswers,
    /// It does not answer when asked for a further page of its list.
    BreaksOff,
    /// Its list begins with the oldest payment and ends with it again, of another amount.
    Contradicts,
    /// It does not answer when asked about one payment, and answers about others.
    Mute,
    /// It opens a page and returns this address for it.
    Lies(&'static str),
    /// It accepts a refund and does nothing yet, and the worker that requested it dies before the answer.
    RefundsLate,
}

/// One of the sandbox's gateways, but that the first calls that meet its mood end badly.
#[derive(Debug)]
pub struct Moody {
    gateway: Arc<dyn Gateway>,
    bad_calls: AtomicUsize,
    mood: Mood,
    called: Notify,
    late: Mutex<Option<CreateRefund>>,
}

impl Moody {
    /// A worker that meets it, and no other gateway.
    pub fn over(world: &World, name: GatewayName, bad_calls: usize, mood: Mood) -> (Arc<Self>, Context) {
        let gateway = world.worker.gateways.get(name).expect("switched on");
        let (called, late) = (Notify::new(), Mutex::new(None));
        let moody = Arc::new(Self { gateway, bad_calls: AtomicUsize::new(bad_calls), mood, called, late });
        let gateways = Gateways::new([Arc::clone(&moody) as Arc<dyn Gateway>]);
        (moody, Context { gateways, ..world.worker.clone() })
    }

    /// Waits until it has been called, and badly.
    pub async fn called(&self) {
        self.called.notified().await;
    }

    /// Carries out the refund that was requested before.
    pub async fn refund_at_last(&self) {
        let request =
            self.late.lock().expect("no panic under the lock").take().expect("it was asked for one");
        self.gateway.create_refund(&CallContext::default(), &request).await.expect("it is possible");
    }

    /// Whether this call, to which the mood applies, is one of those that fail.
    fn ends_badly(&self) -> bool {
        let left =
            self.bad_calls.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_ok() {
            self.called.notify_one();
        }
        left.is_ok()
    }
}

/// The way to the gateway broke off.
fn unanswered() -> CallError {
    CallError {
        kind: CallErrorKind::Retry,
        sent: Sent::No,
        ended_by: EndedBy::Gateway,
        advice: RetryAdvice::Silent,
        message: "no answer".to_owned(),
        code: None,
        failure: None,
        customer_message: None,
        http_status: None,
        request_id: None,
        retry_after: None,
    }
}

/// The page from its oldest row on, and that row again, of half the amount.
fn contradicting(mut page: TransactionPage) -> TransactionPage {
    page.transactions.sort_by_key(|row| row.at);
    if let Some(mut again) = page.transactions.first().cloned()
        && let Movement::Payment(view) = &mut again.what
    {
        let half = view.amount.minor_units() / 2;
        view.amount = Money::from_minor_units(half, view.amount.currency()).expect("a small amount");
        page.transactions.push(again);
    }
    page
}

impl Gateway for Moody {
    fn name(&self) -> GatewayName {
        self.gateway.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.gateway.capabilities()
    }

    fn create_payment<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreatePayment,
    ) -> GatewayFuture<'a, HostedPayment> {
        match self.mood {
            Mood::Panics if self.ends_badly() => Box::pin(async { panic!("a gateway in a bad mood") }),
            Mood::NeverAnswers if self.ends_badly() => Box::pin(std::future::pending()),
            Mood::Lies(address) if self.ends_badly() => Box::pin(async move {
                let page = self.gateway.create_payment(context, request).await?;
                Ok(HostedPayment { redirect_url: address.to_owned(), ..page })
            }),
            Mood::Panics
            | Mood::NeverAnswers
            | Mood::BreaksOff
            | Mood::Contradicts
            | Mood::Mute
            | Mood::Lies(_)
            | Mood::RefundsLate => self.gateway.create_payment(context, request),
        }
    }

    fn find_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, PaymentView> {
        if self.mood == Mood::Mute && self.ends_badly() {
            return Box::pin(async { Err(unanswered()) });
        }
        self.gateway.find_payment(context, reference)
    }

    fn finish_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, PaymentView> {
        self.gateway.finish_payment(context, reference)
    }

    fn expire_payment<'a>(
        &'a self,
        context: &'a CallContext,
        reference: &'a str,
    ) -> GatewayFuture<'a, Expired> {
        self.gateway.expire_payment(context, reference)
    }

    fn create_refund<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreateRefund,
    ) -> GatewayFuture<'a, RefundView> {
        if self.mood == Mood::RefundsLate && self.ends_badly() {
            *self.late.lock().expect("no panic under the lock") = Some(request.clone());
            return Box::pin(async { panic!("the worker dies after it has sent a refund") });
        }
        self.gateway.create_refund(context, request)
    }

    fn find_refund<'a>(
        &'a self,
        context: &'a CallContext,
        name: &'a RefundName,
    ) -> GatewayFuture<'a, Option<RefundView>> {
        self.gateway.find_refund(context, name)
    }

    fn refunds_of<'a>(
        &'a self,
        context: &'a CallContext,
        payment: &'a PaymentName,
    ) -> GatewayFuture<'a, Vec<RefundView>> {
        self.gateway.refunds_of(context, payment)
    }

    fn list_transactions<'a>(
        &'a self,
        context: &'a CallContext,
        window: Window,
        cursor: Option<&'a str>,
    ) -> GatewayFuture<'a, TransactionPage> {
        if self.mood == Mood::BreaksOff && cursor.is_some() && self.ends_badly() {
            return Box::pin(std::future::pending());
        }
        if self.mood == Mood::Contradicts && self.ends_badly() {
            return Box::pin(async move {
                self.gateway.list_transactions(context, window, cursor).await.map(contradicting)
            });
        }
        self.gateway.list_transactions(context, window, cursor)
    }

    fn transfers(&self) -> Option<&dyn Transfers> {
        self.gateway.transfers()
    }

    fn read_webhook<'a>(&'a self, headers: &'a HeaderMap, body: &'a [u8], now: i64) -> WebhookFuture<'a> {
        self.gateway.read_webhook(headers, body, now)
    }

    fn check_headers(&self, headers: &HeaderMap) -> Result<(), WebhookError> {
        self.gateway.check_headers(headers)
    }

    fn parse_stored(&self, payload: &str) -> GatewayEvent {
        self.gateway.parse_stored(payload)
    }
}
