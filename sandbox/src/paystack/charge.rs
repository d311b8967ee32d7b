//! `POST /transaction/charge_authorization`: a saved card is charged without its owner. A charge that
//! is declined is a successful call: HTTP 200, with the failure in `data.status`.

use super::books::{Books, Settlement};
use super::fields::Fields;
use super::gate::Answer;
use super::initialize::Ask;
use super::model::Status;
use super::outcome::Recharge;
use super::refusal::Refusal;
use super::render::{self, Nothing};

pub fn charge_authorization(books: &mut Books, fields: &Fields) -> Result<Answer, Refusal> {
    let ask = Ask::read(books, fields)?;
    let code = fields.text("authorization_code")?.ok_or_else(|| Refusal::missing("Authorization code"))?;
    let queue = fields.flag("queue")?;
    let card = books.authorizations.get(&code).filter(|card| card.email == ask.email).cloned();
    let card = card.ok_or_else(|| {
        Refusal::invalid(
            "Email does not match Authorization code. Authorization may be inactive or belong to a different \
             email. Please confirm.",
        )
    })?;
    let mut transaction = ask.transaction(books);
    let reference = transaction.reference.clone();
    let (recharge, course) = (card.recharge, card.refunds);
    transaction.authorization = Some(card);
    transaction.course = course;
    let waits = match (recharge, queue) {
        (Recharge::Pends, _) => Some(Status::Pending),
        (_, true) => Some(Status::Queued),
        (Recharge::Works | Recharge::Declines, false) => None,
    };
    if let Some(status) = waits {
        transaction.status = status;
        transaction.gateway_response = "Payment is being processed".into();
    }
    books.take_on(transaction);
    match (recharge, waits) {
        (Recharge::Declines, None) => books.attempt_failed(&reference, "card", "Declined"),
        (Recharge::Declines, Some(_)) => books.later(1, Settlement::Bounces(reference.clone())),
        (Recharge::Works | Recharge::Pends, Some(_)) => {
            books.later(1, Settlement::Arrives(reference.clone()))
        }
        (Recharge::Works | Recharge::Pends, None) => books.capture(&reference),
    }
    let transaction = books.transactions.get(&reference).ok_or_else(Refusal::not_found)?;
    Ok(Answer::new("Charge attempted", render::transaction(transaction, Nothing::Text)))
}
