//! PaymentIntents made over the API, without a Checkout Session: create, update, confirm, capture,
//! cancel. Test methods (`pm_card_visa`) take the part of the customer.

use serde_json::Value;

use super::amounts::{self, check_currency, check_least, read_currency};
use super::books::Books;
use super::create::{read_share, read_url};
use super::expand::Expand;
use super::gate::Call;
use super::methods;
use super::model::{Capture, Payment, PaymentAsk, PaymentStatus, SessionStatus};
use super::outcome::Outcome;
use super::owner::{self, Owner};
use super::params::Params;
use super::refusal::Refusal;
use super::render;

pub fn create(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read(params, "payment_intent")?;
    let amount = params.positive("amount")?.ok_or_else(|| Refusal::parameter_missing("amount"))?;
    let currency = read_currency(params)?;
    let ask = PaymentAsk {
        metadata: params.metadata()?,
        transfer_group: params.text("transfer_group")?,
        description: params.text("description")?,
        capture: Capture::read(params).unwrap_or_default(),
        share: read_share(params, &books.terms.accounts)?,
        shown: std::mem::take(&mut params.shown),
    };
    let mut payment = Payment::new(call.now, amount, currency, ask);
    payment.owner.clone_from(&call.owner);
    payment.customer = params.text("customer")?;
    payment.return_url = read_url(params, "return_url")?;
    payment.method = methods::read(params)?;
    if payment.method.is_some() {
        payment.status = PaymentStatus::RequiresConfirmation;
    }
    let confirm = params.flag("confirm")?.unwrap_or(false);
    let unattended = read_unattended(params)?;
    payment.unattended = unattended.is_some();
    params.finish()?;
    if let Some(field) = unattended.filter(|_| !confirm) {
        return Err(Refusal::invalid(field, format!("`{field}` can only be used when `confirm` is true.")));
    }
    amounts::check(amount, &payment.currency, "amount")?;
    check_least(amount, &payment.currency, "amount")?;
    let id = payment.id.clone();
    books.payments.insert(&id, payment);
    books.emit_payment("payment_intent.created", &id, &call.origin);
    books.finish(&id);
    if confirm {
        books.confirm(&id, &call.origin)?;
    }
    show(books, &expand, &call.owner, &id)
}

/// The parameter that says that the customer is not there to be asked, if one does.
fn read_unattended(params: &mut Params) -> Result<Option<&'static str>, Refusal> {
    let off = params.text("off_session")?.filter(|off| off != "false").map(|_| "off_session");
    let error = params.flag("error_on_requires_action")?.filter(|error| *error);
    Ok(off.or(error.map(|_| "error_on_requires_action")))
}

fn show(books: &Books, expand: &Expand, owner: &Owner, id: &str) -> Result<Value, Refusal> {
    let answer = render::payment(find(books, id, owner)?, &books.public_url);
    Ok(expand.apply(books, answer))
}

pub fn find<'a>(books: &'a Books, id: &str, owner: &Owner) -> Result<&'a Payment, Refusal> {
    owner::of(&books.payments, id, owner).ok_or_else(|| Refusal::no_such("payment_intent", "intent", id))
}

pub fn retrieve(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, "payment_intent")?;
    call.params.finish()?;
    show(books, &expand, &call.owner, id)
}

/// What an update changes beside metadata and what is only shown.
#[derive(Debug)]
struct Change {
    amount: Option<i64>,
    currency: Option<String>,
    capture: Option<Capture>,
    method: Option<Outcome>,
    customer: Option<String>,
    description: Option<String>,
    transfer_group: Option<String>,
    shared: Option<i64>,
}

impl Change {
    fn read(params: &mut Params) -> Result<Self, Refusal> {
        let currency = params.text("currency")?.map(|currency| currency.to_ascii_lowercase());
        currency.as_ref().map_or(Ok(()), |currency| check_currency(currency, "currency"))?;
        Ok(Self {
            amount: params.positive("amount")?,
            currency,
            capture: Capture::read(params),
            method: methods::read(params)?,
            customer: params.text("customer")?,
            description: params.text("description")?,
            transfer_group: params.text("transfer_group")?,
            shared: read_shared(params)?,
        })
    }

    /// Whether it changes what the customer is going to pay, or how.
    fn is_of_the_payment(&self) -> bool {
        let sum = self.amount.is_some() || self.currency.is_some() || self.shared.is_some();
        sum || self.capture.is_some() || self.method.is_some()
    }

    fn carry_out(self, payment: &mut Payment) {
        payment.amount = self.amount.unwrap_or(payment.amount);
        payment.currency = self.currency.unwrap_or_else(|| std::mem::take(&mut payment.currency));
        payment.customer = self.customer.or(payment.customer.take());
        payment.ask.capture = self.capture.unwrap_or(payment.ask.capture);
        payment.ask.description = self.description.or(payment.ask.description.take());
        payment.ask.transfer_group = self.transfer_group.or(payment.ask.transfer_group.take());
        if let Some(share) = payment.ask.share.as_mut().filter(|_| self.shared.is_some()) {
            share.amount = self.shared;
        }
        if self.method.is_some() {
            payment.method = self.method;
            payment.status = PaymentStatus::RequiresConfirmation;
        }
    }
}

/// The new amount of `transfer_data`.
fn read_shared(params: &mut Params) -> Result<Option<i64>, Refusal> {
    let Some(mut data) = params.object("transfer_data")? else { return Ok(None) };
    let amount = data.positive("amount")?;
    data.finish()?;
    Ok(amount)
}

fn refuse_share_without(payment: &Payment, shared: Option<i64>) -> Result<(), Refusal> {
    if shared.is_none() || payment.ask.share.is_some() {
        return Ok(());
    }
    let message =
        "You cannot set `transfer_data[amount]` on a PaymentIntent without `transfer_data[destination]`.";
    Err(Refusal::invalid("transfer_data[amount]", message))
}

