//! The SQL of accounts, sessions and refresh tokens.

use sqlx::PgConnection;

use super::{Error, Role, User, UserStatus};
use crate::kernel::Timestamp;
use crate::kernel::ids::{SessionId, UserId};

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    Logout,
    TokenReused,
}

impl EndReason {
    fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::TokenReused => "token_reused",
        }
    }
}

/// An account with the hash of its password.
#[derive(Clone)]
pub struct Credentials {
    pub user: User,
    pub password_hash: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user.id).finish_non_exhaustive()
    }
}

#[derive(Clone, Debug)]
pub struct NewSession {
    pub id: SessionId,
    pub user: UserId,
    pub user_agent: Option<String>,
    pub started_at: Timestamp,
    pub expires_at: Timestamp,
}

/// A token that this transaction has taken for use, and no other.
#[derive(Clone, Copy, Debug)]
pub struct SpentToken {
    pub session: SessionId,
    pub expires_at: Timestamp,
}

/// A token that was used before.
#[derive(Clone, Debug)]
pub struct UsedToken {
    pub token: SpentToken,
    pub used_at: Timestamp,
    /// The browser that used it first; `None` if that is not known.
    pub used_by: Option<String>,
    /// Tokens that its session has got since then.
    pub successors: i64,
}

/// [`Error::EmailTaken`] is found without an error of the database: PostgreSQL would write the address into its log.
pub async fn insert_user(db: &mut PgConnection, user: &User, password_hash: &str) -> Result<(), Error> {
    let inserted = sqlx::query!(
        r#"
        insert into users (id, email, password_hash, role, full_name, phone, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict ((lower(email))) do nothing
        "#,
        user.id.0,
        user.email,
        password_hash,
        user.role.as_str(),
        user.full_name,
        user.phone,
        user.created_at,
        user.updated_at,
    )
    .execute(db)
    .await?;
    if inserted.rows_affected() == 1 { Ok(()) } else { Err(Error::EmailTaken) }
}

pub async fn find_user(db: &mut PgConnection, id: UserId) -> Result<Option<User>, sqlx::Error> {
    sqlx::query_as!(
        User,
        r#"
        select id as "id: UserId", email, role as "role: Role", full_name, phone,
            status as "status: UserStatus", created_at, updated_at
        from users
        where id = $1
        "#,
        id.0,
    )
    .fetch_optional(db)
    .await
}

/// By `users_email_key`; the address is in lower case already.
pub async fn find_credentials(
    db: &mut PgConnection,
    email: &str,
) -> Result<Option<Credentials>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select id as "id: UserId", email, role as "role: Role", full_name, phone,
            status as "status: UserStatus", created_at, updated_at, password_hash
        from users
        where lower(email) = $1
        "#,
        email,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Credentials {
        user: User {
            id: row.id,
            email: row.email,
            role: row.role,
            full_name: row.full_name,
            phone: row.phone,
            status: row.status,
            created_at: row.created_at,
            updated_at: row.updated_at,
        },
        password_hash: row.password_hash,
    }))
}

/// `None` leaves a column as it is; `Some(None)` empties the phone.
pub async fn update_user(
    db: &mut PgConnection,
    id: UserId,
    full_name: Option<&str>,
    phone: Option<Option<String>>,
    now: Timestamp,
) -> Result<Option<User>, sqlx::Error> {
    let (change_phone, phone) = (phone.is_some(), phone.flatten());
    sqlx::query_as!(
        User,
        r#"
        update users
        set full_name = coalesce($2, full_name),
            phone = case when $3 then $4 else phone end,
            updated_at = case when (full_name, phone)
                is distinct from (coalesce($2, full_name), case when $3 then $4 else phone end)
                then $5 else updated_at end
        where id = $1
        returning id as "id: UserId", email, role as "role: Role", full_name, phone,
            status as "status: UserStatus", created_at, updated_at
        "#,
        id.0,
        full_name,
        change_phone,
        phone,
        now,
    )
    .fetch_optional(db)
    .await
}

pub async fn insert_session(db: &mut PgConnection, session: &NewSession) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into sessions (id, user_id, created_at, last_used_at, expires_at, user_agent)
        values ($1, $2, $3, $3, $4, $5)
        "#,
        session.id.0,
        session.user.0,
        session.started_at,
        session.expires_at,
        session.user_agent,
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn insert_refresh_token(
    db: &mut PgConnection,
    hash: &[u8],
    session: SessionId,
    issued_at: Timestamp,
    expires_at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into refresh_tokens (token_hash, session_id, issued_at, expires_at)
        values ($1, $2, $3, $4)
        "#,
        hash,
        session.0,
        issued_at,
        expires_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes an unused token. Of two requests with the same one, the row lock of the update lets one through; the other
/// then finds `used_at` set and gets `None`.
pub async fn spend_refresh_token(
    db: &mut PgConnection,
    hash: &[u8],
    used_by: &str,
    now: Timestamp,
) -> Result<Option<SpentToken>, sqlx::Error> {
    sqlx::query_as!(
        SpentToken,
        r#"
        update refresh_tokens
        set used_at = $2, used_by = $3
        where token_hash = $1 and used_at is null
        returning session_id as "session: SessionId", expires_at
        "#,
        hash,
        now,
        used_by,
    )
    .fetch_optional(db)
    .await
}

/// A used token, with its successors. By `refresh_tokens_of_session`.
pub async fn find_used_token(db: &mut PgConnection, hash: &[u8]) -> Result<Option<UsedToken>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select session_id as "session: SessionId", expires_at, used_at as "used_at!", used_by,
            (
                select count(*)
                from refresh_tokens as later
                where later.session_id = used.session_id and later.issued_at >= used.used_at
            ) as "successors!"
        from refresh_tokens as used
        where token_hash = $1 and used_at is not null
        "#,
        hash,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| UsedToken {
        token: SpentToken { session: row.session, expires_at: row.expires_at },
        used_at: row.used_at,
        used_by: row.used_by,
        successors: row.successors,
    }))
}

/// Locks a session that is not over, so that it can't end while it is extended, and returns its user. The order is
/// token, then session, here and when a family ends.
pub async fn lock_live_session(db: &mut PgConnection, id: SessionId) -> Result<Option<UserId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select user_id as "user_id: UserId"
        from sessions
        where id = $1 and ended_at is null
        for no key update
        "#,
        id.0,
    )
    .fetch_optional(db)
    .await
}

pub async fn prolong_session(
    db: &mut PgConnection,
    id: SessionId,
    used_at: Timestamp,
    expires_at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update sessions
        set last_used_at = $2, expires_at = $3
        where id = $1
        "#,
        id.0,
        used_at,
        expires_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether this call ended it; a session that was over keeps its first reason.
pub async fn end_session(
    db: &mut PgConnection,
    id: SessionId,
    reason: EndReason,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        r#"
        update sessions
        set ended_at = $2, end_reason = $3
        where id = $1 and ended_at is null
        "#,
        id.0,
        now,
        reason.as_str(),
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes some sessions that ended, or became unusable, before `before`, with their tokens. Returns their number.
pub async fn purge_sessions(
    db: &mut PgConnection,
    before: Timestamp,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    let purged = sqlx::query!(
        "delete from sessions
         where id = any(array(
           select id
           from sessions
           where least(ended_at, expires_at) < $1
           order by least(ended_at, expires_at)
           limit $2
         ))",
        before,
        limit,
    )
    .execute(db)
    .await?;
    Ok(purged.rows_affected())
}
