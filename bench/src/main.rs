//! `haat-bench`: the load of `cargo xtask bench`. One command is one phase; its figures are one JSON object on stdout.
//!
//! It shares the cores with the product it measures, so it is lean: one thread, requests made beforehand, a client that
//! reads no more of an answer than it needs. It knows the marketplace that `sql/seed.sql` makes, speaks HTTP as a
//! customer's device or a gateway would, and learns from Redis when an order changed. It never uses the database.

#![expect(clippy::print_stdout, reason = "a command line tool: its figures go to stdout")]

mod checkouts;
mod connection;
mod latency;
mod load;
mod market;
mod plan;
mod reads;
mod sign_ins;
mod webhooks;

use std::process::ExitCode;

use plan::{Phase, Plan};
use serde_json::Value;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(figures) => {
            println!("{figures}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("haat-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Outcome<Value> {
    let plan = Plan::read(std::env::args().skip(1))?;
    match plan.phase {
        Phase::Checkouts => checkouts::run(&plan).await,
        Phase::UnchangedPolls => reads::unchanged_polls(&plan).await,
        Phase::FullPolls => reads::full_polls(&plan).await,
        Phase::Products => reads::products(&plan).await,
        Phase::Webhooks => webhooks::intake(&plan).await,
        Phase::SignIns => sign_ins::run(&plan).await,
        Phase::SameWebhook => webhooks::storm(&plan).await,
    }
}
