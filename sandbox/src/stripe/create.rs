//! Reading and checking the parameters of a new Checkout Session. Nothing here changes the books,
//! so whatever it refuses leaves the idempotency key free.

use super::amounts::{MAX_TOTAL, check_least, too_large};
use super::lines::{read_lines, read_shipping};
use super::model::{Capture, PaymentAsk, Session, SessionStatus, Share};
use super::owner;
use super::params::Params;
use super::refusal::Refusal;
use crate::ids::token;

const MIN_LIFE_S: i64 = 30 * 60;
const MAX_LIFE_S: i64 = 24 * 60 * 60;

pub fn read(params: &mut Params, now: i64, accounts: &[String]) -> Result<Session, Refusal> {
    params.required("mode")?;
    let (currency, lines) = read_lines(params)?;
    let shipping = read_shipping(params, &currency)?;
    refuse_discounts(params)?;
    if params.word("payment_method_collection").is_some() {
        let message = "You can only set `payment_method_collection` if there are recurring prices.";
        return Err(Refusal::invalid("payment_method_collection", message));
    }
    let ui_mode = params.word("ui_mode").unwrap_or("hosted_page");
    let ways = Ways::read(params, ui_mode)?;
    let mut ask = read_ask(params, accounts)?;
    ask.shown = params.shown_within("payment_intent_data");
    let customer = params.text("customer")?;
    let creation = params.word("customer_creation");
    if creation.is_some() && customer.is_some() {
        let message = "You may only specify one of these parameters: customer, customer_creation.";
        return Err(Refusal::invalid("customer_creation", message));
    }
    let session = Session {
        id: token("cs_test_a1", 56),
        owner: None,
        created: now,
        expires_at: read_expiry(params, now)?,
        expiry: None,
        status: SessionStatus::Open,
        paid: false,
        currency,
        lines,
        shipping,
        ui_mode,
        redirect_on_completion: ways.redirect,
        success_url: ways.success_url,
        return_url: ways.return_url,
        cancel_url: ways.cancel_url,
        client_reference_id: read_reference(params)?,
        customer_creation: creation.or(customer.is_none().then_some("if_required")),
        customer,
        customer_email: read_email(params)?,
        collected_shipping: None,
        metadata: params.metadata()?,
        ask,
        payment: None,
        shown: std::mem::take(&mut params.shown),
    };
    check_total(session.total(), &session.currency)?;
    Ok(session)
}

fn refuse_discounts(params: &mut Params) -> Result<(), Refusal> {
    for mut discount in params.objects("discounts")? {
        for (field, what) in [("coupon", "coupon"), ("promotion_code", "promotion code")] {
            if let Some(id) = discount.text(field)? {
                let message = format!("No such {what}: '{id}'");
                return Err(Refusal::coded("resource_missing", &discount.name_of(field), message));
            }
        }
    }
    Ok(())
}

/// Where the customer goes from the page. A hosted page has a success page of the shop's behind it, one
/// within the shop's own page comes back there.
#[derive(Debug, Default)]
struct Ways {
    success_url: Option<String>,
    cancel_url: Option<String>,
    return_url: Option<String>,
    redirect: Option<&'static str>,
}

impl Ways {
    fn read(params: &mut Params, ui_mode: &str) -> Result<Self, Refusal> {
        let hosted = ui_mode.starts_with("hosted");
        let ways = Self {
            success_url: read_url(params, "success_url")?,
            cancel_url: read_url(params, "cancel_url")?,
            return_url: read_url(params, "return_url")?,
            redirect: params.word("redirect_on_completion"),
        };
        let unfit = if hosted {
            [("return_url", ways.return_url.is_some()), ("redirect_on_completion", ways.redirect.is_some())]
        } else {
            [("success_url", ways.success_url.is_some()), ("cancel_url", ways.cancel_url.is_some())]
        };
        if let Some((field, _)) = unfit.into_iter().find(|(_, given)| *given) {
            let message = format!("`{field}` can not be set when `ui_mode` is `{ui_mode}`.");
            return Err(Refusal::invalid(field, message));
        }
        if hosted {
            let missing = ways.success_url.is_none();
            return if missing { Err(Refusal::parameter_missing("success_url")) } else { Ok(ways) };
        }
        let redirect = ways.redirect.unwrap_or("always");
        match (redirect, &ways.return_url) {
            ("never", Some(_)) => {
                let message = "`return_url` can not be set when `redirect_on_completion` is `never`.";
                Err(Refusal::invalid("return_url", message))
            }
            ("always" | "if_required", None) => Err(Refusal::parameter_missing("return_url")),
            _ => Ok(Self { redirect: Some(redirect), ..ways }),
        }
    }
}

