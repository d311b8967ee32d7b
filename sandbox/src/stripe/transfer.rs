//! Transfers to connected accounts and their reversals: the objects, and how the money moves. Both are
//! done when they are made. The endpoints are in `transfers` and `reversals`.

use serde_json::{Value, json};

use super::books::{Books, Origin};
use super::model::Metadata;
use super::owner::Owner;
use super::purse::Entry;
use crate::ids::token;
use crate::sums::tally;

#[derive(Debug)]
pub struct Transfer {
    pub id: String,
    /// The platform that sent it.
    pub owner: Owner,
    pub created: i64,
    pub amount: i64,
    pub currency: String,
    /// The connected account.
    pub destination: String,
    /// The payment that the destination sees.
    pub destination_payment: String,
    pub source_transaction: Option<String>,
    pub transfer_group: Option<String>,
    pub description: Option<String>,
    pub metadata: Metadata,
    pub source_type: &'static str,
    pub balance_transaction: String,
    /// Oldest first.
    pub reversals: Vec<Reversal>,
    pub reversed: i64,
}

#[derive(Debug)]
pub struct Reversal {
    pub id: String,
    pub created: i64,
    pub amount: i64,
    pub metadata: Metadata,
    pub balance_transaction: String,
    pub destination_payment_refund: String,
    pub source_refund: Option<String>,
}

/// What is to be transferred.
#[derive(Debug)]
pub struct Order {
    pub owner: Owner,
    pub amount: i64,
    pub currency: String,
    pub destination: String,
    pub source_transaction: Option<String>,
    pub transfer_group: Option<String>,
    pub description: Option<String>,
    pub metadata: Metadata,
    pub source_type: &'static str,
}

pub fn render(transfer: &Transfer) -> Value {
    let url = format!("/v1/transfers/{}/reversals", transfer.id);
    let newest = transfer.reversals.iter().rev().take(10);
    let reversals: Vec<Value> =
        newest.map(|reversal| render_reversal(reversal, &transfer.id, &transfer.currency)).collect();
    json!({
        "id": transfer.id,
        "object": "transfer",
        "amount": transfer.amount,
        "amount_reversed": transfer.reversed,
        "balance_transaction": transfer.balance_transaction,
        "created": transfer.created,
        "currency": transfer.currency,
        "description": transfer.description,
        "destination": transfer.destination,
        "destination_payment": transfer.destination_payment,
        "livemode": false,
        "metadata": transfer.metadata,
        "reversals": {
            "object": "list",
            "data": reversals,
            "has_more": transfer.reversals.len() > 10,
            "url": url,
        },
        "reversed": transfer.reversed == transfer.amount,
        "source_transaction": transfer.source_transaction,
        "source_type": transfer.source_type,
        "transfer_group": transfer.transfer_group,
    })
}

pub fn render_reversal(reversal: &Reversal, transfer: &str, currency: &str) -> Value {
    json!({
        "id": reversal.id,
        "object": "transfer_reversal",
        "amount": reversal.amount,
        "balance_transaction": reversal.balance_transaction,
        "created": reversal.created,
        "currency": currency,
        "destination_payment_refund": reversal.destination_payment_refund,
        "metadata": reversal.metadata,
        "source_refund": reversal.source_refund,
        "transfer": transfer,
    })
}

