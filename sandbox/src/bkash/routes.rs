//! The API's calls, all in one place: their paths, and what runs them. Each reads all its fields
//! before it changes anything. All are POST.

use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::Value;

use super::books::Books;
use super::fields::Fields;
use super::refusal::Refusal;
use super::settings::RefundApis;
use super::{agreements, create, execute, reads, refunds, tokens};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    Grant,
    Refresh,
    Create,
    Execute,
    Query,
    Search,
    Capture,
    Void,
    AgreementStatus,
    AgreementCancel,
    /// The first refund API, which both refunds and tells of a refund.
    Refund,
    RefundV2,
    RefundStatusV2,
}

/// Below `/bkash`, as below bKash's own host.
pub const PATHS: [(Call, &str); 13] = [
    (Call::Grant, "/v1.2.0-beta/tokenized/checkout/token/grant"),
    (Call::Refresh, "/v1.2.0-beta/tokenized/checkout/token/refresh"),
    (Call::Create, "/v1.2.0-beta/tokenized/checkout/create"),
    (Call::Execute, "/v1.2.0-beta/tokenized/checkout/execute"),
    (Call::Query, "/v1.2.0-beta/tokenized/checkout/payment/status"),
    (Call::Search, "/v1.2.0-beta/tokenized/checkout/general/searchTransaction"),
    (Call::Capture, "/v1.2.0-beta/tokenized/checkout/payment/confirm/capture"),
    (Call::Void, "/v1.2.0-beta/tokenized/checkout/payment/confirm/void"),
    (Call::AgreementStatus, "/v1.2.0-beta/tokenized/checkout/agreement/status"),
    (Call::AgreementCancel, "/v1.2.0-beta/tokenized/checkout/agreement/cancel"),
    (Call::Refund, "/v1.2.0-beta/tokenized/checkout/payment/refund"),
    (Call::RefundV2, "/v2/tokenized-checkout/refund/payment/transaction"),
    (Call::RefundStatusV2, "/v2/tokenized-checkout/refund/payment/status"),
];

impl Call {
    pub fn at(path: &str) -> Option<Self> {
        let path = path.trim_end_matches('/');
        PATHS.iter().find(|(_, known)| *known == path).map(|(call, _)| *call)
    }

    /// In which envelope its refusals go.
    pub fn worded(self, refusal: Refusal) -> Refusal {
        match self {
            Self::RefundV2 | Self::RefundStatusV2 => refusal.of_refund(),
            Self::Grant
            | Self::Refresh
            | Self::Create
            | Self::Execute
            | Self::Query
            | Self::Search
            | Self::Capture
            | Self::Void
            | Self::AgreementStatus
            | Self::AgreementCancel
            | Self::Refund => refusal,
        }
    }

    fn is_there(self, books: &Books) -> bool {
        match self {
            Self::Search => books.config.search,
            Self::Refund => books.config.refunds != RefundApis::V2,
            Self::RefundV2 | Self::RefundStatusV2 => books.config.refunds != RefundApis::V1,
            Self::Grant
            | Self::Refresh
            | Self::Create
            | Self::Execute
            | Self::Query
            | Self::Capture
            | Self::Void
            | Self::AgreementStatus
            | Self::AgreementCancel => true,
        }
    }
}

pub fn run(
    books: &mut Books,
    call: Call,
    headers: &HeaderMap,
    body: &[u8],
    now_ms: i64,
) -> Result<Value, Refusal> {
    if !call.is_there(books) {
        return Err(Refusal::no_such_path());
    }
    if !matches!(call, Call::Grant | Call::Refresh) {
        tokens::check(books, headers, now_ms)?;
    }
    let fields = &Fields::parse(body, books.config.amounts)?;
    match call {
        Call::Grant => tokens::grant(books, headers, fields, now_ms),
        Call::Refresh => tokens::refresh(books, headers, fields, now_ms),
        Call::Create => create::create(books, fields, now_ms),
        Call::Execute => execute::execute(books, fields, now_ms),
        Call::Query => reads::query(books, fields),
        Call::Search => reads::search(books, fields),
        Call::Capture => execute::capture(books, fields, now_ms),
        Call::Void => execute::void(books, fields, now_ms),
        Call::AgreementStatus => agreements::status(books, fields),
        Call::AgreementCancel => agreements::cancel(books, fields, now_ms),
        Call::Refund => refunds::refund_v1(books, fields, now_ms),
        Call::RefundV2 => refunds::refund_v2(books, fields, now_ms),
        Call::RefundStatusV2 => refunds::status_v2(books, fields),
    }
}
