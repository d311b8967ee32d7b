//! The refund endpoints. What becomes of a refund after it was taken on is in `refunding`.

use serde_json::Value;

use super::amounts;
use super::books::Books;
use super::expand::Expand;
use super::gate::Call;
use super::listing::{Created, Page};
use super::model::{Payment, PaymentStatus, Refund, RefundStatus};
use super::owner::{self, Owner};
use super::refunding::Draft;
use super::refusal::Refusal;
use super::render;

const URL: &str = "/v1/refunds";

pub fn create(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read(params, "refund")?;
    let (payment, charge) = (params.text("payment_intent")?, params.text("charge")?);
    let amount = params.positive("amount")?;
    let reason = params.word("reason");
    let metadata = params.metadata()?;
    let reverse_transfer = params.flag("reverse_transfer")?.unwrap_or(false);
    let instructions_email = params.text("instructions_email")?;
    let whose = Whose {
        customer: params.text("customer")?,
        currency: params.text("currency")?.map(|currency| currency.to_ascii_lowercase()),
        from_balance: params.word("origin").is_some(),
    };
    params.finish()?;
    if whose.from_balance {
        return Err(whose.refuse_balance(amount));
    }
    let payment = find_payment(books, payment.as_deref(), charge.as_deref(), &call.owner)?;
    whose.check(payment)?;
    let amount = check(books, payment, amount)?;
    let charge = payment.latest_charge().unwrap_or_default().to_owned();
    let reversal = if reverse_transfer { Some(check_transfer(books, &charge, amount)?) } else { None };
    let payment = payment.id.clone();
    let draft = Draft { payment, charge, amount, reason, metadata, reversal, instructions_email };
    let id = books.refund(draft, &call.origin);
    show(books, &expand, &call.owner, &id)
}

/// What else a refund says of the payment that it is for, or of a customer whose cash it is.
#[derive(Debug)]
struct Whose {
    customer: Option<String>,
    currency: Option<String>,
    from_balance: bool,
}

impl Whose {
    /// # Errors
    /// When the payment is another's, or in another currency.
    fn check(&self, payment: &Payment) -> Result<(), Refusal> {
        if self.customer.is_some() && self.customer != payment.customer {
            let message = "The customer does not match the customer of the charge.";
            return Err(Refusal::invalid("customer", message));
        }
        match &self.currency {
            Some(currency) if *currency != payment.currency => {
                let message = format!("The currency of the charge is {}, not {currency}.", payment.currency);
                Err(Refusal::invalid("currency", message))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Cash that a customer has with the merchant. Customers are plain ids here, and have none.
    fn refuse_balance(&self, amount: Option<i64>) -> Refusal {
        let given = [
            ("amount", amount.is_some()),
            ("currency", self.currency.is_some()),
            ("customer", self.customer.is_some()),
        ];
        if let Some((missing, _)) = given.into_iter().find(|(_, given)| !given) {
            return Refusal::parameter_missing(missing);
        }
        let customer = self.customer.as_deref().unwrap_or_default();
        let message = format!("Customer {customer} has no cash balance to refund from.");
        Refusal {
            param: Some("amount".into()),
            ..Refusal::forbidden_by_state(Some("insufficient_funds"), message)
        }
    }
}

fn find_payment<'a>(
    books: &'a Books,
    payment: Option<&str>,
    charge: Option<&str>,
    owner: &Owner,
) -> Result<&'a Payment, Refusal> {
    if let Some(id) = payment {
        let found = owner::of(&books.payments, id, owner);
        return found.ok_or_else(|| Refusal::no_such("payment_intent", "payment_intent", id));
    }
    let Some(id) = charge else {
        let message =
            "One of the following params should be provided for this request: payment_intent or charge.";
        return Err(Refusal::coded("parameter_missing", "payment_intent", message));
    };
    let found = owner::of(&books.charges, id, owner).and_then(|charge| books.payments.get(&charge.payment));
    found.ok_or_else(|| Refusal::no_such("charge", "charge", id))
}

/// How much to refund: what was asked, or all that is left.
fn check(books: &Books, payment: &Payment, amount: Option<i64>) -> Result<i64, Refusal> {
    if payment.status != PaymentStatus::Succeeded {
        let message = "This PaymentIntent does not have a successful charge to refund.";
        return Err(Refusal::forbidden_by_state(None, message));
    }
    let charge = payment.latest_charge().unwrap_or_default();
    let mut disputes = payment.disputes.iter().filter_map(|id| books.disputes.get(id));
    if disputes.any(|dispute| dispute.status.holds_money()) {
        let message = format!("Charge {charge} has been charged back; cannot issue a refund.");
        return Err(Refusal::forbidden_by_state(Some("charge_disputed"), message));
    }
    let left = payment.captured - payment.refunded;
    if left == 0 {
        let message = format!("Charge {charge} has already been refunded.");
        return Err(Refusal::forbidden_by_state(Some("charge_already_refunded"), message));
    }
    let amount = amount.unwrap_or(left);
    amounts::check(amount, &payment.currency, "amount")?;
    if amount > left {
        // Stripe gives no code here, only the parameter.
        let currency = &payment.currency;
        let message = format!(
            "Refund amount ({amount} {currency}) is greater than unrefunded amount on charge ({left} {currency})"
        );
        let refusal = Refusal::forbidden_by_state(None, message);
        return Err(Refusal { param: Some("amount".into()), ..refusal });
    }
    Ok(amount)
}

/// What `reverse_transfer` takes back: the same part of the transfer as of the charge, at most what is
/// left of it. Only charges made with `transfer_data` have one.
fn check_transfer(books: &Books, charge: &str, amount: i64) -> Result<(String, i64), Refusal> {
    let found = books.charges.get(charge);
    let transfer = found.and_then(|found| found.transfer.as_deref()).and_then(|id| books.transfers.get(id));
    let taken = found.and_then(|found| books.payments.get(&found.payment)).map_or(0, |paid| paid.captured);
    let Some(transfer) = transfer.filter(|_| taken > 0) else {
        let message = format!("Charge {charge} does not have an associated transfer to reverse.");
        let refusal = Refusal::forbidden_by_state(None, message);
        return Err(Refusal { param: Some("reverse_transfer".into()), ..refusal });
    };
    let part = (transfer.amount * amount / taken).min(transfer.amount - transfer.reversed);
    Ok((transfer.id.clone(), part))
}

fn show(books: &Books, expand: &Expand, owner: &Owner, id: &str) -> Result<Value, Refusal> {
    let answer = render::refund(find(books, id, owner)?);
    Ok(expand.apply(books, answer))
}

fn find<'a>(books: &'a Books, id: &str, owner: &Owner) -> Result<&'a Refund, Refusal> {
    owner::of(&books.refunds, id, owner).ok_or_else(|| Refusal::no_such("refund", "id", id))
}

