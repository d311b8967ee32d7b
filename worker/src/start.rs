//! Before work starts: the database must accept our sign-in and have this build's schema.
//!
//! The port for operators is open by then and shows what the worker waits for; so does the log, once per reason. If the
//! database refuses our sign-in for `HAAT_DATABASE_WAIT_SECONDS`, the process ends with the reason: the operator has to
//! correct a setting or start it again. The worker waits for the schema without a limit, because another process
//! migrates and may take its time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use shared::kernel::db::{self, Standing};

use crate::context::Context;

const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// The missing schema is logged once in this many looks.
const SAY_EVERY: u32 = 60;

/// What a worker that has not started yet waits for. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Startup(Arc<Mutex<Option<String>>>);

impl Startup {
    pub(crate) fn begun() -> Self {
        Self(Arc::new(Mutex::new(Some("the database was not reached yet".to_owned()))))
    }

    /// Why work has not started; `None` once it has.
    pub(crate) fn waits_for(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, reason: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = reason;
    }
}

/// The database refused our sign-in.
#[derive(Debug, thiserror::Error)]
#[error("the database does not let us in: {0}; is DATABASE_URL right?")]
pub struct NotReached(#[source] db::Failure);

/// Returns when work may start.
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
