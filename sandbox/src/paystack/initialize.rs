//! `POST /transaction/initialize`: what is read and checked before a transaction is made. A reference
//! is used once; the answer with the address of the payment page cannot be had again.

use serde_json::{Value, json};

use super::books::{Books, lower};
use super::fields::Fields;
use super::gate::Answer;
use super::model::{Status, Transaction};
use super::outcome::RefundCourse;
use super::refusal::Refusal;

/// What `channels` may name.
const CHANNELS: [&str; 10] = [
    "apple_pay",
    "bank",
    "bank_transfer",
    "capitec_pay",
    "card",
    "eft",
    "mobile_money",
    "payattitude",
    "qr",
    "ussd",
];

const UNFINISHED: &str = "The transaction was not completed";

/// What any charge begins with.
#[derive(Debug)]
pub struct Ask {
    pub email: String,
    pub amount: i64,
    pub currency: String,
    pub reference: Option<String>,
    pub metadata: Option<Value>,
}

impl Ask {
    pub fn read(books: &Books, fields: &Fields) -> Result<Self, Refusal> {
        let email = fields.text("email")?.ok_or_else(|| Refusal::missing("Email Address"))?;
        if !is_email(&email) {
            return Err(Refusal::invalid("Invalid Email Address Passed"));
        }
        let amount = fields.amount("amount")?.ok_or_else(|| Refusal::missing("Amount"))?;
        let currency = currency(books, fields)?.unwrap_or_else(|| home_currency(books));
        let reference = fields.text("reference")?;
        if let Some(reference) = &reference {
            check_reference(books, reference)?;
        }
        Ok(Self {
            email: email.to_ascii_lowercase(),
            amount,
            currency,
            reference,
            metadata: fields.metadata()?,
        })
    }

    /// The transaction that is asked for. Nothing has happened to it.
    pub fn transaction(self, books: &mut Books) -> Transaction {
        Transaction {
            id: books.next_id(),
            reference: self.reference.unwrap_or_else(|| lower("", 10)),
            access_code: None,
            created_ms: books.now_ms,
            status: Status::Abandoned,
            requested: self.amount,
            amount: self.amount,
            currency: self.currency,
            customer: books.customer(&self.email),
            callback_url: None,
            label: None,
            metadata: self.metadata,
            channel: "card",
            gateway_response: UNFINISHED.into(),
            paid_ms: None,
            fees: None,
            authorization: None,
            attempts: Vec::new(),
            course: RefundCourse::Plain,
            refunds: Vec::new(),
            refunded: 0,
        }
    }
}

pub fn initialize(books: &mut Books, fields: &Fields) -> Result<Answer, Refusal> {
    let ask = Ask::read(books, fields)?;
    let callback_url = fields.text("callback_url")?;
    if callback_url.as_deref().is_some_and(|url| !is_web_address(url)) {
        return Err(Refusal::invalid("Invalid callback_url: it must be a web address"));
    }
    check_channels(fields)?;
    check_split(fields)?;
    let access_code = lower("", 15);
    let mut transaction = ask.transaction(books);
    transaction.access_code = Some(access_code.clone());
    transaction.callback_url = callback_url;
    transaction.label = fields.text("label")?;
    let data = json!({
        "authorization_url": format!("{}/paystack/checkout/{access_code}", books.public_url),
        "access_code": access_code,
        "reference": transaction.reference,
    });
    books.take_on(transaction);
    Ok(Answer::new("Authorization URL created", data))
}

/// Anything with one `@` in its midst and no blanks: what mail servers think of it is not our affair.
fn is_email(text: &str) -> bool {
    let halves = text.split_once('@');
    let sound = |(name, host): (&str, &str)| !name.is_empty() && host.contains('.') && !host.contains('@');
    text.len() <= 254 && !text.contains(char::is_whitespace) && halves.is_some_and(sound)
}

pub fn is_web_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty()) && reqwest::Url::parse(text).is_ok()
}

/// One of the merchant's currencies, if any is named.
pub fn currency(books: &Books, fields: &Fields) -> Result<Option<String>, Refusal> {
    let Some(currency) = fields.text("currency")? else { return Ok(None) };
    if books.settings.currencies.contains(&currency) {
        return Ok(Some(currency));
    }
    Err(Refusal::unsupported_currency())
}

/// What is charged when no currency is named: the first of the merchant's.
fn home_currency(books: &Books) -> String {
    books.settings.currencies.first().cloned().unwrap_or_else(|| "NGN".into())
}

fn check_reference(books: &Books, reference: &str) -> Result<(), Refusal> {
    let allowed = |character: char| {
        character.is_ascii_alphanumeric()
            || matches!(character, '-' | '.' | '=')
            || (character == '_' && books.settings.underscores)
    };
    if reference.len() > 200 || !reference.chars().all(allowed) {
        return Err(Refusal::invalid(
            "Invalid reference: only letters, digits, '-', '.' and '=' are allowed in a reference",
        ));
    }
    if books.reference_of(reference).is_some() {
        return Err(Refusal::duplicate_reference());
    }
    Ok(())
}

fn check_channels(fields: &Fields) -> Result<(), Refusal> {
    let Some(channels) = fields.list("channels")? else { return Ok(()) };
    let known = |channel: &Value| channel.as_str().is_some_and(|channel| CHANNELS.contains(&channel));
    if channels.iter().all(known) {
        return Ok(());
    }
    Err(Refusal::invalid(format!("Invalid channels: there are {}", CHANNELS.join(", "))))
}

/// Splits are read for their types and then not carried out: all money stays with the merchant.
fn check_split(fields: &Fields) -> Result<(), Refusal> {
    for name in ["split_code", "subaccount", "plan", "bearer"] {
        fields.text(name)?;
    }
    if fields.text("bearer")?.is_some_and(|bearer| !matches!(bearer.as_str(), "account" | "subaccount")) {
        return Err(Refusal::invalid("Invalid bearer: it is account or subaccount"));
    }
    fields.integer("transaction_charge")?;
    fields.object("split").map(|_| ())
}
