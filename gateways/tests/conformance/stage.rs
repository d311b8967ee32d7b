//! One shop with one adapter and its simulator, and what every promise needs of them.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use gateways::{
    CallContext, CallError, CreatePayment, CreateRefund, Finish, Gateway, HostedPayment, Payee, PaymentLine,
    PaymentState, PaymentView, RefundName, RefundReason, RefundView,
};
use haat_sandbox::{Config, Fault, FaultKind, Match, Rule, Sandbox};
use money::{Currency, Money};
use uuid::Uuid;

/// Of a call, wherever a promise does not ask for impatience.
const PATIENT: Duration = Duration::from_secs(5);
/// Of a call that is to meet a slow answer.
pub const IMPATIENT: Duration = Duration::from_millis(600);
const SLOW_MS: u64 = 2_000;
/// How long a repeat may be told to wait.
const ENOUGH: Duration = Duration::from_secs(20);

pub type PayeeFuture<'a> = Pin<Box<dyn Future<Output = Option<Payee>> + Send + 'a>>;

/// What differs between the gateways, for these tests.
pub trait Subject: Sync {
    /// What the simulator calls it.
    fn name(&self) -> &'static str;

    /// What the simulator is asked to do differently.
    fn arrange(&self, _config: &mut Config) {}

    /// The adapter, with the simulator as its gateway.
    fn adapter(&self, sandbox: &Sandbox, timeout: Duration) -> Arc<dyn Gateway>;

    fn currency(&self) -> &'static str;

    /// One it does not take.
    fn other_currency(&self) -> &'static str;

    /// The customer agrees on the payment page; an error when the page takes no payment any more.
    fn pay(&self, sandbox: &Sandbox, reference: &str) -> Result<(), ()>;

    /// The customer tries to pay and has not enough money, as far as the gateway tells; it must tell of the failure.
    fn decline(&self, sandbox: &Sandbox, reference: &str);

    /// A refund that was taken up comes to nothing.
    fn fail_refund(&self, sandbox: &Sandbox, reference: &str);

    /// Sends pushed messages there, signed.
    fn push_to(&self, sandbox: &Sandbox, url: String);

    /// Money taken and money given back, in the smallest unit.
    fn books(&self, sandbox: &Sandbox) -> (i64, i64);

    /// Somebody known to the gateway to pay out to; `None` where it pays nobody out.
    fn payee<'a>(&'a self, sandbox: &'a Sandbox) -> PayeeFuture<'a>;

    /// What was paid out, or is on its way, in the smallest unit.
    fn paid_out(&self, sandbox: &Sandbox) -> i64;

    /// A transfer that was taken up comes to nothing; false where it can't.
    fn fail_transfer(&self, sandbox: &Sandbox, reference: &str) -> bool;

    /// Its signatures tell when they were made, and old ones are refused.
    fn signs_the_time(&self) -> bool;
}

/// A pushed message as it arrived.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub headers: HeaderMap,
    pub body: Bytes,
}

type Inbox = Arc<Mutex<Vec<Delivery>>>;

pub struct Stage<'a> {
    pub subject: &'a dyn Subject,
    pub sandbox: Sandbox,
    pub gateway: Arc<dyn Gateway>,
    inbox: Inbox,
}

impl<'a> Stage<'a> {
    pub async fn of(subject: &'a dyn Subject) -> Self {
        Self::with(subject, PATIENT).await
    }

    pub async fn with(subject: &'a dyn Subject, timeout: Duration) -> Self {
        let mut config = Config { settle: Duration::from_hours(1), ..Config::default() };
        config.bkash.handshake = haat_sandbox::bkash::Handshake::Skipped;
        subject.arrange(&mut config);
        let sandbox = Sandbox::start(config).await.expect("a free port");
        let gateway = subject.adapter(&sandbox, timeout);
        Self { subject, sandbox, gateway, inbox: Inbox::default() }
    }

