//! `cargo xtask up`: the whole product on this machine, with a demo marketplace, proven by orders that are placed, paid
//! and refunded over HTTP through each gateway. Stays up until Ctrl-C; `--once` ends after the orders.
//!
//! Each run begins with an empty database, since the sandbox remembers no payment of the run before; `--keep` continues
//! with the database of the last run. A database that DATABASE_URL names is never emptied.

pub mod client;
mod history;
pub mod marketplace;
mod operating;
mod pictures;
mod readme;
pub mod shopper;
pub mod stack;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::command;
use crate::console;
use crate::failure::{Failure, Result};
use crate::interrupt;
use crate::services::{Data, Profile, Services};
use marketplace::Market;
use stack::Stack;

const BINARIES: [&str; 3] = ["haat-api", "haat-worker", "haat-sandbox"];

/// The running product with its demo marketplace. Its parts are dropped, and so stopped, in the order of the fields:
/// the processes before the servers that they use.
pub struct Product {
    pub market: Market,
    pub stack: Stack,
    pub services: Services,
}

impl Product {
    /// Starts the servers, builds and starts the product, and opens the demo shops.
    pub fn start(data: Data, profile: &str) -> Result<Self> {
        let services = Services::provide_with(Profile::Up, data)?;
        build(profile)?;
        let stack = Stack::start(stack::settings(&services)?, profile)?;
        let pictures = pictures::serve()?;
        let market = marketplace::open(&stack, &pictures)?;
        Ok(Self { market, stack, services })
    }
}

struct Wishes {
    once: bool,
    data: Data,
    readme: bool,
    profile: &'static str,
}

pub fn run(args: &[String]) -> Result<ExitCode> {
    let wishes = parse(args)?;
    let started = Instant::now();
    println!("Haat: starting everything an order needs\n");
    let mut product = Product::start(wishes.data, wishes.profile)?;
    let surroundings = operating::Surroundings::write(&product.stack, &product.market)?;
    for story in shopper::through_each_gateway(&product.stack, &product.market)? {
        history::print(&story);
    }
    if wishes.readme {
        readme::follow()?;
    }
    println!("\nReady after {}.\n", console::seconds(started.elapsed()));
    if !wishes.once {
        guide(&product);
        stay(&mut product)?;
    }
    drop(surroundings);
    drop(product);
    println!("Everything is stopped.");
    Ok(ExitCode::SUCCESS)
}

fn parse(args: &[String]) -> Result<Wishes> {
    let mut wishes = Wishes { once: false, data: Data::Renewed, readme: false, profile: "debug" };
    for arg in args {
        match arg.as_str() {
            "--once" => wishes.once = true,
            "--keep" => wishes.data = Data::Kept,
            "--readme" => wishes.readme = true,
            "--release" => wishes.profile = "release",
            other => {
                let advice = "`cargo xtask up` knows --once, --keep, --readme and --release";
                return Err(Failure::new(format!("unknown argument `{other}`"), advice));
            }
        }
    }
    Ok(wishes)
}

pub fn build(profile: &str) -> Result<()> {
    command::build("the API, the worker and the sandbox", &BINARIES, profile)
}

fn guide(Product { stack, market, .. }: &Product) {
    let (api, worker, sandbox) = (&stack.api_url, &stack.worker_url, &stack.sandbox_url);
    println!("  API        {api}/api/products");
    println!("  docs       {api}/api/docs   {api}/api/redoc");
    println!("  sandbox    {sandbox}");
    println!("  metrics    {api}/metrics   {worker}/metrics");
    println!("  sign in    {}", market.accounts.join(", "));
    println!("  password   {}", market.password);
    println!("  logs       {}", stack.logs.display());
    println!("  operate    . target/services/up.env   and then, for example: haat-worker verify");
    println!("\nCtrl-C stops everything.");
}

fn stay(Product { stack, services, .. }: &mut Product) -> Result<()> {
    while !interrupt::raised() {
        stack.check()?;
        services.check()?;
        // An interruption is how this ends, not a failure.
        let _ = interrupt::sleep(Duration::from_millis(200));
    }
    println!("\nStopping.");
    Ok(())
}