fn read_reference(params: &mut Params) -> Result<Option<String>, Refusal> {
    let reference = params.text("client_reference_id")?;
    if reference.as_ref().is_some_and(|reference| reference.chars().count() > 200) {
        let message = "Invalid string: it must be at most 200 characters";
        return Err(Refusal::invalid("client_reference_id", message));
    }
    Ok(reference)
}

fn read_expiry(params: &mut Params, now: i64) -> Result<i64, Refusal> {
    let Some(at) = params.integer("expires_at")? else { return Ok(now + MAX_LIFE_S) };
    if at < now.saturating_add(MIN_LIFE_S) {
        let message =
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.";
        return Err(Refusal::invalid("expires_at", message));
    }
    if at > now.saturating_add(MAX_LIFE_S) {
        let message = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.";
        return Err(Refusal::invalid("expires_at", message));
    }
    Ok(at)
}

pub fn read_url(params: &mut Params, field: &str) -> Result<Option<String>, Refusal> {
    let Some(url) = params.text(field)? else { return Ok(None) };
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let plain = !url.chars().any(|character| character.is_control() || character.is_whitespace());
    if plain && host.is_some_and(|host| !host.is_empty()) {
        return Ok(Some(url));
    }
    let message = "Not a valid URL: URLs must begin with http or https.";
    Err(Refusal::coded("url_invalid", field, message))
}

fn read_email(params: &mut Params) -> Result<Option<String>, Refusal> {
    let email = params.text("customer_email")?;
    let valid =
        |email: &String| email.split_once('@').is_some_and(|(who, host)| !who.is_empty() && !host.is_empty());
    if let Some(email) = email.as_ref().filter(|email| !valid(email)) {
        let message = format!("Invalid email address: {email}");
        return Err(Refusal::coded("email_invalid", "customer_email", message));
    }
    Ok(email)
}

fn read_ask(params: &mut Params, accounts: &[String]) -> Result<PaymentAsk, Refusal> {
    let Some(mut data) = params.object("payment_intent_data")? else { return Ok(PaymentAsk::default()) };
    let ask = PaymentAsk {
        metadata: data.metadata()?,
        transfer_group: data.text("transfer_group")?,
        description: data.text("description")?,
        capture: Capture::read(&mut data).unwrap_or_default(),
        share: read_share(&mut data, accounts)?,
        ..PaymentAsk::default()
    };
    data.finish()?;
    Ok(ask)
}

impl Capture {
    /// `capture_method`, if it is given.
    pub fn read(params: &mut Params) -> Option<Self> {
        params.word("capture_method").map(|method| match method {
            "manual" => Self::Manual,
            "automatic_async" => Self::AutomaticAsync,
            _ => Self::Automatic,
        })
    }
}

/// `transfer_data`.
pub fn read_share(params: &mut Params, accounts: &[String]) -> Result<Option<Share>, Refusal> {
    let Some(mut data) = params.object("transfer_data")? else { return Ok(None) };
    let destination = data.required("destination")?;
    if !owner::exists(accounts, &destination) {
        let name = data.name_of("destination");
        return Err(Refusal::no_such_param("destination", &name, &destination));
    }
    let amount = data.positive("amount")?;
    data.finish()?;
    Ok(Some(Share { destination, amount }))
}

/// What a session is to cost: nothing, or an amount that can be charged.
pub fn check_total(total: i64, currency: &str) -> Result<(), Refusal> {
    if total > MAX_TOTAL {
        return Err(too_large("line_items"));
    }
    if total == 0 {
        return Ok(());
    }
    let checked = check_least(total, currency, "line_items");
    checked.map_err(|refusal| Refusal { param: None, ..refusal })
}
