//! Transactions as merchants make and cancel them: a new one is a link to a payment page.
//! A `tx_ref` is taken once, so repeating a request whose answer was lost does no harm.

use rand::RngExt;
use serde_json::{Value, json};

use super::amount::{CURRENCIES, charge};
use super::books::Books;
use super::fields::Fields;
use super::gate::Call;
use super::model::{Customer, Payment, Status};
use super::outcome::Course;
use super::refusal::Refusal;
use super::render::done;
use super::subaccounts;
use crate::ids::token;

/// Longest title of a customization.
const TITLE: usize = 16;

pub fn initialize(books: &mut Books, call: &Call) -> Result<Value, Refusal> {
    let mut fields = call.fields()?;
    let payment = read(&mut fields, books, call.now_ms);
    let currency = fields.required_text("currency");
    let subaccounts = fields.take("subaccounts");
    fields.finish()?;
    let currency = known_currency(&currency)?;
    subaccounts::check(books, subaccounts.as_ref())?;
    if books.payments.contains(&payment.tx_ref) {
        return Err(Refusal::bad(books.config.duplicate_text.clone()));
    }
    let checkout_url = books.page_of(&payment);
    books.arrive(Payment { currency, ..payment });
    Ok(done("Hosted Link", &json!({"checkout_url": checkout_url})))
}

/// # Errors
/// When nothing can be charged in it.
pub fn known_currency(text: &str) -> Result<&'static str, Refusal> {
    CURRENCIES.into_iter().find(|known| *known == text).ok_or_else(Refusal::currency)
}

/// All but the currency, which is refused in another way.
fn read(fields: &mut Fields, books: &Books, now_ms: i64) -> Payment {
    let amount = fields.required_amount("amount");
    let mut payment = Payment {
        tx_ref: fields.required_text("tx_ref"),
        reference: token("AP", 10),
        link: token("", 45),
        created_ms: now_ms,
        updated_ms: now_ms,
        amount,
        charge: charge(amount),
        currency: CURRENCIES[0],
        mode: books.config.mode(),
        status: Status::Open,
        method: None,
        customer: Customer {
            id: rand::rng().random_range(1_000_000..10_000_000),
            email: fields.email("email"),
            first_name: fields.text("first_name"),
            last_name: fields.text("last_name"),
            phone: fields.phone("phone_number"),
        },
        callback_url: fields.url("callback_url"),
        return_url: fields.url("return_url"),
        customization: customization(fields, books.config.strict_customization),
        meta: fields.take("meta").unwrap_or_default(),
        course: Course::Refunded,
        refunds: Vec::new(),
        refunded: 0,
        timeline: Vec::new(),
    };
    payment.note(now_ms, "log", "Payment link created");
    payment
}

fn customization(fields: &mut Fields, strict: bool) -> [Option<String>; 3] {
    let mut part = fields.object("customization");
    let texts = ["title", "description", "logo"].map(|name| part.text(name));
    if strict {
        let [title, description, _] = &texts;
        if title.as_ref().is_some_and(|title| title.chars().count() > TITLE) {
            part.complain("title", "validation.max.string");
        }
        if description.as_ref().is_some_and(|text| !text.chars().all(may_be_described)) {
            part.complain("description", "validation.regex");
        }
    }
    fields.join(part);
    texts
}

fn may_be_described(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '_' | ' ' | '.')
}

/// Ends a transaction that nobody has paid yet; its page takes no payment any more.
pub fn cancel(books: &mut Books, call: &Call, tx_ref: &str) -> Result<Value, Refusal> {
    let payment = books.payments.get_mut(tx_ref).ok_or_else(Refusal::no_transaction)?;
    if payment.status != Status::Open {
        return Err(Refusal::bad("Only active transactions can be cancelled"));
    }
    payment.status = Status::Cancelled;
    payment.note(call.now_ms, "log", "Transaction cancelled");
    books.emit_charge(call.now_ms, tx_ref);
    Ok(done("Transaction cancelled successfully", &Value::Null))
}
