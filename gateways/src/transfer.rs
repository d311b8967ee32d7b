//! Payouts to sellers in neutral words, and the operations of a gateway that makes them.
//!
//! The caller decides the payee and the amount. Money that was sent twice comes back late or never. So, as with
//! refunds, an unanswered transfer is looked for before it is requested again, under the same reference.

use std::fmt;

use money::Money;
use uuid::Uuid;

use crate::{CallContext, CallError, GatewayFuture};

/// The payee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payee {
    /// Known to the gateway by its own reference: `acct_…`, `RCP_…`.
    Registered(String),
    Account(BankAccount),
}

/// A bank account. Prints its bank only.
#[derive(Clone, PartialEq, Eq)]
pub struct BankAccount {
    pub holder: String,
    pub number: String,
    /// The gateway's word for the bank.
    pub bank_code: String,
}

impl fmt::Debug for BankAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BankAccount").field("bank_code", &self.bank_code).finish_non_exhaustive()
    }
}

/// Money to be paid out. A repeat of the call must have equal fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateTransfer {
    /// Our payout; the gateway's idempotency key or reference is made from it. A new try after
    /// [`TransferState::Failed`] needs a new id.
    pub transfer_id: Uuid,
    pub payee: Payee,
    pub amount: Money,
    /// The text on the payee's statement, if the gateway has a field for it.
    pub reason: String,
    /// [`PaymentView::payment_reference`](crate::PaymentView) of the payment that funds the transfer, for gateways that
    /// tie transfers to payments: then the money need not be available yet. `None`: from the balance.
    pub payment_reference: Option<String>,
}

/// The references that distinguish a transfer from all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferName {
    pub transfer_id: Uuid,
    /// [`TransferView::reference`], once it is known.
    pub reference: Option<String>,
    /// The requested amount: a gateway may leave it out of its answer.
    pub amount: Money,
}

/// A transfer to be reversed, in full or in part. A repeat of the call must have equal fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReverseTransfer {
    /// Our reversal; the idempotency key is made from it.
    pub reversal_id: Uuid,
    pub name: TransferName,
    pub amount: Money,
}

/// The state of a transfer. `Succeeded` is not final: a bank may return the money, and it becomes `Reversed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransferState {
    /// In progress, or the gateway used a word that this version does not know.
    Pending,
    Succeeded,
    /// No money left our account.
    Failed,
    /// The money left and is back with us.
    Reversed,
    /// A person must act at the gateway first, for example confirm it.
    NeedsAction,
}

impl TransferState {
    /// The word for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Reversed => "reversed",
            Self::NeedsAction => "needs_action",
        }
    }
}

/// A gateway's view of a transfer. Nothing in it has been compared with our records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferView {
    /// The reference by which it is found later: the gateway's, or ours if the gateway uses that.
    pub reference: String,
    pub state: TransferState,
    pub amount: Money,
    /// The payout id that we sent along; absent for a transfer made by hand at the gateway.
    pub our_transfer: Option<Uuid>,
}

/// Whether a gateway reverses transfers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reversals {
    Never,
    /// [`Transfers::reverse_transfer`] works, for parts too.
    InParts,
}

/// A gateway that pays out. A [`CallError`] says whether it may have acted nevertheless.
pub trait Transfers: fmt::Debug + Send + Sync {
    fn reversals(&self) -> Reversals;

    /// Pays out. May be repeated with the same request.
    fn create_transfer<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreateTransfer,
    ) -> GatewayFuture<'a, TransferView>;

    /// The authoritative state of a transfer. `None`: the gateway has none with that reference.
    fn find_transfer<'a>(
        &'a self,
        context: &'a CallContext,
        name: &'a TransferName,
    ) -> GatewayFuture<'a, Option<TransferView>>;

    /// Takes money back. Only with [`Reversals::InParts`].
    fn reverse_transfer<'a>(
        &'a self,
        _context: &'a CallContext,
        _request: &'a ReverseTransfer,
    ) -> GatewayFuture<'a, TransferView> {
        let refused = CallError::unsendable("this gateway takes no transfer back");
        Box::pin(std::future::ready(Err(refused)))
    }
}
