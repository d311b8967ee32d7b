//! Payments: a page is opened, the customer agrees on it, and then we take the money by executing it.
//!
//! Executing is the one dangerous request. It is never sent blindly a second time: the shared mark of a first one makes
//! every later call look before, and while the first may still be at work none is sent at all.

use super::Bkash;
use super::errors::{Deed, Group, group_of};
use super::line::{CREATE, Deadline, EXECUTE, STATUS};
use super::map::{self, MapError};
use super::wire::Payment;
use crate::exchange::unusable;
use crate::{
    CallContext, CallError, CallErrorKind, CreatePayment, Expired, HostedPayment, PaymentState, PaymentView,
    Sent,
};

/// Invoice numbers tried for one attempt.
const MAX_INVOICES: u32 = 9;
/// "Invalid merchant invoice number": ours are well-formed, so it was used before.
const INVOICE_TAKEN: &str = "2031";
/// The part of a call's time that is kept for looking after an execution without an answer.
const LOOK_SHARE: u32 = 3;
const MAX_PAYMENT_ID_BYTES: usize = 255;

impl Bkash {
    /// A page too many is harmless: nothing is charged without an execution.
    pub(super) async fn open_page(
        &self,
        context: &CallContext,
        request: &CreatePayment,
    ) -> Result<HostedPayment, CallError> {
        let deadline = Deadline::within(self.config.timeout);
        let mut number = 1;
        loop {
            let body = map::create_body(request, number)?;
            let url = self.line.url(CREATE);
            let made: Result<Payment, _> =
                self.line.call(context, &self.marks, Deed::Create, url, &body, deadline).await;
            match made {
                Ok(payment) => {
                    return map::hosted_payment(&payment).map_err(|error| unmapped(error, Deed::Create));
                }
                Err(error) if error.code.as_deref() == Some(INVOICE_TAKEN) && number < MAX_INVOICES => {
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
        self.look(context, payment_id(reference)?, Deadline::within(self.config.timeout)).await
    }

    async fn look(
        &self,
        context: &CallContext,
        payment: &str,
        deadline: Deadline,
    ) -> Result<PaymentView, CallError> {
        let (url, body) = (self.line.url(STATUS), serde_json::json!({"paymentID": payment}));
        let found: Payment = self.line.call(context, &self.marks, Deed::Read, url, &body, deadline).await?;
        map::payment_view(&found, payment, context.now).map_err(|error| unmapped(error, Deed::Read))
    }

    pub(super) async fn finish(
        &self,
        context: &CallContext,
        reference: &str,
    ) -> Result<PaymentView, CallError> {
        let (payment, deadline) = (payment_id(reference)?, Deadline::within(self.config.timeout));
        let was_executed = self.marks.was_executed(payment).await;
        if was_executed {
            let view = self.look(context, payment, deadline).await?;
            if view.state != PaymentState::AwaitsFinish {
                return Ok(view);
            }
        }
        if !self.marks.begin_execution(payment).await {
            let view = self.look(context, payment, deadline).await?;
            return if view.state == PaymentState::AwaitsFinish { Err(under_way()) } else { Ok(view) };
        }
        if self.marks.is_closed(payment).await {
            self.forget_execution(payment, was_executed).await;
            let view = self.look(context, payment, deadline).await?;
            return Ok(closed(view, PaymentState::Expired, None));
        }
        match self.execute(context, payment, deadline).await {
            Ok(view) => {
                self.marks.end_execution(payment).await;
                Ok(view)
            }
            Err(error) => self.without_money(context, payment, deadline, was_executed, error).await,
        }
    }

    async fn execute(
        &self,
        context: &CallContext,
        payment: &str,
        deadline: Deadline,
    ) -> Result<PaymentView, CallError> {
        let (url, body) = (self.line.url(EXECUTE), serde_json::json!({"paymentID": payment}));
        let deadline = deadline.less(self.config.timeout / LOOK_SHARE);
        let done: Payment = self.line.call(context, &self.marks, Deed::Execute, url, &body, deadline).await?;
        map::payment_view(&done, payment, context.now).map_err(|error| unmapped(error, Deed::Execute))
    }

    /// What an execution that brought no money means: told by bKash's code, and else by looking.
    async fn without_money(
        &self,
        context: &CallContext,
        payment: &str,
        deadline: Deadline,
        was_executed: bool,
        error: CallError,
    ) -> Result<PaymentView, CallError> {
        if error.sent == Sent::No {
            self.forget_execution(payment, was_executed).await;
            return Err(error);
        }
        let group = group_of(&error);
        if matches!(group, Some(Group::Duplicate | Group::Configuration)) {
            self.marks.end_execution(payment).await;
            return Err(error);
        }
        if group == Some(Group::Customer) {
            // Whatever is seen now, this one is never executed again.
            self.marks.close(payment).await;
            self.marks.end_execution(payment).await;
        }
        let Ok(view) = self.look(context, payment, deadline).await else { return Err(unseen(error)) };
        let in_doubt = error.outcome_unknown() && group != Some(Group::Again);
        match view.state {
            PaymentState::Captured | PaymentState::Processing | PaymentState::Failed => {}
            PaymentState::AwaitsFinish | PaymentState::Open | PaymentState::Expired if in_doubt => {
                return Err(error);
            }
            PaymentState::AwaitsFinish | PaymentState::Open if group == Some(Group::Customer) => {
                return Ok(closed(view, PaymentState::Failed, Some(error)));
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

    /// An earlier execution, if there was one, is not forgotten with this.
    async fn forget_execution(&self, payment: &str, was_executed: bool) {
        if was_executed {
            self.marks.end_execution(payment).await;
        } else {
            self.marks.forget_execution(payment).await;
        }
    }

    /// bKash has no way to close a page, and needs none: money moves only when we execute, and what is closed here is
    /// not executed any more. The product never executes for an order that no longer waits; the mark is for the call
    /// that began before.
    pub(super) async fn close(&self, context: &CallContext, reference: &str) -> Result<Expired, CallError> {
        let (payment, deadline) = (payment_id(reference)?, Deadline::within(self.config.timeout));
        self.marks.close(payment).await;
        let outcome = match self.look(context, payment, deadline).await {
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
        self.marks.reopen(payment).await;
        outcome
    }
}

/// A view of a payment that is over for us. Money that came is not overruled by it.
fn closed(view: PaymentView, state: PaymentState, error: Option<CallError>) -> PaymentView {
    if matches!(view.state, PaymentState::Captured | PaymentState::Processing) {
        return view;
    }
    PaymentView { state, failure_reason: error.and_then(|error| error.code), ..view }
}

/// An execution without money that could not be looked after. That the customer's side failed is clear, and what the
/// gateway in front turned away too; any other refusal may be about an execution that went before.
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

pub(super) fn unmapped(error: MapError, deed: Deed) -> CallError {
    let text = format!("the answer is not usable: {error}");
    CallError { http_status: Some(200), ..unusable(text, deed.effect()) }
}

/// Printable ASCII without blanks, as bKash's are: anything else is not worth a request.
pub(super) fn payment_id(reference: &str) -> Result<&str, CallError> {
    let plain = reference.bytes().all(|byte| byte.is_ascii_graphic());
    if plain && (1..=MAX_PAYMENT_ID_BYTES).contains(&reference.len()) {
        Ok(reference)
    } else {
        Err(CallError::unsendable("the reference is not one of bKash's"))
    }
}
