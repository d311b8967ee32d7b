//! What a run records: differences with the incidents that tell of them, what ended, and what is another system's.

use serde_json::{Value, json};
use shared::foreign;
use shared::incidents::{self, About, IncidentKind};
use shared::jobs::JobError;
use shared::kernel::db::{Connection, Transaction};
use shared::payments::Payment;
use shared::reconciliation::{DifferenceKind, Found, Kept, Recorded, store};

use super::{Done, Walk};
use crate::context::{After, database};
use crate::counters;

/// What an incident is closed with when its difference ends by itself.
const AGREES: &str = "the gateway agrees with the books again";
const ASKED: &str = "the gateway could be asked again";

impl Walk<'_> {
    /// Ends what was recorded as different about what the gateway agrees with, keeps what is another system's, and commits.
    pub(super) async fn commit(
        &mut self,
        mut db: Transaction,
        changed: impl Into<After>,
    ) -> Result<(), JobError> {
        let now = self.context.now();
        let Done { payments, refunds } = std::mem::take(&mut self.agreed);
        let (payments, refunds) = (Vec::from_iter(payments), Vec::from_iter(refunds));
        let ended = store::agree(&mut db, &payments, &refunds, now).await.map_err(database)?;
        let foreign = std::mem::take(&mut self.foreign);
        let subjects: Vec<String> = foreign.iter().map(|one| one.subject.clone()).collect();
        if !subjects.is_empty() {
            store::end_unknown(&mut db, self.provider, &subjects, now).await.map_err(database)?;
        }
        let met = foreign::store::insert(&mut db, &foreign, now).await.map_err(database)?;
        incidents::resolve_differences(&mut db, &ended, None, AGREES, now).await.map_err(database)?;
        self.report.foreign += foreign.len() as u64;
        self.context.commit(db, changed).await?;
        counters::foreign(&met);
        Ok(())
    }

    /// The gateway has answered about a payment or a refund: that it could not be asked no longer stands.
    pub(super) async fn was_asked(&self, db: &mut Connection, about: &About) -> Result<(), JobError> {
        let now = self.context.now();
        let payment = about.payment_id.filter(|_| about.refund_id.is_none());
        let ended = store::asked(db, payment, about.refund_id, now).await.map_err(database)?;
        incidents::resolve_differences(db, &ended, None, ASKED, now).await.map_err(database)
    }

    pub(super) async fn record(&mut self, db: &mut Connection, found: Found) -> Result<(), JobError> {
        let now = self.context.now();
        let Kept { id, recorded } = store::record(db, self.provider, &found, now).await.map_err(database)?;
        if found.repaired {
            self.report.repaired += 1;
        } else if recorded != Recorded::Closed {
            self.report.standing += 1;
        }
        if recorded != Recorded::News {
            return Ok(());
        }
        counters::difference(self.provider, found.kind, 1);
        let (name, kind) = (self.provider.as_str(), found.kind.as_str());
        let (incident, key) = match found.kind {
            DifferenceKind::Missed => return Ok(()),
            // The same incident as that of its messages.
            DifferenceKind::Unknown => (IncidentKind::UnknownPayment, format!("{name}:{}", found.subject)),
            DifferenceKind::Amount | DifferenceKind::Absent | DifferenceKind::Unasked => {
                (IncidentKind::GatewayDiffers, format!("{name}:{kind}:{}", found.subject))
            }
        };
        let about = About {
            order_id: found.order_id,
            payment_id: found.payment_id,
            refund_id: found.refund_id,
            gateway: Some(self.provider),
            reference: Some(found.subject),
            difference_id: Some(id),
        };
        let detail = json!({ "gateway": self.provider, "kind": kind, "detail": found.detail });
        incidents::open(db, incident, &key, &about, &detail, now).await.map_err(database)
    }
}

/// A difference about something at the gateway, as far as it is known.
pub(super) fn difference(kind: DifferenceKind, subject: String, about: &About, detail: Value) -> Found {
    Found {
        kind,
        subject,
        payment_id: about.payment_id,
        refund_id: about.refund_id,
        order_id: about.order_id,
        detail,
        repaired: false,
    }
}

/// A difference about a payment of ours, by the gateway's name of its money, as far as we know it.
pub(super) fn of_payment(payment: &Payment, kind: DifferenceKind, detail: Value) -> Found {
    let about = About::payment(payment);
    let subject = about.reference.clone().unwrap_or_else(|| payment.id.to_string());
    difference(kind, subject, &about, detail)
}
