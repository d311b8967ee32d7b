//! Money paid out to sellers, in neutral words, and what a gateway that does so can be asked.
//!
//! Whom to pay and how much is decided by the caller. Money that left twice comes back late or never: as with refunds, a
//! transfer without an answer is looked for before it is asked for again, under the same name.

use std::fmt;

use money::Money;
use uuid::Uuid;

use crate::{CallContext, CallError, GatewayFuture};

/// Who is paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payee {
    /// Known to the gateway by its own name: `acct_…`, `RCP_…`.
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

/// Money to be paid out. A repeat of the call must carry equal fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateTransfer {
    /// Our payout; the gateway's idempotency handle is made from it. A new try after [`TransferState::Failed`] needs a
    /// new one.
    pub transfer_id: Uuid,
    pub payee: Payee,
    pub amount: Money,
    /// What the payee sees on the statement, or, where a gateway has no place for it, nobody.
    pub reason: String,
    /// [`PaymentView::payment_reference`](crate::PaymentView) of the payment the money comes out of, where a gateway ties
    /// transfers to payments: then it need not be available yet. `None`: out of the balance.
    pub payment_reference: Option<String>,
}

/// What tells a transfer from all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferName {
    pub transfer_id: Uuid,
    /// [`TransferView::reference`], once it is known.
    pub reference: Option<String>,
    /// What was asked for: a gateway may leave it out.
    pub amount: Money,
}

/// A transfer to be taken back, in full or in part. A repeat of the call must carry equal fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReverseTransfer {
    /// Our reversal; the idempotency key is made from it.
    pub reversal_id: Uuid,
    pub name: TransferName,
    pub amount: Money,
}

/// Where a transfer stands. `Succeeded` is not the end: a bank may send it back, and it becomes `Reversed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransferState {
    /// On its way, or the gateway used a word this version does not know.
    Pending,
    Succeeded,
    /// No money left.
    Failed,
    /// It left and is back with us.
    Reversed,
    /// Somebody must do something at the gateway first, as confirm it.
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

/// What a gateway says about a transfer. Nothing in it has been compared with our records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferView {
    /// What it is found by later: the gateway's name for it, or ours where it goes by that.
    pub reference: String,
    pub state: TransferState,
    pub amount: Money,
    /// The payout we sent along; absent for one made by hand at the gateway.
    pub our_transfer: Option<Uuid>,
}

/// Whether a gateway takes transfers back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reversals {
    Never,
    /// [`Transfers::reverse_transfer`] works, for parts too.
    InParts,
}

/// A gateway that pays out. A [`CallError`] says whether it may have acted all the same.
pub trait Transfers: fmt::Debug + Send + Sync {
    fn reversals(&self) -> Reversals;

    /// Pays out. May be repeated with the same request.
    fn create_transfer<'a>(
        &'a self,
        context: &'a CallContext,
        request: &'a CreateTransfer,
    ) -> GatewayFuture<'a, TransferView>;

    /// The authoritative state of a transfer. `None`: the gateway has none of that name.
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
