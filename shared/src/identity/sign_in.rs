//! Signing in and out.

use sqlx::PgConnection;
use sqlx::postgres::PgPool;

use super::refresh::RefreshToken;
use super::store::{self, NewSession};
use super::{AttemptLimiter, Caller, Error, Passwords, SignedIn, Tokens, User, UserStatus, checks};
use crate::kernel::ids::SessionId;
use crate::kernel::{Client, Secret, Timestamp, db};
use crate::vendors;

/// Most characters kept of the browser's `User-Agent`.
const LONGEST_USER_AGENT: usize = 200;

const RIGHT: &str = "right";
const WRONG: &str = "wrong";
const THROTTLED: &str = "throttled";
const NOT_CHECKED: &str = "not_checked";
/// The outcome of an attempt: the labels of `haat_sign_ins_total`.
pub const OUTCOMES: [&str; 4] = [RIGHT, WRONG, THROTTLED, NOT_CHECKED];

/// The credentials of a sign-in.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub email: String,
    pub password: Secret,
    /// The browser's `User-Agent`: stored with the session, for its owner to recognise.
    pub user_agent: Option<String>,
    pub client: Client,
}

/// Starts a session. A wrong address and a wrong password are the same error after the same work. That an account is
/// suspended is revealed only to a caller with its password. [`Error::TooManyAttempts`] comes before any work.
pub async fn login(
    pool: &PgPool,
    passwords: &Passwords,
    attempts: &AttemptLimiter,
    tokens: &Tokens,
    attempt: &Attempt,
    now: Timestamp,
) -> Result<SignedIn, Error> {
    let counted = attempts.begin(&attempt.email, attempt.client, now).inspect_err(|_| count(THROTTLED))?;
    let checked = checked(pool, passwords, attempt).await;
    match &checked {
        Ok(_) => {
            count(RIGHT);
            counted.succeeded();
        }
        Err(Error::WrongCredentials) => count(WRONG),
        Err(_) => {
            count(NOT_CHECKED);
            counted.withdrawn();
        }
    }
    let user = checked?;
    refuse_suspended(&user)?;

    let token = RefreshToken::generate();
    let session = NewSession {
        id: SessionId::new(),
        user: user.id,
        user_agent: attempt.user_agent.as_deref().map(shortened),
        started_at: now,
        expires_at: now + tokens.refresh_life(),
    };
    let mut tx = db::begin(pool).await?;
    store::insert_session(&mut tx, &session).await?;
    store::insert_refresh_token(&mut tx, &token.hash(), session.id, now, session.expires_at).await?;
    let signed = signed_in(&mut tx, tokens, user, session.id, token, now).await?;
    tx.commit().await?;
    Ok(signed)
}

/// The account with this address and password.
async fn checked(pool: &PgPool, passwords: &Passwords, attempt: &Attempt) -> Result<User, Error> {
    let found = match checks::email(&attempt.email) {
        Ok(email) => store::find_credentials(&mut *db::acquire(pool).await?, &email).await?,
        Err(_) => None, // no account has such an address; the password is still checked, for the time it takes
    };
    let stored = found.as_ref().map(|found| found.password_hash.as_str());
    let right = passwords.verify(&attempt.password, stored, attempt.client).await?;
    found.filter(|_| right).map(|found| found.user).ok_or(Error::WrongCredentials)
}

fn count(outcome: &'static str) {
    metrics::counter!("haat_sign_ins_total", "outcome" => outcome).increment(1);
}

/// Ends the caller's session and with it all its refresh tokens. Repeating it changes nothing.
pub async fn logout(db: &mut PgConnection, caller: &Caller, now: Timestamp) -> Result<(), Error> {
    store::end_session(db, caller.session, store::EndReason::Logout, now).await?;
    Ok(())
}

pub(super) fn shortened(user_agent: &str) -> String {
    user_agent.chars().filter(|c| !c.is_control()).take(LONGEST_USER_AGENT).collect()
}

pub(super) fn refuse_suspended(user: &User) -> Result<(), Error> {
    match user.status {
        UserStatus::Active => Ok(()),
        UserStatus::Suspended => Err(Error::AccountSuspended),
    }
}

/// The answer to a sign-in or a refresh: role and shop are read again, so a change takes effect with the next token.
pub(super) async fn signed_in(
    db: &mut PgConnection,
    tokens: &Tokens,
    user: User,
    session: SessionId,
    refresh_token: RefreshToken,
    now: Timestamp,
) -> Result<SignedIn, Error> {
    let vendor = vendors::store::find_by_owner(db, user.id).await?.map(|vendor| vendor.id);
    let access = tokens.sign(&Caller { user: user.id, session, role: user.role, vendor }, now)?;
    Ok(SignedIn {
        access_token: access.token,
        refresh_token: refresh_token.into_text(),
        token_type: "Bearer",
        expires_in: access.expires_in,
        user,
    })
}
