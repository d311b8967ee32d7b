//! What happens to a transfer after it was taken on. Its money leaves the balance when it is queued and
//! comes back, fee included, when it failed or was reversed.

use super::Impossible;
use super::books::{Books, Settlement};
use super::payee::TransferStatus;
use super::transfers;
use crate::sums::tally;

impl Books {
    pub fn queue_transfer(&mut self, code: &str) {
        let Some(transfer) = self.transfers.get_mut(code) else { return };
        transfer.status = TransferStatus::Pending;
        let (amount, fee, currency) = (transfer.amount, transfer.fee, transfer.currency.clone());
        let (id, reason) = (transfer.id, transfer.reason.clone().unwrap_or_default());
        tally(&mut self.totals.paid_out, &currency, amount);
        self.book(&currency, -(amount + fee), ("Transfer", id), &reason);
        self.later(1, Settlement::Transfer(code.to_owned()));
    }

    /// The next step of a transfer's course.
    pub fn transfer_moves(&mut self, code: &str) {
        let Some(transfer) = self.transfers.get_mut(code) else { return };
        let Some((next, rest)) = transfer.course.split_first() else { return };
        transfer.course = rest;
        if !transfer.status.may_become(*next) {
            return;
        }
        let more = !rest.is_empty();
        self.set_transfer(code, *next);
        if more {
            self.later(1, Settlement::Transfer(code.to_owned()));
        }
    }

    pub fn force_transfer(&mut self, name: &str, status: TransferStatus) -> Result<(), Impossible> {
        let code = self.transfer_codes.get(name).cloned().unwrap_or_else(|| name.to_owned());
        let transfer = self.transfers.get(&code).ok_or(Impossible::NoSuch)?;
        if !transfer.status.may_become(status) {
            return Err(Impossible::Now);
        }
        self.set_transfer(&code, status);
        Ok(())
    }

    fn set_transfer(&mut self, code: &str, status: TransferStatus) {
        let now_ms = self.now_ms;
        let Some(transfer) = self.transfers.get_mut(code) else { return };
        transfer.status = status;
        transfer.updated_ms = now_ms;
        let (amount, fee, currency) = (transfer.amount, transfer.fee, transfer.currency.clone());
        let (id, reference) = (transfer.id, transfer.reference.clone());
        if status.is_undone() {
            tally(&mut self.totals.paid_out, &currency, -amount);
            self.book(&currency, amount + fee, ("Transfer", id), &format!("Transfer {}", status.as_str()));
        }
        let Some(kind) = status.event() else { return };
        if let Some(transfer) = self.transfers.get(code) {
            let mut data = transfers::full(self, transfer);
            data["integration"] = serde_json::json!({
                "id": super::books::INTEGRATION, "is_live": false, "business_name": "Sandbox",
            });
            self.emit(kind, &reference, data);
        }
    }
}
