//! The incidents of a transaction, collected while it runs and written at its end.
//!
//! They are written sorted by their unique keys: two transactions that wrote the same keys in different orders would
//! deadlock. An incident that is written only under one order's lock may be opened earlier.

use std::collections::BTreeMap;

use serde_json::Value;
use shared::incidents::{self, About, IncidentKind};
use shared::jobs::JobError;
use shared::kernel::Timestamp;
use shared::kernel::db::Connection;

use crate::context::database;

/// One incident to open.
#[derive(Clone, Debug)]
pub(crate) struct Tell {
    pub kind: IncidentKind,
    /// Once per kind and key.
    pub key: String,
    pub about: About,
    pub detail: Value,
    pub again: Again,
}

/// The effect on an incident that was closed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// The finding is new, so the incident opens again.
    Opens,
    /// The same finding is repeated, so the incident stays closed.
    StaysClosed,
}

/// All incidents of a transaction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tells(BTreeMap<String, Tell>);

impl Tells {
    /// Of two with the same key the later one is used.
    pub(crate) fn add(&mut self, tell: Tell) {
        self.0.insert(format!("{}:{}", tell.kind.as_str(), tell.key), tell);
    }

    /// Opens all incidents; afterwards none is left.
    pub(crate) async fn write(&mut self, db: &mut Connection, now: Timestamp) -> Result<(), JobError> {
        for Tell { kind, key, about, detail, again } in std::mem::take(&mut self.0).into_values() {
            let opened = match again {
                Again::Opens => incidents::open(db, kind, &key, &about, &detail, now).await,
                Again::StaysClosed => {
                    incidents::open_unless_known(db, kind, &key, &about, &detail, now).await
                }
            };
            opened.map_err(database)?;
        }
        Ok(())
    }
}

impl FromIterator<Tell> for Tells {
    fn from_iter<I: IntoIterator<Item = Tell>>(tells: I) -> Self {
        let mut all = Self::default();
        tells.into_iter().for_each(|tell| all.add(tell));
        all
    }
}
