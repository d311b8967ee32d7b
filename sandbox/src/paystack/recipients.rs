//! Recipients of transfers. The same account asked for again is the same recipient.

use super::books::{Books, lower};
use super::fields::Fields;
use super::gate::Answer;
use super::initialize::currency;
use super::listing::Page;
use super::payee::{self, Recipient};
use super::refusal::Refusal;

/// Type, and the currency when none is named.
const KINDS: [(&str, &str); 5] =
    [("nuban", "NGN"), ("ghipss", "GHS"), ("mobile_money", "GHS"), ("basa", "ZAR"), ("authorization", "NGN")];

pub fn create(books: &mut Books, fields: &Fields) -> Result<Answer, Refusal> {
    let kind = fields.required_text("type")?;
    let known = KINDS.iter().find(|(known, _)| *known == kind);
    let (kind, home) = *known.ok_or_else(|| Refusal::invalid("Invalid recipient type"))?;
    let name = fields.required_text("name")?;
    let currency = currency(books, fields)?.unwrap_or_else(|| home.to_owned());
    let (description, email) = (fields.text("description")?, fields.text("email")?);
    let metadata = fields.metadata()?;
    let (account_number, bank_code) = (fields.word("account_number")?, fields.word("bank_code")?);
    let authorization_code = fields.text("authorization_code")?;
    if kind == "authorization" {
        check_authorization(books, authorization_code.as_deref(), email.as_deref())?;
    } else {
        check_account(account_number.as_deref(), bank_code.as_deref())?;
    }
    let parts = [Some(kind), account_number.as_deref(), bank_code.as_deref(), authorization_code.as_deref()];
    let account = format!("{} {currency}", parts.map(Option::unwrap_or_default).join(" "));
    let message = "Transfer recipient created successfully";
    if let Some(same) = books.accounts.get(&account).and_then(|code| books.recipients.get(code)) {
        return Ok(Answer::new(message, payee::recipient(same)).created());
    }
    let recipient = Recipient {
        id: books.next_id(),
        code: lower("RCP_", 15),
        created_ms: books.now_ms,
        kind,
        name,
        currency,
        description,
        email,
        metadata,
        account_number,
        bank_code,
        authorization_code,
    };
    let data = payee::recipient(&recipient);
    // Both shelves are filled and trimmed together, so that neither knows more than the other.
    books.accounts.insert(&account, recipient.code.clone());
    books.recipients.insert(&recipient.code.clone(), recipient);
    books.accounts.trim(books.keep);
    books.recipients.trim(books.keep);
    Ok(Answer::new(message, data).created())
}

fn check_account(account_number: Option<&str>, bank_code: Option<&str>) -> Result<(), Refusal> {
    let account_number = account_number.ok_or_else(|| Refusal::missing("Account number"))?;
    bank_code.ok_or_else(|| Refusal::missing("Bank code"))?;
    if account_number.len() > 20 || !account_number.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(Refusal::invalid("Account details are invalid"));
    }
    Ok(())
}

fn check_authorization(books: &Books, code: Option<&str>, email: Option<&str>) -> Result<(), Refusal> {
    let code = code.ok_or_else(|| Refusal::missing("Authorization code"))?;
    let email = email.ok_or_else(|| Refusal::missing("Email Address"))?;
    let card = books.authorizations.get(code).filter(|card| card.email.eq_ignore_ascii_case(email));
    card.map(|_| ()).ok_or_else(|| Refusal::invalid("Email does not match Authorization code"))
}

pub fn list(books: &Books, query: &Fields) -> Result<Answer, Refusal> {
    let page = Page::read(query)?;
    let found = page.of(&books.recipients, |recipient| recipient.created_ms, |_| true, payee::recipient);
    Ok(Answer::list("Recipients retrieved", found))
}

/// By code or id.
pub fn fetch(books: &Books, name: &str) -> Result<Answer, Refusal> {
    let by_id = || books.recipients.iter().map(|(_, one)| one).find(|one| one.id.to_string() == name);
    let recipient = books.recipients.get(name).or_else(by_id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::new("Recipient retrieved", payee::recipient(recipient)))
}
