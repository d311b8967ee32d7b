//! Ctrl-C, SIGTERM and SIGHUP as a flag. Long waits look at it ([`check`], [`sleep`]) and return an interruption, so
//! that destructors run and nothing is left behind. A second signal ends the process at once, and the kernel stops our
//! children (see `process`).

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::failure::{Explain, Failure, Result};

static RAISED: AtomicBool = AtomicBool::new(false);
const TICK: Duration = Duration::from_millis(50);

pub fn listen() -> Result<()> {
    ctrlc::set_handler(|| {
        if RAISED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })
    .explain("cannot listen for signals", "run the command from a terminal")
}

pub fn raised() -> bool {
    RAISED.load(Ordering::Relaxed)
}

pub fn check() -> Result<()> {
    if raised() { Err(Failure::interruption()) } else { Ok(()) }
}

pub fn sleep(time: Duration) -> Result<()> {
    let end = Instant::now() + time;
    while Instant::now() < end {
        check()?;
        std::thread::sleep(TICK.min(time));
    }
    check()
}
