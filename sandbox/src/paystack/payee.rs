//! Recipients and transfers as the sandbox remembers them, their JSON, and the account numbers that
//! stand for what becomes of a transfer.

use serde_json::{Value, json};

use super::banks;
use super::books::INTEGRATION;
use super::when::iso;

#[derive(Debug)]
pub struct Recipient {
    pub id: i64,
    pub code: String,
    pub created_ms: i64,
    pub kind: &'static str,
    pub name: String,
    pub currency: String,
    pub description: Option<String>,
    pub email: Option<String>,
    pub metadata: Option<Value>,
    pub account_number: Option<String>,
    pub bank_code: Option<String>,
    pub authorization_code: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TransferStatus {
    Otp,
    Pending,
    Received,
    Success,
    Failed,
    Abandoned,
    Reversed,
    Blocked,
    Rejected,
}

pub const TRANSFER_STATUSES: [TransferStatus; 9] = [
    TransferStatus::Otp,
    TransferStatus::Pending,
    TransferStatus::Received,
    TransferStatus::Success,
    TransferStatus::Failed,
    TransferStatus::Abandoned,
    TransferStatus::Reversed,
    TransferStatus::Blocked,
    TransferStatus::Rejected,
];

impl TransferStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Otp => "otp",
            Self::Pending => "pending",
            Self::Received => "received",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Abandoned => "abandoned",
            Self::Reversed => "reversed",
            Self::Blocked => "blocked",
            Self::Rejected => "rejected",
        }
    }

    /// There are events for three of the ends only.
    pub fn event(self) -> Option<&'static str> {
        match self {
            Self::Success => Some("transfer.success"),
            Self::Failed => Some("transfer.failed"),
            Self::Reversed => Some("transfer.reversed"),
            Self::Otp | Self::Pending | Self::Received | Self::Abandoned | Self::Blocked | Self::Rejected => {
                None
            }
        }
    }

    /// Whether its money is not, or no more, on its way.
    pub fn is_undone(self) -> bool {
        matches!(self, Self::Failed | Self::Reversed | Self::Blocked | Self::Rejected)
    }

    /// Whether a transfer may go from here to there by itself, without a one-time password.
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Otp => next == Self::Abandoned,
            Self::Pending => next == Self::Received || next == Self::Success || next.is_undone(),
            Self::Received => next == Self::Success || next.is_undone(),
            Self::Success => next == Self::Reversed,
            Self::Failed | Self::Abandoned | Self::Reversed | Self::Blocked | Self::Rejected => false,
        }
    }
}

/// Account number, what happens to transfers there in order of time, and that in words. All others
/// succeed; without a state it stays pending.
pub const ACCOUNTS: [(&str, &[TransferStatus], &str); 6] = [
    ("0000000001", &[TransferStatus::Failed], "the transfer fails"),
    ("0000000002", &[TransferStatus::Success, TransferStatus::Reversed], "succeeds, and is reversed later"),
    ("0000000003", &[], "stays pending until the control API decides"),
    ("0000000004", &[TransferStatus::Blocked], "is blocked; there is no event for that"),
    ("0000000005", &[TransferStatus::Rejected], "is rejected; there is no event for that"),
    ("0000000006", &[TransferStatus::Received, TransferStatus::Success], "is received first, then succeeds"),
];

/// What happens to a transfer to this account when it settles.
pub fn course(account_number: Option<&str>) -> &'static [TransferStatus] {
    let known = ACCOUNTS.iter().find(|(number, ..)| Some(*number) == account_number);
    known.map_or(&[TransferStatus::Success], |(_, course, _)| course)
}

#[derive(Debug)]
pub struct Transfer {
    pub id: i64,
    pub code: String,
    pub reference: String,
    pub created_ms: i64,
    pub updated_ms: i64,
    pub amount: i64,
    pub fee: i64,
    pub currency: String,
    pub reason: Option<String>,
    pub recipient: String,
    pub status: TransferStatus,
    /// What is yet to happen to it.
    pub course: &'static [TransferStatus],
}

/// What a transfer costs: the published steps for Nigeria, nothing elsewhere.
pub fn transfer_fee(amount: i64, currency: &str) -> i64 {
    match (currency, amount) {
        ("NGN", ..=500_000) => 1_000,
        ("NGN", ..=5_000_000) => 2_500,
        ("NGN", _) => 5_000,
        _ => 0,
    }
}

pub fn recipient(recipient: &Recipient) -> Value {
    let created_at = iso(recipient.created_ms);
    let bank_name = recipient.bank_code.as_deref().map(|code| banks::name(code).unwrap_or("Test Bank"));
    json!({
        "active": true,
        "createdAt": created_at,
        "currency": recipient.currency,
        "description": recipient.description,
        "domain": "test",
        "email": recipient.email,
        "id": recipient.id,
        "integration": INTEGRATION,
        "metadata": recipient.metadata,
        "name": recipient.name,
        "recipient_code": recipient.code,
        "type": recipient.kind,
        "updatedAt": created_at,
        "is_deleted": false,
        "isDeleted": false,
        "details": {
            "authorization_code": recipient.authorization_code,
            "account_number": recipient.account_number,
            "account_name": null,
            "bank_code": recipient.bank_code,
            "bank_name": bank_name,
        },
    })
}

/// `payee` is the recipient's number in answers to a new transfer, and all of it elsewhere.
pub fn transfer(transfer: &Transfer, payee: Value) -> Value {
    json!({
        "amount": transfer.amount,
        "createdAt": iso(transfer.created_ms),
        "currency": transfer.currency,
        "domain": "test",
        "failures": null,
        "fee_charged": transfer.fee,
        "fees_breakdown": null,
        "gateway_response": null,
        "id": transfer.id,
        "integration": INTEGRATION,
        "reason": transfer.reason,
        "recipient": payee,
        "reference": transfer.reference,
        "request": transfer.id + 1,
        "session": {"provider": null, "id": null},
        "source": "balance",
        "source_details": null,
        "status": transfer.status.as_str(),
        "titan_code": null,
        "transfer_code": transfer.code,
        "transfersessionid": null,
        "transfertrials": [],
        "transferred_at": null,
        "updatedAt": iso(transfer.updated_ms),
    })
}
