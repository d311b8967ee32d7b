//! Refunds: requested with our own reference, which Chapa keeps unique, and looked up by it.
//!
//! Chapa has no list of refunds. Its answer to a repeat proves nothing either: if the first request has emptied the
//! balance, the second is refused before its reference is compared. So the refund is looked up before a refusal is
//! accepted, and refusals that the first request may have caused for the second are never final.

use http::Method;

use super::errors::{ALREADY_REFUNDED, is_duplicate, is_unknown_thing, undecided, unreadable};
use super::line::Talk;
use super::payments::lost_before;
use super::wire::Refund;
use super::{Chapa, RefundPath, map, path_part, request};
use crate::exchange::{Content, unmapped};
use crate::http_client::Effect;
use crate::{CallContext, CallError, CallErrorKind, CreateRefund, RefundName, RefundView};

impl Chapa {
    pub(super) async fn send_refund(
        &self,
        context: &CallContext,
        request: &CreateRefund,
    ) -> Result<RefundView, CallError> {
        let name = &request.name;
        let form = request::refund_form(request)?;
        let of = match self.config.refund_path {
            RefundPath::ChapaReference => &name.payment_reference,
            RefundPath::TxRef => &name.page_reference,
        };
        let path = format!("/refund/{}", path_part(of)?);
        let talk = self.line.talk(context);
        match talk.change(Method::POST, &path, Content::Form(form)).await {
            Ok((answer, envelope)) => {
                let refund: Refund = envelope.read().ok_or_else(|| unreadable(&answer))?;
                let view = map::refund_view(&refund, name);
                let view = view.map_err(|error| unmapped(error, Effect::Changes))?;
                Ok(RefundView { our_refund: Some(name.refund_id), ..view })
            }
            Err(refused) if refused.kind == CallErrorKind::Refused => {
                after_refusal(&talk, name, refused).await
            }
            Err(error) => Err(error),
        }
    }

    /// By Chapa's reference, or by ours. `None` means that Chapa does not find it by that. If no reference is stored, a
    /// repeat of the request is then safe.
    pub(super) async fn refund(
        &self,
        context: &CallContext,
        name: &RefundName,
    ) -> Result<Option<RefundView>, CallError> {
        let talk = self.line.talk(context);
        let ours = map::fallback_name(name);
        let stored = name.reference.as_ref();
        let found = find(&talk, name, stored.unwrap_or(&ours)).await?;
        // One that is stored under our reference, because Chapa's answer had none, keeps it.
        let keeps_ours = stored == Some(&ours);
        Ok(found.map(|view| if keeps_ours { RefundView { reference: ours, ..view } } else { view }))
    }
}

/// If an earlier request made the refund, it was not refused: it exists.
async fn after_refusal(
    talk: &Talk<'_>,
    name: &RefundName,
    refused: CallError,
) -> Result<RefundView, CallError> {
    let found = find(talk, name, &map::fallback_name(name)).await;
    match found {
        Ok(Some(view)) => Ok(RefundView { our_refund: Some(name.refund_id), ..view }),
        // Words alone are no proof of a refund: a used reference can also be that of a request that came to nothing.
        Ok(None) if is_duplicate(&refused) || refused.code.as_deref() == Some(ALREADY_REFUNDED) => {
            Err(undecided(refused))
        }
        Ok(None) => Err(refused),
        Err(error) => Err(error.after(Some(&lost_before()))),
    }
}

async fn find(talk: &Talk<'_>, name: &RefundName, by: &str) -> Result<Option<RefundView>, CallError> {
    let path = format!("/refund/{}/verify", path_part(by)?);
    let by_our_name = by == map::fallback_name(name);
    match talk.get::<Refund>(&path).await {
        Ok(refund) if by_our_name && !map::is_refund_of(&refund, name) => Ok(None),
        Ok(refund) => {
            let view = map::refund_view(&refund, name).map_err(|error| unmapped(error, Effect::Reads))?;
            Ok(Some(named_as_asked(view, name, by)))
        }
        Err(error) if error.is_missing() || is_unknown_thing(&error) => Ok(None),
        // Chapa may look refunds up by its own references only, and say so in words that we don't know.
        Err(error) if error.kind == CallErrorKind::Refused && by_our_name => Ok(None),
        Err(error) => Err(error),
    }
}

/// A refund found by a reference of Chapa keeps that reference; one found by ours is ours.
fn named_as_asked(view: RefundView, name: &RefundName, by: &str) -> RefundView {
    if by == map::fallback_name(name) {
        RefundView { our_refund: view.our_refund.or(Some(name.refund_id)), ..view }
    } else {
        RefundView { reference: by.to_owned(), ..view }
    }
}
