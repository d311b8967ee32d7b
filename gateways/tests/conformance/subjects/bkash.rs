//! bKash: the merchant executes, and answers that were lost are waited for.

use std::sync::Arc;
use std::time::Duration;

use gateways::bkash::{BkashConfig, Credentials};
use gateways::{Gateway, LocalShelf, Secret};
use haat_sandbox::Sandbox;
use haat_sandbox::bkash::{Outcome, Verdict};

use crate::stage::{PayeeFuture, Subject};

pub struct Bkash;

impl Subject for Bkash {
    fn name(&self) -> &'static str {
        "bkash"
    }

    fn adapter(&self, sandbox: &Sandbox, timeout: Duration) -> Arc<dyn Gateway> {
        let credentials = Credentials {
            username: Secret::from("sandbox"),
            password: Secret::from("sandbox"),
            app_key: Secret::from("sandbox_key"),
            app_secret: Secret::from("sandbox_secret"),
        };
        let mut config = BkashConfig::new(credentials, Arc::new(LocalShelf::default()));
        config.base_url = format!("{}/bkash/v1.2.0-beta", sandbox.url());
        config.timeout = timeout;
        config.execute_timeout = timeout;
        config.settle = timeout * 3 + Duration::from_millis(100);
        config.token_fetches_per_hour = 1_000;
        config.topic_arns = vec![haat_sandbox::BkashConfig::default().topic_arn];
        config.certificate_origin = Some(sandbox.url());
        Arc::new(gateways::bkash::Bkash::new(config).expect("good settings"))
    }

    fn currency(&self) -> &'static str {
        "BDT"
    }

    fn other_currency(&self) -> &'static str {
        "USD"
    }

    fn pay(&self, sandbox: &Sandbox, reference: &str) -> Result<(), ()> {
        sandbox.pay_bkash(reference, Outcome::Pay).map(drop).map_err(drop)
    }

    fn decline(&self, sandbox: &Sandbox, reference: &str) {
        sandbox.pay_bkash(reference, Outcome::InsufficientFunds).map(drop).expect("the page is open");
    }

    fn fail_refund(&self, sandbox: &Sandbox, reference: &str) {
        assert!(sandbox.force_bkash_refund(reference, Verdict::Failed));
    }

    fn push_to(&self, sandbox: &Sandbox, url: String) {
        sandbox.set_bkash_webhook(url);
    }

    fn books(&self, sandbox: &Sandbox) -> (i64, i64) {
        let (taken, returned) = (sandbox.bkash().captured(), sandbox.bkash().refunded());
        (taken.values().sum(), returned.values().sum())
    }

    fn payee<'a>(&'a self, _sandbox: &'a Sandbox) -> PayeeFuture<'a> {
        Box::pin(async { None })
    }

    fn paid_out(&self, _sandbox: &Sandbox) -> i64 {
        0
    }

    fn fail_transfer(&self, _sandbox: &Sandbox, _reference: &str) -> bool {
        false
    }

    fn signs_the_time(&self) -> bool {
        false
    }
}
