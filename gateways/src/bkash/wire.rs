//! bKash's JSON, as far as it is read: every field may be absent, null, a text or a number.
//!
//! Required fields are checked where they are used. The same value has several names, and all of them are read.

use serde::Deserialize;

use crate::loose::Loose;

/// The result of a request, in all four shapes.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Envelope {
    pub status_code: Loose,
    pub status_message: Loose,
    pub error_code: Loose,
    pub error_message: Loose,
    pub internal_code: Loose,
    pub external_code: Loose,
    pub error_message_en: Loose,
    pub message: Loose,
    /// The second version of refunds has no code for success: naming the payment means success.
    pub original_trx_id: Loose,
}

impl Envelope {
    pub(super) fn code(&self) -> Option<&str> {
        let ours = [&self.status_code, &self.error_code, &self.external_code, &self.internal_code];
        ours.into_iter().find_map(Loose::get)
    }

    pub(super) fn words(&self) -> Option<&str> {
        let ours = [&self.status_message, &self.error_message, &self.error_message_en, &self.message];
        ours.into_iter().find_map(Loose::get)
    }
}

/// `token/grant` and `token/refresh`.
#[derive(Deserialize)]
pub(super) struct Token {
    pub id_token: Loose,
    pub refresh_token: Loose,
    pub expires_in: Loose,
}

/// `create`, `execute` and `payment/status`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Payment {
    #[serde(rename = "paymentID")]
    pub payment_id: Loose,
    #[serde(rename = "bkashURL")]
    pub bkash_url: Loose,
    #[serde(rename = "trxID")]
    pub trx_id: Loose,
    pub transaction_status: Loose,
    pub verification_status: Loose,
    pub user_verification_status: Loose,
    pub amount: Loose,
    pub currency: Loose,
    pub payment_create_time: Loose,
    /// `create` and `execute` say it so,
    pub merchant_invoice_number: Loose,
    /// and `payment/status` so.
    pub merchant_invoice: Loose,
}

/// A refund of either version, alone or in the list of its payment; and what `searchTransaction` finds.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Refund {
    pub refund_trx_id: Loose,
    #[serde(rename = "refundTrxID")]
    pub refund_trx_id_v1: Loose,
    #[serde(rename = "trxID")]
    pub trx_id: Loose,
    pub refund_transaction_status: Loose,
    pub transaction_status: Loose,
    pub refund_amount: Loose,
    pub amount: Loose,
    pub currency: Loose,
    pub sku: Loose,
}

/// Status of refunds, second version.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Refunds {
    pub refund_transactions: Option<Vec<Refund>>,
}

/// What Amazon SNS posts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Posted {
    #[serde(rename = "Type")]
    pub kind: String,
    pub message_id: String,
    pub topic_arn: String,
    pub message: String,
    pub timestamp: String,
    pub subject: Option<String>,
    pub token: Option<String>,
    #[serde(rename = "SubscribeURL")]
    pub subscribe_url: Option<String>,
    pub signature_version: Option<String>,
    pub signature: Option<String>,
    #[serde(rename = "SigningCertURL")]
    pub signing_cert_url: Option<String>,
}

/// The text within a notification.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Notice {
    #[serde(rename = "trxID")]
    pub trx_id: Loose,
    pub transaction_type: Loose,
    pub amount: Loose,
    /// With a coupon `amount` is what the customer paid; this is the price.
    pub sale_amount: Loose,
    pub currency: Loose,
    pub merchant_invoice_number: Loose,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_numbers_are_read_alike_and_exactly() {
        let json = r#"{"amount": 100000000000.10, "currency": "BDT", "trxID": null, "paymentID": {"x": 1},
            "merchantInvoice": "  ", "transactionStatus": true, "new": []}"#;
        let payment: Payment = serde_json::from_str(json).expect("nothing is indispensable");
        assert_eq!(payment.amount.get(), Some("100000000000.10"));
        assert_eq!(payment.currency.get(), Some("BDT"));
        for absent in [&payment.trx_id, &payment.payment_id, &payment.merchant_invoice, &payment.bkash_url] {
            assert_eq!(absent.get(), None);
        }
        assert_eq!(payment.transaction_status.get(), None);
    }

    #[test]
    fn every_envelope_says_its_code() {
        let cases = [
            (r#"{"statusCode":"2023","statusMessage":"Insufficient Balance"}"#, Some("2023")),
            (r#"{"errorCode":2001,"errorMessage":"Invalid App Key"}"#, Some("2001")),
            (r#"{"internalCode":"x","externalCode":"2072","errorMessageEn":"Amount"}"#, Some("2072")),
            (r#"{"message":"Unauthorized"}"#, None),
        ];
        for (json, code) in cases {
            let envelope: Envelope = serde_json::from_str(json).expect("an envelope");
            assert_eq!(envelope.code(), code);
            assert!(envelope.words().is_some());
        }
    }
}
