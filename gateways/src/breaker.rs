//! A circuit breaker: no calls are made for a while to a gateway that does not answer.
//!
//! Only errors count that show a fault of the gateway: no connection, no answer in time, a 5xx. A refusal is an answer.
//! A call that we ended ourselves, or that a bug in an adapter ended, shows nothing about the gateway. After the pause
//! one call goes through as a probe; its outcome decides.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::{CallError, CallErrorKind, EndedBy, GatewayName};

/// Consecutive failures that open it.
const TRIP_AFTER: u32 = 8;
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The state of a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    Closed,
    /// No call goes through.
    Open,
    /// One call is in progress as a probe.
    HalfOpen,
}

impl BreakerState {
    /// The word for readiness.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Breaker {
    gateway: GatewayName,
    circuit: Mutex<Circuit>,
}

#[derive(Debug)]
struct Circuit {
    state: BreakerState,
    failures: u32,
    pause: Duration,
    until: Instant,
}

/// A call that was let through. Its outcome must be reported, or it counts as failed.
#[derive(Debug)]
pub(crate) struct Passage<'a> {
    breaker: &'a Breaker,
    told: bool,
}

impl Breaker {
    pub(crate) fn new(gateway: GatewayName) -> Self {
        let circuit =
            Circuit { state: BreakerState::Closed, failures: 0, pause: FIRST_PAUSE, until: Instant::now() };
        let breaker = Self { gateway, circuit: Mutex::new(circuit) };
        breaker.show(BreakerState::Closed);
        breaker
    }

    pub(crate) fn state(&self) -> BreakerState {
        self.lock().state
    }

    /// Lets a call through, or says how long to wait.
    pub(crate) fn enter(&self) -> Result<Passage<'_>, CallError> {
        let mut circuit = self.lock();
        let now = Instant::now();
        match circuit.state {
            BreakerState::Closed => {}
            BreakerState::Open if now >= circuit.until => {
                circuit.state = BreakerState::HalfOpen;
                self.show(BreakerState::HalfOpen);
            }
            BreakerState::Open | BreakerState::HalfOpen => {
                let left = circuit.until.saturating_duration_since(now).max(Duration::from_secs(1));
                let error = CallError::held_back("the gateway is left alone for now");
                return Err(CallError { retry_after: Some(left), ..error });
            }
        }
        Ok(Passage { breaker: self, told: false })
    }

    fn succeeded(&self) {
        let mut circuit = self.lock();
        circuit.failures = 0;
        circuit.pause = FIRST_PAUSE;
        if circuit.state != BreakerState::Closed {
            circuit.state = BreakerState::Closed;
            tracing::info!(gateway = self.gateway.as_str(), "the gateway answers again");
            self.show(BreakerState::Closed);
        }
    }

    fn failed(&self) {
        let mut circuit = self.lock();
        circuit.failures = circuit.failures.saturating_add(1);
        let probe = circuit.state == BreakerState::HalfOpen;
        if probe || (circuit.state == BreakerState::Closed && circuit.failures >= TRIP_AFTER) {
            circuit.state = BreakerState::Open;
            circuit.until = Instant::now() + circuit.pause;
            circuit.pause = (circuit.pause * 2).min(LONGEST_PAUSE);
            tracing::warn!(
                gateway = self.gateway.as_str(),
                "the gateway does not answer; calls to it are paused"
            );
            self.show(BreakerState::Open);
        }
    }

    /// The call showed nothing about the gateway. If it was the probe, the next call is the probe.
    fn learnt_nothing(&self) {
        let mut circuit = self.lock();
        if circuit.state == BreakerState::HalfOpen {
            circuit.state = BreakerState::Open;
            circuit.until = Instant::now();
            self.show(BreakerState::Open);
        }
    }

    fn show(&self, state: BreakerState) {
        let figure = match state {
            BreakerState::Closed => 0.0,
            BreakerState::HalfOpen => 0.5,
            BreakerState::Open => 1.0,
        };
        metrics::gauge!("haat_gateway_breaker_open", "gateway" => self.gateway.as_str()).set(figure);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Circuit> {
        self.circuit.lock().expect("nobody panics while holding it")
    }
}

impl Passage<'_> {
    /// Reports the outcome of the call.
    pub(crate) fn tell<T>(mut self, outcome: &Result<T, CallError>) {
        self.told = true;
        match outcome {
            Err(error) if error.ended_by == EndedBy::Us => self.breaker.learnt_nothing(),
            Err(error) if is_ill(error) => self.breaker.failed(),
            Ok(_) | Err(_) => self.breaker.succeeded(),
        }
    }
}

