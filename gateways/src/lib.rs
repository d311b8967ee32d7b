//! Every outbound call to a payment gateway, and what comes back from one.
//!
//! The rest of the product speaks the neutral words of this crate ([`CreatePayment`], [`PaymentView`],
//! [`RefundView`], [`GatewayEvent`]); each gateway is a folder that turns them into its own and back.
//! Nothing here decides about an order: amounts and references are reported, the caller compares them.
//! The crate knows no database, no web server and no clock; the time is an argument.

mod calls;
mod connect;
mod contract;
mod error;
mod event;
mod http_client;
mod name;
mod payment;
mod refund;
mod registry;
mod secret;
pub mod stripe;

pub use connect::StripeAccess;
pub use contract::{CallContext, Capabilities, Gateway, GatewayFuture};
pub use error::{CallError, CallErrorKind, ConfigError, RetryAdvice, Sent};
pub use event::{EventBody, GatewayEvent, UnreadableEvent, Verified, WebhookError};
pub use name::{GatewayName, UnknownGateway};
pub use payment::{CreatePayment, Expired, HostedPayment, PaymentLine, PaymentState, PaymentView};
pub use refund::{CreateRefund, RefundReason, RefundState, RefundView};
pub use registry::Gateways;
pub use secret::Secret;
