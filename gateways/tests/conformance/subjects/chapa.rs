//! Chapa, with the endpoint that closes pages.

use std::sync::Arc;
use std::time::Duration;

use gateways::chapa::ChapaConfig;
use gateways::{BankAccount, Gateway, Payee, Secret};
use haat_sandbox::chapa::{Outcome, RefundVerdict, TransferVerdict};
use haat_sandbox::{Config, Sandbox};

use crate::stage::{PayeeFuture, Subject};

const SECRET: &str = "hook_conformance";

/// Chapa's documents don't say by which reference a refund is found.
pub enum Chapa {
    /// Also by the one that we sent along.
    FindsRefundsByOurReference,
    /// Only by the one in Chapa's answer. If that is lost, no answer tells whether the refund was made.
    FindsRefundsByItsOwn,
}

impl Subject for Chapa {
    fn name(&self) -> &'static str {
        "chapa"
    }

    fn arrange(&self, config: &mut Config) {
        config.chapa.refund_verify_by_ours = match self {
            Self::FindsRefundsByOurReference => true,
            Self::FindsRefundsByItsOwn => false,
        };
    }

    fn adapter(&self, sandbox: &Sandbox, timeout: Duration) -> Arc<dyn Gateway> {
        let secrets = vec![Secret::from(SECRET)];
        let mut config = ChapaConfig::new(Secret::from("CHASECK_TEST-sandbox"), secrets);
        config.base_url = format!("{}/chapa/v1", sandbox.url());
        config.timeout = timeout;
        config.cancel_endpoint = true;
        Arc::new(gateways::chapa::Chapa::new(config).expect("good settings"))
    }

    fn currency(&self) -> &'static str {
        "ETB"
    }

    fn other_currency(&self) -> &'static str {
        "EUR"
    }

    fn pay(&self, sandbox: &Sandbox, reference: &str) -> Result<(), ()> {
        sandbox.pay_chapa(reference, Outcome::Pay).map(drop).map_err(drop)
    }

    fn decline(&self, sandbox: &Sandbox, reference: &str) {
        // Of a declined card Chapa says nothing; this ends the payment.
        sandbox.pay_chapa(reference, Outcome::Fail).map(drop).expect("the page is open");
    }

    fn fail_refund(&self, sandbox: &Sandbox, reference: &str) {
        assert!(sandbox.force_chapa_refund(reference, RefundVerdict::Reversed));
    }

    fn push_to(&self, sandbox: &Sandbox, url: String) {
        sandbox.set_chapa_webhook(url, &[SECRET]);
    }

    fn books(&self, sandbox: &Sandbox) -> (i64, i64) {
        let (taken, returned) = (sandbox.chapa().captured(), sandbox.chapa().refunded());
        (taken.values().sum(), returned.values().sum())
    }

    fn payee<'a>(&'a self, _sandbox: &'a Sandbox) -> PayeeFuture<'a> {
        Box::pin(async {
            Some(Payee::Account(BankAccount {
                holder: "Sara Potter".to_owned(),
                number: "1000123456789".to_owned(),
                bank_code: "946".to_owned(),
            }))
        })
    }

    fn paid_out(&self, sandbox: &Sandbox) -> i64 {
        sandbox.chapa().transfers(100).iter().map(|transfer| transfer.amount).sum()
    }

    fn fail_transfer(&self, sandbox: &Sandbox, reference: &str) -> bool {
        sandbox.force_chapa_transfer(reference, TransferVerdict::Failed)
    }

    fn signs_the_time(&self) -> bool {
        false
    }
}
