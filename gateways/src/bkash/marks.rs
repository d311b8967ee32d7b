//! Names on the shared shelf: the token, and calls that are in progress or payments that are closed.
//!
//! The names begin with a hash of the app key, so that two merchants on one shelf do not mix. A lost mark costs a
//! request that bKash refuses; the correctness of money depends on none of them.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::config::BkashConfig;
use crate::{RefundName, Shelf};

/// Longer than any page can be executed.
const DAY_AND_MORE: Duration = Duration::from_hours(25);
/// Length of the hash; there are few merchants.
const HASH_BYTES: usize = 8;

/// The known state of a refund that was sent and not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnderWay {
    Nothing,
    This,
    Another,
}

/// The marks of one merchant.
#[derive(Clone, Debug)]
pub(super) struct Marks {
    pub shelf: Arc<dyn Shelf>,
    prefix: String,
    settle: Duration,
}

impl Marks {
    pub(super) fn new(config: &BkashConfig) -> Self {
        let hash = Sha256::digest(config.credentials.app_key.expose());
        let prefix = format!("bkash:{}", hex::encode(&hash[..HASH_BYTES]));
        Self { shelf: Arc::clone(&config.shelf), prefix, settle: config.settle }
    }

    pub(super) fn name(&self, what: &str) -> String {
        format!("{}:{what}", self.prefix)
    }

    /// Whether this caller may execute now. No other caller may for a while, unless the mark is removed.
    pub(super) async fn begin_execution(&self, payment: &str) -> bool {
        let free = self.shelf.take(&self.name(&format!("executing:{payment}")), self.settle).await;
        if free {
            self.shelf.write(&self.name(&format!("executed:{payment}")), "1", DAY_AND_MORE).await;
        }
        free
    }

    /// Removes the mark of an execution that bKash has answered.
    pub(super) async fn end_execution(&self, payment: &str) {
        self.shelf.remove(&self.name(&format!("executing:{payment}"))).await;
    }

    /// The execution never reached bKash.
    pub(super) async fn forget_execution(&self, payment: &str) {
        self.shelf.remove(&self.name(&format!("executed:{payment}"))).await;
        self.end_execution(payment).await;
    }

    pub(super) async fn is_executing(&self, payment: &str) -> bool {
        self.shelf.read(&self.name(&format!("executing:{payment}"))).await.is_some()
    }

    pub(super) async fn was_executed(&self, payment: &str) -> bool {
        self.shelf.read(&self.name(&format!("executed:{payment}"))).await.is_some()
    }

    /// Marks a payment that must not be executed any more.
    pub(super) async fn close(&self, payment: &str) {
        self.shelf.write(&self.name(&format!("closed:{payment}")), "1", DAY_AND_MORE).await;
    }

    pub(super) async fn reopen(&self, payment: &str) {
        self.shelf.remove(&self.name(&format!("closed:{payment}"))).await;
    }

    pub(super) async fn is_closed(&self, payment: &str) -> bool {
        self.shelf.read(&self.name(&format!("closed:{payment}"))).await.is_some()
    }

    /// Whether this caller may send a refund of the payment now: refunds are sent one by one.
    pub(super) async fn begin_refund(&self, name: &RefundName) -> bool {
        let mark = self.refund(name);
        let free = self.shelf.take(&mark, self.settle).await;
        if free {
            self.shelf.write(&mark, &name.refund_id.to_string(), self.settle).await;
        }
        free
    }

    pub(super) async fn end_refund(&self, name: &RefundName) {
        self.shelf.remove(&self.refund(name)).await;
    }

    /// Until the id is stored there, the refund in progress counts as this one.
    pub(super) async fn refund_under_way(&self, name: &RefundName) -> UnderWay {
        match self.shelf.read(&self.refund(name)).await {
            None => UnderWay::Nothing,
            Some(id) if id.is_empty() || id == name.refund_id.to_string() => UnderWay::This,
            Some(_) => UnderWay::Another,
        }
    }

    fn refund(&self, name: &RefundName) -> String {
        self.name(&format!("refunding:{}", name.payment_reference))
    }
}
