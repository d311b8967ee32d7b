//! Opens a hosted payment. The attempt has been in the database since the stock was reserved. Its id is the gateway's
//! idempotency key, so repeating the call after any kind of failure is safe.

use std::time::Duration;

use chrono::TimeDelta;
use gateways::{
    CallError, CallErrorKind, CreatePayment as Request, Finish, Gateway, HostedPayment, PaymentLine,
};
use serde_json::json;
use shared::fulfilment::{give_up_payment, settle};
use shared::incidents::{self, About, IfClosed, IncidentKind, NewIncident};
use shared::jobs::{Claimed, CreatePayment, Finished, JobError, NewJob, PollPayment, store};
use shared::kernel::db::Connection;
use shared::orders::{self, Bill};
use shared::payments::{self, Observation, Observed, Payment, PaymentStatus};

use crate::context::{Context, database};
use crate::observe;

/// When a new page is checked for the first time, if no message about it has come.
const FIRST_LOOK: Duration = Duration::from_secs(120);
/// A key that is refused for this long is not just being replaced.
const REFUSED_FOR: TimeDelta = TimeDelta::seconds(60);
/// While a page of this age exists, the gateway accepts our settings.
const ACCEPTED_LATELY: TimeDelta = TimeDelta::minutes(5);
/// The note with which the incident of such a gateway is closed.
const OPENS_AGAIN: &str = "a payment page opened again";

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let CreatePayment { payment_id } = job.read()?;
    let mut db = context.pool.acquire().await.map_err(database)?;
    let payment = payments::store::find(&mut db, payment_id).await?;
    drop(db);
    if !matches!(payment.status, PaymentStatus::Creating | PaymentStatus::Unknown) {
        return context.nothing_to_do(job).await;
    }
    match open(context, &payment).await? {
        Ok(hosted) => {
            let mut transaction = context.begin().await?;
            settle(&mut transaction, payment.id, &opened(&payment, hosted), context.now()).await?;
            gateway_accepts_us(context, &mut transaction, &payment).await?;
            let look_at = context.now() + TimeDelta::from_std(FIRST_LOOK).unwrap_or_default();
            let poll = NewJob::at(look_at, &PollPayment { payment_id });
            store::insert(&mut transaction, &[poll], context.now()).await.map_err(database)?;
            context.finish(transaction, job, payment.order_id).await
        }
        Err(error) if error.kind == CallErrorKind::Refused && !error.outcome_unknown() => {
            tracing::warn!(payment.id = %payment.id, %error, "the gateway refused the payment");
            give_up(context, job, &payment, &error).await
        }
        // No try has sent anything, so the customer may use another gateway. Our key must be corrected by operators.
        Err(error)
            if error.kind == CallErrorKind::Retry
                && payment.status == PaymentStatus::Creating
                && job.is_last_attempt() =>
        {
            tracing::warn!(payment.id = %payment.id, %error, "the gateway could not be reached");
            give_up(context, job, &payment, &error).await
        }
        Err(error) => {
            if error.outcome_unknown() {
                let mut transaction = context.begin().await?;
                payments::store::mark_unknown(&mut transaction, payment.id, context.now()).await?;
                orders::store::touch(&mut transaction, payment.order_id, context.now()).await?;
                context.commit(transaction, payment.order_id).await?;
            }
            if observe::is_misconfigured(&error) && context.now() - payment.created_at >= REFUSED_FOR {
                let mut transaction = context.begin().await?;
                gateway_refuses_us(context, &mut transaction, &payment, &error).await?;
                context.commit(transaction, None).await?;
            }
            Err(observe::ask_again(&error))
        }
    }
}

