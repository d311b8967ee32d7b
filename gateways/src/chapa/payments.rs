//! Payment pages: opened, read, closed, listed.

use http::Method;
use serde_json::{Value, json};

use super::errors::{NOT_ACTIVE, PAGE_CLOSED, is_duplicate, is_unknown_thing, undecided, unreadable};
use super::line::Talk;
use super::wire::{Charge, Listed, Opened};
use super::{Chapa, map, path_part, request};
use crate::exchange::{Content, unmapped, unusable};
use crate::http_client::Effect;
use crate::names::{MOST_PAGES, of_attempt};
use crate::{
    CallContext, CallError, CallErrorKind, CreatePayment, Expired, FailureCode, HostedPayment, PaymentState,
    PaymentView, Sent, TransactionPage, Window,
};

/// Rows per request.
const PAGE_ROWS: u32 = 100;

impl Chapa {
    /// Opens a page under the attempt's own reference. If that was used before, the answer to an earlier try was lost,
    /// and with it the page's address. If that page was paid nevertheless, the customer continues; else the next page
    /// is opened.
    pub(super) async fn open_page(
        &self,
        context: &CallContext,
        request: &CreatePayment,
    ) -> Result<HostedPayment, CallError> {
        let talk = self.line.talk(context);
        let mut earlier: Option<CallError> = None;
        for number in 1..=MOST_PAGES {
            let name = of_attempt(request.attempt_id, number);
            let body = request::initialize(&self.config, request, &name)?;
            let refused = match initialize(&talk, &body).await {
                Ok(redirect_url) => {
                    return Ok(HostedPayment { reference: name, redirect_url, expires_at: None });
                }
                Err(error) if is_duplicate(&error) => error,
                Err(error) => return Err(error.after(earlier.as_ref())),
            };
            let lost = undecided(refused);
            match find(&talk, &name).await {
                Ok(view) if is_unpaid(view.state) => {}
                Ok(_) => {
                    let redirect_url = request::return_url(request, &name);
                    return Ok(HostedPayment { reference: name, redirect_url, expires_at: None });
                }
                // It can't be looked up, and the page's address is lost either way.
                Err(error) if error.kind == CallErrorKind::Refused => {}
                Err(error) => return Err(error.after(Some(&lost))),
            }
            earlier = Some(lost);
        }
        Err(earlier.expect("the loop runs at least once and ends by an earlier page"))
    }

    pub(super) async fn payment(
        &self,
        context: &CallContext,
        reference: &str,
    ) -> Result<PaymentView, CallError> {
        find(&self.line.talk(context), reference).await
    }

    /// Only an unpaid page can be closed, and only if the account has the endpoint. Closing it twice is harmless: the
    /// second time it is refused, and the state of the page is read.
    pub(super) async fn close_page(
        &self,
        context: &CallContext,
        reference: &str,
    ) -> Result<Expired, CallError> {
        let talk = self.line.talk(context);
        if !self.config.cancel_endpoint {
            return Ok(still_open(find(&talk, reference).await?, Expired::LeftOpen));
        }
        let path = format!("/transaction/cancel/{}", path_part(reference)?);
        let refused = match talk.change(Method::PUT, &path, Content::Json(&json!({}))).await {
            Ok(_) => return Ok(Expired::Closed),
            Err(error) if error.kind == CallErrorKind::Refused => error,
            Err(error) => return Err(error),
        };
        let view = find(&talk, reference).await?;
        let closed = is_closed(&refused, &view)
            || view.failure_reason.as_ref().is_some_and(|reason| reason.code == FailureCode::Abandoned);
        Ok(still_open(view, if closed { Expired::Closed } else { Expired::LeftOpen }))
    }

