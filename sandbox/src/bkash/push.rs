//! What bKash tells its merchants: that money has arrived. An endpoint is first asked to confirm its
//! subscription, and is told nothing before it has.

use serde_json::json;

use super::amount::{self, CURRENCY};
use super::books::Books;
use super::settings::Handshake;
use super::times::digits;
use super::topic::{Kind, Message, Subscription};
use crate::ids::{token, uuid};
use crate::webhooks::Parcel;

/// Who is paid, in bKash's numbering.
pub const SHORT_CODE: &str = "50022";
const ORGANIZATION: &str = "Haat Sandbox Shop";
/// A payment by API; there are others for QR codes and USSD.
const API_PAYMENT: &str = "10002294";

impl Books {
    /// Starts over with an endpoint that has just been set, or ends with one that was taken away.
    pub fn subscribe(&mut self, now_ms: i64, has_endpoint: bool) {
        self.topic.subscription = Subscription::Absent;
        if !has_endpoint {
            return;
        }
        let token = token("", 64).to_ascii_lowercase();
        self.topic.subscription = Subscription::Pending { token: token.clone() };
        match self.config.handshake {
            Handshake::Required => self.ask_to_confirm(now_ms, Kind::SubscriptionConfirmation, token),
            Handshake::Skipped => {
                self.confirm(&token);
            }
        }
    }

    /// The subscription's ARN, if the token is the one that was sent.
    pub fn confirm(&mut self, given: &str) -> Option<String> {
        match &self.topic.subscription {
            Subscription::Confirmed { token, arn } if token == given => Some(arn.clone()),
            Subscription::Pending { token } if token == given => {
                let arn = format!("{}:{}", self.topic.arn, uuid());
                self.topic.subscription = Subscription::Confirmed { token: given.into(), arn: arn.clone() };
                Some(arn)
            }
            Subscription::Absent | Subscription::Pending { .. } | Subscription::Confirmed { .. } => None,
        }
    }

    /// False if there is no such subscription.
    pub fn unsubscribe(&mut self, now_ms: i64, given: &str) -> bool {
        let Subscription::Confirmed { arn, .. } = &self.topic.subscription else { return false };
        if arn != given {
            return false;
        }
        let token = token("", 64).to_ascii_lowercase();
        self.topic.subscription = Subscription::Pending { token: token.clone() };
        self.ask_to_confirm(now_ms, Kind::UnsubscribeConfirmation, token);
        true
    }

    fn ask_to_confirm(&mut self, now_ms: i64, kind: Kind, token: String) {
        let arn = &self.topic.arn;
        let text = match kind {
            Kind::UnsubscribeConfirmation => format!(
                "You have chosen to deactivate subscription to the topic {arn}.\n\
                 To cancel this operation and restore the subscription, visit the SubscribeURL included \
                 in this message."
            ),
            Kind::SubscriptionConfirmation | Kind::Notification => format!(
                "You have chosen to subscribe to the topic {arn}.\n\
                 To confirm the subscription, visit the SubscribeURL included in this message."
            ),
        };
        let about = String::new();
        self.publish(Message { id: uuid(), kind, at_ms: now_ms, text, token: Some(token), about });
    }

    /// Tells of a payment whose money has arrived.
    pub fn push_payment(&mut self, id: &str, now_ms: i64) {
        let Some(payment) = self.payments.get(id) else { return };
        let trx = payment.trx.clone().unwrap_or_default();
        let text = json!({
            "dateTime": digits(now_ms),
            "debitMSISDN": format!("88{}", payment.wallet.as_deref().unwrap_or_default()),
            "creditOrganizationName": ORGANIZATION,
            "creditShortCode": SHORT_CODE,
            "trxID": trx,
            "transactionStatus": "Completed",
            "transactionType": API_PAYMENT,
            "amount": amount::format(payment.amount),
            "currency": CURRENCY,
            "transactionReference": payment.payer_reference,
            "merchantInvoiceNumber": payment.invoice,
        });
        let (kind, text) = (Kind::Notification, text.to_string());
        self.publish(Message { id: uuid(), kind, at_ms: now_ms, text, token: None, about: trx });
    }

    /// Keeps the message, and sends it unless nobody has confirmed that he listens.
    fn publish(&mut self, message: Message) {
        let is_sent = match self.topic.subscription {
            Subscription::Absent => false,
            Subscription::Pending { .. } => message.token.is_some(),
            Subscription::Confirmed { .. } => true,
        };
        if is_sent {
            self.outbox.push(self.parcel(&message));
        }
        self.messages.insert(&message.id.clone(), message);
        self.messages.trim(self.keep);
    }

    pub fn parcel(&self, message: &Message) -> Parcel {
        let (event_id, kind) = (message.id.clone(), message.kind.as_str());
        Parcel { event_id, kind, body: self.topic.seal(message) }
    }
}
