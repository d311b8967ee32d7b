//! Paystack: no idempotency keys, and pushes without an id.

use std::sync::Arc;
use std::time::Duration;

use gateways::paystack::PaystackConfig;
use gateways::{Gateway, Secret};
use haat_sandbox::Sandbox;
use haat_sandbox::paystack::{Outcome, RefundStatus};

use crate::stage::Subject;

pub struct Paystack;

impl Subject for Paystack {
    fn name(&self) -> &'static str {
        "paystack"
    }

    fn adapter(&self, sandbox: &Sandbox, timeout: Duration) -> Arc<dyn Gateway> {
        let mut config = PaystackConfig::new(Secret::from("sk_test_paystack"));
        config.base_url = format!("{}/paystack", sandbox.url());
        config.timeout = timeout;
        Arc::new(gateways::paystack::Paystack::new(config).expect("good settings"))
    }

    fn currency(&self) -> &'static str {
        "NGN"
    }

    fn other_currency(&self) -> &'static str {
        "EUR"
    }

    fn pay(&self, sandbox: &Sandbox, reference: &str) -> Result<(), ()> {
        sandbox.pay_paystack(reference, Outcome::Pay).map(drop).map_err(drop)
    }

    fn fail_refund(&self, sandbox: &Sandbox, reference: &str) {
        let id = reference.parse().expect("a refund's number");
        sandbox.force_paystack_refund(id, RefundStatus::Failed).expect("it is under way");
    }

    fn push_to(&self, sandbox: &Sandbox, url: String) {
        sandbox.set_paystack_webhook(url, &[]);
    }

    fn books(&self, sandbox: &Sandbox) -> (i64, i64) {
        let (taken, returned) = (sandbox.paystack().captured(), sandbox.paystack().refunded());
        (taken.values().sum(), returned.values().sum())
    }

    fn signs_the_time(&self) -> bool {
        false
    }
}
