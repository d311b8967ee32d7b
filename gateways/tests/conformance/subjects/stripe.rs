//! Stripe, without quick repeats: what a lost answer looks like is asked here.

use std::sync::Arc;
use std::time::Duration;

use gateways::stripe::StripeConfig;
use gateways::{Gateway, Payee, Secret};
use haat_sandbox::Sandbox;
use haat_sandbox::stripe::{Outcome, Verdict};

use crate::stage::{PayeeFuture, Subject};

const SECRET: &str = "whsec_conformance";

pub struct Stripe;

impl Subject for Stripe {
    fn name(&self) -> &'static str {
        "stripe"
    }

    fn adapter(&self, sandbox: &Sandbox, timeout: Duration) -> Arc<dyn Gateway> {
        let mut config = StripeConfig::new(Secret::from("sk_test_sandbox"), vec![Secret::from(SECRET)]);
        config.base_url = format!("{}/stripe", sandbox.url());
        config.timeout = timeout;
        config.max_retries = 0;
        Arc::new(gateways::stripe::Stripe::new(config).expect("good settings"))
    }

    fn currency(&self) -> &'static str {
        "USD"
    }

    fn other_currency(&self) -> &'static str {
        "UGX"
    }

    fn pay(&self, sandbox: &Sandbox, reference: &str) -> Result<(), ()> {
        sandbox.pay(reference, Outcome::Pay).map(drop).map_err(drop)
    }

    fn decline(&self, sandbox: &Sandbox, reference: &str) {
        sandbox.pay(reference, Outcome::InsufficientFunds).map(drop).expect("the page is open");
    }

    fn fail_refund(&self, sandbox: &Sandbox, reference: &str) {
        assert!(sandbox.force_refund(reference, Verdict::Failed));
    }

    fn push_to(&self, sandbox: &Sandbox, url: String) {
        sandbox.set_webhook(url, &[SECRET]);
    }

    fn books(&self, sandbox: &Sandbox) -> (i64, i64) {
        let (taken, returned) = (sandbox.stripe().captured(), sandbox.stripe().refunded());
        (taken.values().sum(), returned.values().sum())
    }

    fn payee<'a>(&'a self, _sandbox: &'a Sandbox) -> PayeeFuture<'a> {
        Box::pin(async { Some(Payee::Registered("acct_conformance".to_owned())) })
    }

    fn paid_out(&self, sandbox: &Sandbox) -> i64 {
        sandbox.stripe().transferred().values().sum()
    }

    /// Done when it is made.
    fn fail_transfer(&self, _sandbox: &Sandbox, _reference: &str) -> bool {
        false
    }

    fn signs_the_time(&self) -> bool {
        true
    }
}
