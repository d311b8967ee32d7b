//! Refunds: looked for before they are requested, because Paystack has no idempotency keys.

use super::Paystack;
use super::config::RefundFilter;
use super::errors::not_a_refusal;
use super::line::{PER_PAGE, Talk};
use super::matching::{Search, earliest, is_of, named};
use super::wire::Refund;
use super::{map, path_part, request};
use crate::exchange::{unmapped, unusable};
use crate::http_client::Effect;
use crate::{
    CallContext, CallError, CallErrorKind, CreateRefund, PaymentName, RefundName, RefundView, times,
};

/// Most pages that are searched, a hundred rows each, from the time our refund was decided.
const MOST_PAGES: u32 = 20;

impl Paystack {
    /// Sent at most once. Without an answer the error says so, and a repeat looks first. A refusal may be caused by an
    /// earlier try that was carried out (nothing is left to refund), so the refund is looked for once more before the
    /// refusal is accepted.
    pub(super) async fn send_refund(
        &self,
        context: &CallContext,
        request: &CreateRefund,
    ) -> Result<RefundView, CallError> {
        let body = request::refund(&self.config, request)?;
        let talk = self.line.talk(context);
        let mut made = self.by_reference(&talk, &request.name).await.map_err(not_a_refusal)?;
        if made.is_none() {
            made = self.search(&talk, &request.name).await.map_err(not_a_refusal)?;
        }
        if let Some(made) = made {
            return Ok(made);
        }
        match talk.post::<Refund>("/refund", &body).await {
            Ok(row) => self.refund_view(row, &request.name, Effect::Changes),
            Err(refused) if refused.kind == CallErrorKind::Refused => {
                self.search(&talk, &request.name).await.map_err(not_a_refusal)?.ok_or(refused)
            }
            Err(error) => Err(error),
        }
    }

    pub(super) async fn refund(
        &self,
        context: &CallContext,
        name: &RefundName,
    ) -> Result<Option<RefundView>, CallError> {
        let talk = self.line.talk(context);
        match name.reference {
            Some(_) => self.by_reference(&talk, name).await,
            None => self.search(&talk, name).await,
        }
    }

    /// The refund with the reference of the name, if it has one and Paystack knows it.
    async fn by_reference(
        &self,
        talk: &Talk<'_>,
        name: &RefundName,
    ) -> Result<Option<RefundView>, CallError> {
        let Some(reference) = &name.reference else { return Ok(None) };
        match talk.get::<Refund>(&format!("/refund/{}", path_part(reference)?)).await {
            Ok(row) => self.refund_view(row, name, Effect::Reads).map(Some),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn search(&self, talk: &Talk<'_>, name: &RefundName) -> Result<Option<RefundView>, CallError> {
        let mut search = Search::new(name, self.units());
        for number in 1..=MOST_PAGES {
            let page = talk
                .page::<Refund>(&self.list_path(&name.payment_reference, earliest(name), number)?)
                .await?;
            let more = page.has_more(number);
            for row in page.rows {
                let ours = search.look(row).map_err(|error| {
                    unusable(format!("a refund of the payment can't be read: {error}"), Effect::Reads)
                })?;
                if let Some(view) = ours {
                    return Ok(Some(view));
                }
            }
            if !more {
                return Ok(search.left().map(|view| named(view, name)));
            }
        }
        Err(unusable("there are more refunds than are looked through", Effect::Reads))
    }

    /// All refunds of a payment, whoever requested them.
    pub(super) async fn all_refunds(
        &self,
        context: &CallContext,
        payment: &PaymentName,
    ) -> Result<Vec<RefundView>, CallError> {
        let talk = self.line.talk(context);
        let PaymentName { page_reference, payment_reference, since } = payment;
        let mut views = Vec::new();
        for number in 1..=MOST_PAGES {
            let path = self.list_path(payment_reference, Some(*since), number)?;
            let page = talk.page::<Refund>(&path).await?;
            let more = page.has_more(number);
            let rows = page.rows.into_iter().filter(|row| is_of(row, payment_reference, page_reference));
            for row in rows {
                let view = map::refund_view(row, self.units());
                views.push(view.map_err(|error| unmapped(error, Effect::Reads))?);
            }
            if !more {
                return Ok(views);
            }
        }
        Err(unusable("there are more refunds than are looked through", Effect::Reads))
    }

    fn list_path(&self, payment: &str, from: Option<i64>, page: u32) -> Result<String, CallError> {
        let mut path = format!("/refund?perPage={PER_PAGE}&page={page}");
        if let Some(from) = from {
            path.push_str(&format!("&from={}", times::iso(from)?));
        }
        match self.config.refund_filter {
            RefundFilter::TransactionAndTime => {
                path.push_str(&format!("&transaction={}", path_part(payment)?));
            }
            RefundFilter::Time => {}
        }
        Ok(path)
    }

    fn refund_view(&self, row: Refund, name: &RefundName, effect: Effect) -> Result<RefundView, CallError> {
        let view = map::refund_view(row, self.units()).map_err(|error| unmapped(error, effect))?;
        Ok(named(view, name))
    }
}
