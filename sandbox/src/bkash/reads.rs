//! Query by paymentID and search by trxID: what a merchant asks when an answer was lost. bKash has
//! no lists.

use serde_json::{Value, json};

use super::amount;
use super::books::Books;
use super::execute::executed;
use super::fields::Fields;
use super::model::{Mode, Payment};
use super::push::SHORT_CODE;
use super::refusal::Refusal;
use super::settings::ClosedWords;
use super::times::moment;

pub fn query(books: &mut Books, fields: &Fields) -> Result<Value, Refusal> {
    let id = books.named(fields)?;
    let payment = books.payments.get(&id).ok_or_else(|| Refusal::code("2002"))?;
    Ok(render(payment, books.config.closed_words))
}

fn render(payment: &Payment, words: ClosedWords) -> Value {
    let verification = payment.status.verification();
    let mut answer = json!({
        "statusCode": "0000",
        "statusMessage": "Successful",
        "paymentID": payment.id,
        "mode": payment.mode.as_str(),
        "payerReference": payment.payer_reference,
        "verificationStatus": verification,
        "userVerificationStatus": verification,
    });
    let made = json!(moment(payment.created_ms));
    if payment.mode == Mode::Agree {
        answer["agreementCreateTime"] = made;
        answer["agreementStatus"] = json!(payment.status.word(words));
        if let Some(agreement) = &payment.agreement {
            answer["agreementID"] = json!(agreement);
            answer["agreementExecuteTime"] = json!(payment.executed_ms.map(moment));
        }
        return answer;
    }
    answer["paymentCreateTime"] = made;
    answer["amount"] = json!(payment.amount_text);
    answer["currency"] = json!(amount::CURRENCY);
    answer["intent"] = json!(payment.intent.as_str());
    // An execute calls the same thing merchantInvoiceNumber.
    answer["merchantInvoice"] = json!(payment.invoice);
    if payment.trx.is_some() {
        let known = ["trxID", "paymentExecuteTime", "customerMsisdn", "payerAccount", "payerType"];
        let mut executed = executed(payment);
        for name in known.into_iter().chain(["maxRefundableAmount"]) {
            answer[name] = executed[name].take();
        }
    }
    answer["transactionStatus"] = json!(payment.status.word(words));
    if let Some(agreement) = &payment.agreement {
        answer["agreementID"] = json!(agreement);
    }
    answer
}

pub fn search(books: &mut Books, fields: &Fields) -> Result<Value, Refusal> {
    let trx = fields.required("trxID")?;
    let found = books.transactions.get(trx).and_then(|id| books.payments.get(id));
    let payment = found.ok_or_else(|| Refusal::code("2033"))?;
    let refund = payment.refunds.iter().find(|refund| refund.id == trx);
    let (kind, status, amount, from_ms, to_ms) = match refund {
        Some(refund) => {
            ("Refund", refund.status.as_str(), &refund.amount_text, refund.created_ms, refund.settled_ms)
        }
        None => {
            let executed_ms = payment.executed_ms.unwrap_or(payment.created_ms);
            let status = payment.status.word(books.config.closed_words);
            let kind = "bKash Tokenized Checkout via API";
            (kind, status, &payment.amount_text, executed_ms, executed_ms)
        }
    };
    Ok(json!({
        "statusCode": "0000",
        "statusMessage": "Successful",
        "trxID": trx,
        "initiationTime": moment(from_ms),
        "completedTime": moment(to_ms),
        "transactionType": kind,
        "customerMsisdn": payment.wallet,
        "transactionStatus": status,
        "amount": amount,
        "currency": amount::CURRENCY,
        "organizationShortCode": SHORT_CODE,
    }))
}
