//! What the payer does on the payment page. He only confirms: the money moves when the merchant
//! executes.

use super::books::Books;
use super::model::{Payment, Status};
use super::outcome::Outcome;
use crate::payment_page::{Closed, Next};

/// After so many wrong PINs bKash gives up on him.
const MOST_WRONG_PINS: u32 = 3;

impl Books {
    /// `reference` is a paymentID, or the merchant's invoice number.
    ///
    /// # Errors
    /// When the payment waits for no payer any more.
    pub fn pay(&mut self, reference: &str, outcome: Outcome) -> Result<Next, Closed> {
        let id = self.find_id(reference).ok_or(Closed::NoSuch)?;
        let agreement = self.still_open(&id)?.agreement.as_ref();
        let agreed =
            agreement.and_then(|id| self.agreements.get(id)).map(|agreement| agreement.wallet.clone());
        let payment = self.payments.get_mut(&id).ok_or(Closed::NoSuch)?;
        match outcome {
            Outcome::Leave => {
                let back = payment.callback_with("cancel");
                self.close(&id, Status::Cancelled);
                Ok(Next::Left(Some(back)))
            }
            Outcome::WrongPin if payment.wrong_pins + 1 < MOST_WRONG_PINS => {
                payment.wrong_pins += 1;
                Ok(Next::Declined("Wrong PIN. Please try again."))
            }
            Outcome::WrongPin | Outcome::Decline => {
                let back = payment.callback_with("failure");
                self.close(&id, Status::Failed);
                Ok(Next::Left(Some(back)))
            }
            Outcome::Pay
            | Outcome::PayFrom(_)
            | Outcome::InsufficientFunds
            | Outcome::DebitBlocked
            | Outcome::PayRefundPends
            | Outcome::PayRefundFails
            | Outcome::PayRefundRefused => {
                payment.status = Status::Confirmed;
                // Under an agreement it is always the wallet that agreed.
                payment.wallet = Some(agreed.unwrap_or_else(|| outcome.wallet().to_owned()));
                payment.course = outcome.course();
                Ok(Next::Done(payment.callback_with("success")))
            }
        }
    }

    /// The payment, if the payer may still act.
    pub fn still_open(&self, id: &str) -> Result<&Payment, Closed> {
        let payment = self.payments.get(id).ok_or(Closed::NoSuch)?;
        match payment.status {
            Status::Initiated => Ok(payment),
            Status::Confirmed | Status::Authorized | Status::Completed => Err(Closed::Complete),
            Status::Voided | Status::Failed | Status::Refused(_) | Status::Cancelled | Status::Expired => {
                Err(Closed::Expired)
            }
        }
    }
}
