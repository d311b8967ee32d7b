//! The transfer endpoints. Money comes out of the available balance, or out of a charge of one's own
//! before that is available (`source_transaction`).

use serde_json::{Value, json};

use super::amounts::{check, read_currency};
use super::books::Books;
use super::expand::Expand;
use super::gate::Call;
use super::listing::{Created, Page};
use super::model::{ChargeState, Metadata};
use super::owner::{self, Owner};
use super::refusal::Refusal;
use super::transfer::{Order, Transfer, group_of, render};

const URL: &str = "/v1/transfers";

pub fn create(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read(params, "transfer")?;
    let amount = params.positive("amount")?.ok_or_else(|| Refusal::parameter_missing("amount"))?;
    let mut order = Order {
        owner: call.owner.clone(),
        amount,
        currency: read_currency(params)?,
        destination: params.required("destination")?,
        source_transaction: params.text("source_transaction")?,
        transfer_group: params.text("transfer_group")?,
        description: params.text("description")?,
        metadata: params.metadata()?,
        source_type: params.word("source_type").unwrap_or("card"),
    };
    check(order.amount, &order.currency, "amount")?;
    params.finish()?;
    if order.owner.is_some() {
        let message = "The requested transfer cannot be created: connected accounts cannot send transfers.";
        return Err(Refusal::forbidden_by_state(Some("transfers_not_allowed"), message));
    }
    if !owner::exists(&books.terms.accounts, &order.destination) {
        return Err(Refusal::no_such_param("destination", "destination", &order.destination));
    }
    match order.source_transaction.clone() {
        Some(charge) => check_source(books, &mut order, &charge)?,
        None if books.purses.available(&order.owner, &order.currency) < amount => {
            return Err(Refusal::balance_insufficient());
        }
        None => {}
    }
    let id = books.transfer(order, &call.origin);
    show(books, &expand, &call.owner, &id)
}

/// The charge must be there, in the same currency, and have so much left.
fn check_source(books: &Books, order: &mut Order, charge: &str) -> Result<(), Refusal> {
    let missing = || Refusal::no_such_param("charge", "source_transaction", charge);
    let found = owner::of(&books.charges, charge, &order.owner).ok_or_else(missing)?;
    let payment = books.payments.get(&found.payment).ok_or_else(missing)?;
    let refused = |message: String| {
        let refusal = Refusal::forbidden_by_state(None, message);
        Err(Refusal { param: Some("source_transaction".into()), ..refusal })
    };
    match found.state {
        ChargeState::Paid => {}
        ChargeState::Pending | ChargeState::Held | ChargeState::Released | ChargeState::Failed(_) => {
            return refused(format!(
                "The charge {charge} has not succeeded: it cannot be the source of a transfer."
            ));
        }
    }
    if payment.currency != order.currency {
        let (here, there) = (&order.currency, &payment.currency);
        return refused(format!("The currency of source_transaction's charge is {there}, not {here}."));
    }
    let (taken, transferred) = (payment.captured, found.transferred);
    if transferred + order.amount > taken {
        return refused(format!(
            "Transfers using this transaction as a source must not exceed the source amount of {taken}. \
             (There are already transfers using this source, amounting to {transferred}.)"
        ));
    }
    if order.transfer_group.is_none() {
        order.transfer_group = Some(group_of(payment.ask.transfer_group.as_ref(), &payment.id));
    }
    Ok(())
}

pub fn show(books: &Books, expand: &Expand, owner: &Owner, id: &str) -> Result<Value, Refusal> {
    let answer = render(find(books, id, owner)?);
    Ok(expand.apply(books, answer))
}

pub fn find<'a>(books: &'a Books, id: &str, owner: &Owner) -> Result<&'a Transfer, Refusal> {
    owner::of(&books.transfers, id, owner).ok_or_else(|| Refusal::no_such("transfer", "id", id))
}

pub fn retrieve(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, "transfer")?;
    call.params.finish()?;
    show(books, &expand, &call.owner, id)
}

pub fn update(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read(params, "transfer")?;
    let mut metadata = find(books, id, &call.owner)?.metadata.clone();
    params.change_metadata(&mut metadata)?;
    let description = params.text("description")?;
    params.finish()?;
    change(books, id, metadata, description);
    let object = render(find(books, id, &call.owner)?);
    books.emit_changed("transfer.updated", &call.owner, object, Some(json!({})), &call.origin);
    show(books, &expand, &call.owner, id)
}

fn change(books: &mut Books, id: &str, metadata: Metadata, description: Option<String>) {
    if let Some(transfer) = books.transfers.get_mut(id) {
        transfer.metadata = metadata;
        transfer.description = description.or(transfer.description.take());
    }
}

pub fn list(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read_listed(params, "transfer")?;
    let (page, created) = (Page::read(params, &call.owner)?, Created::read(params)?);
    let (destination, group) = (params.text("destination")?, params.text("transfer_group")?);
    params.finish()?;
    let fits = |transfer: &Transfer| {
        destination.as_ref().is_none_or(|destination| transfer.destination == *destination)
            && (group.is_none() || transfer.transfer_group == group)
    };
    let by_time = (created, (|transfer: &Transfer| transfer.created) as fn(&Transfer) -> i64);
    let answer = page.of(("transfer", URL), &books.transfers, by_time, fits, render)?;
    Ok(expand.apply(books, answer))
}
