//! Looking transactions up: verify by reference, fetch by id, the list.

use serde_json::json;

use super::books::Books;
use super::fields::Fields;
use super::gate::Answer;
use super::listing::Page;
use super::model::{STATUSES, Status, Transaction};
use super::refusal::Refusal;
use super::render::{self, Nothing};
use super::settings::UnknownReference;

pub fn verify(books: &Books, reference: &str) -> Result<Answer, Refusal> {
    let Some(transaction) = books.transactions.get(reference) else {
        return Err(match books.settings.unknown_reference {
            UnknownReference::NotFound404 => Refusal::not_found(),
            UnknownReference::BadRequest400 => Refusal::unknown_reference(),
        });
    };
    Ok(Answer::new("Verification successful", render::transaction(transaction, Nothing::Text)))
}

pub fn fetch(books: &Books, id: &str) -> Result<Answer, Refusal> {
    // Only by id: a reference that looks like one must not be taken for it.
    let found = books.names.get(id).and_then(|reference| books.transactions.get(reference));
    let found =
        found.filter(|transaction| transaction.id.to_string() == id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::new("Transaction retrieved", render::transaction(found, Nothing::Text)))
}

pub fn list(books: &Books, query: &Fields) -> Result<Answer, Refusal> {
    let (page, wanted) = (Page::read(query)?, Wanted::read(query)?);
    let show = |transaction: &Transaction| render::transaction(transaction, Nothing::Null);
    let mut found = page.of(&books.transactions, created, |transaction| wanted.takes(transaction), show);
    let paid = books.transactions.iter().map(|(_, transaction)| transaction);
    let paid = paid.filter(|transaction| page.holds(transaction.created_ms) && wanted.takes(transaction));
    let volume = paid.fold(0_i64, |sum, transaction| sum.saturating_add(transaction.captured()));
    found.meta["total_volume"] = json!(volume);
    Ok(Answer::list("Transactions retrieved", found))
}

fn created(transaction: &Transaction) -> i64 {
    transaction.created_ms
}

/// The filters of the list.
#[derive(Debug)]
struct Wanted {
    status: Option<Status>,
    amount: Option<i64>,
    currency: Option<String>,
    /// An id or a code.
    customer: Option<String>,
}

impl Wanted {
    fn read(query: &Fields) -> Result<Self, Refusal> {
        let status = query.text("status")?.map(|text| {
            let known = STATUSES.into_iter().find(|status| status.as_str() == text);
            known.ok_or_else(|| Refusal::invalid(format!("Invalid status: there is no {text}")))
        });
        Ok(Self {
            status: status.transpose()?,
            amount: query.amount("amount")?,
            currency: query.text("currency")?,
            customer: query.text("customer")?.or(query.text("customer_code")?),
        })
    }

    fn takes(&self, transaction: &Transaction) -> bool {
        let customer = &transaction.customer;
        self.status.is_none_or(|status| status == transaction.status)
            && self.amount.is_none_or(|amount| amount == transaction.amount)
            && self.currency.as_ref().is_none_or(|currency| *currency == transaction.currency)
            && self
                .customer
                .as_ref()
                .is_none_or(|wanted| *wanted == customer.code || *wanted == customer.id.to_string())
    }
}
