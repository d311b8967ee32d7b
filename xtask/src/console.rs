//! What a person sees: one line per step with a tick and how long it took, and failures with
//! their advice. Steps go to stdout, failures to stderr.

use std::time::{Duration, Instant};

use crate::failure::Failure;

/// A step under way; `done` prints its line. A failed step prints nothing: the failure will.
#[derive(Debug)]
pub struct Step(Instant);

impl Step {
    /// For steps of a second or two.
    pub fn begin() -> Self {
        Self(Instant::now())
    }

    /// For steps long enough that silence would look like a hang.
    pub fn announce(what: &str) -> Self {
        println!("  … {what}");
        Self(Instant::now())
    }

    pub fn done(self, what: &str) {
        println!("  ✓ {what}  ({})", seconds(self.0.elapsed()));
    }
}

pub fn note(text: &str) {
    println!("  · {text}");
}

pub fn failure(failure: &Failure) {
    eprintln!("\n  ✗ {}", indented(&failure.what));
    eprintln!("    → {}", indented(&failure.advice));
}

pub fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn indented(text: &str) -> String {
    text.trim_end().replace('\n', "\n    ")
}
