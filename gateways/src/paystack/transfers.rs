//! Payouts: we give a transfer its reference, which prevents making it twice.
//!
//! It is looked for before it is sent, and again if no clear answer came. Confirmation by one-time password must be
//! switched off at Paystack; a transfer that waits for one is [`TransferState::NeedsAction`](crate::TransferState).

use std::fmt;

use money::Currency;
use serde_json::json;

use super::Paystack;
use super::errors::{is_duplicate, not_a_refusal};
use super::line::Talk;
use super::wire::{Recipient, Transfer};
use super::{map, path_part, request};
use crate::calls::observed;
use crate::exchange::{unmapped, unusable};
use crate::http_client::Effect;
use crate::{
    CallContext, CallError, CallErrorKind, CreateTransfer, Gateway, GatewayFuture, Payee, Reversals, Sent,
    TransferName, TransferView, Transfers,
};

/// The text of the statement is cut rather than refused.
const MAX_REASON_CHARS: usize = 100;

/// A payee. Prints no account.
#[derive(Clone, PartialEq, Eq)]
pub struct NewRecipient {
    pub kind: RecipientKind,
    pub name: String,
    pub account_number: String,
    pub bank_code: String,
    pub currency: Currency,
}

/// The kind of account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecipientKind {
    /// A Nigerian bank account.
    Nuban,
    /// A Ghanaian bank account.
    Ghipss,
    MobileMoney,
    /// A South African bank account.
    Basa,
}

impl RecipientKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Nuban => "nuban",
            Self::Ghipss => "ghipss",
            Self::MobileMoney => "mobile_money",
            Self::Basa => "basa",
        }
    }
}

impl fmt::Debug for NewRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewRecipient").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Paystack {
    /// Registers an account; the answer is its reference for [`Payee::Registered`]. Safe to repeat: the same account
    /// gets the same reference.
    pub fn create_recipient<'a>(
        &'a self,
        context: &'a CallContext,
        recipient: &'a NewRecipient,
    ) -> GatewayFuture<'a, String> {
        observed(self.name(), "create_recipient", self.register(context, recipient))
    }

    async fn register(&self, context: &CallContext, recipient: &NewRecipient) -> Result<String, CallError> {
        let body = json!({
            "type": recipient.kind.as_str(),
            "name": recipient.name,
            "account_number": recipient.account_number,
            "bank_code": recipient.bank_code,
            "currency": recipient.currency.code(),
        });
        let row: Recipient = self.line.talk(context).post("/transferrecipient", &body).await?;
        row.recipient_code.owned().ok_or_else(|| unusable("the recipient has no code", Effect::Changes))
    }

    /// Sent at most once. A refusal may concern a reference that a concurrent call has used, so the transfer is looked
    /// for once more before the refusal is accepted.
    async fn send_transfer(
        &self,
        context: &CallContext,
        request: &CreateTransfer,
    ) -> Result<TransferView, CallError> {
        let Payee::Registered(recipient) = &request.payee else {
            return Err(CallError::unsendable("Paystack pays to registered recipients only"));
        };
        // Lower-case letters, digits and hyphens, 36 of them: Paystack takes 16 to 50.
        let reference = request.transfer_id.to_string();
        let body = json!({
            "source": "balance",
            "amount": request::amount(&self.config, request.amount)?,
            "currency": request.amount.currency().code(),
            "recipient": path_part(recipient)?,
            "reference": reference,
            "reason": request.reason.chars().take(MAX_REASON_CHARS).collect::<String>(),
        });
        let talk = self.line.talk(context);
        if let Some(made) = self.transfer(&talk, &reference).await.map_err(not_a_refusal)? {
            return Ok(made);
        }
        let error = match talk.post::<Transfer>("/transfer", &body).await {
            Ok(row) => return self.transfer_view(row, Effect::Changes),
            Err(error) => error,
        };
        match error.kind {
            CallErrorKind::Refused => {
                let made = self.transfer(&talk, &reference).await.map_err(not_a_refusal)?;
                made.ok_or_else(|| not_a_duplicate(error))
            }
            // A transfer that is not listed yet may still appear.
            CallErrorKind::Unknown => self.transfer(&talk, &reference).await.ok().flatten().ok_or(error),
            CallErrorKind::Retry | CallErrorKind::Auth | CallErrorKind::Forbidden => Err(error),
        }
    }

    async fn transfer(&self, talk: &Talk<'_>, reference: &str) -> Result<Option<TransferView>, CallError> {
        match talk.get::<Transfer>(&format!("/transfer/verify/{}", path_part(reference)?)).await {
            Ok(row) => self.transfer_view(row, Effect::Reads).map(Some),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn transfer_view(&self, row: Transfer, effect: Effect) -> Result<TransferView, CallError> {
        map::transfer_view(row, self.units()).map_err(|error| unmapped(error, effect))
    }
}

/// The reference is used and the transfer can't be found: another call is sending it at this moment.
fn not_a_duplicate(error: CallError) -> CallError {
    if is_duplicate(&error) {
        return CallError { kind: CallErrorKind::Unknown, sent: Sent::Maybe, ..error };
    }
    error
}

impl Transfers for Paystack {
    fn reversals(&self) -> Reversals {
        Reversals::Never
    }

    fn create_transfer<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreateTransfer,
    ) -> GatewayFuture<'a, TransferView> {
        observed(self.name(), "create_transfer", self.send_transfer(context, request))
    }

    fn find_transfer<'a>(
        &'a self,
        context: &'a CallContext,
        name: &'a TransferName,
    ) -> GatewayFuture<'a, Option<TransferView>> {
        let call = async move {
            let ours = name.transfer_id.to_string();
            let reference = name.reference.as_deref().unwrap_or(&ours);
            self.transfer(&self.line.talk(context), reference).await
        };
        observed(self.name(), "find_transfer", call)
    }
}
