//! How long rows are kept that no order needs any more.

use chrono::TimeDelta;

use super::reader::Reader;

/// After how long the job `purge_old` deletes rows.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// Events of gateways that were applied or ignored, after they were received.
    pub webhook_events: TimeDelta,
    /// Sessions with their refresh tokens, after their end.
    pub sessions: TimeDelta,
    /// What moved on our accounts at the gateways and is another system's, after it moved.
    pub foreign: TimeDelta,
    /// Dead jobs, after they died. `None`: until an operator drops them.
    pub dead_jobs: Option<TimeDelta>,
}

impl Retention {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let mut days = |name, least| TimeDelta::days(reader.number(name, least..=36_500));
        Self {
            webhook_events: days("HAAT_KEEP_WEBHOOK_EVENTS_DAYS", 7),
            sessions: days("HAAT_KEEP_SESSIONS_DAYS", 1),
            foreign: days("HAAT_KEEP_FOREIGN_DAYS", 30),
            dead_jobs: Some(days("HAAT_KEEP_DEAD_JOBS_DAYS", 0)).filter(|time| !time.is_zero()),
        }
    }
}
