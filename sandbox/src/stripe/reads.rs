//! The endpoints that only read: PaymentIntents, charges, events, balance transactions.
//! They are what a product reconciles its own books with.

use serde_json::{Value, json};

use super::books::Books;
use super::expand::{Expand, OF_CHARGE, OF_MOVEMENT, OF_PAYMENT};
use super::gate::Call;
use super::listing::{Created, Page};
use super::model::{Event, Movement, Payment};
use super::refusal::Refusal;
use super::render;

pub fn payment(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, &OF_PAYMENT)?;
    call.params.ignore(&["client_secret"]);
    call.params.finish()?;
    let payment = books.payments.get(id);
    let payment = payment.ok_or_else(|| Refusal::no_such("payment_intent", "intent", id))?;
    let answer = render::payment(payment);
    Ok(expand.apply(books, answer))
}

pub fn payments(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read_listed(params, &OF_PAYMENT)?;
    let (page, created) = (Page::read(params)?, Created::read(params)?);
    params.finish()?;
    let by_time = (created, (|payment: &Payment| payment.created) as fn(&Payment) -> i64);
    let what = ("payment_intent", "/v1/payment_intents");
    let answer = page.of(what, &books.payments, by_time, |_| true, render::payment)?;
    Ok(expand.apply(books, answer))
}

pub fn charge(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, &OF_CHARGE)?;
    call.params.finish()?;
    let payment = books.charges.get(id).and_then(|payment| books.payments.get(payment));
    let found = payment.and_then(|payment| Some((payment, payment.charge.as_ref()?)));
    let (payment, charge) = found.ok_or_else(|| Refusal::no_such("charge", "id", id))?;
    let answer = render::charge(payment, charge);
    Ok(expand.apply(books, answer))
}

pub fn event(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    call.params.finish()?;
    let event = books.events.get(id).ok_or_else(|| Refusal::no_such("event", "id", id))?;
    Ok(envelope(event))
}

pub fn events(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let (page, created) = (Page::read(params)?, Created::read(params)?);
    let one = params.text("type")?;
    let mut types = params.texts("types")?;
    if types.len() > 20 {
        return Err(Refusal::invalid("types", "You may specify at most 20 types."));
    }
    if one.is_some() && !types.is_empty() {
        return Err(Refusal::invalid("types", "You may only specify one of these parameters: type, types."));
    }
    types.extend(one);
    let delivered = params.one_of("delivery_success", &["true", "false"])?.map(|text| text == "true");
    params.finish()?;
    let fits = |event: &Event| {
        let taken = || call.courier.journal(&event.id).is_some_and(|journal| journal.taken > 0);
        (types.is_empty() || types.iter().any(|wanted| type_fits(wanted, event.kind)))
            && delivered.is_none_or(|delivered| delivered == taken())
    };
    let by_time = (created, (|event: &Event| event.created) as fn(&Event) -> i64);
    page.of(("event", "/v1/events"), &books.events, by_time, fits, envelope)
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
    let expand = Expand::read_listed(params, &OF_MOVEMENT)?;
    let (page, created) = (Page::read(params)?, Created::read(params)?);
    let (kind, source) = (params.text("type")?, params.text("source")?);
    let (currency, payout) = (params.text("currency")?, params.text("payout")?);
    params.finish()?;
    let fits = |movement: &Movement| {
        kind.as_ref().is_none_or(|kind| movement.kind == kind)
            && source.as_ref().is_none_or(|source| movement.source == *source)
            && currency.as_ref().is_none_or(|currency| movement.currency == *currency)
            // The sandbox pays nothing out.
            && payout.is_none()
    };
    let by_time = (created, (|movement: &Movement| movement.created) as fn(&Movement) -> i64);
    let what = ("balance_transaction", "/v1/balance_transactions");
    let answer = page.of(what, &books.movements, by_time, fits, render::movement)?;
    Ok(expand.apply(books, answer))
}

pub fn movement(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, &OF_MOVEMENT)?;
    call.params.finish()?;
    let movement = books.movements.get(id);
    let movement = movement.ok_or_else(|| Refusal::no_such("balance_transaction", "id", id))?;
    let answer = render::movement(movement);
    Ok(expand.apply(books, answer))
}
