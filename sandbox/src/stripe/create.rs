//! Reading and checking the parameters of a new Checkout Session. Nothing here changes the books,
//! so whatever it refuses leaves the idempotency key free.

use super::model::{Capture, Line, PaymentAsk, Session, SessionStatus, Share, Shipping};
use super::owner;
use super::params::Params;
use super::refusal::Refusal;
use crate::ids::token;

const MIN_LIFE_S: i64 = 30 * 60;
const MAX_LIFE_S: i64 = 24 * 60 * 60;
/// Stripe's charges have at most eight digits.
pub const MAX_TOTAL: i64 = 99_999_999;

/// Parameters that exist and make no difference here.
const WITHOUT_EFFECT: [&str; 21] = [
    "adaptive_pricing",
    "after_expiration",
    "allow_promotion_codes",
    "automatic_tax",
    "billing_address_collection",
    "consent_collection",
    "custom_fields",
    "custom_text",
    "customer_creation",
    "customer_update",
    "invoice_creation",
    "locale",
    "payment_method_configuration",
    "payment_method_options",
    "payment_method_types",
    "phone_number_collection",
    "saved_payment_method_options",
    "shipping_address_collection",
    "submit_type",
    "tax_id_collection",
    "ui_mode",
];

pub fn read(params: &mut Params, now: i64, accounts: &[String]) -> Result<Session, Refusal> {
    let mode = params.one_of("mode", &["payment", "setup", "subscription"])?;
    match mode {
        Some("payment") => {}
        Some(_) => return Err(Refusal::invalid("mode", "The sandbox knows no mode but payment.")),
        None => return Err(Refusal::parameter_missing("mode")),
    }
    let (currency, lines) = read_lines(params)?;
    let shipping = read_shipping(params, &currency)?;
    if let Some(discount) = params.objects("discounts")?.first_mut() {
        let coupon = discount.required("coupon")?;
        return Err(Refusal::coded(
            "resource_missing",
            "discounts[0][coupon]",
            format!("No such coupon: '{coupon}'"),
        ));
    }
    let reference = params.text("client_reference_id")?;
    if reference.as_ref().is_some_and(|reference| reference.chars().count() > 200) {
        return Err(Refusal::invalid(
            "client_reference_id",
            "Invalid string: it must be at most 200 characters",
        ));
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
        success_url: read_url(params, "success_url")?
            .ok_or_else(|| Refusal::parameter_missing("success_url"))?,
        cancel_url: read_url(params, "cancel_url")?,
        client_reference_id: reference,
        customer: params.text("customer")?,
        customer_email: read_email(params)?,
        metadata: params.metadata()?,
        ask: read_ask(params, accounts)?,
        payment: None,
        note: read_note(params)?,
    };
    params.ignore(&WITHOUT_EFFECT);
    check_total(&session)?;
    Ok(session)
}

/// What stands beside the button to pay.
fn read_note(params: &mut Params) -> Result<Option<String>, Refusal> {
    let Some(mut texts) = params.object("custom_text")? else { return Ok(None) };
    let Some(mut submit) = texts.object("submit")? else { return Ok(None) };
    submit.text("message")
}

fn read_lines(params: &mut Params) -> Result<(String, Vec<Line>), Refusal> {
    let items = params.objects("line_items")?;
    if items.is_empty() {
        return Err(Refusal::parameter_missing("line_items"));
    }
    if items.len() > 100 {
        return Err(Refusal::invalid(
            "line_items",
            "Array line_items exceeded maximum 100 allowed elements.",
        ));
    }
    let mut currency: Option<String> = None;
    let mut lines = Vec::with_capacity(items.len());
    for mut item in items {
        if let Some(price) = item.text("price")? {
            let message = format!("No such price: '{price}'");
            return Err(Refusal::coded("resource_missing", &item.name_of("price"), message));
        }
        let name = item.name_of("price_data");
        let mut price = item.object("price_data")?.ok_or_else(|| Refusal::parameter_missing(&name))?;
        let here = read_currency(&mut price)?;
        if *currency.get_or_insert_with(|| here.clone()) != here {
            let message = "You cannot combine currencies on a single Checkout Session.";
            return Err(Refusal::invalid(&price.name_of("currency"), message));
        }
        let quantity = item.natural("quantity")?;
        let quantity = quantity.ok_or_else(|| Refusal::parameter_missing(&item.name_of("quantity")))?;
        if quantity < 1 {
            let message = "This value must be greater than or equal to 1.";
            return Err(Refusal::coded("parameter_invalid_integer", &item.name_of("quantity"), message));
        }
        item.ignore(&["adjustable_quantity", "dynamic_tax_rates", "tax_rates"]);
        item.finish()?;
        lines.push(read_price(price, quantity)?);
    }
    Ok((currency.unwrap_or_default(), lines))
}

