//! Every outbound call to a payment gateway, and the answers to it.
//!
//! The rest of the product uses the neutral words of this crate ([`CreatePayment`], [`PaymentView`], [`RefundView`],
//! [`GatewayEvent`]); each gateway is a folder that translates them into its own words and back. Nothing here decides
//! about an order: amounts and references are reported, and the caller compares them. Code that the gateways share
//! exists once: `exchange` (requests), `settings`, `loose` (JSON that differs from its description), `names` (our
//! references), `times`, `signature` and `redaction`. The crate knows no database, no web server and no clock; the time
//! is an argument.

pub mod bkash;
mod breaker;
mod calls;
mod capabilities;
pub mod chapa;
mod connect;
mod contract;
mod dispute;
mod error;
mod event;
mod exchange;
mod failure;
mod guard;
mod http_client;
mod loose;
mod name;
mod names;
mod payment;
pub mod paystack;
mod plausible;
mod record;
mod redaction;
mod refund;
mod registry;
mod secret;
mod settings;
mod shelf;
mod signature;
pub mod stripe;
mod times;
mod transactions;
mod transfer;

pub use bkash::BkashAccess;
pub use breaker::BreakerState;
pub use capabilities::{Capabilities, Finish, PageScheme, Push, RefundRules};
pub use chapa::ChapaAccess;
pub use connect::{Access, StripeAccess};
pub use contract::{CallContext, Gateway, GatewayFuture, WebhookFuture};
pub use dispute::{DisputeState, DisputeView, DisputedAmount};
pub use error::{CallError, CallErrorKind, ConfigError, EndedBy, RetryAdvice, Sent};
pub use event::{EventBody, GatewayEvent, Named, UNREADABLE, Unclear, Verified, WebhookError};
pub use failure::{FailureCode, FailureReason};
pub use money::Currencies;
pub use name::{GatewayName, UnknownGateway};
pub use payment::{
    CreatePayment, Expired, HostedPayment, PaymentLine, PaymentName, PaymentState, PaymentView,
};
pub use paystack::PaystackAccess;
pub use record::{Answered, Record};
pub use refund::{CreateRefund, RefundName, RefundReason, RefundState, RefundView};
pub use registry::Gateways;
pub use secret::Secret;
pub use shelf::{LocalShelf, Shelf, ShelfFuture};
pub use transactions::{Movement, Transaction, TransactionPage, Window};
pub use transfer::{
    BankAccount, CreateTransfer, Payee, Reversals, ReverseTransfer, TransferName, TransferState,
    TransferView, Transfers,
};
