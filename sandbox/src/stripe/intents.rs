//! PaymentIntents made over the API, without a Checkout Session: create, update, confirm, capture,
//! cancel. Test methods (`pm_card_visa`) take the part of the customer.

use serde_json::Value;

use super::books::{Books, Origin};
use super::create::{MAX_TOTAL, check_least, read_currency, read_share, read_url, too_large};
use super::expand::{Expand, OF_PAYMENT};
use super::gate::Call;
use super::model::{Capture, ChargeState, Payment, PaymentAsk, PaymentStatus, SessionStatus};
use super::outcome::Outcome;
use super::owner::{self, Owner};
use super::params::Params;
use super::refusal::Refusal;
use super::render;
use crate::payment_page::{Closed, Next};

/// Parameters that exist and make no difference here.
const WITHOUT_EFFECT: [&str; 17] = [
    "application_fee_amount",
    "automatic_payment_methods",
    "client_secret",
    "confirmation_method",
    "mandate_data",
    "off_session",
    "on_behalf_of",
    "payment_method_configuration",
    "payment_method_options",
    "payment_method_types",
    "radar_options",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "use_stripe_sdk",
];
const REASONS: [&str; 4] = ["duplicate", "fraudulent", "requested_by_customer", "abandoned"];

pub fn create(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read(params, &OF_PAYMENT)?;
    let amount = params.positive("amount")?.ok_or_else(|| Refusal::parameter_missing("amount"))?;
    let currency = read_currency(params)?;
    let ask = PaymentAsk {
        metadata: params.metadata()?,
        transfer_group: params.text("transfer_group")?,
        description: params.text("description")?,
        capture: read_capture(params)?,
        share: read_share(params, &books.terms.accounts)?,
    };
    let mut payment = Payment::new(call.now, amount, currency, ask);
    payment.owner.clone_from(&call.owner);
    payment.customer = params.text("customer")?;
    payment.return_url = read_url(params, "return_url")?;
    payment.method = read_method(params)?;
    if payment.method.is_some() {
        payment.status = PaymentStatus::RequiresConfirmation;
    }
    let confirm = params.flag("confirm")?.unwrap_or(false);
    params.ignore(&WITHOUT_EFFECT);
    params.finish()?;
    if amount > MAX_TOTAL {
        return Err(too_large("amount"));
    }
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

fn read_capture(params: &mut Params) -> Result<Capture, Refusal> {
    let method = params.one_of("capture_method", &["automatic", "automatic_async", "manual"])?;
    Ok(if method == Some("manual") { Capture::Manual } else { Capture::Automatic })
}

fn read_method(params: &mut Params) -> Result<Option<Outcome>, Refusal> {
    let Some(id) = params.text("payment_method")? else { return Ok(None) };
    let method = Outcome::of_method(&id);
    method.map(Some).ok_or_else(|| Refusal::no_such_param("PaymentMethod", "payment_method", &id))
}

fn show(books: &Books, expand: &Expand, owner: &Owner, id: &str) -> Result<Value, Refusal> {
    let answer = render::payment(find(books, id, owner)?, &books.public_url);
    Ok(expand.apply(books, answer))
}

pub fn find<'a>(books: &'a Books, id: &str, owner: &Owner) -> Result<&'a Payment, Refusal> {
    owner::of(&books.payments, id, owner).ok_or_else(|| Refusal::no_such("payment_intent", "intent", id))
}

pub fn retrieve(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, &OF_PAYMENT)?;
    call.params.ignore(&["client_secret"]);
    call.params.finish()?;
    show(books, &expand, &call.owner, id)
}

pub fn update(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read(params, &OF_PAYMENT)?;
    let amount = params.positive("amount")?;
    let (description, group) = (params.text("description")?, params.text("transfer_group")?);
    let (method, return_url) = (read_method(params)?, read_url(params, "return_url")?);
    let found = find(books, id, &call.owner)?;
    let mut metadata = found.ask.metadata.clone();
    params.change_metadata(&mut metadata)?;
    params.ignore(&WITHOUT_EFFECT);
    params.finish()?;
    if amount.is_some() || method.is_some() {
        use PaymentStatus::{RequiresAction, RequiresConfirmation, RequiresPaymentMethod};
        let waiting = [RequiresPaymentMethod, RequiresConfirmation, RequiresAction];
        require(found, &waiting, "updated", &books.public_url)?;
        own(books, found)?;
    }
    if let Some(amount) = amount {
        if amount > MAX_TOTAL {
            return Err(too_large("amount"));
        }
        check_least(amount, &found.currency, "amount")?;
    }
    if let Some(payment) = books.payments.get_mut(id) {
        payment.amount = amount.unwrap_or(payment.amount);
        payment.ask.metadata = metadata;
        payment.ask.description = description.or(payment.ask.description.take());
        payment.ask.transfer_group = group.or(payment.ask.transfer_group.take());
        payment.return_url = return_url.or(payment.return_url.take());
        if method.is_some() {
            payment.method = method;
            payment.status = PaymentStatus::RequiresConfirmation;
        }
    }
    show(books, &expand, &call.owner, id)
}

