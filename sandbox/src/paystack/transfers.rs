//! Transfers out of the balance: the endpoints. The reference is what makes one safe to repeat: a
//! second transfer with it is refused, and `verify` tells what became of the first.

use serde_json::{Value, json};

use super::books::{Books, lower};
use super::fields::Fields;
use super::gate::Answer;
use super::initialize::currency;
use super::listing::Page;
use super::payee::{self, TRANSFER_STATUSES, Transfer, TransferStatus};
use super::refusal::Refusal;

/// The one-time password that is right.
pub const OTP: &str = "123456";

/// One transfer that is asked for.
#[derive(Debug)]
pub struct Order {
    pub amount: i64,
    pub currency: Option<String>,
    pub recipient: String,
    pub reference: String,
    pub reason: Option<String>,
}

impl Order {
    pub fn read(books: &Books, fields: &Fields) -> Result<Self, Refusal> {
        let amount = fields.amount("amount")?.ok_or_else(|| Refusal::missing("Amount"))?;
        let recipient = fields.required_text("recipient")?;
        let reference = fields.required_text("reference")?;
        let allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
        if !(16..=50).contains(&reference.len()) || !reference.bytes().all(allowed) {
            return Err(Refusal::invalid(
                "Invalid reference: it has 16 to 50 characters, lower case letters, digits, '-' and '_'",
            ));
        }
        Ok(Self {
            amount,
            currency: currency(books, fields)?,
            recipient,
            reference,
            reason: fields.text("reason")?,
        })
    }

    /// Its currency, if it can be carried out but for the money.
    pub fn check(&self, books: &Books) -> Result<String, Refusal> {
        let recipient = books.recipients.get(&self.recipient).ok_or_else(Refusal::invalid_recipient)?;
        if self.currency.as_ref().is_some_and(|currency| *currency != recipient.currency) {
            return Err(Refusal::invalid("The currency is not that of the recipient"));
        }
        Ok(recipient.currency.clone())
    }
}

pub fn create(books: &mut Books, fields: &Fields) -> Result<Answer, Refusal> {
    check_source(fields)?;
    let order = Order::read(books, fields)?;
    if books.transfer_codes.contains(&order.reference) {
        return Err(Refusal::duplicate_transfer());
    }
    let currency = order.check(books)?;
    if !books.can_pay(order.amount, &currency) {
        return Err(Refusal::balance_too_low());
    }
    let code = books.take_on_transfer(order, currency);
    let message = if books.settings.transfer_otp {
        "Transfer requires OTP to continue"
    } else {
        books.queue_transfer(&code);
        "Transfer has been queued"
    };
    Ok(Answer::new(message, brief(books, &code)?))
}

pub fn check_source(fields: &Fields) -> Result<(), Refusal> {
    match fields.text("source")?.as_deref() {
        Some("balance") => Ok(()),
        Some(_) => Err(Refusal::invalid("Invalid source: transfers are made from balance")),
        None => Err(Refusal::missing("source")),
    }
}

pub fn finalize(books: &mut Books, fields: &Fields) -> Result<Answer, Refusal> {
    let code = fields.required_text("transfer_code")?;
    let otp = fields.word("otp")?.ok_or_else(|| Refusal::missing("otp"))?;
    let transfer = books
        .transfers
        .get(&code)
        .ok_or_else(|| Refusal::bare(axum::http::StatusCode::BAD_REQUEST, "Transfer code is invalid"))?;
    if transfer.status != TransferStatus::Otp {
        return Err(Refusal::invalid("Transfer is not currently awaiting OTP"));
    }
    if otp != OTP {
        return Err(Refusal::invalid("OTP could not be verified, kindly try again"));
    }
    if !books.can_pay(transfer.amount, &transfer.currency) {
        return Err(Refusal::balance_too_low());
    }
    books.queue_transfer(&code);
    Ok(Answer::new("Transfer has been queued", brief(books, &code)?))
}

pub fn verify(books: &Books, reference: &str) -> Result<Answer, Refusal> {
    let code = books.transfer_codes.get(reference);
    let transfer = code.and_then(|code| books.transfers.get(code)).ok_or_else(Refusal::no_such_transfer)?;
    Ok(Answer::new("Transfer retrieved", full(books, transfer)))
}

/// By code or id.
pub fn fetch(books: &Books, name: &str) -> Result<Answer, Refusal> {
    let by_id = || books.transfers.iter().map(|(_, one)| one).find(|one| one.id.to_string() == name);
    let transfer = books.transfers.get(name).or_else(by_id).ok_or_else(Refusal::no_such_transfer)?;
    Ok(Answer::new("Transfer retrieved", full(books, transfer)))
}

pub fn list(books: &Books, query: &Fields) -> Result<Answer, Refusal> {
    let page = Page::read(query)?;
    let status = query.text("status")?.map(|text| {
        let known = TRANSFER_STATUSES.into_iter().find(|status| status.as_str() == text);
        known.ok_or_else(|| Refusal::invalid(format!("Invalid status: there is no {text}")))
    });
    let (status, recipient) = (status.transpose()?, query.text("recipient")?);
    let wanted = |transfer: &Transfer| {
        status.is_none_or(|status| status == transfer.status)
            && recipient.as_ref().is_none_or(|recipient| *recipient == transfer.recipient)
    };
    let show = |transfer: &Transfer| full(books, transfer);
    let found = page.of(&books.transfers, |transfer| transfer.created_ms, wanted, show);
    Ok(Answer::list("Transfers retrieved", found))
}

/// As a new transfer is answered: with the recipient's number.
fn brief(books: &Books, code: &str) -> Result<Value, Refusal> {
    let transfer = books.transfers.get(code).ok_or_else(Refusal::no_such_transfer)?;
    let recipient = books.recipients.get(&transfer.recipient).map(|recipient| recipient.id);
    Ok(payee::transfer(transfer, json!(recipient)))
}

pub fn full(books: &Books, transfer: &Transfer) -> Value {
    let recipient = books.recipients.get(&transfer.recipient).map(payee::recipient);
    payee::transfer(transfer, json!(recipient))
}

impl Books {
    /// Whether the balance covers a transfer and what it costs.
    pub fn can_pay(&self, amount: i64, currency: &str) -> bool {
        let needed = amount + payee::transfer_fee(amount, currency);
        self.balances.get(currency).is_some_and(|balance| *balance >= needed)
    }

    /// Puts a transfer in the books, waiting for its one-time password; its code.
    pub fn take_on_transfer(&mut self, order: Order, currency: String) -> String {
        let recipient = self.recipients.get(&order.recipient);
        let account = recipient.and_then(|recipient| recipient.account_number.as_deref());
        let course = payee::course(account);
        let transfer = Transfer {
            id: self.next_id(),
            code: lower("TRF_", 16),
            reference: order.reference,
            created_ms: self.now_ms,
            updated_ms: self.now_ms,
            amount: order.amount,
            fee: payee::transfer_fee(order.amount, &currency),
            currency,
            reason: order.reason,
            recipient: order.recipient,
            status: TransferStatus::Otp,
            course,
        };
        let code = transfer.code.clone();
        self.totals.transfers += 1;
        self.transfer_codes.insert(&transfer.reference, code.clone());
        self.transfers.insert(&code, transfer);
        self.transfer_codes.trim(self.keep);
        self.transfers.trim(self.keep);
        code
    }
}
