//! Keeps a number of connections busy: each sends again as soon as it is answered (closed loop), or requests start by
//! the clock whether earlier ones were answered or not (open loop).
//!
//! In the open loop the time of a request counts from the moment it was due, so that a server that stalls is charged
//! for all requests that had to wait (no coordinated omission).

use std::cell::Cell;
use std::net::SocketAddr;
use std::time::Duration;

use futures::future::try_join_all;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use crate::Outcome;
use crate::connection::{Answer, Connection};
use crate::latency::Latencies;

#[derive(Clone, Copy, Debug)]
pub enum Pace {
    Closed,
    PerSecond(f64),
}

/// The requests, turn by turn.
pub trait Traffic {
    /// Writes the request of a turn; `false` when there is nothing more to ask.
    fn request(&self, turn: usize, into: &mut Vec<u8>) -> bool;
    /// Receives the answer of a turn; `false` if it is not the expected one.
    fn answer(&self, turn: usize, answer: &Answer<'_>) -> bool;
}

#[derive(Clone, Copy, Debug)]
pub struct Load {
    pub address: SocketAddr,
    pub connections: usize,
    pub time: Duration,
    pub pace: Pace,
}

/// What came of it.
#[derive(Debug)]
pub struct Result {
    pub began: Instant,
    pub ended: Instant,
    pub answered: usize,
    pub refused: usize,
    pub latencies: Latencies,
}

impl Result {
    pub fn figures(self) -> Value {
        let per_second = self.answered as f64 / (self.ended - self.began).as_secs_f64();
        let mut figures = self.latencies.summary();
        figures["answered"] = json!(self.answered);
        figures["refused"] = json!(self.refused);
        figures["per_second"] = json!(per_second);
        figures
    }
}

struct Course<'a, T> {
    traffic: &'a T,
    next: Cell<usize>,
    began: Instant,
    end: Instant,
    pace: Pace,
}

impl Load {
    /// Runs until time is over or nothing is left to ask; requests under way are awaited.
    pub async fn run(&self, traffic: &impl Traffic) -> Outcome<Result> {
        let connections = try_join_all((0..self.connections).map(|_| Connection::open(self.address))).await?;
        let began = Instant::now();
        let course = Course { traffic, next: Cell::new(0), began, end: began + self.time, pace: self.pace };
        let tracks = try_join_all(connections.into_iter().map(|connection| course.track(connection))).await?;
        let mut result =
            Result { began, ended: Instant::now(), answered: 0, refused: 0, latencies: Latencies::default() };
        for (latencies, answered, refused) in tracks {
            result.latencies.absorb(latencies);
            result.answered += answered;
            result.refused += refused;
        }
        Ok(result)
    }
}

impl<T: Traffic> Course<'_, T> {
    /// One connection's share of the turns.
    async fn track(&self, mut connection: Connection) -> Outcome<(Latencies, usize, usize)> {
        let (mut latencies, mut answered, mut refused) = (Latencies::default(), 0, 0);
        let mut request = Vec::with_capacity(2048);
        loop {
            let turn = self.next.replace(self.next.get() + 1);
            let due = self.due(turn);
            request.clear();
            if due >= self.end || !self.traffic.request(turn, &mut request) {
                return Ok((latencies, answered, refused));
            }
            // Not for a moment that has come: the timer would round it up to its next millisecond.
            if due > Instant::now() {
                sleep_until(due).await;
            }
            let answer = connection.ask(&request).await?;
            latencies.record(due.elapsed());
            if self.traffic.answer(turn, &answer) {
                answered += 1;
            } else {
                refused += 1;
                if refused == 1 {
                    eprintln!("haat-bench: {} {}", answer.status, String::from_utf8_lossy(answer.body));
                }
            }
        }
    }

    fn due(&self, turn: usize) -> Instant {
        match self.pace {
            Pace::Closed => Instant::now(),
            Pace::PerSecond(rate) => self.began + Duration::from_secs_f64(turn as f64 / rate),
        }
    }
}
