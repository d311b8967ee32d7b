//! Early fraud warnings: a card's issuer believes that a charge is fraudulent. Nothing has happened to
//! the money yet; it is the merchant's chance to refund before it is disputed.

use serde_json::{Value, json};

use super::books::{Books, Origin};
use super::expand::Expand;
use super::gate::Call;
use super::listing::{Created, Page};
use super::model::PaymentStatus;
use super::owner::{self, Owner};
use super::refusal::Refusal;
use crate::ids::token;

const URL: &str = "/v1/radar/early_fraud_warnings";
const OBJECT: &str = "radar.early_fraud_warning";

#[derive(Debug)]
pub struct Warning {
    pub id: String,
    pub owner: Owner,
    pub created: i64,
    pub charge: String,
    pub payment: String,
    /// Neither refunded in full nor disputed since.
    pub actionable: bool,
}

pub fn render(warning: &Warning) -> Value {
    json!({
        "id": warning.id,
        "object": OBJECT,
        "actionable": warning.actionable,
        "charge": warning.charge,
        "created": warning.created,
        "fraud_type": "unauthorized_use_of_card",
        "livemode": false,
        "payment_intent": warning.payment,
    })
}

impl Books {
    /// The issuer warns of a payment. None if nothing was taken, or it has warned already.
    pub fn warn(&mut self, payment: &str) -> Option<String> {
        let found = self.payments.get(payment).filter(|found| found.status == PaymentStatus::Succeeded)?;
        let charge = found.latest_charge()?.to_owned();
        let actionable = found.refunded < found.captured && found.disputes.is_empty();
        let (id, created) = (token("issfr_1", 23), self.now());
        let owner = found.owner.clone();
        let slot = &mut self.charges.get_mut(&charge)?.warning;
        if slot.is_some() {
            return None;
        }
        *slot = Some(id.clone());
        let payment = payment.to_owned();
        let warning = Warning { id: id.clone(), owner: owner.clone(), created, charge, payment, actionable };
        let object = render(&warning);
        self.warnings.insert(&id, warning);
        self.emit("radar.early_fraud_warning.created", &owner, object, &Origin::default());
        Some(id)
    }

    /// The charge was refunded in full or disputed: there is nothing more to do about its warning.
    pub fn warning_is_moot(&mut self, charge: &str) {
        let Some(id) = self.charges.get(charge).and_then(|charge| charge.warning.clone()) else { return };
        let warning = self.warnings.get_mut(&id).filter(|warning| warning.actionable);
        let Some(warning) = warning else { return };
        warning.actionable = false;
        let (owner, object) = (warning.owner.clone(), render(warning));
        let before = Some(json!({"actionable": true}));
        self.emit_changed("radar.early_fraud_warning.updated", &owner, object, before, &Origin::default());
    }
}

pub fn retrieve(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, OBJECT)?;
    call.params.finish()?;
    let warning = owner::of(&books.warnings, id, &call.owner);
    let answer = render(warning.ok_or_else(|| Refusal::no_such("early fraud warning", "id", id))?);
    Ok(expand.apply(books, answer))
}

pub fn list(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read_listed(params, OBJECT)?;
    let (page, created) = (Page::read(params, &call.owner)?, Created::read(params)?);
    let (payment, charge) = (params.text("payment_intent")?, params.text("charge")?);
    params.finish()?;
    let fits = |warning: &Warning| {
        payment.as_ref().is_none_or(|payment| warning.payment == *payment)
            && charge.as_ref().is_none_or(|charge| warning.charge == *charge)
    };
    let by_time = (created, (|warning: &Warning| warning.created) as fn(&Warning) -> i64);
    let answer = page.of((OBJECT, URL), &books.warnings, by_time, fits, render)?;
    Ok(expand.apply(books, answer))
}
