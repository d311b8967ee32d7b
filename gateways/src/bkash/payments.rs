//! Payments: a page is opened, the customer agrees on it, and then we take the money by executing it.
//!
//! Executing is the only dangerous request. It is never sent blindly a second time: the shared mark of the first one
//! makes every later call look first, and while the first may still be in progress none is sent at all.

use super::Bkash;
use super::errors::{Deed, Group, group_of};
use super::line::{CREATE, EXECUTE, STATUS, Talk};
use super::map;
use super::wire::Payment;
use crate::exchange::unmapped;
use crate::names::MOST_PAGES;
use crate::{
    CallContext, CallError, CallErrorKind, CreatePayment, Expired, HostedPayment, PaymentState, PaymentView,
    Sent,
};

/// "Invalid merchant invoice number": our numbers are well-formed, so it was used before.
const INVOICE_TAKEN: &str = "2031";
const MAX_PAYMENT_ID_BYTES: usize = 255;

impl Bkash {
    /// A superfluous page is harmless: nothing is charged without an execution.
    pub(super) async fn open_page(
        &self,
        context: &CallContext,
        request: &CreatePayment,
    ) -> Result<HostedPayment, CallError> {
        let (talk, url) = (self.line.talk(context), self.line.url(CREATE));
        let mut number = 1;
        loop {
            let body = map::create_body(request, number)?;
            match talk.call::<Payment>(Deed::Create, &url, &body).await {
                Ok(payment) => {
                    let hosted = map::hosted_payment(&payment);
                    return hosted.map_err(|error| unmapped(error, Deed::Create.effect()));
                }
                Err(error) if error.code.as_deref() == Some(INVOICE_TAKEN) && number < MOST_PAGES => {
                    number += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) async fn find(
        &self,
        context: &CallContext,
        reference: &str,
    ) -> Result<PaymentView, CallError> {
        self.look(self.line.talk(context), payment_id(reference)?).await
    }

    async fn look(&self, talk: Talk<'_>, payment: &str) -> Result<PaymentView, CallError> {
        self.ask(talk, Deed::Read, STATUS, payment).await
    }

    /// Reads a payment or executes it.
    async fn ask(
        &self,
        talk: Talk<'_>,
        deed: Deed,
        path: &str,
        payment: &str,
    ) -> Result<PaymentView, CallError> {
        let (url, body) = (self.line.url(path), serde_json::json!({"paymentID": payment}));
        let found: Payment = talk.call(deed, &url, &body).await?;
        map::payment_view(&found, payment, talk.now()).map_err(|error| unmapped(error, deed.effect()))
    }

    pub(super) async fn finish(
        &self,
        context: &CallContext,
        reference: &str,
    ) -> Result<PaymentView, CallError> {
        let (payment, talk) = (payment_id(reference)?, self.line.talk_patiently(context));
        let was_executed = self.marks.was_executed(payment).await;
        if was_executed {
            let view = self.look(talk.briefly(), payment).await?;
            if view.state != PaymentState::AwaitsFinish {
                return Ok(view);
            }
        }
        if !self.marks.begin_execution(payment).await {
            let view = self.look(talk.briefly(), payment).await?;
            return if view.state == PaymentState::AwaitsFinish { Err(under_way()) } else { Ok(view) };
        }
        if self.marks.is_closed(payment).await {
            self.forget_execution(payment, was_executed).await;
            let view = self.look(talk.briefly(), payment).await?;
            return Ok(closed(view));
        }
        match self.ask(talk.moving(), Deed::Execute, EXECUTE, payment).await {
            Ok(view) => {
                self.marks.end_execution(payment).await;
                Ok(view)
            }
            Err(error) => self.without_money(talk.briefly(), payment, was_executed, error).await,
        }
    }

    /// The meaning of an execution that brought no money: decided by bKash's code, and by asking if the code leaves a
    /// doubt. A refusal is clear if there was no execution before; bKash wants no question about an execution that it
    /// answered.
    async fn without_money(
        &self,
        talk: Talk<'_>,
        payment: &str,
        was_executed: bool,
        error: CallError,
    ) -> Result<PaymentView, CallError> {
        if error.sent == Sent::No {
            self.forget_execution(payment, was_executed).await;
            return Err(error);
        }
        let group = group_of(&error);
        if matches!(group, Some(Group::Duplicate | Group::Configuration)) {
            self.forget_execution(payment, was_executed).await;
            return Err(error);
        }
        if group == Some(Group::Customer) {
            // Whatever the state is now, this payment is never executed again.
            self.marks.close(payment).await;
            self.marks.end_execution(payment).await;
        }
        match group {
            Some(Group::Customer) if !was_executed => Ok(map::refused_execution(payment, &error)),
            Some(Group::Refused) if !was_executed => {
                self.forget_execution(payment, was_executed).await;
                Ok(map::not_executed(payment))
            }
            Some(
                Group::Customer
                | Group::Refused
                | Group::Fine
                | Group::Settled
                | Group::Again
                | Group::Duplicate
                | Group::Configuration
                | Group::Strange,
            )
            | None => self.look_after(talk, payment, group, error).await,
        }
    }

    /// The state of a payment whose execution is in doubt, this one or an earlier one.
    async fn look_after(
        &self,
        talk: Talk<'_>,
        payment: &str,
        group: Option<Group>,
        error: CallError,
    ) -> Result<PaymentView, CallError> {
        let Ok(view) = self.look(talk, payment).await else { return Err(unseen(error)) };
        let in_doubt = error.outcome_unknown() && group != Some(Group::Again);
        match view.state {
            PaymentState::Captured | PaymentState::Processing | PaymentState::Failed => {}
            PaymentState::AwaitsFinish | PaymentState::Open | PaymentState::Expired if in_doubt => {
                return Err(error);
            }
            PaymentState::AwaitsFinish | PaymentState::Open if group == Some(Group::Customer) => {
                let reason = map::failure(&error);
                return Ok(PaymentView { state: PaymentState::Failed, failure_reason: Some(reason), ..view });
            }
            PaymentState::AwaitsFinish if group == Some(Group::Again) => {
                self.marks.end_execution(payment).await;
                return Err(CallError { kind: CallErrorKind::Retry, sent: Sent::Yes, ..error });
            }
            PaymentState::AwaitsFinish | PaymentState::Open | PaymentState::Expired => {}
        }
        self.marks.end_execution(payment).await;
        Ok(view)
    }

    /// The mark of an earlier execution, if there was one, stays.
    async fn forget_execution(&self, payment: &str, was_executed: bool) {
        if was_executed {
            self.marks.end_execution(payment).await;
        } else {
            self.marks.forget_execution(payment).await;
        }
    }

    /// bKash can't close a page, and need not: money moves only when we execute, and a payment that is closed here is
    /// not executed any more. The product never executes for an order that no longer waits; the mark is for a call that
    /// began before.
    pub(super) async fn close(&self, context: &CallContext, reference: &str) -> Result<Expired, CallError> {
        let (payment, talk) = (payment_id(reference)?, self.line.talk(context));
        let was_closed = self.marks.is_closed(payment).await;
        self.marks.close(payment).await;
        let outcome = match self.look(talk, payment).await {
            Err(error) => Err(error),
            Ok(view) => match view.state {
                PaymentState::Captured => Ok(Expired::AlreadyPaid(view)),
                PaymentState::Processing => Ok(Expired::StillProcessing(view)),
                PaymentState::Open
                | PaymentState::AwaitsFinish
                | PaymentState::Expired
                | PaymentState::Failed => {
                    if !self.marks.is_executing(payment).await {
                        return Ok(Expired::Closed);
                    }
                    Ok(Expired::StillProcessing(view))
                }
            },
        };
        if !was_closed {
            self.marks.reopen(payment).await;
        }
        outcome
    }
}

/// The view of a payment that has ended for us. If money was captured, that counts.
fn closed(view: PaymentView) -> PaymentView {
    if matches!(view.state, PaymentState::Captured | PaymentState::Processing) {
        return view;
    }
    PaymentView { state: PaymentState::Expired, failure_reason: None, ..view }
}

/// An execution that got no money and whose state could not be read. A failure on the customer's side is clear, and so
/// is a request that the proxy in front of bKash refused; any other refusal may refer to an earlier execution.
fn unseen(error: CallError) -> CallError {
    if error.kind == CallErrorKind::Refused && group_of(&error) != Some(Group::Customer) {
        return CallError { kind: CallErrorKind::Unknown, sent: Sent::Maybe, ..error };
    }
    error
}

fn under_way() -> CallError {
    let text = "an execution of the payment may still be under way";
    CallError { http_status: Some(200), ..CallError::new(CallErrorKind::Unknown, Sent::Maybe, text) }
}

/// Printable ASCII without blanks, like bKash's ids: with anything else no request is sent.
pub(super) fn payment_id(reference: &str) -> Result<&str, CallError> {
    let plain = reference.bytes().all(|byte| byte.is_ascii_graphic());
    if plain && (1..=MAX_PAYMENT_ID_BYTES).contains(&reference.len()) {
        Ok(reference)
    } else {
        Err(CallError::unsendable("the reference is not one of bKash's"))
    }
}
