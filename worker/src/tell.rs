//! What operators are to be told, collected over a transaction and written at its end.
//!
//! Written in the order of their keys, which are unique: two transactions that told the same in different orders would
//! wait for each other. An incident that only transactions with a certain order's lock write may be opened at once.

use std::collections::BTreeMap;

use serde_json::Value;
use shared::incidents::{self, About, IncidentKind};
use shared::jobs::JobError;
use shared::kernel::Timestamp;
use shared::kernel::db::Connection;

use crate::context::database;

/// One incident to be opened.
#[derive(Clone, Debug)]
pub(crate) struct Tell {
    pub kind: IncidentKind,
    /// Once per kind and key.
    pub key: String,
    pub about: About,
    pub detail: Value,
    pub again: Again,
}

/// What becomes of one that was closed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// It is news, so it opens again.
    Opens,
    /// It is met again and again without being news.
    StaysClosed,
}

/// All that a transaction tells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tells(BTreeMap<String, Tell>);

impl Tells {
    /// Of two under one key the later one counts.
    pub(crate) fn add(&mut self, tell: Tell) {
        self.0.insert(format!("{}:{}", tell.kind.as_str(), tell.key), tell);
    }

    /// Nothing is left to tell afterwards.
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