impl Books {
    /// Sends money to a connected account; the transfer's id. Whether there is enough has been checked.
    pub fn transfer(&mut self, order: Order, origin: &Origin) -> String {
        let now = self.now();
        let (id, payment) = (token("tr_1", 23), token("py_1", 23));
        let source = order.source_transaction.as_ref().and_then(|charge| self.charges.get_mut(charge));
        let mut available_on = now;
        if let Some(charge) = source {
            charge.transferred += order.amount;
            available_on = charge.available_on.max(now);
        }
        let account: Owner = Some(order.destination.as_str().into());
        let (amount, currency) = (order.amount, order.currency.as_str());
        let entry = Entry {
            owner: &order.owner,
            kind: "transfer",
            category: "transfer",
            source: &id,
            amount: -amount,
            fee: 0,
            currency,
            available_on,
        };
        let balance_transaction = self.book(&entry);
        self.book(&Entry {
            owner: &account,
            kind: "payment",
            category: "charge",
            source: &payment,
            amount,
            ..entry
        });
        tally(&mut self.totals.transferred, currency, amount);
        let transfer = Transfer {
            id: id.clone(),
            owner: order.owner,
            created: now,
            amount,
            currency: order.currency,
            destination: order.destination,
            destination_payment: payment,
            source_transaction: order.source_transaction,
            transfer_group: order.transfer_group,
            description: order.description,
            metadata: order.metadata,
            source_type: order.source_type,
            balance_transaction,
            reversals: Vec::new(),
            reversed: 0,
        };
        let (owner, object) = (transfer.owner.clone(), render(&transfer));
        self.transfers.insert(&id, transfer);
        self.transfers.trim(self.terms.keep);
        self.emit("transfer.created", &owner, object, origin);
        id
    }

    /// Takes money back from a connected account. Whether so much is left has been checked.
    pub fn reverse(
        &mut self,
        id: &str,
        amount: i64,
        metadata: Metadata,
        source_refund: Option<String>,
        origin: &Origin,
    ) -> Option<String> {
        let now = self.now();
        let transfer = self.transfers.get(id)?;
        let (owner, currency) = (transfer.owner.clone(), transfer.currency.clone());
        let account: Owner = Some(transfer.destination.as_str().into());
        let source = transfer.source_transaction.clone();
        let (reversal, refund) = (token("trr_1", 23), token("pyr_1", 23));
        let entry = Entry {
            owner: &owner,
            kind: "transfer_refund",
            category: "transfer_reversal",
            source: &reversal,
            amount,
            fee: 0,
            currency: &currency,
            available_on: now,
        };
        let balance_transaction = self.book(&entry);
        let back =
            Entry { owner: &account, kind: "payment_refund", category: "refund", source: &refund, ..entry };
        self.book(&Entry { amount: -amount, ..back });
        tally(&mut self.totals.transferred, &currency, -amount);
        if let Some(charge) = source.and_then(|charge| self.charges.get_mut(&charge)) {
            charge.transferred -= amount;
        }
        let transfer = self.transfers.get_mut(id)?;
        transfer.reversed += amount;
        transfer.reversals.push(Reversal {
            id: reversal.clone(),
            created: now,
            amount,
            metadata,
            balance_transaction,
            destination_payment_refund: refund,
            source_refund,
        });
        let before = json!({"amount_reversed": transfer.reversed - amount});
        let object = render(transfer);
        self.emit_changed("transfer.reversed", &owner, object, Some(before), origin);
        Some(reversal)
    }

    /// What `transfer_data` asked for, once the money has been taken.
    pub fn share_out(&mut self, payment: &str, origin: &Origin) {
        let Some(payment) = self.payments.get(payment) else { return };
        let Some(share) = &payment.ask.share else { return };
        let charge = payment.latest_charge().map(str::to_owned);
        let order = Order {
            owner: payment.owner.clone(),
            amount: share.amount.unwrap_or(payment.captured).min(payment.captured),
            currency: payment.currency.clone(),
            destination: share.destination.clone(),
            source_transaction: charge.clone(),
            transfer_group: Some(group_of(payment.ask.transfer_group.as_ref(), &payment.id)),
            description: None,
            metadata: Metadata::new(),
            source_type: "card",
        };
        let transfer = self.transfer(order, origin);
        if let Some(charge) = charge.and_then(|id| self.charges.get_mut(&id)) {
            charge.transfer = Some(transfer);
        }
    }
}

/// A payment's own group, or the one that Stripe makes for it when something is transferred.
pub fn group_of(group: Option<&String>, payment: &str) -> String {
    group.cloned().unwrap_or_else(|| format!("group_{payment}"))
}
