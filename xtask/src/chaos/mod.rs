//! `cargo xtask chaos`: puts the product under load while everything around it breaks. Then it compares the answers
//! that customers got with the database and with the gateways' books.
//!
//! All servers are private and new. The seed decides what breaks when (`plan`), what customers do (`shopper`) and which
//! faults the gateways have; the timing between these is up to the machine. Whatever breaks, nothing may be lost, done
//! twice or left undone.

mod aftermath;
mod caller;
mod calm;
mod checks;
mod dice;
mod elsewhere;
mod fleet;
mod gateway;
mod intent;
mod load;
mod market;
mod notebook;
mod plan;
mod reconcile;
mod records;
mod shopper;
mod storm;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use crate::console::{self, Step};
use crate::failure::{Failure, Result};
use crate::services::Fragile;
use crate::up;
use checks::Finding;
use fleet::Fleet;
use gateway::Gateway;
use load::{Load, SHOPPERS, Stage};
use records::Records;

/// How long all that was begun may take to come to its end: a hold, some backoff, a poll or two.
const CALM_LIMIT: Duration = Duration::from_secs(300);
/// Above the minute in which an order takes no new attempt any more, so that there is time for one.
const HOLD: Duration = Duration::from_secs(72);

/// The parameters of a run.
#[derive(Clone, Copy, Debug)]
pub struct Wishes {
    pub run: Duration,
    pub seed: u64,
}

pub fn run(args: &[String]) -> Result<ExitCode> {
    let (built, args): (Vec<_>, Vec<_>) =
        args.iter().map(String::as_str).partition(|arg| *arg == "--no-build");
    let wishes = parse(&args)?;
    if built.is_empty() {
        up::build("debug")?;
    }
    storm(wishes)?;
    Ok(ExitCode::SUCCESS)
}

fn parse(args: &[&str]) -> Result<Wishes> {
    let advice = "`cargo xtask chaos` knows --seconds N (10 to 3600), --seed S and --no-build";
    let mut wishes = Wishes { run: Duration::from_secs(60), seed: 1 };
    for pair in args.chunks(2) {
        let number = pair.get(1).and_then(|text| text.parse::<u64>().ok());
        match (pair[0], number) {
            ("--seconds", Some(seconds @ 10..=3600)) => wishes.run = Duration::from_secs(seconds),
            ("--seed", Some(seed)) => wishes.seed = seed,
            _ => return Err(Failure::new(format!("cannot read `{}`", pair.join(" ")), advice)),
        }
    }
    Ok(wishes)
}

/// One run with binaries that are built. Fails with all that differs.
pub fn storm(wishes: Wishes) -> Result<()> {
    let (seconds, seed) = (wishes.run.as_secs(), wishes.seed);
    println!("Chaos: {seconds} s, seed {seed}\n");
    let mut fragile = Fragile::start()?;
    let mut fleet = Fleet::start(&fragile, HOLD)?;
    let market = market::open(&fleet, SHOPPERS, seed)?;
    let apis: Arc<[String]> = fleet.apis.iter().map(|api| api.url.clone()).collect();
    // Of two seeds one loses webhooks for good, the other lets refunds bounce.
    let lossy = seed % 2 == 1;
    let gateway = Gateway::new(&fleet.sandbox.url);
    let stage = Arc::new(Stage::new(market, apis, gateway.clone(), !lossy));

    gateway.misbehave(seed, lossy)?;
    let load = Load::begin(&stage, seed);
    let mut differences = storm::rage(wishes, &mut fragile, &mut fleet, &stage)?;
    let step = Step::announce("the storm is over: everything starts again");
    fragile.start_redis()?;
    fragile.thaw_redis();
    differences.extend(fleet.all_up()?);
    drop(load);
    gateway.behave()?;
    step.done(&format!("{} orders accepted; {}", stage.notebook.accepted(), stage.notebook.summary()));

    let step = Step::announce("waiting until nothing moves");
    let records = Records::of(&fragile)?;
    differences.extend(calm::wait(&records, &gateway, CALM_LIMIT)?);
    step.done("calm");
    differences.extend(reconcile::all(&records, &fleet)?);
    differences.extend(calm::wait(&records, &gateway, CALM_LIMIT)?);
    let findings = checks::all(&records, &fleet, &gateway, &stage.notebook)?;
    conclude(wishes, differences, &findings)
}

fn conclude(wishes: Wishes, mut differences: Vec<String>, findings: &[Finding]) -> Result<()> {
    for Finding { holds, differences: own } in findings {
        if own.is_empty() {
            println!("  ✓ {holds}");
        } else {
            println!("  ✗ {holds}: {} differ", own.len());
            differences.extend(own.iter().map(|what| format!("not so: {holds}\n  {what}")));
        }
    }
    if differences.is_empty() {
        console::note(&format!("seed {} holds", wishes.seed));
        return Ok(());
    }
    let (seconds, seed) = (wishes.run.as_secs(), wishes.seed);
    let shown = differences.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
    Err(Failure::new(
        format!("{} difference(s) after chaos with seed {seed}:\n{shown}", differences.len()),
        format!(
            "logs are chaos-*.log in target/services/logs; again: cargo xtask chaos --seconds {seconds} --seed {seed}"
        ),
    ))
}
