//! `cargo xtask bench`: how fast the product is on this machine, and how close that is to the limit of its database.
//! Prints a table and writes `target/bench/latest.json`.
//!
//! Everything runs on one machine, as on a small server: PostgreSQL (durable), Redis, API, worker and the load
//! generator (`haat-bench`). The limits are measured in the same run, by `pgbench`, with only the rows of an accepted
//! order; figures are worth most as ratios to these. Fails if an order was oversold, a repeated webhook was stored
//! twice, or the books do not agree afterwards.
//!
//! `--only held-xmin` measures one thing instead: the cost of a session that holds back vacuum (see `held_xmin.rs`).

mod database;
mod gateways;
mod held_xmin;
mod phases;
mod report;
mod sign_ins;

use std::process::ExitCode;
use std::time::Duration;

use crate::command;
use crate::console::Step;
use crate::failure::{Failure, Result};
use crate::services::{Profile, Services};
use crate::up::stack::{self, Stack};
use database::{Database, Servers};
use phases::Bench;

const PACKAGES: [&str; 4] = ["haat-api", "haat-worker", "haat-sandbox", "haat-bench"];
/// More than can be accepted in a phase: one cart is one checkout.
const CUSTOMERS_PER_SECOND: usize = 12_000;
const CALLS_AT_ONCE: &str = "1000";
/// More than the generator has connections.
const BODIES_AT_ONCE: &str = "10000";

pub fn run(args: &[String]) -> Result<ExitCode> {
    let plan = Plan::parse(args)?;
    let (time, profile) = (plan.time, plan.profile);
    println!("Haat: measuring, {} s per phase\n", time.as_secs());
    let services = Services::provide(Profile::Bench)?;
    command::build("the product and the generator", &PACKAGES, profile)?;
    let customers = plan.customers_per_second * usize::try_from(time.as_secs()).unwrap_or(usize::MAX);
    let servers = Servers::of(&services)?;
    let database = servers.create("haat_bench")?;
    let mut settings = stack::settings(&services)?;
    settings.insert("DATABASE_URL".into(), database.url.clone());
    settings.insert("HAAT_REDIS_NAMESPACE".into(), "haat-bench".into());
    // Above what a worker holds at once, so that its own groups are the limit.
    settings.insert("HAAT_STRIPE_CALLS_AT_ONCE".into(), CALLS_AT_ONCE.into());
    // The generator stands for many clients, and all of them have one address.
    settings.insert("HAAT_BODIES_PER_CLIENT".into(), BODIES_AT_ONCE.into());
    // Every phase orders anew, and no order is ever shipped.
    for limit in [
        "HAAT_OPEN_CASH_ORDERS",
        "HAAT_OPEN_CASH_PIECES",
        "HAAT_OPEN_UNPAID_ORDERS",
        "HAAT_OPEN_UNPAID_PIECES",
    ] {
        settings.insert(limit.into(), "1000000".into());
    }
    let stack = Stack::start(settings, profile)?;
    match plan.only {
        Some(Only::HeldXmin) => {
            seed(&database, customers)?;
            held_xmin::run(Bench { stack, database, time, customers })
        }
        None => {
            let limits = limits(&servers, &stack, time)?;
            seed(&database, customers)?;
            let mut bench = Bench { stack, database, time, customers };
            let figures = bench.measure()?;
            let report = report::Report { limits, figures, seconds: time.as_secs() };
            report.print();
            report.write()?;
            report.verdict()
        }
    }
}

/// A single question instead of the whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Only {
    HeldXmin,
}

#[derive(Clone, Copy, Debug)]
struct Plan {
    time: Duration,
    only: Option<Only>,
    profile: &'static str,
    customers_per_second: usize,
}

impl Plan {
    fn parse(args: &[String]) -> Result<Self> {
        let advice = "`cargo xtask bench` knows --seconds N (2 to 120), --short (2 s per phase), --only held-xmin, and \
                      --debug (the debug build: to try a run, never for figures)";
        let unknown = || Failure::new("arguments that are not known", advice);
        let mut plan = Self {
            time: Duration::from_secs(10),
            only: None,
            profile: "release",
            customers_per_second: CUSTOMERS_PER_SECOND,
        };
        let mut args = args.iter().map(String::as_str);
        while let Some(arg) = args.next() {
            match arg {
                "--short" => plan.time = Duration::from_secs(2),
                "--seconds" => {
                    let seconds = args.next().and_then(|number| number.parse().ok());
                    let seconds =
                        seconds.filter(|seconds| (2..=120).contains(seconds)).ok_or_else(unknown)?;
                    plan.time = Duration::from_secs(seconds);
                }
                "--only" if args.next() == Some("held-xmin") => plan.only = Some(Only::HeldXmin),
                "--debug" => {
                    plan.profile = "debug";
                    plan.customers_per_second = CUSTOMERS_PER_SECOND / 10;
                }
                _ => return Err(unknown()),
            }
        }
        Ok(plan)
    }
}

fn seed(database: &Database, customers: usize) -> Result<()> {
    let step = Step::announce(&format!("making a marketplace with {customers} customers"));
    database.script("seed.sql", &[("customers", customers.to_string())])?;
    step.done("marketplace made");
    Ok(())
}

/// The same rows without the product: one order per transaction, and 128.
fn limits(servers: &Servers, stack: &Stack, time: Duration) -> Result<report::Limits> {
    const CUSTOMERS: usize = 10_000;
    let database = servers.create("haat_bench_limit")?;
    let mut migrate = stack.binary("haat-api");
    command::output(
        migrate.arg("migrate").env("DATABASE_URL", &database.url),
        "correct the migration it names",
    )?;
    seed(&database, CUSTOMERS)?;
    database.script("limit.sql", &[])?;
    let step = Step::announce("measuring the limit of the database");
    let one = database.pgbench("limit_one.pgbench.sql", 16, CUSTOMERS, time)?;
    let batched = database.pgbench("limit_batch.pgbench.sql", 4, CUSTOMERS, time)? * 128.0;
    servers.remove(&database)?;
    step.done("limit measured");
    Ok(report::Limits { one, batched })
}
