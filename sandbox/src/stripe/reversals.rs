//! The endpoints of a transfer's reversals: money taken back from a connected account, as much as it
//! has and the transfer brought it.

use serde_json::Value;

use super::amounts::check;
use super::books::Books;
use super::expand::Expand;
use super::gate::Call;
use super::listing::Page;
use super::owner::Owner;
use super::refusal::Refusal;
use super::transfer::{Transfer, render_reversal};
use super::transfers::find;
use crate::sums::Sums;

pub fn create(books: &mut Books, call: &mut Call, transfer: &str) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read(params, "transfer_reversal")?;
    let amount = params.positive("amount")?;
    let metadata = params.metadata()?;
    params.finish()?;
    let found = find(books, transfer, &call.owner)?;
    amount.map_or(Ok(()), |amount| check(amount, &found.currency, "amount"))?;
    let left = found.amount - found.reversed;
    if left == 0 {
        let message = format!("Transfer {transfer} is already fully reversed.");
        return Err(Refusal::forbidden_by_state(None, message));
    }
    let amount = amount.unwrap_or(left);
    if amount > left {
        let message =
            format!("Reversal amount ({amount}) is greater than unreversed amount on transfer ({left})");
        let refusal = Refusal::forbidden_by_state(None, message);
        return Err(Refusal { param: Some("amount".into()), ..refusal });
    }
    let account: Owner = Some(found.destination.as_str().into());
    let purse = books.purses.of(&account);
    let has = |sums: &Sums| sums.get(&found.currency).copied().unwrap_or(0);
    if has(&purse.available) + has(&purse.pending) < amount {
        return Err(Refusal::balance_insufficient());
    }
    let id = books.reverse(transfer, amount, metadata, None, &call.origin).unwrap_or_default();
    let answer = show(find(books, transfer, &call.owner)?, &id)?;
    Ok(expand.apply(books, answer))
}

fn show(transfer: &Transfer, id: &str) -> Result<Value, Refusal> {
    let found = transfer.reversals.iter().find(|reversal| reversal.id == id);
    let found = found.ok_or_else(|| Refusal::no_such("transfer reversal", "id", id))?;
    Ok(render_reversal(found, &transfer.id, &transfer.currency))
}

pub fn retrieve(books: &mut Books, call: &mut Call, transfer: &str, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, "transfer_reversal")?;
    call.params.finish()?;
    let answer = show(find(books, transfer, &call.owner)?, id)?;
    Ok(expand.apply(books, answer))
}

pub fn update(books: &mut Books, call: &mut Call, transfer: &str, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, "transfer_reversal")?;
    let found = find(books, transfer, &call.owner)?;
    let found = found.reversals.iter().find(|reversal| reversal.id == id);
    let mut metadata = found.ok_or_else(|| Refusal::no_such("transfer reversal", "id", id))?.metadata.clone();
    call.params.change_metadata(&mut metadata)?;
    call.params.finish()?;
    let reversals = books.transfers.get_mut(transfer).map(|found| found.reversals.iter_mut());
    if let Some(reversal) = reversals.into_iter().flatten().find(|reversal| reversal.id == id) {
        reversal.metadata = metadata;
    }
    let answer = show(find(books, transfer, &call.owner)?, id)?;
    Ok(expand.apply(books, answer))
}

pub fn list(books: &mut Books, call: &mut Call, transfer: &str) -> Result<Value, Refusal> {
    let expand = Expand::read_listed(&mut call.params, "transfer_reversal")?;
    let page = Page::read(&mut call.params, &call.owner)?;
    call.params.finish()?;
    let found = find(books, transfer, &call.owner)?;
    let newest = found.reversals.iter().rev();
    let items =
        newest.map(|reversal| (reversal.id.clone(), render_reversal(reversal, transfer, &found.currency)));
    let url = format!("/v1/transfers/{transfer}/reversals");
    let answer = page.of_few(("transfer_reversal", &url), items.collect())?;
    Ok(expand.apply(books, answer))
}
