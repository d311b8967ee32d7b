//! The life of a transfer. The money leaves the balance at once, and comes back when the transfer
//! fails or is reverted.

use super::banks::Bank;
use super::books::{Books, Settlement};
use super::model::{Transfer, TransferStatus};
use super::transfers::Ask;
use crate::ids::{token, uuid};
use crate::sums::tally;

/// How a transfer is made to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferVerdict {
    Success,
    Failed,
    Reverted,
}

impl Books {
    pub fn queue(&mut self, now_ms: i64, ask: Ask, bank: &'static Bank, batch: Option<u32>) {
        let asks_first = self.config.approval.is_some();
        let transfer = Transfer {
            reference: ask.reference.clone(),
            chapa_reference: token("AP", 10),
            chapa_transfer_id: uuid(),
            bank_reference: None,
            batch,
            created_ms: now_ms,
            updated_ms: now_ms,
            account_name: ask.account_name,
            account_number: ask.account_number,
            bank,
            amount: ask.amount,
            currency: "ETB",
            mode: self.config.mode(),
            status: if asks_first { TransferStatus::Unapproved } else { TransferStatus::Pending },
        };
        self.totals.transfers += 1;
        tally(&mut self.totals.transferred, transfer.currency, transfer.amount);
        self.book(transfer.currency, -transfer.amount);
        self.transfers.insert(&ask.reference, transfer);
        self.transfers.trim(self.keep);
        if asks_first {
            self.unapproved.push(ask.reference);
        } else {
            self.schedule(now_ms, ask.reference);
        }
    }

    fn schedule(&mut self, now_ms: i64, reference: String) {
        self.settlements.add(now_ms + self.settle_ms, Settlement::TransferEnds(reference));
    }

    /// The merchant's own server has agreed.
    pub fn approve(&mut self, now_ms: i64, reference: &str) {
        let transfer = self.transfers.get_mut(reference);
        let Some(transfer) = transfer.filter(|transfer| transfer.status == TransferStatus::Unapproved) else {
            return;
        };
        transfer.status = TransferStatus::Pending;
        transfer.updated_ms = now_ms;
        self.schedule(now_ms, reference.to_owned());
    }

    /// What the account's number has in store for it.
    pub fn transfer_ends(&mut self, now_ms: i64, reference: &str) {
        let transfer = self.transfers.get(reference);
        let Some(transfer) = transfer.filter(|transfer| transfer.status == TransferStatus::Pending) else {
            return;
        };
        let verdict = match transfer.account_number.as_str() {
            account if account.ends_with("0002") => TransferVerdict::Failed,
            account if account.ends_with("0003") => TransferVerdict::Reverted,
            account if account.ends_with("0004") => return,
            _ => TransferVerdict::Success,
        };
        self.end_transfer(now_ms, reference, verdict);
    }

    /// One under way ends; one that had arrived may be reverted yet.
    pub fn end_transfer(&mut self, now_ms: i64, reference: &str, verdict: TransferVerdict) {
        let Some(transfer) = self.transfers.get_mut(reference) else { return };
        let returns = transfer.status == TransferStatus::Success && verdict == TransferVerdict::Reverted;
        if !transfer.status.is_under_way() && !returns {
            return;
        }
        transfer.updated_ms = now_ms;
        transfer.status = match verdict {
            TransferVerdict::Success => TransferStatus::Success,
            TransferVerdict::Failed => TransferStatus::Failed,
            TransferVerdict::Reverted => TransferStatus::Reverted,
        };
        if verdict == TransferVerdict::Success {
            transfer.bank_reference = Some(token("FT", 10));
        } else {
            let (amount, currency) = (transfer.amount, transfer.currency);
            tally(&mut self.totals.transferred, currency, -amount);
            self.book(currency, amount);
        }
        self.emit_payout(now_ms, reference);
    }

    /// Chapa's word for it, which is a setting.
    pub fn word_of(&self, status: TransferStatus) -> &str {
        let words = &self.config.transfer_words;
        match status {
            TransferStatus::Unapproved | TransferStatus::Pending => &words.pending,
            TransferStatus::Success => &words.success,
            TransferStatus::Failed => &words.failed,
            TransferStatus::Reverted => &words.reverted,
        }
    }
}