pub fn update(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read(params, "payment_intent")?;
    let change = Change::read(params)?;
    let found = find(books, id, &call.owner)?;
    let mut metadata = found.ask.metadata.clone();
    params.change_metadata(&mut metadata)?;
    params.finish()?;
    refuse_share_without(found, change.shared)?;
    if change.is_of_the_payment() {
        use PaymentStatus::{RequiresAction, RequiresConfirmation, RequiresPaymentMethod};
        let waiting = [RequiresPaymentMethod, RequiresConfirmation, RequiresAction];
        require(found, &waiting, "updated", &books.public_url)?;
        own(books, found)?;
        let amount = change.amount.unwrap_or(found.amount);
        let currency = change.currency.as_ref().unwrap_or(&found.currency);
        amounts::check(amount, currency, "amount")?;
        check_least(amount, currency, "amount")?;
    }
    if let Some(payment) = books.payments.get_mut(id) {
        payment.ask.metadata = metadata;
        payment.ask.shown.extend(std::mem::take(&mut params.shown));
        change.carry_out(payment);
    }
    show(books, &expand, &call.owner, id)
}

pub fn confirm(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read(params, "payment_intent")?;
    let (method, return_url) = (methods::read(params)?, read_url(params, "return_url")?);
    let (capture, amount) = (Capture::read(params), params.positive("amount_to_confirm")?);
    let unattended = read_unattended(params)?;
    params.finish()?;
    let found = find(books, id, &call.owner)?;
    if amount.is_some_and(|amount| amount != found.amount) {
        return Err(Refusal::not_simulated(
            "amount_to_confirm",
            "an amount_to_confirm other than the amount",
        ));
    }
    own(books, found)?;
    use PaymentStatus::{RequiresConfirmation, RequiresPaymentMethod};
    require(found, &[RequiresPaymentMethod, RequiresConfirmation], "confirmed", &books.public_url)?;
    if let Some(payment) = books.payments.get_mut(id) {
        payment.method = method.or(payment.method);
        payment.return_url = return_url.or(payment.return_url.take());
        payment.unattended = unattended.is_some();
        payment.ask.capture = capture.unwrap_or(payment.ask.capture);
        payment.ask.shown.extend(std::mem::take(&mut params.shown));
    }
    books.confirm(id, &call.origin)?;
    show(books, &expand, &call.owner, id)
}

pub fn capture(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read(params, "payment_intent")?;
    let (amount, shared) = (params.positive("amount_to_capture")?, read_shared(params)?);
    let found = find(books, id, &call.owner)?;
    let mut metadata = found.ask.metadata.clone();
    params.change_metadata(&mut metadata)?;
    params.finish()?;
    refuse_share_without(found, shared)?;
    require(found, &[PaymentStatus::RequiresCapture], "captured", &books.public_url)?;
    if amount.is_some_and(|amount| amount > found.amount) {
        let message = "The amount to capture is greater than the remaining amount you can capture.";
        let refusal = Refusal::forbidden_by_state(Some("amount_too_large"), message);
        return Err(Refusal { param: Some("amount_to_capture".into()), ..refusal });
    }
    amounts::check(amount.unwrap_or_default(), &found.currency, "amount_to_capture")?;
    let session = found.session.clone();
    if let Some(payment) = books.payments.get_mut(id) {
        payment.ask.metadata = metadata;
        payment.ask.shown.extend(std::mem::take(&mut params.shown));
        if let Some(share) = payment.ask.share.as_mut().filter(|_| shared.is_some()) {
            share.amount = shared;
        }
    }
    books.capture(id, amount, "charge.captured", &call.origin);
    books.session_is_paid(session.as_deref());
    show(books, &expand, &call.owner, id)
}

pub fn cancel(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    use PaymentStatus::{RequiresAction, RequiresCapture, RequiresConfirmation, RequiresPaymentMethod};
    let expand = Expand::read(&mut call.params, "payment_intent")?;
    let reason = call.params.word("cancellation_reason");
    call.params.finish()?;
    let found = find(books, id, &call.owner)?;
    let allowed = [RequiresPaymentMethod, RequiresCapture, RequiresConfirmation, RequiresAction];
    require(found, &allowed, "canceled", &books.public_url)?;
    own(books, found)?;
    books.cancel(id, reason, &call.origin);
    show(books, &expand, &call.owner, id)
}

/// The PaymentIntent of a session that is still open belongs to the customer.
fn own(books: &Books, payment: &Payment) -> Result<(), Refusal> {
    let session = payment.session.as_deref().and_then(|id| books.sessions.get(id));
    if session.is_none_or(|session| session.status != SessionStatus::Open) {
        return Ok(());
    }
    let message = "You cannot perform this action on PaymentIntents created by Checkout. Expire the Checkout \
                   Session instead.";
    Err(Refusal::forbidden_by_state(Some("payment_intent_unexpected_state"), message))
}

fn require(
    payment: &Payment,
    allowed: &[PaymentStatus],
    done: &str,
    public_url: &str,
) -> Result<(), Refusal> {
    if allowed.contains(&payment.status) {
        return Ok(());
    }
    let allowed: Vec<&str> = allowed.iter().map(|status| status.as_str()).collect();
    let message = format!(
        "This PaymentIntent could not be {done} because it has a status of {}. Only a PaymentIntent with one of \
         the following statuses may be {done}: {}.",
        payment.status.as_str(),
        allowed.join(", ")
    );
    let refusal = Refusal::forbidden_by_state(Some("payment_intent_unexpected_state"), message);
    Err(refusal.with("payment_intent", render::payment(payment, public_url)))
}
