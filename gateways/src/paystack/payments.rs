//! Payment pages: opened, read, and left open, because Paystack closes none.

use super::Paystack;
use super::errors::is_duplicate;
use super::line::Talk;
use super::wire::{Initialized, Transaction};
use super::{map, path_part, request};
use crate::exchange::{unmapped, unusable};
use crate::http_client::Effect;
use crate::names::{MOST_PAGES, of_attempt};
use crate::{CallContext, CallError, CreatePayment, Expired, HostedPayment, PaymentState, PaymentView};

impl Paystack {
    /// A reference that is used belongs to an earlier page of this attempt whose address was lost, and Paystack does
    /// not give it again: the next reference is taken. The exception is a page on which the customer is paying (another
    /// call got the address) or has paid. Then that page is the answer, and the customer goes to where Paystack would
    /// send them afterwards.
    pub(super) async fn open_page(
        &self,
        context: &CallContext,
        request: &CreatePayment,
    ) -> Result<HostedPayment, CallError> {
        let talk = self.line.talk(context);
        let mut number = 1;
        loop {
            let reference = of_attempt(request.attempt_id, number);
            let body = request::initialize(&self.config, request, &reference)?;
            match talk.post("/transaction/initialize", &body).await {
                Ok(page) => return hosted(page, reference),
                Err(error) if is_duplicate(&error) => {
                    if self.is_taken_up(&talk, &reference).await? {
                        let redirect_url = request::returned(&request.success_url, &reference);
                        return Ok(HostedPayment { reference, redirect_url, expires_at: None });
                    }
                    if number == MOST_PAGES {
                        return Err(error);
                    }
                    number += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) async fn payment(
        &self,
        context: &CallContext,
        reference: &str,
    ) -> Result<PaymentView, CallError> {
        let row = verify(&self.line.talk(context), reference).await?;
        map::payment_view(row, self.units()).map_err(|error| unmapped(error, Effect::Reads))
    }

    /// Only reads. A failed payment stays open too: its page stays.
    pub(super) async fn give_up(&self, context: &CallContext, reference: &str) -> Result<Expired, CallError> {
        let view = self.payment(context, reference).await?;
        Ok(match view.state {
            PaymentState::Captured => Expired::AlreadyPaid(view),
            PaymentState::Processing => Expired::StillProcessing(view),
            PaymentState::Open
            | PaymentState::Failed
            | PaymentState::Expired
            | PaymentState::AwaitsFinish => Expired::LeftOpen,
        })
    }

    async fn is_taken_up(&self, talk: &Talk<'_>, reference: &str) -> Result<bool, CallError> {
        match verify(talk, reference).await {
            Ok(row) => Ok(!map::is_idle(row.status.get())),
            Err(error) if error.is_missing() => Ok(false),
            Err(error) => Err(error),
        }
    }
}

async fn verify(talk: &Talk<'_>, reference: &str) -> Result<Transaction, CallError> {
    talk.get(&format!("/transaction/verify/{}", path_part(reference)?)).await
}

fn hosted(page: Initialized, reference: String) -> Result<HostedPayment, CallError> {
    if page.reference.get().is_some_and(|named| named != reference) {
        return Err(unusable("the page is for another reference", Effect::Changes));
    }
    let address = page.authorization_url.owned();
    let redirect_url = address.ok_or_else(|| unusable("the page has no address", Effect::Changes))?;
    Ok(HostedPayment { reference, redirect_url, expires_at: None })
}
