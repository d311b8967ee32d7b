//! Payouts to an account's own bank: pending, in transit, paid, each a settling time apart; one may fail
//! even after it was paid. Automatic ones, which the control API starts, take all that is available and
//! say which balance transactions they settle.

use serde::Deserialize;
use serde_json::{Value, json};

use super::amounts::{check, read_currency};
use super::books::{Books, Origin, Settlement};
use super::expand::Expand;
use super::gate::Call;
use super::listing::{Created, Page};
use super::model::Metadata;
use super::owner::{self, Owner};
use super::purse::Entry;
use super::refusal::Refusal;
use crate::ids::token;

const URL: &str = "/v1/payouts";
/// An account's own bank account.
const BANK_ACCOUNT: &str = "ba_sandbox";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayoutStatus {
    Pending,
    InTransit,
    Paid,
    Failed,
    Canceled,
}

impl PayoutStatus {
    fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InTransit => "in_transit",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }
}

#[derive(Debug)]
pub struct Payout {
    pub id: String,
    pub owner: Owner,
    created: i64,
    amount: i64,
    currency: String,
    method: &'static str,
    automatic: bool,
    status: PayoutStatus,
    statement_descriptor: Option<String>,
    description: Option<String>,
    metadata: Metadata,
    balance_transaction: String,
    failure_balance_transaction: Option<String>,
    /// The id of a bank account.
    destination: String,
    payout_method: Option<String>,
    source_type: &'static str,
}

pub fn render(payout: &Payout) -> Value {
    let failed = payout.status == PayoutStatus::Failed;
    let reconciliation = match (payout.automatic, payout.status) {
        (false, _) => "not_applicable",
        (true, PayoutStatus::Pending | PayoutStatus::InTransit) => "in_progress",
        (true, PayoutStatus::Paid | PayoutStatus::Failed | PayoutStatus::Canceled) => "completed",
    };
    json!({
        "id": payout.id,
        "object": "payout",
        "amount": payout.amount,
        "application_fee": null,
        "application_fee_amount": null,
        "arrival_date": payout.created,
        "automatic": payout.automatic,
        "balance_transaction": payout.balance_transaction,
        "created": payout.created,
        "currency": payout.currency,
        "description": payout.description,
        "destination": payout.destination,
        "failure_balance_transaction": payout.failure_balance_transaction,
        "failure_code": failed.then_some("could_not_process"),
        "failure_message": failed.then_some("The bank could not process this payout."),
        "livemode": false,
        "metadata": payout.metadata,
        "method": payout.method,
        "original_payout": null,
        "payout_method": payout.payout_method,
        "reconciliation_status": reconciliation,
        "reversed_by": null,
        "source_type": payout.source_type,
        "statement_descriptor": payout.statement_descriptor,
        "status": payout.status.as_str(),
        "trace_id": null,
        "type": "bank_account",
    })
}

pub fn create(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read(params, "payout")?;
    let amount = params.positive("amount")?.ok_or_else(|| Refusal::parameter_missing("amount"))?;
    let currency = read_currency(params)?;
    check(amount, &currency, "amount")?;
    let descriptor = params.text("statement_descriptor")?;
    if descriptor.as_ref().is_some_and(|text| text.chars().count() > 22) {
        let message = "The statement descriptor must be at most 22 characters.";
        return Err(Refusal::invalid("statement_descriptor", message));
    }
    let draft = Payout {
        id: token("po_1", 23),
        owner: call.owner.clone(),
        created: call.now,
        amount,
        currency,
        method: params.word("method").unwrap_or("standard"),
        automatic: false,
        status: PayoutStatus::Pending,
        statement_descriptor: descriptor,
        description: params.text("description")?,
        metadata: params.metadata()?,
        balance_transaction: String::new(),
        failure_balance_transaction: None,
        destination: params.text("destination")?.unwrap_or_else(|| BANK_ACCOUNT.into()),
        payout_method: params.text("payout_method")?,
        source_type: params.word("source_type").unwrap_or("card"),
    };
    params.finish()?;
    if books.purses.available(&draft.owner, &draft.currency) < amount {
        return Err(Refusal::balance_insufficient());
    }
    let id = books.pay_out(draft, &call.origin);
    show(books, &expand, &call.owner, &id)
}

fn show(books: &Books, expand: &Expand, owner: &Owner, id: &str) -> Result<Value, Refusal> {
    let answer = render(find(books, id, owner)?);
    Ok(expand.apply(books, answer))
}

fn find<'a>(books: &'a Books, id: &str, owner: &Owner) -> Result<&'a Payout, Refusal> {
    owner::of(&books.payouts, id, owner).ok_or_else(|| Refusal::no_such("payout", "id", id))
}

pub fn retrieve(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, "payout")?;
    call.params.finish()?;
    show(books, &expand, &call.owner, id)
}

pub fn cancel(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, "payout")?;
    call.params.finish()?;
    let payout = find(books, id, &call.owner)?;
    if payout.automatic || payout.status != PayoutStatus::Pending {
        let message = "Payouts can only be canceled while they are pending, and if they are not automatic.";
        return Err(Refusal::forbidden_by_state(None, message));
    }
    books.turn_payout(id, PayoutStatus::Canceled, &call.origin);
    show(books, &expand, &call.owner, id)
}

