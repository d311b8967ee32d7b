//! Agreements: a payer's word that the merchant may charge him later. Made by a paymentID of mode
//! `0000`, used by those of mode `0001`, which still need his PIN.

use serde_json::{Value, json};

use super::books::Books;
use super::fields::Fields;
use super::model::{Agreement, Status};
use super::refusal::Refusal;
use super::times::moment;
use crate::ids::token;

pub fn status(books: &mut Books, fields: &Fields) -> Result<Value, Refusal> {
    let agreement = books.agreement(fields)?;
    Ok(json!({
        "statusCode": "0000",
        "statusMessage": "Successful",
        "paymentID": agreement.payment,
        "agreementID": agreement.id,
        "payerReference": agreement.payer_reference,
        "customerMsisdn": agreement.wallet,
        "payerAccount": agreement.wallet,
        "payerType": "Customer",
        "agreementStatus": if agreement.cancelled_ms.is_some() { "Cancelled" } else { "Completed" },
        "agreementCreateTime": moment(agreement.created_ms),
        "agreementExecuteTime": moment(agreement.executed_ms),
        "agreementVoidTime": agreement.cancelled_ms.map(moment),
    }))
}

pub fn cancel(books: &mut Books, fields: &Fields, now_ms: i64) -> Result<Value, Refusal> {
    let id = books.usable_agreement(fields)?.to_owned();
    let agreement = books.agreements.get_mut(&id).ok_or_else(|| Refusal::code("2051"))?;
    agreement.cancelled_ms = Some(now_ms);
    Ok(json!({
        "statusCode": "0000",
        "statusMessage": "Successful",
        "paymentID": agreement.payment,
        "agreementID": agreement.id,
        "payerReference": agreement.payer_reference,
        "agreementVoidTime": moment(now_ms),
        "agreementStatus": "Cancelled",
    }))
}

impl Books {
    fn agreement(&self, fields: &Fields) -> Result<&Agreement, Refusal> {
        let id = fields.required("agreementID")?;
        self.agreements.get(id).ok_or_else(|| Refusal::code("2051"))
    }

    /// Whether the agreement that a payment is made under, if any, was cancelled.
    pub fn is_cancelled(&self, agreement: Option<&str>) -> bool {
        let agreement = agreement.and_then(|id| self.agreements.get(id));
        agreement.is_some_and(|agreement| agreement.cancelled_ms.is_some())
    }

    /// The id of the named agreement, if it stands.
    pub fn usable_agreement<'a>(&self, fields: &'a Fields) -> Result<&'a str, Refusal> {
        match self.agreement(fields)?.cancelled_ms {
            None => fields.required("agreementID"),
            Some(_) => Err(Refusal::code("2053")),
        }
    }

    /// Makes the agreement that the payer has confirmed.
    pub fn agree(&mut self, payment: &str, wallet: String, now_ms: i64) -> Value {
        let id = format!("{}{now_ms}", token("TokenizedMerchant02", 8));
        let keep = self.keep;
        let Some(asked) = self.payments.get_mut(payment) else { return Value::Null };
        asked.agreement = Some(id.clone());
        asked.executed_ms = Some(now_ms);
        let answer = json!({
            "statusCode": "0000",
            "statusMessage": "Successful",
            "paymentID": payment,
            "agreementID": id,
            "payerReference": asked.payer_reference,
            "customerMsisdn": wallet,
            "payerAccount": wallet,
            "payerType": "Customer",
            "agreementExecuteTime": moment(now_ms),
            "agreementStatus": "Completed",
        });
        let agreement = Agreement {
            id: id.clone(),
            payment: payment.to_owned(),
            payer_reference: asked.payer_reference.clone(),
            wallet,
            created_ms: asked.created_ms,
            executed_ms: now_ms,
            cancelled_ms: None,
        };
        self.agreements.insert(&id, agreement);
        self.agreements.trim(keep);
        self.close(payment, Status::Completed);
        answer
    }
}
