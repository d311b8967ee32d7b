//! Access tokens: JWT, HS256, checked against our own clock.
//!
//! The algorithm is pinned, so a token that names another (or `none`) is refused before its signature is looked
//! at. The `kid` picks the key: the first configured key signs, all verify. Expiry is compared with the `now`
//! that the caller passes, because the library would read the machine's clock.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use chrono::TimeDelta;
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, TokenData, Validation, decode, decode_header, encode,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Caller, Error, Role};
use crate::kernel::ids::{OrderId, SessionId, UserId, VendorId};
use crate::kernel::{Settings, Timestamp};

/// How far the clocks of two of the product's machines may differ, in seconds.
const LEEWAY_SECONDS: i64 = 5;

/// Signs and verifies access tokens. One per process.
pub struct Tokens {
    kid: String,
    signing: EncodingKey,
    verifying: HashMap<String, DecodingKey>,
    validation: Validation,
    ticket_validation: Validation,
    issuer: String,
    audience: String,
    life: Duration,
    refresh_life: Duration,
}

/// A signed token and its life in seconds.
#[derive(Clone)]
pub struct AccessToken {
    pub token: String,
    pub expires_in: u64,
}

/// How long a ticket opens its stream.
const TICKET_LIFE: Duration = Duration::from_secs(60);
/// Suffix of the audience of tickets: so a ticket is not accepted as an access token, nor an access token as a ticket.
const TICKETS: &str = "order-events";

/// The claims of a ticket: the order, and the caller as whom it is read.
#[derive(Serialize, Deserialize)]
struct TicketClaims {
    order: OrderId,
    #[serde(flatten)]
    caller: Claims,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    sid: SessionId,
    role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vnd: Option<VendorId>,
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    jti: Uuid,
}

impl Tokens {
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&settings.jwt_issuer]);
        validation.set_audience(&[&settings.jwt_audience]);
        validation.validate_exp = false; // done by `verify`, against the given clock
        let mut ticket_validation = validation.clone();
        ticket_validation.set_audience(&[ticket_audience(&settings.jwt_audience)]);
        let bytes = |key: &crate::kernel::settings::JwtKey| key.secret.expose().as_bytes().to_vec();
        let signing = settings.jwt_keys.signing();
        Self {
            kid: signing.id.clone(),
            signing: EncodingKey::from_secret(&bytes(signing)),
            verifying: settings
                .jwt_keys
                .iter()
                .map(|key| (key.id.clone(), DecodingKey::from_secret(&bytes(key))))
                .collect(),
            validation,
            ticket_validation,
            issuer: settings.jwt_issuer.clone(),
            audience: settings.jwt_audience.clone(),
            life: settings.access_token_life,
            refresh_life: settings.refresh_token_life,
        }
    }

    /// How long a session lives without use.
    #[must_use]
    pub fn refresh_life(&self) -> Duration {
        self.refresh_life
    }

    /// A token that identifies `caller`, valid from `now` on.
    pub fn sign(&self, caller: &Caller, now: Timestamp) -> Result<AccessToken, Error> {
        self.signed(&self.claims(caller, self.audience.clone(), self.life, now), self.life)
    }

    /// A ticket that opens the event stream of one order as this caller, for a minute.
    pub fn sign_ticket(&self, caller: &Caller, order: OrderId, now: Timestamp) -> Result<AccessToken, Error> {
        let caller = self.claims(caller, ticket_audience(&self.audience), TICKET_LIFE, now);
        self.signed(&TicketClaims { order, caller }, TICKET_LIFE)
    }

    /// The caller that the token identifies. [`Error::TokenExpired`] if it was valid once, [`Error::TokenInvalid`] for
    /// everything else.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Caller, Error> {
        in_time(self.decoded::<Claims>(token, &self.validation)?, now)
    }

    /// The caller as whom this ticket opens the stream of this order; errors as of [`Tokens::verify`].
    pub fn verify_ticket(&self, ticket: &str, order: OrderId, now: Timestamp) -> Result<Caller, Error> {
        let claims: TicketClaims = self.decoded(ticket, &self.ticket_validation)?;
        if claims.order != order {
            return Err(Error::TokenInvalid);
        }
        in_time(claims.caller, now)
    }

    fn claims(&self, caller: &Caller, aud: String, life: Duration, now: Timestamp) -> Claims {
        let iat = now.timestamp();
        Claims {
            sub: caller.user,
            sid: caller.session,
            role: caller.role,
            vnd: caller.vendor,
            iss: self.issuer.clone(),
            aud,
            iat,
            exp: iat.saturating_add_unsigned(life.as_secs()),
            nbf: None,
            jti: Uuid::now_v7(),
        }
    }

    fn signed(&self, claims: &impl Serialize, life: Duration) -> Result<AccessToken, Error> {
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::HS256) };
        let token = encode(&header, claims, &self.signing).map_err(Error::Signing)?;
        Ok(AccessToken { token, expires_in: life.as_secs() })
    }

    /// The claims of a token that we signed. A token that requires an extension to be understood (`crit`, RFC 7515
    /// section 4.1.11) is refused: this code understands none.
    fn decoded<C: DeserializeOwned>(&self, token: &str, validation: &Validation) -> Result<C, Error> {
        let key = self.key_of(token).ok_or(Error::TokenInvalid)?;
        let TokenData { header, claims } =
            decode::<C>(token, key, validation).map_err(|_| Error::TokenInvalid)?;
        let is_named = header.kid.as_ref().is_some_and(|kid| self.verifying.contains_key(kid));
        if is_named && header.crit.is_none() { Ok(claims) } else { Err(Error::TokenInvalid) }
    }

    /// The key that the token names. Its header is read for this only if there are several keys.
    fn key_of(&self, token: &str) -> Option<&DecodingKey> {
        if self.verifying.len() == 1 {
            return self.verifying.values().next();
        }
        self.verifying.get(&decode_header(token).ok()?.kid?)
    }
}

fn ticket_audience(audience: &str) -> String {
    format!("{audience}/{TICKETS}")
}

fn in_time(claims: Claims, now: Timestamp) -> Result<Caller, Error> {
    if now.timestamp() >= claims.exp.saturating_add(LEEWAY_SECONDS) {
        return Err(Error::TokenExpired);
    }
    let soon = (now + TimeDelta::seconds(LEEWAY_SECONDS)).timestamp();
    if claims.iat > soon || claims.nbf.is_some_and(|not_before| not_before > soon) {
        return Err(Error::TokenInvalid); // from the future: no clock of ours has signed it
    }
    Ok(Caller { user: claims.sub, session: claims.sid, role: claims.role, vendor: claims.vnd })
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