fn read_price(mut price: Params, quantity: i64) -> Result<Line, Refusal> {
    let missing = price.name_of("unit_amount");
    let unit_amount = match price.natural("unit_amount")? {
        Some(amount) => amount,
        None => price.natural("unit_amount_decimal")?.ok_or_else(|| Refusal::parameter_missing(&missing))?,
    };
    if unit_amount > MAX_TOTAL || unit_amount.saturating_mul(quantity) > MAX_TOTAL {
        return Err(too_large(&missing));
    }
    let name = match price.object("product_data")? {
        Some(mut product) => {
            let name = product.required("name")?;
            product.metadata()?;
            product.ignore(&["description", "images", "tax_code", "unit_label"]);
            product.finish()?;
            name
        }
        None => {
            let product = price.text("product")?;
            product.ok_or_else(|| Refusal::parameter_missing(&price.name_of("product_data")))?
        }
    };
    price.ignore(&["tax_behavior"]);
    price.finish()?;
    Ok(Line { id: token("li_1", 23), name, unit_amount, quantity })
}

pub fn read_currency(params: &mut Params) -> Result<String, Refusal> {
    let currency = params.required("currency")?.to_ascii_lowercase();
    if currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_lowercase()) {
        Ok(currency)
    } else {
        Err(Refusal::invalid(&params.name_of("currency"), format!("Invalid currency: {currency}")))
    }
}

fn read_shipping(params: &mut Params, currency: &str) -> Result<Vec<Shipping>, Refusal> {
    let options = params.objects("shipping_options")?;
    if options.len() > 5 {
        return Err(Refusal::invalid("shipping_options", "At most 5 shipping options are allowed."));
    }
    let mut shipping = Vec::with_capacity(options.len());
    for mut option in options {
        if let Some(rate) = option.text("shipping_rate")? {
            let message = format!("No such shipping rate: '{rate}'");
            return Err(Refusal::coded("resource_missing", &option.name_of("shipping_rate"), message));
        }
        let name = option.name_of("shipping_rate_data");
        let mut data =
            option.object("shipping_rate_data")?.ok_or_else(|| Refusal::parameter_missing(&name))?;
        option.finish()?;
        data.one_of("type", &["fixed_amount"])?;
        let name = data.name_of("fixed_amount");
        let mut fixed = data.object("fixed_amount")?.ok_or_else(|| Refusal::parameter_missing(&name))?;
        let amount = fixed.natural("amount")?;
        let amount = amount.ok_or_else(|| Refusal::parameter_missing(&fixed.name_of("amount")))?;
        if amount > MAX_TOTAL {
            return Err(too_large(&fixed.name_of("amount")));
        }
        if read_currency(&mut fixed)? != currency {
            let message = "The shipping rate must have the currency of the line items.";
            return Err(Refusal::invalid(&fixed.name_of("currency"), message));
        }
        fixed.finish()?;
        let name = data.required("display_name")?;
        data.metadata()?;
        data.ignore(&["delivery_estimate", "tax_behavior", "tax_code"]);
        data.finish()?;
        shipping.push(Shipping { id: token("shr_1", 23), name, amount });
    }
    Ok(shipping)
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
    let capture = data.one_of("capture_method", &["automatic", "automatic_async", "manual"])?;
    let ask = PaymentAsk {
        metadata: data.metadata()?,
        transfer_group: data.text("transfer_group")?,
        description: data.text("description")?,
        capture: if capture == Some("manual") { Capture::Manual } else { Capture::Automatic },
        share: read_share(&mut data, accounts)?,
    };
    data.ignore(&[
        "application_fee_amount",
        "on_behalf_of",
        "receipt_email",
        "setup_future_usage",
        "shipping",
        "statement_descriptor",
        "statement_descriptor_suffix",
    ]);
    data.finish()?;
    Ok(ask)
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

fn check_total(session: &Session) -> Result<(), Refusal> {
    let total = session.total();
    if total > MAX_TOTAL {
        return Err(too_large("line_items"));
    }
    if total == 0 {
        return Ok(());
    }
    let checked = check_least(total, &session.currency, "line_items");
    checked.map_err(|refusal| Refusal { param: None, ..refusal })
}

/// Stripe's minimum is the worth of 50 US cents; only the round cases are known here.
pub fn check_least(amount: i64, currency: &str, param: &str) -> Result<(), Refusal> {
    let least = match currency {
        "usd" | "eur" | "cad" | "aud" => 50,
        "gbp" => 30,
        _ => 0,
    };
    if amount >= least {
        return Ok(());
    }
    let message = "The total amount due must add up to at least $0.50 usd.";
    Err(Refusal::coded("amount_too_small", param, message))
}

pub fn too_large(param: &str) -> Refusal {
    let message = "The amount must be no more than 999,999.99.";
    Refusal::coded("amount_too_large", param, message)
}
