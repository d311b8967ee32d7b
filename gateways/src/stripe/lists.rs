//! Transactions within a window, for reconciliation: the events, then the movements of the balance; and the refunds of
//! one payment.
//!
//! Events record every change of a payment, a refund and a dispute, and are kept for 30 days. Movements of the balance
//! record only money, whichever system moved it, and are kept for good. Both are listed newest first.
//! <https://docs.stripe.com/api/events/list>, <https://docs.stripe.com/api/balance_transactions/list>.

use serde_json::value::RawValue;

use super::form::Form;
use super::wire::{self, Expandable, List};
use super::{MOST_PAGES, REFUNDS, Stripe, event, map};
use crate::exchange::{unmapped, unusable};
use crate::http_client::Effect;
use crate::{
    CallContext, CallError, EventBody, GatewayEvent, Movement, PaymentName, Push, RefundView, Transaction,
    TransactionPage, Window,
};

const EVENTS: &str = "/v1/events";
const MOVEMENTS: &str = "/v1/balance_transactions";
/// Where the second list begins. Else a cursor is the id of the last row that was read.
const SECOND_LIST: &str = "balance";

impl Stripe {
    pub(super) async fn list(
        &self,
        context: &CallContext,
        window: Window,
        cursor: Option<&str>,
    ) -> Result<TransactionPage, CallError> {
        match cursor {
            Some(SECOND_LIST) => self.movements(context, window, None).await,
            Some(id) if id.starts_with("txn_") => self.movements(context, window, cursor).await,
            Some(_) | None => self.events(context, window, cursor).await,
        }
    }

    /// All refunds of a payment, newest first. <https://docs.stripe.com/api/refunds/list>.
    pub(super) async fn all_refunds(
        &self,
        context: &CallContext,
        payment: &PaymentName,
    ) -> Result<Vec<RefundView>, CallError> {
        let (mut views, mut after) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let mut form =
                Form::default().with("payment_intent", &payment.payment_reference).with("limit", 100);
            if let Some(id) = after {
                form.set("starting_after", id);
            }
            let page: List<wire::Refund> = self.read(context, REFUNDS.to_owned(), form).await?;
            after = page.data.last().filter(|_| page.has_more).map(|last| last.id.clone());
            for refund in page.data {
                views.push(map::refund_view(refund).map_err(|error| unmapped(error, Effect::Reads))?);
            }
            if after.is_none() {
                return Ok(views);
            }
        }
        Err(unusable("there are more refunds than are looked through", Effect::Reads))
    }

    async fn events(
        &self,
        context: &CallContext,
        window: Window,
        after: Option<&str>,
    ) -> Result<TransactionPage, CallError> {
        let mut form = page_of(window, after);
        for (index, kind) in event::KINDS.iter().enumerate() {
            form.set(format!("types[{index}]"), kind);
        }
        let page: List<Box<RawValue>> = self.read(context, EVENTS.to_owned(), form).await?;
        let version = &self.config.api_version;
        let last = page.data.last().and_then(|raw| read::<wire::Named>(raw)).map(|event| event.id);
        let next = match last {
            Some(id) if page.has_more => id,
            None if page.has_more => {
                return Err(unusable("a page of events without their ids", Effect::Reads));
            }
            Some(_) | None => SECOND_LIST.to_owned(),
        };
        let transactions =
            page.data.iter().map(|raw| event::parse(raw.get(), version)).filter_map(told).collect();
        Ok(TransactionPage { transactions, next: Some(next) })
    }

    async fn movements(
        &self,
        context: &CallContext,
        window: Window,
        after: Option<&str>,
    ) -> Result<TransactionPage, CallError> {
        let form = page_of(window, after).with("expand[]", "data.source");
        let page: List<wire::Movement> = self.read(context, MOVEMENTS.to_owned(), form).await?;
        let next = page.data.last().filter(|_| page.has_more).map(|last| last.id.clone());
        Ok(TransactionPage { transactions: page.data.into_iter().filter_map(moved).collect(), next })
    }
}

fn page_of(window: Window, after: Option<&str>) -> Form {
    let mut form = Form::default()
        .with("created[gte]", window.from)
        .with("created[lt]", window.until)
        .with("limit", 100);
    if let Some(id) = after {
        form.set("starting_after", id);
    }
    form
}

/// An event in another API version than ours proves nothing; the movements of the balance, which are read in our
/// version, show its money.
fn told(event: GatewayEvent) -> Option<Transaction> {
    let believed = event.push == Push::Proof;
    let what = match event.body {
        EventBody::Payment(view) if believed => Movement::Payment(view),
        EventBody::Refund { view, payment_reference } if believed => {
            Movement::Refund { view, payment_reference }
        }
        EventBody::Payment(_) | EventBody::Refund { .. } => return None,
        EventBody::Dispute(view) => Movement::Dispute(view),
        // The inbox reported unreadable events when they arrived; here they would be found in every run.
        EventBody::RefundsOf { .. } | EventBody::Unclear(_) | EventBody::Other => return None,
    };
    Some(Transaction { id: event.id, at: event.created, what })
}

/// Movements for a charge, a refund or a dispute: their current state is read. Fees, transfers and payouts are skipped,
/// and so are movements that can't be read: their events report them.
fn moved(movement: wire::Movement) -> Option<Transaction> {
    let source = movement.source?;
    let kind: wire::Kind = serde_json::from_str(source.get()).ok()?;
    let what = match kind.object.as_str() {
        "charge" => Movement::Payment(map::charge_view(read(&source)?).ok()?),
        "refund" => {
            let mut refund: wire::Refund = read(&source)?;
            let payment_reference = refund.payment_intent.take().map(Expandable::into_id);
            Movement::Refund { view: map::refund_view(refund).ok()?, payment_reference }
        }
        "dispute" => Movement::Dispute(map::dispute_view(read(&source)?)),
        _ => return None,
    };
    Some(Transaction { id: movement.id, at: movement.created, what })
}

fn read<T: serde::de::DeserializeOwned>(source: &RawValue) -> Option<T> {
    serde_json::from_str(source.get()).ok()
}
