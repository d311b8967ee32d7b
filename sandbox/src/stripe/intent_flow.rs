//! What happens to a PaymentIntent that was made over the API: its method is tried, its customer asked who he
//! is and sent back to the shop, or it is given up. The endpoints are in `intents`.

use serde_json::Value;

use super::books::{Books, Origin};
use super::model::{ChargeState, Decline, PaymentStatus};
use super::outcome::Outcome;
use super::refusal::Refusal;
use super::render;
use crate::payment_page::{Closed, Next};

/// The bank wants to know the customer, who is not there.
const UNATTENDED: Decline = Decline {
    kind: "card_error",
    code: "authentication_required",
    decline_code: Some("authentication_required"),
    message: "Your card was declined. This transaction requires authentication.",
};

impl Books {
    /// Tries the attached method; one that asks who the customer is waits for him.
    pub fn confirm(&mut self, id: &str, origin: &Origin) -> Result<(), Refusal> {
        let Some(payment) = self.payments.get(id) else { return Ok(()) };
        let Some(method) = payment.method else {
            let message = "You cannot confirm this PaymentIntent because it's missing a payment method. Update the \
                           PaymentIntent with a payment method and then confirm it again.";
            return Err(Refusal::forbidden_by_state(Some("payment_intent_unexpected_state"), message));
        };
        if !method.is_challenged() {
            return self.try_method(id, method, origin);
        }
        if payment.unattended {
            self.attempt_failed(id, method, UNATTENDED, true, origin);
            return Err(self.declined(id, UNATTENDED));
        }
        self.ask_who(id, origin);
        Ok(())
    }

    fn try_method(&mut self, id: &str, method: Outcome, origin: &Origin) -> Result<(), Refusal> {
        self.attempt(id, method, origin).map_err(|why| self.declined(id, why))
    }

    fn declined(&self, id: &str, why: Decline) -> Refusal {
        let payment = self.payments.get(id);
        Refusal::declined(why, payment.map_or(Value::Null, |found| render::payment(found, &self.public_url)))
    }

    /// The customer pays a PaymentIntent without a session, in the shop's own form, or proves himself.
    /// Where he goes from there is empty if the shop has named no `return_url`.
    ///
    /// # Errors
    /// When it takes no payment any more.
    pub fn pay_intent(&mut self, id: &str, outcome: Outcome) -> Result<Next, Closed> {
        let direct = self.payments.get(id).filter(|payment| payment.session.is_none());
        let payment = direct.ok_or(Closed::NoSuch)?;
        let asked = match payment.status {
            PaymentStatus::RequiresPaymentMethod | PaymentStatus::RequiresConfirmation => false,
            PaymentStatus::RequiresAction => true,
            PaymentStatus::Processing | PaymentStatus::RequiresCapture | PaymentStatus::Succeeded => {
                return Err(Closed::Complete);
            }
            PaymentStatus::Canceled => return Err(Closed::Expired),
        };
        if outcome == Outcome::Leave {
            return Ok(Next::Left(None));
        }
        let origin = Origin::default();
        if outcome.is_challenged() && !asked {
            self.ask_who(id, &origin);
        }
        Ok(match self.attempt(id, outcome, &origin) {
            Ok(()) => Next::Done(self.way_back(id, "succeeded").unwrap_or_default()),
            Err(why) => Next::Declined(why.message),
        })
    }

    pub fn ask_who(&mut self, id: &str, origin: &Origin) {
        if let Some(payment) = self.payments.get_mut(id) {
            payment.status = PaymentStatus::RequiresAction;
        }
        self.emit_payment("payment_intent.requires_action", id, origin);
    }

    /// The `return_url`, with what Stripe adds to it.
    pub fn way_back(&self, id: &str, status: &str) -> Option<String> {
        let url = self.payments.get(id)?.return_url.as_deref()?;
        let joint = if url.contains('?') { '&' } else { '?' };
        let secret = render::client_secret(id);
        Some(format!(
            "{url}{joint}payment_intent={id}&payment_intent_client_secret={secret}&redirect_status={status}"
        ))
    }

    /// Nothing is taken any more; what was held is released.
    pub fn cancel(&mut self, id: &str, reason: Option<&'static str>, origin: &Origin) {
        let now = self.now();
        let Some(payment) = self.payments.get_mut(id) else { return };
        let was_held = payment.status == PaymentStatus::RequiresCapture;
        payment.status = PaymentStatus::Canceled;
        payment.canceled_at = Some(now);
        payment.cancellation_reason = reason;
        if was_held {
            if let Some(charge) = payment.attempts.last().and_then(|id| self.charges.get_mut(id)) {
                charge.state = ChargeState::Released;
            }
            self.emit_charge("charge.refunded", id, origin);
        }
        self.emit_payment("payment_intent.canceled", id, origin);
    }
}
