//! What breaks when: drawn from the seed before anything starts, so that a run can be repeated.
//!
//! Troubles are dealt from a shuffled deck, so that each comes before any comes again. They overlap: while Redis is
//! frozen a worker may be killed.

use std::fmt;
use std::time::Duration;

use nix::sys::signal::Signal;

use super::dice::Dice;

const PURPOSE: u64 = 1;
/// Redis is away for at most this long; shorter in short runs.
const LONGEST_AWAY_MS: u64 = 20_000;

/// One moment's doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    KillWorker(usize),
    StopWorker(usize),
    StartWorker(usize),
    KillApi(usize),
    StartApi(usize),
    FlushRedis,
    KillRedis,
    StartRedis,
    FreezeRedis,
    ThawRedis,
    /// SIGINT is a fast restart, SIGQUIT an immediate one.
    RestartPostgres(Signal),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    pub at: Duration,
    pub act: Act,
}

#[derive(Clone, Copy)]
enum Trouble {
    WorkerKilled,
    WorkerRolled,
    ApiKilled,
    RedisFlushed,
    RedisRestarted,
    RedisDown,
    RedisFrozen,
    PostgresFast,
    PostgresImmediate,
}

const DECK: [Trouble; 9] = [
    Trouble::WorkerKilled,
    Trouble::WorkerRolled,
    Trouble::ApiKilled,
    Trouble::RedisFlushed,
    Trouble::RedisRestarted,
    Trouble::RedisDown,
    Trouble::RedisFrozen,
    Trouble::PostgresFast,
    Trouble::PostgresImmediate,
];

/// The moments of a run, in order. Every one lies within it.
pub fn draw(run: Duration, seed: u64) -> Vec<Moment> {
    let mut dice = Dice::new(seed, PURPOSE);
    let end = u64::try_from(run.as_millis()).unwrap_or(u64::MAX);
    let mut moments = Vec::new();
    let mut deck = Vec::new();
    let mut now = 2_000;
    while now + 2_000 < end {
        let trouble = deck.pop().unwrap_or_else(|| {
            deck = DECK.to_vec();
            dice.shuffle(&mut deck);
            deck.pop().expect("the deck is full")
        });
        for (at, act) in acts(trouble, now, end, &mut dice) {
            moments.push(Moment { at: Duration::from_millis(at.min(end)), act });
        }
        now += dice.between(1_000, 3_000 + end / 40);
    }
    moments.sort_by_key(|moment| moment.at);
    moments
}

fn acts(trouble: Trouble, now: u64, end: u64, dice: &mut Dice) -> Vec<(u64, Act)> {
    let member = dice.index(2);
    let soon = now + dice.between(0, 4_000);
    let later = now + dice.between(2_000, LONGEST_AWAY_MS.min(end / 3));
    match trouble {
        Trouble::WorkerKilled => vec![(now, Act::KillWorker(member)), (soon, Act::StartWorker(member))],
        Trouble::WorkerRolled => {
            vec![(now, Act::StopWorker(member)), (soon + 3_000, Act::StartWorker(member))]
        }
        Trouble::ApiKilled => vec![(now, Act::KillApi(member)), (soon, Act::StartApi(member))],
        Trouble::RedisFlushed => vec![(now, Act::FlushRedis)],
        Trouble::RedisRestarted => vec![(now, Act::KillRedis), (now, Act::StartRedis)],
        Trouble::RedisDown => vec![(now, Act::KillRedis), (later, Act::StartRedis)],
        Trouble::RedisFrozen => vec![(now, Act::FreezeRedis), (later, Act::ThawRedis)],
        Trouble::PostgresFast => vec![(now, Act::RestartPostgres(Signal::SIGINT))],
        Trouble::PostgresImmediate => vec![(now, Act::RestartPostgres(Signal::SIGQUIT))],
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KillWorker(member) => write!(f, "kill -9 of worker {}", member + 1),
            Self::StopWorker(member) => write!(f, "SIGTERM to worker {}", member + 1),
            Self::StartWorker(member) => write!(f, "worker {} starts again", member + 1),
            Self::KillApi(member) => write!(f, "kill -9 of API {}", member + 1),
            Self::StartApi(member) => write!(f, "API {} starts again", member + 1),
            Self::FlushRedis => f.write_str("Redis FLUSHALL"),
            Self::KillRedis => f.write_str("kill -9 of Redis, its data is gone"),
            Self::StartRedis => f.write_str("Redis starts again, empty"),
            Self::FreezeRedis => f.write_str("Redis is frozen"),
            Self::ThawRedis => f.write_str("Redis goes on"),
            Self::RestartPostgres(Signal::SIGINT) => f.write_str("PostgreSQL restarts, fast"),
            Self::RestartPostgres(_) => f.write_str("PostgreSQL restarts, immediately as in a crash"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_plan_and_every_moment_lies_within_the_run() {
        for seed in 0..50 {
            let run = Duration::from_secs(20 + seed);
            let plan = draw(run, seed);
            assert_eq!(plan, draw(run, seed));
            assert!(plan.len() >= 3, "{plan:?}");
            assert!(plan.iter().all(|moment| moment.at <= run));
            assert!(plan.is_sorted_by_key(|moment| moment.at));
        }
        assert_ne!(draw(Duration::from_secs(60), 1), draw(Duration::from_secs(60), 2));
    }

    #[test]
    fn whatever_goes_away_comes_back() {
        let plan = draw(Duration::from_secs(180), 3);
        let last = |act: Act| plan.iter().rposition(|moment| moment.act == act);
        for (gone, back) in [
            (Act::KillWorker(0), Act::StartWorker(0)),
            (Act::KillRedis, Act::StartRedis),
            (Act::FreezeRedis, Act::ThawRedis),
        ] {
            assert!(last(gone) < last(back), "{gone}");
        }
    }
}
