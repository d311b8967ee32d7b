//! `cargo xtask bench --only held-xmin`: the cost of holding back vacuum, by a dump, a forgotten console or a replica
//! with feedback.
//!
//! The same checkouts, as fast as answers come, phase after phase: twice as usual, while one session holds its
//! snapshot, and after its end. One row per phase gives the orders reserved per second, how long that took, and the
//! dead rows in the tables that every order rewrites. Prints a table and writes `target/bench/held-xmin.json`.

use std::fs;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::phases::{Bench, number, rate};
use crate::failure::{Explain, Result};
use crate::workspace;

const WARM_UP: usize = 5000;
const CLEAN: usize = 2;
const HELD: usize = 6;
const AFTER: usize = 2;
/// Rewritten by every order.
const TABLES: [&str; 2] = ["jobs", "inventory"];

pub fn run(mut bench: Bench) -> Result<ExitCode> {
    bench.checkouts("warming up", 0, WARM_UP.min(bench.customers), &[])?;
    bench.database.ask("vacuum analyze")?;
    let clean = phases(&mut bench, "as usual", CLEAN)?;
    let held = {
        let database = bench.database.clone();
        let _holder = database.hold_xmin()?;
        phases(&mut bench, "held", HELD)?
    };
    let after = phases(&mut bench, "after its end", AFTER)?;
    let usual = mean(&clean);
    println!(
        "\n{:<16}{:>12}{:>10}{:>10}{:>10}{:>12}{:>12}{:>14}{:>12}",
        "vacuum",
        "reserved/s",
        "÷ usual",
        "p50 ms",
        "p99 ms",
        "jobs live",
        "jobs dead",
        "inventory dead",
        "jobs MB"
    );
    for row in [&clean, &held, &after].into_iter().flatten() {
        print(row, usual);
    }
    let share = |rows: &[Value]| if usual > 0.0 { mean(rows) / usual } else { 0.0 };
    let last =
        held.last().map_or(0.0, |row| rate(row, "/reserved_per_second") / usual.max(f64::MIN_POSITIVE));
    println!(
        "\nheld: {:.0} % on average, {:.0} % at the end; after: {:.0} %",
        100.0 * share(&held),
        100.0 * last,
        100.0 * share(&after)
    );
    let report =
        json!({ "seconds_per_phase": bench.time.as_secs(), "clean": clean, "held": held, "after": after });
    let path = workspace::root().join("target/bench/held-xmin.json");
    workspace::make_dir(&workspace::root().join("target/bench"))?;
    fs::write(&path, format!("{report:#}\n"))
        .explain(format!("cannot write {}", path.display()), "check the rights of the target folder")?;
    println!("written to {}", path.display());
    Ok(ExitCode::SUCCESS)
}

fn phases(bench: &mut Bench, vacuum: &str, count: usize) -> Result<Vec<Value>> {
    let mut rows = Vec::new();
    for place in 1..=count {
        let what = format!("checkouts, vacuum {vacuum} ({place} of {count})");
        let figures = bench.checkouts(&what, 0, bench.customers, &[])?;
        let mut row = json!({
            "vacuum": vacuum,
            "reserved_per_second": rate(&figures, "/through/per_second"),
            "p50_ms": rate(&figures, "/through/p50_ms"),
            "p99_ms": rate(&figures, "/through/p99_ms"),
        });
        // What the sessions have counted shows after a moment.
        bench.database.ask("select pg_sleep(1)")?;
        for table in TABLES {
            let count = |column: &str| {
                let sql = format!("select {column} from pg_stat_user_tables where relname = '{table}'");
                number(&bench.database.ask(&sql)?)
            };
            row[table] = json!({
                "live": count("n_live_tup")?,
                "dead": count("n_dead_tup")?,
                "bytes": count("pg_total_relation_size(relid)")?,
            });
        }
        rows.push(row);
    }
    Ok(rows)
}

fn mean(rows: &[Value]) -> f64 {
    let sum: f64 = rows.iter().map(|row| rate(row, "/reserved_per_second")).sum();
    sum / rows.len().max(1) as f64
}

fn print(row: &Value, usual: f64) {
    let reserved = rate(row, "/reserved_per_second");
    println!(
        "{:<16}{reserved:>12.0}{:>10.2}{:>10.1}{:>10.1}{:>12.0}{:>12.0}{:>14.0}{:>12.1}",
        row["vacuum"].as_str().unwrap_or_default(),
        reserved / usual.max(f64::MIN_POSITIVE),
        rate(row, "/p50_ms"),
        rate(row, "/p99_ms"),
        rate(row, "/jobs/live"),
        rate(row, "/jobs/dead"),
        rate(row, "/inventory/dead"),
        rate(row, "/jobs/bytes") / 1e6,
    );
}
