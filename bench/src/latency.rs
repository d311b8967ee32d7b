//! How long things took, and what most of them took.

use std::time::Duration;

use serde_json::{Value, json};

#[derive(Debug, Default)]
pub struct Latencies(Vec<u32>);

impl Latencies {
    pub fn record(&mut self, took: Duration) {
        self.0.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }

    pub fn absorb(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Quantiles in milliseconds.
    pub fn summary(mut self) -> Value {
        self.0.sort_unstable();
        json!({
            "p50_ms": self.quantile(0.50),
            "p99_ms": self.quantile(0.99),
            "max_ms": self.quantile(1.0),
        })
    }

    /// The smallest value that at least this share does not exceed; of sorted values.
    fn quantile(&self, share: f64) -> Option<f64> {
        let rank = (self.0.len() as f64 * share).ceil() as usize;
        self.0.get(rank.saturating_sub(1)).map(|micros| f64::from(*micros) / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occurred() {
        let mut latencies = Latencies::default();
        for ms in (1..=100).rev() {
            latencies.record(Duration::from_millis(ms));
        }
        let summary = latencies.summary();
        assert_eq!(summary, json!({ "p50_ms": 50.0, "p99_ms": 99.0, "max_ms": 100.0 }));
        assert_eq!(Latencies::default().summary()["p50_ms"], Value::Null);
    }
}
