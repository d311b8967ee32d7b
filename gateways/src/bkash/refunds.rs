//! Refunds. bKash has no idempotency keys, so a refund is looked for before it is sent, and refunds are sent one by
//! one.
//!
//! A refund that may have been sent and is not listed yet keeps its mark for a while. Until then it is not reported as
//! absent, and no other is sent.

use super::Bkash;
use super::errors::{Deed, accepted};
use super::line::{SEARCH, Talk};
use super::map;
use super::marks::UnderWay;
use super::payments::payment_id;
use super::wire::{Refund, Refunds};
use crate::exchange::unmapped;
use crate::http_client::Effect;
use crate::{CallContext, CallError, CallErrorKind, CreateRefund, PaymentName, RefundName, RefundView, Sent};

/// "Transaction not found" and "no such serial": the payment has no refund.
const NONE_THERE: [&str; 2] = ["2028", "2033"];

impl Bkash {
    pub(super) async fn refund(
        &self,
        context: &CallContext,
        request: &CreateRefund,
    ) -> Result<RefundView, CallError> {
        let (name, talk) = (&request.name, self.line.talk_patiently(context));
        let body = map::refund_body(request, self.config.refund_version)?;
        check(name)?;
        if !self.marks.begin_refund(name).await {
            return self.while_under_way(talk.briefly(), name).await;
        }
        // The list is read after the mark was taken: it contains everything that was sent before.
        match self.listed(talk.briefly(), name).await {
            Ok(None) => {}
            Ok(Some(view)) => {
                self.marks.end_refund(name).await;
                return Ok(view);
            }
            Err(error) => {
                self.marks.end_refund(name).await;
                return Err(unseen(error));
            }
        }
        let made = talk.moving().call::<Refund>(Deed::Refund, &self.line.refund_url(), &body).await;
        let view = |made| map::refund_view(&made).map_err(|error| unmapped(error, Effect::Changes));
        match made.and_then(view) {
            Ok(view) => {
                self.marks.end_refund(name).await;
                Ok(RefundView { our_refund: Some(name.refund_id), ..view })
            }
            Err(error) => self.not_made(talk.briefly(), name, error).await,
        }
    }

    /// A clear refusal removes the mark. Otherwise it stays, and the caller asks about the refund. A refusal is clear
    /// only if no refund is listed: "already reversed" or "too much" may refer to an earlier request of ours that
    /// arrived late.
    async fn not_made(
        &self,
        talk: Talk<'_>,
        name: &RefundName,
        error: CallError,
    ) -> Result<RefundView, CallError> {
        if error.kind == CallErrorKind::Refused {
            match self.listed(talk, name).await {
                Ok(None) => {}
                Ok(Some(view)) => {
                    self.marks.end_refund(name).await;
                    return Ok(view);
                }
                Err(_) => {
                    self.marks.end_refund(name).await;
                    return Err(CallError { kind: CallErrorKind::Unknown, sent: Sent::Maybe, ..error });
                }
            }
        }
        if !error.outcome_unknown() {
            self.marks.end_refund(name).await;
        }
        Err(error)
    }

    async fn while_under_way(&self, talk: Talk<'_>, name: &RefundName) -> Result<RefundView, CallError> {
        if let Some(view) = self.listed(talk, name).await? {
            return Ok(view);
        }
        let (kind, sent) = match self.marks.refund_under_way(name).await {
            UnderWay::This => (CallErrorKind::Unknown, Sent::Maybe),
            UnderWay::Nothing | UnderWay::Another => (CallErrorKind::Retry, Sent::No),
        };
        Err(under_way(kind, sent))
    }

    /// `None` only if no refund can be in progress.
    pub(super) async fn made_refund(
        &self,
        context: &CallContext,
        name: &RefundName,
    ) -> Result<Option<RefundView>, CallError> {
        check(name)?;
        let talk = self.line.talk(context);
        // Read before the list: the list contains refunds that end in between.
        let before = self.marks.refund_under_way(name).await;
        match self.listed(talk, name).await? {
            Some(view) => Ok(Some(view)),
            None if before == UnderWay::This => Err(under_way(CallErrorKind::Retry, Sent::Yes)),
            None => self.searched(talk, name).await,
        }
    }

    /// All refunds of a payment, those that were made elsewhere too.
    pub(super) async fn all_refunds(
        &self,
        context: &CallContext,
        payment: &PaymentName,
    ) -> Result<Vec<RefundView>, CallError> {
        let (page, money) = (payment_id(&payment.page_reference)?, payment_id(&payment.payment_reference)?);
        self.list(self.line.talk(context), page, money).await
    }

    async fn listed(&self, talk: Talk<'_>, name: &RefundName) -> Result<Option<RefundView>, CallError> {
        let views = self.list(talk, &name.page_reference, &name.payment_reference).await?;
        Ok(map::pick(views, name))
    }

    async fn list(&self, talk: Talk<'_>, page: &str, payment: &str) -> Result<Vec<RefundView>, CallError> {
        let url = self.line.refunds_url();
        let body = map::refunds_body(page, payment, self.config.refund_version);
        let answer = talk.ask(Deed::Read, &url, &body).await?;
        match accepted(&answer, Deed::Read) {
            Ok(()) => {}
            Err(error) if says_none(&error) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        }
        let (list, alone): (Refunds, Refund) = (answer.expect()?, answer.expect()?);
        map::refund_views(list, &alone).map_err(|error| unmapped(error, Effect::Reads))
    }

    /// A refund with a known reference that the list does not have: looked up among all transactions, if bKash allows
    /// the search.
    async fn searched(&self, talk: Talk<'_>, name: &RefundName) -> Result<Option<RefundView>, CallError> {
        let Some(reference) = name.reference.as_deref().filter(|_| self.config.search) else {
            return Ok(None);
        };
        let (url, body) = (self.line.url(SEARCH), serde_json::json!({"trxID": reference}));
        match talk.call::<Refund>(Deed::Read, &url, &body).await {
            Ok(found) => {
                let view = map::refund_view(&found).map_err(|error| unmapped(error, Effect::Reads))?;
                Ok(Some(view).filter(|view| view.reference == reference))
            }
            // Not every merchant has the search.
            Err(error) if says_none(&error) || error.http_status == Some(403) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Nothing may be sent with references that are not bKash's.
fn check(name: &RefundName) -> Result<(), CallError> {
    payment_id(&name.page_reference)?;
    payment_id(&name.payment_reference)?;
    Ok(())
}

/// The list could not be read and nothing was sent. The refusal says nothing about a refund sent before.
fn unseen(error: CallError) -> CallError {
    let kind = if error.kind == CallErrorKind::Refused { CallErrorKind::Retry } else { error.kind };
    CallError { kind, sent: Sent::No, ..error }
}

fn says_none(error: &CallError) -> bool {
    let code = error.code.as_deref();
    code.is_some_and(|code| NONE_THERE.contains(&code)) || (code.is_none() && error.http_status == Some(404))
}

fn under_way(kind: CallErrorKind, sent: Sent) -> CallError {
    let text = "a refund of the payment may still be under way";
    CallError { http_status: Some(200), ..CallError::new(kind, sent, text) }
}
