//! Create: a new paymentID, for a payment or for an agreement to be charged later. Nothing is
//! charged by it, so bKash makes as many for one invoice as it is asked for.

use reqwest::Url;
use serde_json::{Value, json};

use super::amount;
use super::books::Books;
use super::fields::{Fields, is_too_long};
use super::model::{Intent, Mode, Payment};
use super::refusal::Refusal;
use super::times::moment;
use crate::ids::token;

/// How long the payer and the merchant have together.
const LIFE_MS: i64 = 24 * 3_600_000;
const LONGEST_URL: usize = 2_048;

pub fn create(books: &mut Books, fields: &Fields, now_ms: i64) -> Result<Value, Refusal> {
    let mut payment = read(books, fields, now_ms)?;
    payment.expiry = Some(books.expiries.add(now_ms.saturating_add(LIFE_MS), payment.id.clone()));
    let answer = render(&payment, &books.public_url);
    books.totals.created += 1;
    if payment.mode != Mode::Agree {
        books.invoices.insert(payment.invoice.clone(), payment.id.clone());
    }
    books.payments.insert(&payment.id.clone(), payment);
    Ok(answer)
}

fn read(books: &Books, fields: &Fields, now_ms: i64) -> Result<Payment, Refusal> {
    let mode = match fields.required("mode")? {
        "0000" => Mode::Agree,
        "0001" => Mode::Agreed,
        "0011" => Mode::Once,
        _ => return Err(Refusal::code("2063")),
    };
    let payer_reference = fields.plain("payerReference", "2048")?.to_owned();
    let callback = read_callback(fields)?;
    if fields.text("merchantAssociationInfo")?.is_some_and(is_too_long) {
        return Err(Refusal::code("2047"));
    }
    // As bKash's: the mode, some letters, and the milliseconds of the epoch.
    let id = format!("{}{now_ms}", token(&format!("TR{}", mode.as_str()), 6));
    let mut payment = Payment::new(id, mode, now_ms, payer_reference, callback);
    if mode != Mode::Agree {
        read_money(fields, &mut payment)?;
    }
    if mode == Mode::Agreed {
        payment.agreement = Some(books.usable_agreement(fields)?.to_owned());
    }
    Ok(payment)
}

fn read_callback(fields: &Fields) -> Result<String, Refusal> {
    let text = fields.required("callbackURL")?;
    let is_plain = text.len() <= LONGEST_URL && text.bytes().all(|byte| byte.is_ascii_graphic());
    let url = Url::parse(text).ok().filter(|url| is_plain && matches!(url.scheme(), "http" | "https"));
    url.map(|_| text.to_owned()).ok_or_else(|| Refusal::code("2049"))
}

fn read_money(fields: &Fields, payment: &mut Payment) -> Result<(), Refusal> {
    let text = fields.required_amount("amount")?;
    payment.amount = amount::parse(&text).ok_or_else(|| Refusal::code("2006"))?;
    payment.amount_text = text;
    if fields.required("currency")? != amount::CURRENCY {
        return Err(Refusal::code("2007"));
    }
    payment.intent = match fields.required("intent")? {
        "sale" => Intent::Sale,
        "authorization" => Intent::Authorization,
        _ => return Err(Refusal::code("2008")),
    };
    fields.plain("merchantInvoiceNumber", "2031")?.clone_into(&mut payment.invoice);
    Ok(())
}

fn render(payment: &Payment, public_url: &str) -> Value {
    let (id, mode) = (&payment.id, payment.mode.as_str());
    let hash = token("", 40);
    let mut answer = json!({
        "statusCode": "0000",
        "statusMessage": "Successful",
        "paymentID": id,
        "bkashURL": format!("{public_url}/bkash/pay/{id}?hash={hash}&mode={mode}&apiVersion=v1.2.0-beta"),
        "callbackURL": payment.callback,
        "successCallbackURL": payment.callback_with("success"),
        "failureCallbackURL": payment.callback_with("failure"),
        "cancelledCallbackURL": payment.callback_with("cancel"),
        "payerReference": payment.payer_reference,
    });
    let made = moment(payment.created_ms);
    if payment.mode == Mode::Agree {
        answer["agreementStatus"] = json!("Initiated");
        answer["agreementCreateTime"] = json!(made);
        return answer;
    }
    answer["amount"] = json!(payment.amount_text);
    answer["intent"] = json!(payment.intent.as_str());
    answer["currency"] = json!(amount::CURRENCY);
    answer["paymentCreateTime"] = json!(made);
    answer["transactionStatus"] = json!("Initiated");
    answer["merchantInvoiceNumber"] = json!(payment.invoice);
    if let Some(agreement) = &payment.agreement {
        answer["agreementID"] = json!(agreement);
    }
    answer
}
