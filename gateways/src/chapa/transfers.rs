//! Payouts to bank accounts and wallets, and the list of banks.
//!
//! A transfer is requested with our own reference, which Chapa keeps unique, so it can't be made twice.

use http::Method;
use serde_json::{Value, json};

use super::errors::{is_duplicate, undecided};
use super::line::Talk;
use super::payments::lost_before;
use super::wire;
use super::{Chapa, map};
use crate::calls::observed;
use crate::contract::more_than_zero;
use crate::exchange::{Content, unmapped};
use crate::http_client::Effect;
use crate::{
    BankAccount, CallContext, CallError, CallErrorKind, CreateTransfer, GatewayFuture, GatewayName, Payee,
    Reversals, TransferName, TransferState, TransferView, Transfers,
};

/// Where transfers can go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bank {
    pub code: String,
    pub name: String,
    pub is_mobile_money: bool,
    /// Digits of an account number.
    pub account_digits: Option<u32>,
    pub currency: Option<String>,
}

impl Chapa {
    /// Banks and wallets. An entry that can't be read is left out.
    pub async fn banks(&self, context: &CallContext) -> Result<Vec<Bank>, CallError> {
        let call = async move {
            let banks: Vec<wire::Bank> = self.line.talk(context).get("/banks").await?;
            Ok(banks.iter().filter_map(bank).collect())
        };
        observed(GatewayName::Chapa, "banks", call).await
    }

    async fn send_transfer(
        &self,
        context: &CallContext,
        request: &CreateTransfer,
    ) -> Result<TransferView, CallError> {
        more_than_zero(request.amount)?;
        if request.amount.currency().code() != "ETB" {
            return Err(CallError::unsendable("transfers are made in birr only"));
        }
        let Payee::Account(account) = &request.payee else {
            return Err(CallError::unsendable("Chapa pays to bank accounts only"));
        };
        let talk = self.line.talk(context);
        let body = transfer_body(request, account);
        match talk.change(Method::POST, "/transfers", Content::Json(&body)).await {
            // A transfer that waits for its approval is pending too.
            Ok(_) => Ok(TransferView {
                reference: request.transfer_id.to_string(),
                state: TransferState::Pending,
                amount: request.amount,
                our_transfer: Some(request.transfer_id),
            }),
            Err(refused) if refused.kind == CallErrorKind::Refused => {
                after_refusal(&talk, request, refused).await
            }
            Err(error) => Err(error),
        }
    }
}

impl Transfers for Chapa {
    fn reversals(&self) -> Reversals {
        Reversals::Never
    }

    fn create_transfer<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreateTransfer,
    ) -> GatewayFuture<'a, TransferView> {
        observed(GatewayName::Chapa, "create_transfer", self.send_transfer(context, request))
    }

    fn find_transfer<'a>(
        &'a self,
        context: &'a CallContext,
        name: &'a TransferName,
    ) -> GatewayFuture<'a, Option<TransferView>> {
        let call = async move { find(&self.line.talk(context), name).await };
        observed(GatewayName::Chapa, "find_transfer", call)
    }
}

/// If an earlier request made the transfer, it was not refused: it exists.
async fn after_refusal(
    talk: &Talk<'_>,
    request: &CreateTransfer,
    refused: CallError,
) -> Result<TransferView, CallError> {
    let (transfer_id, amount) = (request.transfer_id, request.amount);
    match find(talk, &TransferName { transfer_id, reference: None, amount }).await {
        Ok(Some(view)) => Ok(view),
        // It exists, and can't be seen yet.
        Ok(None) if is_duplicate(&refused) => Err(undecided(refused)),
        Ok(None) => Err(refused),
        Err(error) => Err(error.after(Some(&lost_before()))),
    }
}

/// By our reference: Chapa looks transfers up by no other.
async fn find(talk: &Talk<'_>, name: &TransferName) -> Result<Option<TransferView>, CallError> {
    let reference = name.transfer_id.to_string();
    match talk.get::<wire::Transfer>(&format!("/transfers/verify/{reference}")).await {
        Ok(transfer) => {
            let amount = match (transfer.amount.get(), transfer.currency.get()) {
                (Some(_), currency @ Some(_)) => {
                    map::money(&transfer.amount, currency).map_err(|error| unmapped(error, Effect::Reads))?
                }
                _ => name.amount,
            };
            let state = transfer_state(transfer.status.get());
            Ok(Some(TransferView { reference, state, amount, our_transfer: Some(name.transfer_id) }))
        }
        // An unknown transfer is answered 404 by one report and 400 by another, in words that are not documented.
        Err(error) if error.kind == CallErrorKind::Refused => Ok(None),
        Err(error) => Err(error),
    }
}

/// The list of words is not documented in full: only these are final.
fn transfer_state(status: Option<&str>) -> TransferState {
    match status.map(str::to_ascii_lowercase).as_deref() {
        Some("success") => TransferState::Succeeded,
        Some("failed/cancelled" | "failed" | "cancelled" | "canceled") => TransferState::Failed,
        Some("reverted") => TransferState::Reversed,
        _ => TransferState::Pending,
    }
}

/// Chapa has no field for the reason.
fn transfer_body(request: &CreateTransfer, account: &BankAccount) -> Value {
    let code = account.bank_code.trim();
    json!({
        "account_name": account.holder,
        "account_number": account.number,
        "amount": request.amount.amount().to_string(),
        "currency": request.amount.currency().code(),
        "reference": request.transfer_id.to_string(),
        "bank_code": code.parse::<u64>().map_or_else(|_| Value::from(code), Value::from),
    })
}

fn bank(bank: &wire::Bank) -> Option<Bank> {
    let yes = [json!(1), json!("1"), json!(true), json!("true")];
    Some(Bank {
        code: bank.id.owned()?,
        name: bank.name.owned()?,
        is_mobile_money: bank.is_mobilemoney.as_ref().is_some_and(|flag| yes.contains(flag)),
        account_digits: bank.acct_length.get().and_then(|digits| digits.parse().ok()),
        currency: bank.currency.owned(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_words_that_end_a_transfer() {
        use TransferState::{Failed, Pending, Reversed, Succeeded};
        let words = [("success", Succeeded), ("failed/cancelled", Failed), ("reverted", Reversed)];
        for (word, state) in words {
            assert_eq!(transfer_state(Some(word)), state, "{word}");
        }
        assert_eq!((transfer_state(Some("pending")), transfer_state(None)), (Pending, Pending));
    }

    proptest! {
        #[test]
        fn an_unknown_word_is_pending(word in "[a-z_/ ]{0,20}") {
            let known = ["success", "failed/cancelled", "failed", "cancelled", "canceled", "reverted"];
            prop_assume!(!known.contains(&word.as_str()));
            prop_assert_eq!(transfer_state(Some(&word)), TransferState::Pending);
        }
    }
}
