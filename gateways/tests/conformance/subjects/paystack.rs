//! Paystack: no idempotency keys, and pushes without an id.

use std::sync::Arc;
use std::time::Duration;

use gateways::paystack::{NewRecipient, PaystackConfig, RecipientKind};
use gateways::{CallContext, Gateway, Payee, Secret};
use haat_sandbox::Sandbox;
use haat_sandbox::paystack::{Outcome, RefundStatus, TransferStatus};

use crate::stage::{PayeeFuture, Subject};

pub struct Paystack;

fn adapter(sandbox: &Sandbox, timeout: Duration) -> gateways::paystack::Paystack {
    let mut config = PaystackConfig::new(Secret::from("sk_test_paystack"));
    config.base_url = format!("{}/paystack", sandbox.url());
    config.timeout = timeout;
    gateways::paystack::Paystack::new(config).expect("good settings")
}

impl Subject for Paystack {
    fn name(&self) -> &'static str {
        "paystack"
    }

    fn adapter(&self, sandbox: &Sandbox, timeout: Duration) -> Arc<dyn Gateway> {
        Arc::new(adapter(sandbox, timeout))
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

    fn decline(&self, sandbox: &Sandbox, reference: &str) {
        sandbox.pay_paystack(reference, Outcome::InsufficientFunds).map(drop).expect("the page is open");
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

    fn payee<'a>(&'a self, sandbox: &'a Sandbox) -> PayeeFuture<'a> {
        Box::pin(async {
            let recipient = NewRecipient {
                kind: RecipientKind::Nuban,
                name: "Sara Potter".to_owned(),
                account_number: "0123456789".to_owned(),
                bank_code: "058".to_owned(),
                currency: "NGN".parse().expect("a known code"),
            };
            let context = CallContext { traceparent: None, now: sandbox.now() };
            let code = adapter(sandbox, Duration::from_secs(5)).create_recipient(&context, &recipient).await;
            Some(Payee::Registered(code.expect("a recipient")))
        })
    }

    fn paid_out(&self, sandbox: &Sandbox) -> i64 {
        sandbox.paystack().transfers(100).iter().map(|transfer| transfer.amount).sum()
    }

    fn fail_transfer(&self, sandbox: &Sandbox, reference: &str) -> bool {
        sandbox.force_paystack_transfer(reference, TransferStatus::Failed).is_ok()
    }

    fn signs_the_time(&self) -> bool {
        false
    }
}
