//! Payment methods: how a merchant names one over the API, and Stripe's JSON of what was paid with. A
//! PaymentIntent has at most one method, whose id comes from its own.

use serde_json::{Value, json};

use super::model::Payment;
use super::outcome::{CHOICES, Outcome};
use super::params::Params;
use super::refusal::Refusal;

/// Types that are debited or paid at a counter: the money comes days later.
const LATER: [&str; 13] = [
    "acss_debit",
    "au_becs_debit",
    "bacs_debit",
    "boleto",
    "customer_balance",
    "konbini",
    "multibanco",
    "nz_bank_account",
    "oxxo",
    "payto",
    "paper_check",
    "sepa_debit",
    "us_bank_account",
];
/// Stripe's numbers of test accounts whose debits come to nothing.
const FAILING_ACCOUNTS: [&str; 4] = ["000111111113", "000111111116", "000222222227", "000333333335"];

/// The id of the method of a PaymentIntent.
pub fn id(payment: &str) -> String {
    format!("pm_{}", payment.strip_prefix("pi_").unwrap_or(payment))
}

/// The PaymentIntent that a method with this id belongs to.
pub fn payment_of(id: &str) -> String {
    format!("pi_{}", id.strip_prefix("pm_").unwrap_or(id))
}

/// `payment_method`, one of Stripe's test methods, or `payment_method_data`.
pub fn read(params: &mut Params) -> Result<Option<Outcome>, Refusal> {
    let (id, data) = (params.text("payment_method")?, params.object("payment_method_data")?);
    match (id, data) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => {
            let message =
                "You may only specify one of these parameters: payment_method, payment_method_data.";
            Err(Refusal::invalid("payment_method_data", message))
        }
        (Some(id), None) => {
            let method = Outcome::of_method(&id);
            method.map(Some).ok_or_else(|| Refusal::no_such_param("PaymentMethod", "payment_method", &id))
        }
        (None, Some(mut data)) => {
            let method = of_data(&mut data)?;
            data.finish()?;
            Ok(Some(method))
        }
    }
}

/// A card by its number or token, a debit that comes later, or a redirect that asks the customer.
fn of_data(data: &mut Params) -> Result<Outcome, Refusal> {
    let kind = data.required("type")?;
    let (card, account) = (data.object("card")?, data.object("us_bank_account")?);
    if kind == "card" {
        let mut card = card.ok_or_else(|| data.missing("card"))?;
        return of_card(&mut card);
    }
    let number = account.map(|mut account| account.text("account_number")).transpose()?.flatten();
    if number.is_some_and(|number| FAILING_ACCOUNTS.contains(&number.as_str())) {
        return Ok(Outcome::FailLater);
    }
    Ok(if LATER.contains(&kind.as_str()) { Outcome::PayLater } else { Outcome::Authenticate })
}

fn of_card(card: &mut Params) -> Result<Outcome, Refusal> {
    if let Some(token) = card.text("token")? {
        let method =
            token.strip_prefix("tok_").and_then(|tail| Outcome::of_method(&format!("pm_card_{tail}")));
        return method.ok_or_else(|| Refusal::no_such_param("token", &card.name_of("token"), &token));
    }
    let number = card.required("number")?;
    let digits: String = number.chars().filter(|digit| !digit.is_whitespace()).collect();
    let known = CHOICES.iter().find(|choice| choice.number == Some(digits.as_str()));
    known.map(|choice| choice.outcome).ok_or_else(|| {
        Refusal::coded("incorrect_number", &card.name_of("number"), "Your card number is incorrect.")
    })
}

pub fn billing_details() -> Value {
    json!({"address": null, "email": null, "name": null, "phone": null, "tax_id": null})
}

/// The `payment_method_details` of a charge.
pub fn details(method: Outcome) -> Value {
    let kind = kind(method);
    let (part, more) = match kind {
        "card" => (card(method), OF_CHARGED_CARD.as_slice()),
        _ => (account(), ["payment_reference"].as_slice()),
    };
    json!({"type": kind, kind: with_nulls(part, more)})
}

pub fn render(payment: &Payment, method: Outcome) -> Value {
    let kind = kind(method);
    let (part, more) = match kind {
        "card" => (card(method), OF_SAVED_CARD.as_slice()),
        _ => (account(), ["financial_connections_account", "networks", "status_details"].as_slice()),
    };
    json!({
        "id": id(&payment.id),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": billing_details(),
        kind: with_nulls(part, more),
        "created": payment.created,
        "customer": null,
        "customer_account": null,
        "livemode": false,
        "metadata": {},
        "type": kind,
    })
}

/// What Stripe tells of a card that was charged, and the sandbox has nothing of.
const OF_CHARGED_CARD: [&str; 9] = [
    "amount_authorized",
    "authorization_code",
    "electronic_commerce_indicator",
    "installments",
    "mandate",
    "network",
    "network_transaction_id",
    "three_d_secure",
    "transaction_link_id",
];
const OF_SAVED_CARD: [&str; 4] = ["display_brand", "generated_from", "networks", "three_d_secure_usage"];

fn with_nulls(mut part: Value, fields: &[&str]) -> Value {
    for field in fields {
        part[*field] = Value::Null;
    }
    part
}

fn kind(method: Outcome) -> &'static str {
    if matches!(method, Outcome::PayLater | Outcome::FailLater) { "us_bank_account" } else { "card" }
}

fn account() -> Value {
    json!({"account_holder_type": "individual", "account_type": "checking", "bank_name": "STRIPE TEST BANK",
        "fingerprint": null, "last4": "6789", "routing_number": "110000000"})
}

fn card(method: Outcome) -> Value {
    let number = CHOICES.iter().find(|choice| choice.outcome == method).and_then(|choice| choice.number);
    let number = number.unwrap_or("4242424242424242");
    json!({
        "brand": "visa",
        "checks": {"address_line1_check": null, "address_postal_code_check": null, "cvc_check": "pass"},
        "country": "US",
        "exp_month": 12,
        "exp_year": 2034,
        "funding": "credit",
        "last4": number.get(number.len().saturating_sub(4)..).unwrap_or_default(),
        "regulated_status": "unregulated",
        "wallet": null,
    })
}