pub fn confirm(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read(params, &OF_PAYMENT)?;
    let (method, return_url) = (read_method(params)?, read_url(params, "return_url")?);
    params.one_of("capture_method", &["automatic", "automatic_async", "manual"])?;
    params.ignore(&WITHOUT_EFFECT);
    params.finish()?;
    let found = find(books, id, &call.owner)?;
    own(books, found)?;
    use PaymentStatus::{RequiresConfirmation, RequiresPaymentMethod};
    require(found, &[RequiresPaymentMethod, RequiresConfirmation], "confirmed", &books.public_url)?;
    if let Some(payment) = books.payments.get_mut(id) {
        payment.method = method.or(payment.method);
        payment.return_url = return_url.or(payment.return_url.take());
    }
    books.confirm(id, &call.origin)?;
    show(books, &expand, &call.owner, id)
}

pub fn capture(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read(params, &OF_PAYMENT)?;
    let amount = params.positive("amount_to_capture")?;
    params.flag("final_capture")?;
    params.ignore(&["application_fee_amount", "statement_descriptor", "statement_descriptor_suffix"]);
    params.ignore(&["metadata", "transfer_data"]);
    params.finish()?;
    let found = find(books, id, &call.owner)?;
    require(found, &[PaymentStatus::RequiresCapture], "captured", &books.public_url)?;
    if amount.is_some_and(|amount| amount > found.amount) {
        let message = "The amount to capture is greater than the remaining amount you can capture.";
        let refusal = Refusal::forbidden_by_state(Some("amount_too_large"), message);
        return Err(Refusal { param: Some("amount_to_capture".into()), ..refusal });
    }
    let session = found.session.clone();
    books.capture(id, amount, "charge.captured", &call.origin);
    books.session_is_paid(session.as_deref());
    show(books, &expand, &call.owner, id)
}

pub fn cancel(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    use PaymentStatus::{RequiresAction, RequiresCapture, RequiresConfirmation, RequiresPaymentMethod};
    let expand = Expand::read(&mut call.params, &OF_PAYMENT)?;
    let reason = call.params.one_of("cancellation_reason", &REASONS)?;
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

impl Books {
    /// Tries the attached method; one that asks who the customer is waits for him.
    fn confirm(&mut self, id: &str, origin: &Origin) -> Result<(), Refusal> {
        let Some(payment) = self.payments.get(id) else { return Ok(()) };
        let Some(method) = payment.method else {
            let message = "You cannot confirm this PaymentIntent because it's missing a payment method. Update the \
                           PaymentIntent with a payment method and then confirm it again.";
            return Err(Refusal::forbidden_by_state(Some("payment_intent_unexpected_state"), message));
        };
        if method.is_challenged() {
            self.ask_who(id, origin);
            return Ok(());
        }
        self.try_method(id, method, origin)
    }

    fn try_method(&mut self, id: &str, method: Outcome, origin: &Origin) -> Result<(), Refusal> {
        self.attempt(id, method, origin).map_err(|why| {
            let payment = self.payments.get(id);
            Refusal::declined(
                why,
                payment.map_or(Value::Null, |found| render::payment(found, &self.public_url)),
            )
        })
    }

    /// The customer pays a PaymentIntent without a session, in the shop's own form, or proves himself.
    /// Where he goes from there is empty if the shop has named no `return_url`.
    ///
    /// # Errors
    /// When it takes no payment any more.
    pub fn pay_intent(&mut self, id: &str, outcome: Outcome) -> Result<Next, Closed> {
        let direct = self.payments.get(id).filter(|payment| payment.session.is_none());
        let payment = direct.ok_or(Closed::NoSuch)?;
        let asked = match payment.status {
            PaymentStatus::RequiresPaymentMethod | PaymentStatus::RequiresConfirmation => false,
            PaymentStatus::RequiresAction => true,
            PaymentStatus::Processing | PaymentStatus::RequiresCapture | PaymentStatus::Succeeded => {
                return Err(Closed::Complete);
            }
            PaymentStatus::Canceled => return Err(Closed::Expired),
        };
        if outcome == Outcome::Leave {
            return Ok(Next::Left(None));
        }
        let origin = Origin::default();
        if outcome.is_challenged() && !asked {
            self.ask_who(id, &origin);
        }
        Ok(match self.attempt(id, outcome, &origin) {
            Ok(()) => Next::Done(self.way_back(id, "succeeded").unwrap_or_default()),
            Err(why) => Next::Declined(why.message),
        })
    }

    pub fn ask_who(&mut self, id: &str, origin: &Origin) {
        if let Some(payment) = self.payments.get_mut(id) {
            payment.status = PaymentStatus::RequiresAction;
        }
        self.emit_payment("payment_intent.requires_action", id, origin);
    }

    /// The `return_url`, with what Stripe adds to it.
    pub fn way_back(&self, id: &str, status: &str) -> Option<String> {
        let url = self.payments.get(id)?.return_url.as_deref()?;
        let joint = if url.contains('?') { '&' } else { '?' };
        let secret = render::client_secret(id);
        Some(format!(
            "{url}{joint}payment_intent={id}&payment_intent_client_secret={secret}&redirect_status={status}"
        ))
    }

    /// Nothing is taken any more; what was held is released.
    fn cancel(&mut self, id: &str, reason: Option<&'static str>, origin: &Origin) {
        let now = self.now();
        let Some(payment) = self.payments.get_mut(id) else { return };
        let was_held = payment.status == PaymentStatus::RequiresCapture;
        payment.status = PaymentStatus::Canceled;
        payment.canceled_at = Some(now);
        payment.cancellation_reason = reason;
        if was_held {
            if let Some(charge) = payment.attempts.last().and_then(|id| self.charges.get_mut(id)) {
                charge.state = ChargeState::Released;
            }
            self.emit_charge("charge.refunded", id, origin);
        }
        self.emit_payment("payment_intent.canceled", id, origin);
    }
}