/// Opens one incident for the gateway, however many orders wait for a page there. Not while pages of other orders open:
/// then the order causes the refusal, not our settings, and the next page would close the incident again.
async fn gateway_refuses_us(
    context: &Context,
    db: &mut Connection,
    payment: &Payment,
    error: &CallError,
) -> Result<(), JobError> {
    let (gateway, kind) = (payment.gateway, IncidentKind::GatewayMisconfigured);
    let since = context.now() - ACCEPTED_LATELY;
    if payments::store::any_page_since(db, gateway, since).await.map_err(database)? {
        return Ok(());
    }
    let detail = json!({
        "gateway": gateway, "answer": error.message, "code": error.code, "http_status": error.http_status,
        "first_payment": payment.id,
    });
    let (key, about) = (gateway.as_str().to_owned(), About::gateways(gateway, None));
    let incident = NewIncident { kind, key, about, detail, if_closed: IfClosed::Reopen };
    incidents::open(db, &incident, context.now()).await.map_err(database)?;
    context.acceptance.is_in_doubt(gateway);
    Ok(())
}

/// Closes that incident, because a page opened. Looked for once a minute.
async fn gateway_accepts_us(
    context: &Context,
    db: &mut Connection,
    payment: &Payment,
) -> Result<(), JobError> {
    if !context.acceptance.is_due(payment.gateway, context.now()) {
        return Ok(());
    }
    let (kind, key) = (IncidentKind::GatewayMisconfigured, payment.gateway.as_str());
    let ended =
        incidents::resolve_key(db, kind, key, None, OPENS_AGAIN, context.now()).await.map_err(database)?;
    if ended {
        tracing::info!(gateway = key, "the gateway accepts us again");
    }
    Ok(())
}

/// Ends an attempt that has no page and will never have one.
async fn give_up(
    context: &Context,
    job: &Claimed,
    payment: &Payment,
    error: &CallError,
) -> Result<Finished, JobError> {
    let mut transaction = context.begin().await?;
    let why = observe::refusal(error);
    give_up_payment(&mut transaction, payment.id, PaymentStatus::Failed, &why, context.now()).await?;
    if observe::is_misconfigured(error) {
        gateway_refuses_us(context, &mut transaction, payment, error).await?;
    }
    context.finish(transaction, job, payment.order_id).await
}

/// Calls the gateway. The outer error means that the call could not even be made.
pub(super) async fn open(
    context: &Context,
    payment: &Payment,
) -> Result<Result<HostedPayment, CallError>, JobError> {
    let gateway = context.gateway(payment.gateway)?;
    let mut db = context.pool.acquire().await.map_err(database)?;
    let bill = orders::store::bill(&mut db, payment.order_id).await?;
    drop(db); // no connection is held during a gateway call
    let request = request(context, &*gateway, payment, bill);
    Ok(gateway.create_payment(&context.call(), &request).await)
}

/// The same for every repetition: under the same key the gateway refuses a different request.
fn request(context: &Context, gateway: &dyn Gateway, payment: &Payment, bill: Bill) -> Request {
    let lines = bill.lines.into_iter().map(|line| PaymentLine {
        name: line.title,
        unit_price: line.unit_price,
        quantity: line.quantity,
    });
    let settings = &context.settings;
    let url = |template: &str| {
        template
            .replace("{order_id}", &payment.order_id.to_string())
            .replace("{gateway}", payment.gateway.as_str())
    };
    let success_url = match gateway.capabilities().finish {
        Finish::ByGateway => url(&settings.paid_url),
        // The customer must come back to us first: the API forwards the browser.
        Finish::ByMerchant => {
            format!("{}/api/payment/{}/callback", settings.public_url, payment.gateway.as_str())
        }
    };
    let payer = payment.payer.clone();
    Request {
        attempt_id: payment.id.0,
        order_id: payment.order_id.0,
        order_number: bill.number,
        amount: payment.amount,
        lines: lines.collect(),
        customer_email: payer.as_ref().map(|payer| payer.email.clone()),
        customer_name: payer.as_ref().map(|payer| payer.name.clone()),
        customer_phone: payer.and_then(|payer| payer.phone),
        success_url,
        cancel_url: url(&settings.left_url),
        attempt_created_at: payment.created_at.timestamp(),
        expires_at: payment.closes_at.timestamp(),
    }
}

pub(super) fn opened(payment: &Payment, hosted: HostedPayment) -> Observation {
    Observation {
        state: Observed::Open,
        amount: payment.amount,
        reference: Some(hosted.reference),
        charge_reference: None,
        redirect_url: Some(hosted.redirect_url),
        failure: None,
    }
}
