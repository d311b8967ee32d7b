//! Figures of the process itself: its build, its memory and files, its connections to the database.
//!
//! They are read when metrics are scraped, not by a timer. A figure that the system does not provide (there is no
//! `/proc`) is left out.

use std::fs;

use super::db::Pool;

/// Ticks in a second of processor time, the same on all Linux platforms (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

/// Sets the figures of this process.
pub fn observe(pool: &Pool) {
    let version = env!("CARGO_PKG_VERSION");
    metrics::gauge!("haat_build_info", "version" => version).set(1.0);
    let (all, idle) = (pool.size() as usize, pool.num_idle());
    metrics::gauge!("haat_database_connections", "state" => "idle").set(idle as f64);
    metrics::gauge!("haat_database_connections", "state" => "busy").set(all.saturating_sub(idle) as f64);
    if let Some(bytes) = resident_bytes() {
        metrics::gauge!("process_resident_memory_bytes").set(bytes);
    }
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        metrics::gauge!("process_open_fds").set(files.count() as f64);
    }
    if let Some(seconds) = processor_seconds() {
        metrics::gauge!("process_cpu_seconds").set(seconds);
    }
}

fn resident_bytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024.0)
}

fn processor_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in parentheses, may have spaces. After it, user and system time are fields 12 and 13.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    Some(ticks.sum::<Result<f64, _>>().ok()? / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_tells_how_a_process_does() {
        if fs::exists("/proc/self/stat").expect("readable") {
            assert!(resident_bytes().expect("a figure") > 1_000_000.0);
            assert!(processor_seconds().expect("a figure") >= 0.0);
        }
    }
}
