//! Before the work: the database must let us in and have this build's schema.
//!
//! The port for operators is open by then and says what is waited for; so does the log, each reason once. A database that
//! does not let us in for `HAAT_DATABASE_WAIT_SECONDS` ends the process, with its reason: whoever started it has to mend
//! a setting, or starts it again. A schema is waited for without an end, because migrating is somebody else's and may take its time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use shared::kernel::db::{self, Standing};

use crate::context::Context;

const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How often it is said that the schema is still missing, in looks.
const SAY_EVERY: u32 = 60;

/// What a worker that is not yet at work waits for. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Startup(Arc<Mutex<Option<String>>>);

impl Startup {
    pub(crate) fn begun() -> Self {
        Self(Arc::new(Mutex::new(Some("the database was not reached yet".to_owned()))))
    }

    /// Why the work has not begun; none once it has.
    pub(crate) fn waits_for(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, reason: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = reason;
    }
}

/// The database did not let us in.
#[derive(Debug, thiserror::Error)]
#[error("the database does not let us in: {0}; is DATABASE_URL right?")]
pub struct NotReached(#[source] db::Failure);

/// Returns when the work may begin.
pub(crate) async fn ready_to_work(context: &Context, startup: &Startup) -> Result<(), NotReached> {
    let tell = |error: &db::Failure| {
        tracing::warn!(%error, "waiting for the database");
        startup.set(Some(error.to_string()));
    };
    db::wait_until_reached(&context.pool, context.settings.database_wait, tell).await.map_err(NotReached)?;
    let mut looks: u32 = 0;
    loop {
        let reason = match db::standing(&context.pool).await {
            Ok(Standing::Ready | Standing::ReadOnly) => break,
            Ok(Standing::NotMigrated) => {
                "its schema is older than this build: run `haat-api migrate`".to_owned()
            }
            Err(error) => error.to_string(),
        };
        if looks.is_multiple_of(SAY_EVERY) {
            tracing::warn!(reason, "waiting for the database");
        }
        startup.set(Some(reason));
        looks = looks.wrapping_add(1);
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    startup.set(None);
    Ok(())
}
