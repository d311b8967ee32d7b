//! Our requests as Chapa's bodies. Pure, and equal for equal requests.

use serde_json::Value;

use super::config::{ChapaConfig, is_printable};
use super::map::{ORDER_ID, REFUND_ID};
use super::wire::{Customization, Initialize, OurMeta};
use crate::contract::more_than_zero;
use crate::exchange::json;
use crate::{CallError, CreatePayment, CreateRefund, RefundReason};

const BIRR: &[&str] = &["ETB"];
const BIRR_AND_DOLLARS: &[&str] = &["ETB", "USD"];
/// A longer text below the title is cut.
const MAX_DESCRIPTION_CHARS: usize = 50;

/// The currencies that the account accepts.
pub(super) fn currencies(config: &ChapaConfig) -> &'static [&'static str] {
    if config.accepts_usd { BIRR_AND_DOLLARS } else { BIRR }
}

/// The body of `POST /transaction/initialize`.
pub(super) fn initialize(
    config: &ChapaConfig,
    request: &CreatePayment,
    tx_ref: &str,
) -> Result<Value, CallError> {
    let currency = request.amount.currency();
    more_than_zero(request.amount)?;
    if !currencies(config).contains(&currency.code()) {
        return Err(CallError::amount_not_supported(format!("{currency} is not supported")));
    }
    let (first_name, last_name) = names(request.customer_name.as_deref().unwrap_or_default());
    let email = request.customer_email.as_deref().map(str::trim);
    Ok(json(&Initialize {
        amount: request.amount.amount().to_string(),
        currency: currency.code(),
        tx_ref,
        email: email.filter(|email| email.contains('@')),
        first_name,
        last_name,
        phone_number: request.customer_phone.as_deref().and_then(phone_number),
        callback_url: config.callback_url.as_deref(),
        return_url: return_url(request, tx_ref),
        customization: Customization {
            title: config.page_title.trim(),
            description: description(&request.order_number),
        },
        meta: OurMeta { order_id: request.order_id.to_string(), attempt_id: request.attempt_id.to_string() },
    }))
}

/// Where the browser goes after paying. Chapa fills in nothing, so the page's reference is added here.
pub(super) fn return_url(request: &CreatePayment, tx_ref: &str) -> String {
    request.success_url.replace("{CHECKOUT_SESSION_ID}", tx_ref)
}

/// The first word, and the others.
fn names(full: &str) -> (Option<String>, Option<String>) {
    let mut words = full.split_whitespace();
    let first = words.next().map(str::to_owned);
    let rest = words.collect::<Vec<_>>().join(" ");
    (first, Some(rest).filter(|rest| !rest.is_empty()))
}

/// Ten digits from 09 or 07, from the ways in which people write an Ethiopian mobile number. Any other number is not
/// sent: Chapa would refuse the payment because of it.
fn phone_number(written: &str) -> Option<String> {
    let kept = written.chars().filter(|letter| !matches!(letter, ' ' | '-' | '(' | ')' | '.' | '/'));
    let bare: String = kept.collect();
    let national = ["+251", "00251", "251", "0"].iter().find_map(|prefix| bare.strip_prefix(prefix));
    let national = national.map(|digits| digits.strip_prefix('0').unwrap_or(digits)).unwrap_or(&bare);
    let digits = national.len() == 9 && national.bytes().all(|byte| byte.is_ascii_digit());
    (digits && national.starts_with(['9', '7'])).then(|| format!("0{national}"))
}

fn description(order_number: &str) -> String {
    let plain = |letter| if is_printable(letter) { letter } else { ' ' };
    let text: String = format!("Order {order_number}").chars().map(plain).collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(MAX_DESCRIPTION_CHARS).collect()
}

/// The body of `POST /refund/{…}`. `reference` is ours and unique in the account: the same refund can't be made twice.
pub(super) fn refund_form(request: &CreateRefund) -> Result<String, CallError> {
    let name = &request.name;
    more_than_zero(name.amount)?;
    let reason = match request.reason {
        RefundReason::RequestedByCustomer => "Requested by the customer",
        RefundReason::Duplicate => "Duplicate payment",
        RefundReason::Fraudulent => "Fraudulent payment",
        RefundReason::Other => "Refund",
    };
    let reference = name.refund_id.to_string();
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("amount", &name.amount.amount().to_string());
    form.append_pair("reason", reason);
    form.append_pair("reference", &reference);
    form.append_pair(&format!("meta[{REFUND_ID}]"), &reference);
    form.append_pair(&format!("meta[{ORDER_ID}]"), &request.order_id.to_string());
    Ok(form.finish())
}

#[cfg(test)]
mod tests;
