//! The endpoints that only read: PaymentIntents, charges, events, balance transactions.
//! They are what a product reconciles its own books with.

use serde_json::{Value, json};

use super::books::Books;
use super::expand::Expand;
use super::gate::Call;
use super::listing::{Created, Page};
use super::model::{Charge, Event, Movement, Payment};
use super::owner;
use super::refusal::Refusal;
use super::render;

pub fn payments(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read_listed(params, "payment_intent")?;
    let (page, created) = (Page::read(params, &call.owner)?, Created::read(params)?);
    let (customer, account) = (params.text("customer")?, params.text("customer_account")?);
    params.finish()?;
    let by_time = (created, (|payment: &Payment| payment.created) as fn(&Payment) -> i64);
    let what = ("payment_intent", "/v1/payment_intents");
    let fits = |payment: &Payment| {
        let of_account = payment.ask.shown.get("customer_account").and_then(Value::as_str);
        (customer.is_none() || payment.customer == customer)
            && (account.is_none() || of_account == account.as_deref())
    };
    let show = |payment: &Payment| render::payment(payment, &books.public_url);
    let answer = page.of(what, &books.payments, by_time, fits, show)?;
    Ok(expand.apply(books, answer))
}

pub fn charge(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, "charge")?;
    call.params.finish()?;
    let charge = owner::of(&books.charges, id, &call.owner);
    let answer = charge.and_then(|charge| show_charge(books, charge));
    let answer = answer.ok_or_else(|| Refusal::no_such("charge", "id", id))?;
    Ok(expand.apply(books, answer))
}

fn show_charge(books: &Books, charge: &Charge) -> Option<Value> {
    books.payments.get(&charge.payment).map(|payment| render::charge(payment, charge))
}

pub fn charges(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read_listed(params, "charge")?;
    let (page, created) = (Page::read(params, &call.owner)?, Created::read(params)?);
    let (payment, customer) = (params.text("payment_intent")?, params.text("customer")?);
    let group = params.text("transfer_group")?;
    params.finish()?;
    let fits = |charge: &Charge| {
        let about = books.payments.get(&charge.payment);
        payment.as_ref().is_none_or(|payment| charge.payment == *payment)
            && (customer.is_none() || about.is_some_and(|about| about.customer == customer))
            && (group.is_none() || about.is_some_and(|about| about.ask.transfer_group == group))
    };
    let by_time = (created, (|charge: &Charge| charge.created) as fn(&Charge) -> i64);
    let show = |charge: &Charge| show_charge(books, charge).unwrap_or(Value::Null);
    let answer = page.of(("charge", "/v1/charges"), &books.charges, by_time, fits, show)?;
    Ok(expand.apply(books, answer))
}

pub fn event(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, "event")?;
    call.params.finish()?;
    let event = owner::of(&books.events, id, &call.owner).filter(|event| event.created >= oldest(books));
    let answer = envelope(event.ok_or_else(|| Refusal::no_such("event", "id", id))?);
    Ok(expand.apply(books, answer))
}

pub fn events(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read_listed(params, "event")?;
    let (page, mut created) = (Page::read(params, &call.owner)?, Created::read(params)?);
    created.from = created.from.max(oldest(books));
    let one = params.text("type")?;
    let mut types = params.texts("types")?;
    if types.len() > 20 {
        return Err(Refusal::invalid("types", "You may specify at most 20 types."));
    }
    if one.is_some() && !types.is_empty() {
        return Err(Refusal::invalid("types", "You may only specify one of these parameters: type, types."));
    }
    types.extend(one);
    let delivered = params.flag("delivery_success")?;
    params.finish()?;
    let fits = |event: &Event| {
        let taken = || call.courier.journal(&event.id).is_some_and(|journal| journal.taken > 0);
        (types.is_empty() || types.iter().any(|wanted| type_fits(wanted, event.kind)))
            && delivered.is_none_or(|delivered| delivered == taken())
    };
    let by_time = (created, (|event: &Event| event.created) as fn(&Event) -> i64);
    let answer = page.of(("event", "/v1/events"), &books.events, by_time, fits, envelope)?;
    Ok(expand.apply(books, answer))
}

/// Events are listed for 30 days.
fn oldest(books: &Books) -> i64 {
    books.now() - 30 * 24 * 3_600
}

/// `charge.*` and `*` are allowed.
fn type_fits(wanted: &str, kind: &str) -> bool {
    wanted.strip_suffix('*').map_or(wanted == kind, |prefix| kind.starts_with(prefix))
}

fn envelope(event: &Event) -> Value {
    serde_json::from_slice(&event.body).unwrap_or_else(|_| json!({"id": event.id, "object": "event"}))
}

pub fn movements(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read_listed(params, "balance_transaction")?;
    let (page, created) = (Page::read(params, &call.owner)?, Created::read(params)?);
    let (kind, source) = (params.text("type")?, params.text("source")?);
    let (currency, payout) = (params.text("currency")?, params.text("payout")?);
    params.finish()?;
    let fits = |movement: &Movement| {
        kind.as_ref().is_none_or(|kind| movement.kind == kind)
            && source.as_ref().is_none_or(|source| movement.source == *source)
            && currency.as_ref().is_none_or(|currency| movement.currency == *currency)
            && (payout.is_none() || movement.payout == payout)
    };
    let by_time = (created, (|movement: &Movement| movement.created) as fn(&Movement) -> i64);
    let what = ("balance_transaction", "/v1/balance_transactions");
    let answer =
        page.of(what, &books.movements, by_time, fits, |movement| render::movement(movement, books.now()))?;
    Ok(expand.apply(books, answer))
}

pub fn movement(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, "balance_transaction")?;
    call.params.finish()?;
    let movement = owner::of(&books.movements, id, &call.owner);
    let movement = movement.ok_or_else(|| Refusal::no_such("balance_transaction", "id", id))?;
    let answer = render::movement(movement, books.now());
    Ok(expand.apply(books, answer))
}