    /// Chapa's list has no filter: every page is read, and rows outside of the window are dropped. It ends early at a
    /// page that is sorted, newest first, and reaches back beyond the window.
    pub(super) async fn transactions(
        &self,
        context: &CallContext,
        window: Window,
        cursor: Option<&str>,
    ) -> Result<TransactionPage, CallError> {
        let number: u32 = match cursor {
            None => 1,
            Some(cursor) => cursor.parse().map_err(|_| CallError::unsendable("the cursor is not ours"))?,
        };
        let path = format!("/transactions?page={number}&per_page={PAGE_ROWS}");
        let (answer, envelope) = self.line.talk(context).get_envelope(&path).await?;
        let list = Listed::of(&envelope).ok_or_else(|| unreadable(&answer))?;
        let rows: Vec<Charge> =
            list.rows.iter().filter_map(|row| serde_json::from_str(row.get()).ok()).collect();
        if rows.iter().all(|row| map::written_at(row).is_none()) && !list.rows.is_empty() {
            return Err(unusable("a page of transactions without their times", Effect::Reads));
        }
        let more = list.has_more && !rows.is_empty() && !is_beyond(&rows, window);
        let transactions = rows.iter().filter_map(|row| map::listed(row, window)).collect();
        Ok(TransactionPage { transactions, next: more.then(|| number.saturating_add(1).to_string()) })
    }
}

/// The address of the page.
async fn initialize(talk: &Talk<'_>, body: &Value) -> Result<String, CallError> {
    let (answer, envelope) =
        talk.change(Method::POST, "/transaction/initialize", Content::Json(body)).await?;
    let opened: Option<Opened> = envelope.read();
    let address = opened.and_then(|opened| opened.checkout_url.owned());
    address.ok_or_else(|| unreadable(&answer))
}

/// Chapa answers 404 for an unpaid page, and for one that it does not know: only clear words are taken as the latter.
/// In doubt the page is open, until our own time is up.
async fn find(talk: &Talk<'_>, reference: &str) -> Result<PaymentView, CallError> {
    let path = format!("/transaction/verify/{}", path_part(reference)?);
    let mut charge: Charge = match talk.get(&path).await {
        Ok(charge) => charge,
        Err(error) if is_open_page(&error) => return Ok(map::unpaid(reference)),
        Err(error) => return Err(error),
    };
    if charge.tx_ref.get().is_none() {
        // This is the reference that was requested.
        charge.tx_ref = reference.into();
    }
    map::payment_view(&charge).map_err(|error| unmapped(error, Effect::Reads))
}

fn is_open_page(error: &CallError) -> bool {
    error.is_missing() && error.kind == CallErrorKind::Refused && !is_unknown_thing(error)
}

/// Whether the page was closed before. A failed payment that is no longer active has ended, or was cancelled: accounts
/// differ in the word for that.
fn is_closed(refused: &CallError, view: &PaymentView) -> bool {
    match refused.code.as_deref() {
        Some(PAGE_CLOSED) => true,
        Some(NOT_ACTIVE) => view.state == PaymentState::Failed,
        Some(_) | None => false,
    }
}

fn is_unpaid(state: PaymentState) -> bool {
    match state {
        PaymentState::Open | PaymentState::Failed | PaymentState::Expired => true,
        PaymentState::Processing | PaymentState::Captured | PaymentState::AwaitsFinish => false,
    }
}

/// A failed payment leaves its page open: Chapa lets the customer try again.
fn still_open(view: PaymentView, unpaid: Expired) -> Expired {
    match view.state {
        PaymentState::Captured => Expired::AlreadyPaid(view),
        PaymentState::Processing | PaymentState::AwaitsFinish => Expired::StillProcessing(view),
        PaymentState::Open | PaymentState::Failed | PaymentState::Expired => unpaid,
    }
}

/// Everything after these rows is older than the window.
fn is_beyond(rows: &[Charge], window: Window) -> bool {
    let times: Option<Vec<i64>> = rows.iter().map(map::written_at).collect();
    let times = times.unwrap_or_default();
    let newest_first = times.len() > 1 && times.first() > times.last() && times.is_sorted_by(|a, b| a >= b);
    newest_first && times.last().is_some_and(|oldest| *oldest < window.from)
}

/// For a request that was carried out before.
pub(super) fn lost_before() -> CallError {
    CallError::new(CallErrorKind::Unknown, Sent::Maybe, "made by an earlier request")
}
