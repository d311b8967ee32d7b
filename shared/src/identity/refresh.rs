//! Refresh tokens: 256 random bits, stored only as SHA-256, valid for one use.
//!
//! A token that is used a second time is held by two parties, and we can't tell which is the owner. So the whole
//! session ends, and that is committed although the caller gets an error. Within [`GRACE`] of its first use, and from
//! the same browser, the second use is taken for the owner's: a second tab, or a repeat after a lost answer. Then it
//! gets a separate successor, and both stay valid.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use sqlx::postgres::PgPool;

use super::sign_in::{refuse_suspended, shortened, signed_in};
use super::store::{self, EndReason, SpentToken};
use super::{Error, SignedIn, Tokens};
use crate::kernel::ids::SessionId;
use crate::kernel::{Secret, Timestamp, db};

const TOKEN_BYTES: usize = 32;
/// How long after its first use a token may be used again: tabs refresh together, phones repeat after a time-out.
const GRACE: TimeDelta = TimeDelta::seconds(30);
/// Most successors of one token within the grace period.
const MOST_SUCCESSORS: i64 = 50;

/// A new token, before only its hash is kept.
pub(super) struct RefreshToken(String);

impl RefreshToken {
    pub(super) fn generate() -> Self {
        Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; TOKEN_BYTES]>()))
    }

    pub(super) fn hash(&self) -> [u8; 32] {
        hash(&self.0)
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// The parameters of a refresh.
#[derive(Clone, Debug)]
pub struct Presented {
    pub token: Secret,
    /// The browser's `User-Agent`.
    pub user_agent: Option<String>,
}

/// Exchanges a refresh token for the next one and a new access token.
///
/// [`Error::TokenInvalid`] for an unknown token, [`Error::SessionEnded`] for one that was used before or whose session
/// is over, [`Error::TokenExpired`] for one that was unused for too long.
pub async fn refresh(
    pool: &PgPool,
    tokens: &Tokens,
    presented: &Presented,
    now: Timestamp,
) -> Result<SignedIn, Error> {
    let hash = hash(presented.token.expose());
    let agent = presented.user_agent.as_deref().map(shortened).unwrap_or_default();
    let mut tx = db::begin(pool).await?;
    let rotation = rotate(&mut tx, tokens, &hash, &agent, now).await?;
    // A refusal is committed too: it may have ended the session.
    tx.commit().await?;
    match rotation {
        Rotation::Granted(signed) => Ok(*signed),
        Rotation::Refused(error) => Err(error),
    }
}

/// The result for a presented token. The transaction must be committed either way.
enum Rotation {
    Granted(Box<SignedIn>),
    Refused(Error),
}

async fn rotate(
    db: &mut PgConnection,
    tokens: &Tokens,
    presented: &[u8],
    agent: &str,
    now: Timestamp,
) -> Result<Rotation, Error> {
    if let Some(spent) = store::spend_refresh_token(db, presented, agent, now).await? {
        return succeed(db, tokens, &spent, now).await;
    }
    let Some(used) = store::find_used_token(db, presented).await? else {
        return Ok(Rotation::Refused(Error::TokenInvalid));
    };
    let in_grace = now - used.used_at <= GRACE && used.used_by.as_deref() == Some(agent);
    if in_grace && used.successors < MOST_SUCCESSORS {
        return succeed(db, tokens, &used.token, now).await;
    }
    end_family(db, used.token.session, now).await
}

/// The next token of the session, if that is not over.
async fn succeed(
    db: &mut PgConnection,
    tokens: &Tokens,
    spent: &SpentToken,
    now: Timestamp,
) -> Result<Rotation, Error> {
    let session = spent.session;
    let Some(owner) = store::lock_live_session(db, session).await? else {
        return Ok(Rotation::Refused(Error::SessionEnded));
    };
    if spent.expires_at <= now {
        return Ok(Rotation::Refused(Error::TokenExpired));
    }
    let user = store::find_user(db, owner).await?.ok_or(Error::Missing)?;
    if let Err(error) = refuse_suspended(&user) {
        return Ok(Rotation::Refused(error));
    }
    let next = RefreshToken::generate();
    let expires_at = now + tokens.refresh_life();
    store::insert_refresh_token(db, &next.hash(), session, now, expires_at).await?;
    store::prolong_session(db, session, now, expires_at).await?;
    let signed = signed_in(db, tokens, user, session, next, now).await?;
    Ok(Rotation::Granted(Box::new(signed)))
}

async fn end_family(db: &mut PgConnection, session: SessionId, now: Timestamp) -> Result<Rotation, Error> {
    if store::end_session(db, session, EndReason::TokenReused, now).await? {
        tracing::warn!(session.id = %session, "a refresh token was used twice: its session is ended");
    }
    Ok(Rotation::Refused(Error::SessionEnded))
}
