//! Events: an object as it was when something happened to it, in Stripe's envelope. Each is kept for
//! the list of events and put into the outbox for the courier.

use axum::body::Bytes;
use serde_json::{Value, json};

use super::books::{Books, Origin};
use super::model::Event;
use super::owner::Owner;
use super::{render, session_view};
use crate::ids::token;
use crate::webhooks::Parcel;

pub const API_VERSION: &str = "2026-10-28.endive";

impl Books {
    pub fn emit(&mut self, kind: &'static str, owner: &Owner, object: Value, origin: &Origin) {
        self.emit_changed(kind, owner, object, None, origin);
    }

    /// With what the object's fields were before.
    pub fn emit_changed(
        &mut self,
        kind: &'static str,
        owner: &Owner,
        object: Value,
        previous: Option<Value>,
        origin: &Origin,
    ) {
        let id = token("evt_1", 23);
        let about = object["id"].as_str().unwrap_or_default().to_owned();
        let created = self.now();
        let mut envelope = json!({
            "id": id,
            "object": "event",
            "api_version": API_VERSION,
            "created": created,
            "data": {"object": object},
            "livemode": false,
            "pending_webhooks": 1,
            "request": {"id": origin.request_id, "idempotency_key": origin.key},
            "type": kind,
        });
        if let Some(previous) = previous {
            envelope["data"]["previous_attributes"] = previous;
        }
        if let Some(account) = owner {
            envelope["account"] = json!(account.as_ref());
        }
        let body = Bytes::from(envelope.to_string());
        self.outbox.push(Parcel { event_id: id.clone(), kind, body: body.clone() });
        let event = Event { id: id.clone(), owner: owner.clone(), created, kind, object: about, body };
        self.events.insert(&id, event);
        self.events.trim(self.terms.keep);
    }

    pub fn emit_session(&mut self, kind: &'static str, id: &str, origin: &Origin) {
        let Some(session) = self.sessions.get(id) else { return };
        let (owner, object) = (session.owner.clone(), session_view::session(session, &self.public_url));
        self.emit(kind, &owner, object, origin);
    }

    pub fn emit_payment(&mut self, kind: &'static str, id: &str, origin: &Origin) {
        let Some(payment) = self.payments.get(id) else { return };
        let (owner, object) = (payment.owner.clone(), render::payment(payment, &self.public_url));
        self.emit(kind, &owner, object, origin);
    }

    /// About the latest charge of a payment.
    pub fn emit_charge(&mut self, kind: &'static str, payment: &str, origin: &Origin) {
        self.emit_charge_changed(kind, payment, None, origin);
    }

    pub fn emit_charge_changed(
        &mut self,
        kind: &'static str,
        payment: &str,
        previous: Option<Value>,
        origin: &Origin,
    ) {
        let Some(payment) = self.payments.get(payment) else { return };
        let Some(charge) = payment.latest_charge().and_then(|id| self.charges.get(id)) else { return };
        let (owner, object) = (payment.owner.clone(), render::charge(payment, charge));
        self.emit_changed(kind, &owner, object, previous, origin);
    }

    pub fn emit_refund(&mut self, kind: &'static str, id: &str, previous: Option<Value>, origin: &Origin) {
        let Some(refund) = self.refunds.get(id) else { return };
        let (owner, object) = (refund.owner.clone(), render::refund(refund));
        self.emit_changed(kind, &owner, object, previous, origin);
    }
}
