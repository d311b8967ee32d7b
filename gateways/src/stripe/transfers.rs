//! Payouts to connected accounts: transfers apart from their charges, and their reversals.
//!
//! Both are done when they are made. As with refunds, one so old that Stripe may have forgotten its key is looked for
//! before it is sent again. Vendor documents: <https://docs.stripe.com/connect/separate-charges-and-transfers>,
//! <https://docs.stripe.com/api/transfers>, <https://docs.stripe.com/api/transfer_reversals>.

use uuid::Uuid;

use super::form::Form;
use super::transport::Call;
use super::wire::{Expandable, Intent, Named, Reversal, Transfer};
use super::{CLOCK_SKEW_SECS, Stripe, key_may_be_forgotten, map, path_part, request};
use crate::calls::observed;
use crate::exchange::unmapped;
use crate::http_client::Effect;
use crate::names;
use crate::{
    CallContext, CallError, CreateTransfer, GatewayFuture, GatewayName, Payee, Reversals, ReverseTransfer,
    TransferName, TransferView, Transfers,
};

const TRANSFERS: &str = "/v1/transfers";
const INTENTS: &str = "/v1/payment_intents";

impl Stripe {
    async fn send_transfer(
        &self,
        context: &CallContext,
        request: &CreateTransfer,
    ) -> Result<TransferView, CallError> {
        let Payee::Registered(account) = &request.payee else {
            return Err(CallError::unsendable("Stripe pays to connected accounts only"));
        };
        let mut form = request::transfer_form(request, path_part(account)?)?;
        if key_may_be_forgotten(request.transfer_id, context.now)
            && let Some(made) = self.search_transfer(context, request.transfer_id).await?
        {
            return view(made, Effect::Reads);
        }
        if let Some(payment) = &request.payment_reference {
            form.set("source_transaction", self.charge_of(context, payment).await?);
        }
        let key = Some(format!("{}:transfer", request.transfer_id));
        let made = self.transport.send(&Call::change(context, TRANSFERS.to_owned(), form, key)).await?;
        view(made, Effect::Changes)
    }

    /// A transfer comes out of a charge, and we know payments.
    async fn charge_of(&self, context: &CallContext, payment: &str) -> Result<String, CallError> {
        let intent: Intent =
            self.read(context, format!("{INTENTS}/{}", path_part(payment)?), Form::default()).await?;
        let charge = intent.latest_charge.map(Expandable::<Named>::into_id);
        charge.ok_or_else(|| CallError::unsendable("the payment has no charge"))
    }

    async fn transfer(
        &self,
        context: &CallContext,
        name: &TransferName,
    ) -> Result<Option<Transfer>, CallError> {
        let Some(reference) = &name.reference else {
            return self.search_transfer(context, name.transfer_id).await;
        };
        match self.read(context, format!("{TRANSFERS}/{}", path_part(reference)?), Form::default()).await {
            Ok(transfer) => Ok(Some(transfer)),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn search_transfer(&self, context: &CallContext, id: Uuid) -> Result<Option<Transfer>, CallError> {
        let mut form = Form::default();
        // Not before it was decided.
        if let Some(made) = names::made_at(id) {
            form.set("created[gte]", made.saturating_sub(CLOCK_SKEW_SECS));
        }
        let is_it = |row: &Transfer| map::ours(row.metadata.as_ref(), map::TRANSFER_ID) == Some(id);
        self.search(context, TRANSFERS, &form, |row: &Transfer| &row.id, is_it).await
    }

    async fn take_back(
        &self,
        context: &CallContext,
        request: &ReverseTransfer,
    ) -> Result<TransferView, CallError> {
        let form = request::reversal_form(request)?;
        let missing = || CallError::unsendable("Stripe has no transfer of that name");
        let transfer = self.transfer(context, &request.name).await?.ok_or_else(missing)?;
        let path = format!("{TRANSFERS}/{}/reversals", path_part(&transfer.id)?);
        let id = request.reversal_id;
        if key_may_be_forgotten(id, context.now) {
            let is_it = |row: &Reversal| map::ours(row.metadata.as_ref(), map::REVERSAL_ID) == Some(id);
            let rows = Form::default();
            let found = self.search(context, &path, &rows, |row: &Reversal| &row.id, is_it).await?;
            if found.is_some() {
                return view(transfer, Effect::Reads);
            }
        }
        let key = Some(format!("{id}:reversal"));
        let made: Reversal = self.transport.send(&Call::change(context, path, form, key)).await?;
        // The answer is the reversal. The state of the transfer is read, or computed if it can't be read.
        let name = TransferName { reference: Some(transfer.id.clone()), ..request.name.clone() };
        match self.transfer(context, &name).await {
            Ok(Some(read)) => view(read, Effect::Changes),
            Ok(None) | Err(_) => {
                let reversed = transfer.amount_reversed.unwrap_or(0).saturating_add(made.amount.unwrap_or(0));
                view(Transfer { amount_reversed: Some(reversed), ..transfer }, Effect::Changes)
            }
        }
    }
}

fn view(transfer: Transfer, effect: Effect) -> Result<TransferView, CallError> {
    map::transfer_view(transfer).map_err(|error| unmapped(error, effect))
}

impl Transfers for Stripe {
    fn reversals(&self) -> Reversals {
        Reversals::InParts
    }

    fn create_transfer<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreateTransfer,
    ) -> GatewayFuture<'a, TransferView> {
        observed(GatewayName::Stripe, "create_transfer", self.send_transfer(context, request))
    }

    fn find_transfer<'a>(
        &'a self,
        context: &'a CallContext,
        name: &'a TransferName,
    ) -> GatewayFuture<'a, Option<TransferView>> {
        let call = async move {
            let found = self.transfer(context, name).await?;
            found.map(|transfer| view(transfer, Effect::Reads)).transpose()
        };
        observed(GatewayName::Stripe, "find_transfer", call)
    }

    fn reverse_transfer<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a ReverseTransfer,
    ) -> GatewayFuture<'a, TransferView> {
        observed(GatewayName::Stripe, "reverse_transfer", self.take_back(context, request))
    }
}
