//! What the sandbox remembers of bKash's objects. Amounts are whole poisha beside the text the
//! merchant wrote, times are milliseconds since the epoch.

use super::outcome::Course;
use super::settings::ClosedWords;
use crate::agenda::Slot;
use crate::ids::token;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `0000`: the payer agrees to be charged later; no money moves.
    Agree,
    /// `0001`: he pays under an agreement.
    Agreed,
    /// `0011`: he pays once.
    Once,
}

impl Mode {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agree => "0000",
            Self::Agreed => "0001",
            Self::Once => "0011",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    Sale,
    /// Executing only reserves the money; capture takes it, void lets it go.
    Authorization,
}

impl Intent {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Authorization => "authorization",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The payer has yet to act.
    Initiated,
    /// He has confirmed with his PIN; the merchant has yet to execute.
    Confirmed,
    Authorized,
    /// The money was taken, or the agreement made.
    Completed,
    Voided,
    /// He could not confirm.
    Failed,
    /// Executing was refused with this code, for good.
    Refused(&'static str),
    Cancelled,
    Expired,
}

impl Status {
    /// `transactionStatus` on the wire.
    pub fn word(self, words: ClosedWords) -> &'static str {
        match (self, words) {
            (Self::Initiated | Self::Confirmed, _) => "Initiated",
            (Self::Authorized, _) => "Authorized",
            (Self::Completed, _) => "Completed",
            (Self::Voided, _) => "Voided",
            (_, ClosedWords::Initiated) => "Initiated",
            (Self::Failed | Self::Refused(_), ClosedWords::Named) => "Failed",
            (Self::Cancelled, ClosedWords::Named) => "Cancelled",
            (Self::Expired, ClosedWords::Named) => "Expired",
        }
    }

    /// For people and tests, who may know all.
    pub fn name(self) -> &'static str {
        match self {
            Self::Initiated => "initiated",
            Self::Confirmed => "confirmed",
            Self::Authorized => "authorized",
            Self::Completed => "completed",
            Self::Voided => "voided",
            Self::Failed | Self::Refused(_) => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// `verificationStatus` on the wire: whether the payer's word stands.
    pub fn verification(self) -> &'static str {
        match self {
            Self::Confirmed | Self::Authorized | Self::Completed | Self::Voided => "Complete",
            Self::Initiated | Self::Failed | Self::Refused(_) | Self::Cancelled | Self::Expired => {
                "Incomplete"
            }
        }
    }
}

/// One paymentID: a payment, or the making of an agreement.
#[derive(Debug)]
pub struct Payment {
    pub id: String,
    pub mode: Mode,
    pub created_ms: i64,
    /// Its place on the agenda until it is executed or closed.
    pub expiry: Option<Slot>,
    pub status: Status,
    pub payer_reference: String,
    pub callback: String,
    /// Made with the payment and repeated in every callback; what it signs is not documented.
    pub signature: String,
    /// As the merchant wrote it; empty for an agreement.
    pub amount_text: String,
    pub amount: i64,
    pub intent: Intent,
    /// Empty for an agreement.
    pub invoice: String,
    pub agreement: Option<String>,
    /// The payer's number, once he has confirmed.
    pub wallet: Option<String>,
    pub course: Course,
    pub wrong_pins: u32,
    pub trx: Option<String>,
    pub executed_ms: Option<i64>,
    pub refunds: Vec<Refund>,
}

impl Payment {
    /// One that waits for its payer; what it costs is filled in afterwards.
    pub fn new(id: String, mode: Mode, created_ms: i64, payer_reference: String, callback: String) -> Self {
        Self {
            id,
            mode,
            created_ms,
            expiry: None,
            status: Status::Initiated,
            payer_reference,
            callback,
            signature: token("", 10),
            amount_text: String::new(),
            amount: 0,
            intent: Intent::Sale,
            invoice: String::new(),
            agreement: None,
            wallet: None,
            course: Course::Plain,
            wrong_pins: 0,
            trx: None,
            executed_ms: None,
            refunds: Vec::new(),
        }
    }

    pub fn captured(&self) -> i64 {
        if self.mode != Mode::Agree && self.status == Status::Completed { self.amount } else { 0 }
    }

    /// Failed refunds do not count, pending ones do.
    pub fn refunded(&self) -> i64 {
        let counted = self.refunds.iter().filter(|refund| refund.status != RefundStatus::Failed);
        counted.map(|refund| refund.amount).sum()
    }

    pub fn callback_with(&self, status: &str) -> String {
        let (url, fragment) = self.callback.split_once('#').unwrap_or((&self.callback, ""));
        let joint = if url.contains('?') { '&' } else { '?' };
        let hash = if fragment.is_empty() { "" } else { "#" };
        let (id, signature) = (&self.id, &self.signature);
        format!("{url}{joint}paymentID={id}&status={status}&signature={signature}{hash}{fragment}")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundStatus {
    Pending,
    Completed,
    Failed,
}

impl RefundStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Refund {
    /// Its trxID.
    pub id: String,
    pub created_ms: i64,
    /// When it became what it is.
    pub settled_ms: i64,
    pub amount_text: String,
    pub amount: i64,
    pub status: RefundStatus,
    pub sku: String,
    pub reason: String,
}

#[derive(Debug)]
pub struct Agreement {
    pub id: String,
    pub payment: String,
    pub payer_reference: String,
    pub wallet: String,
    pub created_ms: i64,
    pub executed_ms: i64,
    pub cancelled_ms: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::{Mode, Payment};

    #[test]
    fn the_callback_keeps_what_its_url_had() {
        let told = |url: &str| {
            let payment = Payment::new("TR1".into(), Mode::Once, 0, " ".into(), url.into());
            payment.callback_with("success").replace(&payment.signature, "s")
        };
        let query = "paymentID=TR1&status=success&signature=s";
        assert_eq!(told("http://a.b/cb"), format!("http://a.b/cb?{query}"));
        assert_eq!(told("http://a.b/cb?c=1#top"), format!("http://a.b/cb?c=1&{query}#top"));
    }
}
