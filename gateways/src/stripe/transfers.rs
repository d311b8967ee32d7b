//! Payouts to connected accounts: transfers apart from their charges, and their reversals.
//!
//! Both are done when they are made. As with refunds, one so old that Stripe may have forgotten its key is looked for
//! before it is sent again. Vendor documents: <https://docs.stripe.com/connect/separate-charges-and-transfers>,
//! <https://docs.stripe.com/api/transfers>, <https://docs.stripe.com/api/transfer_reversals>.

use uuid::Uuid;

use super::form::Form;
use super::wire::{Expandable, Intent, List, Named, Reversal, Transfer};
use super::{CLOCK_SKEW_SECS, Stripe, key_may_be_forgotten, map, path_part, request, unmapped};
use crate::calls::observed;
use crate::http_client::Effect;
use crate::stripe::transport::{Call, unusable};
use crate::{
    CallContext, CallError, CreateTransfer, GatewayFuture, GatewayName, Payee, Reversals, ReverseTransfer,
    TransferName, TransferView, Transfers,
};

const TRANSFERS: &str = "/v1/transfers";
const INTENTS: &str = "/v1/payment_intents";
/// Looked through for one of ours, a hundred rows each, from the time it was decided.
const MOST_PAGES: u32 = 20;

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
        let made = id.get_timestamp().and_then(|made| i64::try_from(made.to_unix().0).ok());
        let mut form = Form::default();
        if let Some(made) = made {
            form.set("created[gte]", made.saturating_sub(CLOCK_SKEW_SECS));
        }
        let is_it = |row: &Transfer| map::ours(row.metadata.as_ref(), map::TRANSFER_ID) == Some(id);
        self.search(context, TRANSFERS, &form, |row: &Transfer| row.id.clone(), is_it).await
    }

    /// The first row of a list that is the one looked for.
    async fn search<T: serde::de::DeserializeOwned>(
        &self,
        context: &CallContext,
        path: &str,
        form: &Form,
        id: impl Fn(&T) -> String,
        is_it: impl Fn(&T) -> bool,
    ) -> Result<Option<T>, CallError> {
        let mut after: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut form = form.clone().with("limit", 100);
            if let Some(id) = after {
                form.set("starting_after", id);
            }
            let page: List<T> = self.read(context, path.to_owned(), form).await?;
            after = page.data.last().filter(|_| page.has_more).map(&id);
            if let Some(found) = page.data.into_iter().find(&is_it) {
                return Ok(Some(found));
            }
            if after.is_none() {
                return Ok(None);
            }
        }
        Err(unusable("there are more rows than are looked through", Effect::Reads))
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
            let id_of = |row: &Reversal| row.id.clone();
            if self.search(context, &path, &Form::default(), id_of, is_it).await?.is_some() {
                return view(transfer, Effect::Reads);
            }
        }
        let key = Some(format!("{id}:reversal"));
        let made: Reversal = self.transport.send(&Call::change(context, path, form, key)).await?;
        // The answer is the reversal; what has become of the transfer is read, or reckoned where it can't be.
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
    fn gateway(&self) -> GatewayName {
        GatewayName::Stripe
    }

    fn reversals(&self) -> Reversals {
        Reversals::InParts
    }

    fn create_transfer<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreateTransfer,
    ) -> GatewayFuture<'a, TransferView> {
        Box::pin(observed(GatewayName::Stripe, "create_transfer", self.send_transfer(context, request)))
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
        Box::pin(observed(GatewayName::Stripe, "find_transfer", call))
    }

    fn reverse_transfer<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a ReverseTransfer,
    ) -> GatewayFuture<'a, TransferView> {
        Box::pin(observed(GatewayName::Stripe, "reverse_transfer", self.take_back(context, request)))
    }
}