/// A call that was abandoned (its job took too long) got no answer either. A panic is our own bug.
impl Drop for Passage<'_> {
    fn drop(&mut self) {
        match (self.told, std::thread::panicking()) {
            (true, _) => {}
            (false, true) => self.breaker.learnt_nothing(),
            (false, false) => self.breaker.failed(),
        }
    }
}

/// Whether an error shows a fault of the gateway itself.
fn is_ill(error: &CallError) -> bool {
    match error.kind {
        CallErrorKind::Retry | CallErrorKind::Unknown => {
            error.http_status.is_none_or(|status| status >= 500 || status == 408)
        }
        CallErrorKind::Refused | CallErrorKind::Auth | CallErrorKind::Forbidden => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sent;
    use crate::exchange::unmapped;
    use crate::http_client::Effect;

    fn lost() -> Result<(), CallError> {
        Err(CallError::new(CallErrorKind::Unknown, Sent::Maybe, "no answer in time"))
    }

    #[test]
    fn failures_in_a_row_open_it_and_a_refusal_does_not() {
        let breaker = Breaker::new(GatewayName::Stripe);
        for _ in 0..TRIP_AFTER {
            let refused: Result<(), _> = Err(CallError::new(CallErrorKind::Refused, Sent::Yes, "no"));
            breaker.enter().expect("closed").tell(&refused);
        }
        for _ in 1..TRIP_AFTER {
            breaker.enter().expect("closed").tell(&lost());
        }
        breaker.enter().expect("one answer between").tell(&Ok(()));
        for _ in 0..TRIP_AFTER {
            breaker.enter().expect("closed").tell(&lost());
        }
        assert_eq!(breaker.state(), BreakerState::Open);
        let error = breaker.enter().expect_err("left alone");
        assert_eq!((error.kind, error.sent), (CallErrorKind::Retry, Sent::No));
        assert!(error.retry_after.is_some());
    }

    #[test]
    fn after_the_pause_one_call_finds_out() {
        let breaker = Breaker::new(GatewayName::Stripe);
        for _ in 0..TRIP_AFTER {
            drop(breaker.enter().expect("closed")); // abandoned
        }
        breaker.lock().until = Instant::now();
        let probe = breaker.enter().expect("the probe");
        assert!(breaker.enter().is_err(), "only one");
        probe.tell(&lost());
        assert_eq!(breaker.state(), BreakerState::Open);
        breaker.lock().until = Instant::now();
        breaker.enter().expect("the next probe").tell(&Ok(()));
        assert_eq!(breaker.state(), BreakerState::Closed);
        assert!(breaker.enter().is_ok());
    }

    #[test]
    fn what_was_never_sent_tells_nothing_of_the_gateway() {
        let breaker = Breaker::new(GatewayName::Stripe);
        let held_back: Result<(), _> = Err(CallError::held_back("no free place"));
        for _ in 0..2 * TRIP_AFTER {
            breaker.enter().expect("closed").tell(&held_back);
        }
        for _ in 1..TRIP_AFTER {
            breaker.enter().expect("closed").tell(&lost());
            breaker.enter().expect("closed").tell(&Err::<(), _>(CallError::unsendable("no amount")));
        }
        breaker.enter().expect("one more").tell(&lost());
        assert_eq!(breaker.state(), BreakerState::Open, "nor does it count as an answer in between");
        breaker.lock().until = Instant::now();
        breaker.enter().expect("the probe").tell(&held_back);
        assert_eq!(breaker.state(), BreakerState::Open, "it has not found out");
        breaker.enter().expect("the next one does").tell(&Ok(()));
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[test]
    fn an_answer_that_can_not_be_used_is_an_answer_all_the_same() {
        let breaker = Breaker::new(GatewayName::Stripe);
        for effect in [Effect::Reads, Effect::Changes].repeat(TRIP_AFTER as usize) {
            breaker.enter().expect("closed").tell(&Err::<(), _>(unmapped("no amount", effect)));
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[test]
    fn a_panic_in_an_adapter_is_not_the_gateways() {
        let breaker = Breaker::new(GatewayName::Stripe);
        for _ in 0..2 * TRIP_AFTER {
            let panics = std::panic::AssertUnwindSafe(|| {
                let _passage = breaker.enter().expect("closed");
                panic!("a mistake of ours");
            });
            assert!(std::panic::catch_unwind(panics).is_err());
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
    }
}