    /// Pushed messages are taken from now on.
    pub async fn listen(&self) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/hook", listener.local_addr().expect("it is bound"));
        let take = |State(inbox): State<Inbox>, headers: HeaderMap, body: Bytes| async move {
            inbox.lock().expect("nobody panics while holding it").push(Delivery { headers, body });
        };
        let router = Router::new().route("/hook", post(take)).with_state(Arc::clone(&self.inbox));
        tokio::spawn(async move { axum::serve(listener, router).await });
        self.subject.push_to(&self.sandbox, url);
    }

    /// Everything that was pushed, once nothing more is on its way.
    pub async fn pushed(&self) -> Vec<Delivery> {
        self.sandbox.webhooks_idle().await;
        self.inbox.lock().expect("nobody panics while holding it").clone()
    }

    pub fn context(&self) -> CallContext {
        CallContext { traceparent: None, now: self.sandbox.now() }
    }

    pub fn money(&self, units: i64) -> Money {
        money(units, self.subject.currency())
    }

    /// An order of one line.
    pub fn order(&self, amount: Money) -> CreatePayment {
        let now = self.sandbox.now();
        CreatePayment {
            attempt_id: Uuid::now_v7(),
            order_id: Uuid::now_v7(),
            order_number: "H-1001".to_owned(),
            amount,
            lines: vec![PaymentLine { name: "Mug".to_owned(), unit_price: amount, quantity: 1 }],
            customer_email: Some("ada@example.com".to_owned()),
            customer_name: Some("Ada Potter".to_owned()),
            customer_phone: Some("0912345678".to_owned()),
            success_url: "https://shop.example/paid".to_owned(),
            cancel_url: "https://shop.example/cart".to_owned(),
            attempt_created_at: now,
            expires_at: now + 3600,
        }
    }

    pub async fn open(&self, request: &CreatePayment) -> HostedPayment {
        self.gateway.create_payment(&self.context(), request).await.expect("a page")
    }

    pub async fn find(&self, reference: &str) -> PaymentView {
        self.gateway.find_payment(&self.context(), reference).await.expect("an answer")
    }

    pub async fn finish(&self, reference: &str) -> PaymentView {
        self.gateway.finish_payment(&self.context(), reference).await.expect("an answer")
    }

    /// The customer agrees, which the open page lets them.
    pub fn agree(&self, reference: &str) {
        self.subject.pay(&self.sandbox, reference).expect("the page is open");
    }

    /// A payment that is captured.
    pub async fn paid(&self, amount: Money) -> (CreatePayment, PaymentView) {
        let request = self.order(amount);
        let reference = self.open(&request).await.reference;
        self.agree(&reference);
        let view = self.finish(&reference).await;
        assert_eq!(view.state, PaymentState::Captured);
        (request, view)
    }

    pub fn finishes(&self) -> bool {
        self.gateway.capabilities().finish == Finish::ByMerchant
    }

    pub async fn refund(&self, request: &CreateRefund) -> Result<RefundView, CallError> {
        self.gateway.create_refund(&self.context(), request).await
    }

    pub async fn find_refund(&self, name: &RefundName) -> Option<RefundView> {
        self.gateway.find_refund(&self.context(), name).await.expect("an answer")
    }

    pub fn books(&self) -> (i64, i64) {
        self.subject.books(&self.sandbox)
    }

    /// The n-th request from now on meets this.
    pub fn break_request(&self, number: u32, fault: Fault) {
        let on = || Match { gateway: Some(self.subject.name().to_owned()), ..Match::default() };
        if number > 1 {
            let nothing = Fault { kind: FaultKind::Slow, ms: 0 };
            self.sandbox.faults().add(Rule { on: on(), fault: nothing, times: number - 1 });
        }
        self.sandbox.faults().add(Rule { on: on(), fault, times: 1 });
    }

    /// Whether it has met it; if not, it will not any more.
    pub fn was_broken(&self) -> bool {
        let broken = self.sandbox.faults().report().rules.is_empty();
        self.sandbox.faults().clear();
        broken
    }
}

pub fn money(units: i64, currency: &str) -> Money {
    let currency: Currency = currency.parse().expect("a known code");
    Money::from_minor_units(units, currency).expect("not too much")
}

/// A refund of a captured payment.
pub fn refund_of(payment: &CreatePayment, view: &PaymentView, amount: Money) -> CreateRefund {
    CreateRefund {
        name: RefundName {
            refund_id: Uuid::now_v7(),
            reference: None,
            page_reference: view.reference.clone().expect("a page"),
            payment_reference: view.payment_reference.clone().expect("money that moved"),
            amount,
            others: vec![],
        },
        order_id: payment.order_id,
        reason: RefundReason::RequestedByCustomer,
    }
}

/// Every way in which an answer gets lost, and whether the request was carried out all the same.
pub fn breaks() -> [(Fault, bool); 5] {
    let plain = |kind| Fault { kind, ms: 0 };
    [
        (plain(FaultKind::CutBefore), false),
        (plain(FaultKind::CutAfter), true),
        (plain(FaultKind::Error500Before), false),
        (plain(FaultKind::Error500After), true),
        (Fault { kind: FaultKind::SlowReply, ms: SLOW_MS }, true),
    ]
}

/// A failed call says that it may have been carried out, or nothing was.
pub fn says_the_truth<T>(outcome: &Result<T, CallError>, moved: bool, what: &str) {
    if let Err(error) = outcome {
        assert!(error.outcome_unknown() || !moved, "{what}: done, and called {error:?}");
    }
}

/// Repeats a call that may be told to come back later. In real time, as the timeouts of the calls are.
pub async fn until_done<T, F: Future<Output = Option<T>>>(mut call: impl FnMut() -> F) -> T {
    let begun = Instant::now();
    loop {
        if let Some(done) = call().await {
            return done;
        }
        assert!(begun.elapsed() < ENOUGH, "it never ends");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