pub fn list(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read_listed(params, "payout")?;
    let (page, created) = (Page::read(params, &call.owner)?, Created::read(params)?);
    let status = params.word("status");
    let (arrived, destination) = (Created::read_of(params, "arrival_date")?, params.text("destination")?);
    params.finish()?;
    let fits = |payout: &Payout| {
        status.is_none_or(|status| payout.status.as_str() == status)
            && arrived.has(payout.created)
            && destination.as_ref().is_none_or(|id| payout.destination == *id)
    };
    let by_time = (created, (|payout: &Payout| payout.created) as fn(&Payout) -> i64);
    let answer = page.of(("payout", URL), &books.payouts, by_time, fits, render)?;
    Ok(expand.apply(books, answer))
}

impl Books {
    fn pay_out(&mut self, mut payout: Payout, origin: &Origin) -> String {
        let (id, owner, currency) = (payout.id.clone(), payout.owner.clone(), payout.currency.clone());
        let (amount, available_on) = (-payout.amount, payout.created);
        let (kind, category) = ("payout", "payout");
        let entry = Entry {
            owner: &owner,
            kind,
            category,
            source: &id,
            amount,
            fee: 0,
            currency: &currency,
            available_on,
        };
        payout.balance_transaction = self.book(&entry);
        let object = render(&payout);
        self.payouts.insert(&id, payout);
        self.payouts.trim(self.terms.keep);
        self.settle_later(Settlement::Payout(id.clone()));
        self.emit("payout.created", &owner, object, origin);
        id
    }

    /// Pays out all that is available in a currency, and marks what that is. None if it is nothing.
    pub fn pay_out_all(&mut self, account: Option<&str>, currency: &str) -> Option<String> {
        let owner: Owner = account.map(Into::into);
        let (now, amount) = (self.now(), self.purses.available(&owner, currency));
        if amount < 1 {
            return None;
        }
        let payout = Payout {
            id: token("po_1", 23),
            owner: owner.clone(),
            created: now,
            amount,
            currency: currency.to_owned(),
            method: "standard",
            automatic: true,
            status: PayoutStatus::Pending,
            statement_descriptor: None,
            description: Some("STRIPE PAYOUT".into()),
            metadata: Metadata::new(),
            balance_transaction: String::new(),
            failure_balance_transaction: None,
            destination: BANK_ACCOUNT.into(),
            payout_method: None,
            source_type: "card",
        };
        let id = self.pay_out(payout, &Origin::default());
        let settled = self.movements.iter().filter(|(_, movement)| {
            let due = movement.available_on <= now && movement.payout.is_none();
            due && movement.owner == owner && movement.currency == currency
        });
        let settled: Vec<String> = settled.map(|(id, _)| id.to_owned()).collect();
        for movement in settled {
            if let Some(movement) = self.movements.get_mut(&movement) {
                movement.payout = Some(id.clone());
            }
        }
        Some(id)
    }

    /// From pending to in transit, and from there to paid.
    pub fn payout_moves_on(&mut self, id: &str) {
        match self.payouts.get(id).map(|payout| payout.status) {
            Some(PayoutStatus::Pending) => {
                self.turn_payout(id, PayoutStatus::InTransit, &Origin::default());
                self.settle_later(Settlement::Payout(id.to_owned()));
            }
            Some(PayoutStatus::InTransit) => {
                self.turn_payout(id, PayoutStatus::Paid, &Origin::default());
            }
            Some(PayoutStatus::Paid | PayoutStatus::Failed | PayoutStatus::Canceled) | None => {}
        }
    }

    /// Changes how a payout stands; failed and canceled ones bring the money back, and stay so. False
    /// if there is no such payout.
    pub fn turn_payout(&mut self, id: &str, to: PayoutStatus, origin: &Origin) -> bool {
        let Some(payout) = self.payouts.get(id) else { return false };
        let before = payout.status;
        if before == to || matches!(before, PayoutStatus::Failed | PayoutStatus::Canceled) {
            return true;
        }
        let (event, kind) = match to {
            PayoutStatus::Pending | PayoutStatus::InTransit => ("payout.updated", None),
            PayoutStatus::Paid => ("payout.paid", None),
            PayoutStatus::Failed => ("payout.failed", Some("payout_failure")),
            PayoutStatus::Canceled => ("payout.canceled", Some("payout_cancel")),
        };
        let (owner, currency, amount) = (payout.owner.clone(), payout.currency.clone(), payout.amount);
        let (category, available_on) = ("payout_reversal", self.now());
        let back = kind.map(|kind| {
            let currency = &currency;
            self.book(&Entry {
                owner: &owner,
                kind,
                category,
                source: id,
                amount,
                fee: 0,
                currency,
                available_on,
            })
        });
        let Some(payout) = self.payouts.get_mut(id) else { return false };
        payout.status = to;
        payout.failure_balance_transaction = back;
        let (object, reconciled) = (render(payout), payout.automatic && to == PayoutStatus::Paid);
        let previous = Some(json!({"status": before.as_str()}));
        self.emit_changed(event, &owner, object.clone(), previous, origin);
        if reconciled {
            self.emit("payout.reconciliation_completed", &owner, object, origin);
        }
        true
    }
}