pub fn retrieve(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, "refund")?;
    call.params.finish()?;
    show(books, &expand, &call.owner, id)
}

/// Only the metadata can be changed.
pub fn update(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, "refund")?;
    let mut metadata = find(books, id, &call.owner)?.metadata.clone();
    call.params.change_metadata(&mut metadata)?;
    call.params.finish()?;
    if let Some(refund) = books.refunds.get_mut(id) {
        refund.metadata = metadata;
    }
    books.emit_refund("refund.updated", id, None, &call.origin);
    show(books, &expand, &call.owner, id)
}

pub fn cancel(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, "refund")?;
    call.params.finish()?;
    let status = find(books, id, &call.owner)?.status;
    if status != RefundStatus::RequiresAction {
        let message = format!(
            "Only refunds with a status of requires_action can be canceled. This refund has a status of {}.",
            status.as_str()
        );
        return Err(Refusal::forbidden_by_state(None, message));
    }
    books.refund_is_canceled(id, &call.origin);
    show(books, &expand, &call.owner, id)
}

pub fn list(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read_listed(params, "refund")?;
    let (page, created) = (Page::read(params, &call.owner)?, Created::read(params)?);
    let (payment, charge) = (params.text("payment_intent")?, params.text("charge")?);
    params.finish()?;
    let answer = if payment.is_some() || charge.is_some() {
        let payment = find_payment(books, payment.as_deref(), charge.as_deref(), &call.owner)?;
        let refunds = payment.refunds.iter().rev().filter_map(|id| books.refunds.get(id));
        let refunds = refunds.filter(|refund| created.has(refund.created));
        let refunds = refunds.map(|refund| (refund.id.clone(), render::refund(refund)));
        page.of_few(("refund", URL), refunds.collect())?
    } else {
        let by_time = (created, (|refund: &Refund| refund.created) as fn(&Refund) -> i64);
        page.of(("refund", URL), &books.refunds, by_time, |_| true, render::refund)?
    };
    Ok(expand.apply(books, answer))
}
