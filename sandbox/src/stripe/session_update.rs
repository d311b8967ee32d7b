//! Changing a Checkout Session: its metadata at any time; while it is open its shipping options, and for one
//! that is shown within the shop's own page also where to send the goods and what goes on the PaymentIntent.

use serde_json::{Map, Value, json};

use super::books::Books;
use super::create::check_total;
use super::expand::Expand;
use super::gate::Call;
use super::lines::read_shipping;
use super::model::{Metadata, Payment, Session, SessionStatus, Shipping, shipping_amount};
use super::params::Params;
use super::refusal::Refusal;
use super::sessions::{find, show};
use crate::shelf::Shelf;

/// What is asked to be changed; nothing of it has happened.
#[derive(Debug)]
struct Change {
    metadata: Metadata,
    shipping: Option<Vec<Shipping>>,
    collected: Option<Value>,
    payment: Option<PaymentChange>,
}

#[derive(Debug)]
struct PaymentChange {
    metadata: Metadata,
    description: Option<String>,
    shown: Map<String, Value>,
}

pub fn update(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, "checkout.session")?;
    let found = find(books, id, &call.owner)?;
    let change = read(&mut call.params, found)?;
    call.params.finish()?;
    if found.status != SessionStatus::Open && change.is_of_open_ones() {
        let message = format!(
            "Only Checkout Sessions with a status in [\"open\"] can be updated so. This Checkout Session has a \
             status of `{}`.",
            found.status.as_str()
        );
        return Err(Refusal::forbidden_by_state(None, message));
    }
    if let Some(session) = books.sessions.get_mut(id) {
        change.carry_out(session, &mut books.payments);
    }
    show(books, &expand, &call.owner, id)
}

impl Change {
    fn is_of_open_ones(&self) -> bool {
        self.shipping.is_some() || self.collected.is_some() || self.payment.is_some()
    }

    /// On the session, and on its PaymentIntent if it has one already.
    fn carry_out(self, session: &mut Session, payments: &mut Shelf<Payment>) {
        let payment = session.payment.as_deref().and_then(|id| payments.get_mut(id));
        let payment = payment.filter(|_| self.payment.is_some() || self.shipping.is_some());
        session.metadata = self.metadata;
        session.shipping = self.shipping.unwrap_or_else(|| std::mem::take(&mut session.shipping));
        session.collected_shipping = self.collected.or(session.collected_shipping.take());
        if let Some(change) = self.payment {
            session.ask.metadata = change.metadata;
            session.ask.description = change.description;
            session.ask.shown.extend(change.shown);
        }
        if let Some(payment) = payment {
            payment.ask.clone_from(&session.ask);
            payment.amount = session.total();
        }
    }
}

fn read(params: &mut Params, session: &Session) -> Result<Change, Refusal> {
    let mut metadata = session.metadata.clone();
    params.change_metadata(&mut metadata)?;
    let cleared = params.is_cleared("shipping_options");
    let shipping = read_shipping(params, &session.currency)?;
    let shipping = (cleared || !shipping.is_empty()).then_some(shipping);
    if let Some(options) = &shipping {
        check_total(session.subtotal() + shipping_amount(options), &session.currency)?;
    }
    let collected = read_collected(params, session)?;
    let payment = read_payment(params, session)?;
    Ok(Change { metadata, shipping, collected, payment })
}

fn within_the_shop(session: &Session, field: &str) -> Result<(), Refusal> {
    if session.is_hosted() {
        let message = format!("`{field}` can only be set when `ui_mode` is `embedded_page` or `elements`.");
        return Err(Refusal::invalid(field, message));
    }
    Ok(())
}

fn read_collected(params: &mut Params, session: &Session) -> Result<Option<Value>, Refusal> {
    let Some(mut collected) = params.object("collected_information")? else { return Ok(None) };
    within_the_shop(session, "collected_information")?;
    let Some(mut details) = collected.object("shipping_details")? else { return Ok(None) };
    let mut address = details.object("address")?.ok_or_else(|| details.missing("address"))?;
    let (country, line1) = (address.required("country")?, address.required("line1")?);
    let shown = json!({
        "address": {
            "city": address.text("city")?,
            "country": country,
            "line1": line1,
            "line2": address.text("line2")?,
            "postal_code": address.text("postal_code")?,
            "state": address.text("state")?,
        },
        "name": details.required("name")?,
    });
    address.finish()?;
    details.finish()?;
    Ok(Some(shown))
}

fn read_payment(params: &mut Params, session: &Session) -> Result<Option<PaymentChange>, Refusal> {
    let shown = params.shown_within("payment_intent_data");
    let Some(mut data) = params.object("payment_intent_data")? else { return Ok(None) };
    within_the_shop(session, "payment_intent_data")?;
    let mut metadata = session.ask.metadata.clone();
    data.change_metadata(&mut metadata)?;
    let cleared = data.is_cleared("description");
    let description = data.text("description")?;
    let before = session.ask.description.clone().filter(|_| !cleared);
    data.finish()?;
    Ok(Some(PaymentChange { metadata, description: description.or(before), shown }))
}
