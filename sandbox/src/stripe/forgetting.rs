//! The end of sessions, and of memory: what is over is kept until there is too much of it.

use super::books::{Books, Origin};
use super::model::{PaymentStatus, SessionStatus};

impl Books {
    /// Ends an open session, by time or by request.
    pub fn run_out(&mut self, id: &str, origin: &Origin) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        if session.status != SessionStatus::Open {
            return;
        }
        session.status = SessionStatus::Expired;
        if let Some(slot) = session.expiry.take() {
            self.expiries.strike(slot);
        }
        self.emit_session("checkout.session.expired", id, origin);
        self.finish(id);
    }

    /// Notes that a session is over, or that a PaymentIntent without one was made, and forgets the
    /// oldest of them when there are too many.
    pub fn finish(&mut self, id: &str) {
        self.finished.push_back(id.to_owned());
        if self.finished.len() <= self.terms.keep {
            return;
        }
        if let Some(oldest) = self.finished.pop_front() {
            if self.is_in_motion(&oldest) {
                self.finished.push_back(oldest);
            } else {
                self.forget(&oldest);
            }
        }
    }

    /// Whether its money is under way. A dispute may go on for ever, so it does not count.
    fn is_in_motion(&self, id: &str) -> bool {
        let payment = match self.sessions.get(id) {
            Some(session) => session.payment.as_deref().and_then(|payment| self.payments.get(payment)),
            None => self.payments.get(id),
        };
        let Some(payment) = payment else { return false };
        let mut refunds = payment.refunds.iter().filter_map(|id| self.refunds.get(id));
        payment.status == PaymentStatus::Processing || refunds.any(|refund| refund.status.is_open())
    }

    fn forget(&mut self, id: &str) {
        let payment = match self.sessions.remove(id) {
            Some(session) => session.payment,
            None => Some(id.to_owned()),
        };
        let Some(payment) = payment.and_then(|id| self.payments.remove(&id)) else { return };
        for refund in &payment.refunds {
            self.refunds.remove(refund);
        }
        for dispute in &payment.disputes {
            let deadline = self.disputes.remove(dispute).and_then(|dispute| dispute.deadline);
            if let Some(slot) = deadline {
                self.deadlines.strike(slot);
            }
        }
        for charge in &payment.attempts {
            let warning = self.charges.remove(charge).and_then(|charge| charge.warning);
            warning.and_then(|warning| self.warnings.remove(&warning));
        }
    }
}
