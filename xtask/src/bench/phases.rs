//! The phases of a run, one after the other on the same processes: the figures of each, as `haat-bench` reports them.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::database::Database;
use crate::command;
use crate::console::Step;
use crate::failure::{Explain, Failure, Result};
use crate::up::stack::Stack;
use crate::workspace;

/// Reads are not gathered in batches: more connections would only wait longer.
const READERS: usize = 32;
/// An open loop needs a free connection for each request that is due.
pub const OPEN_LOOP_CONNECTIONS: usize = 512;
const WARM_UP: usize = 5000;
/// How long a worker may take for its backlog.
const WORKED_OFF: Duration = Duration::from_secs(180);
/// The number of the hot product that `seed.sql` makes in addition to the others.
const HOT: u32 = 2001;
/// The buyers at the sell-out, and the pieces.
const BUYERS: usize = 2000;
const PIECES: u32 = 500;

#[derive(Debug)]
pub struct Bench {
    pub stack: Stack,
    pub database: Database,
    pub time: Duration,
    pub customers: usize,
}

impl Bench {
    pub fn measure(&mut self) -> Result<Value> {
        self.checkouts("warming up", 0, WARM_UP, &[])?;
        // What autovacuum does within the first minute of an installation; before, plans are made for empty tables.
        self.database.ask("vacuum analyze")?;
        let orders = orders_file()?;
        let leave = ["--orders", &*orders.to_string_lossy()];
        let spread = self.checkouts("checkouts, spread over the catalog", 0, self.customers, &leave)?;
        let alone = self.accepted_alone()?;
        let hot = self.checkouts("checkouts, one hot product", HOT, self.customers, &[])?;
        let rate = rate(&spread, "/through/per_second") / 2.0;
        let half = self.half_load(rate)?;
        let unchanged = self.reads("order polls, unchanged", "unchanged-polls", &leave)?;
        let full = self.reads("order polls, full", "full-polls", &leave)?;
        let products = self.reads("product lists", "products", &[])?;
        let stripe = ["--method", "stripe", "--changes", "2"];
        let payments = self.checkouts("payments opened at the sandbox", 0, BUYERS, &stripe)?;
        let sell_out = self.sell_out()?;
        let held = self.payments_held()?;
        let webhooks = self.webhooks()?;
        let hidden = self.reads_beside_hidden()?;
        let memory = json!({ "api_mb": self.memory("haat-api"), "worker_mb": self.memory("haat-worker") });
        let sign_ins = self.sign_ins()?;
        let books = self.books()?;
        Ok(json!({
            "spread": spread, "alone": alone, "hot": hot, "half_load": half, "unchanged_polls": unchanged,
            "full_polls": full, "products": products, "payments": payments, "sell_out": sell_out, "held": held,
            "webhooks": webhooks, "hidden": hidden, "memory": memory, "sign_ins": sign_ins, "books": books,
        }))
    }

    /// A cart for each of so many customers, and all of them checked out as fast as answers come.
    pub fn checkouts(&mut self, what: &str, hot: u32, customers: usize, more: &[&str]) -> Result<Value> {
        self.fill_carts(hot, customers)?;
        let customers = customers.to_string();
        let mut args = vec!["checkouts", "--customers", &customers];
        args.extend(more);
        self.phase(what, &args)
    }

    /// The rate at which the API accepts while no worker reserves: the worker is frozen, and processes everything
    /// afterwards.
    fn accepted_alone(&mut self) -> Result<Value> {
        self.stack.send("haat-worker", Signal::SIGSTOP);
        let figures = self.checkouts("checkouts, the worker frozen", 0, self.customers, &[]);
        self.stack.send("haat-worker", Signal::SIGCONT);
        let step = Step::begin();
        self.wait_for_none("select count(*) from orders where status = 'pending'", "orders stay pending")?;
        step.done("the backlog worked off");
        figures
    }

    /// Waits until a query counts none any more.
    pub fn wait_for_none(&self, count: &str, else_what: &str) -> Result<()> {
        let end = Instant::now() + WORKED_OFF;
        while number(&self.database.ask(count)?)? > 0 {
            if Instant::now() > end {
                return Err(Failure::new(else_what, "the log of haat-worker may say why"));
            }
            thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    /// Requests by the clock, at half of what goes through.
    fn half_load(&mut self, rate: f64) -> Result<Value> {
        let customers = ((rate * self.time.as_secs_f64()).ceil() as usize).min(self.customers);
        let rate = format!("{rate:.0}");
        let connections = OPEN_LOOP_CONNECTIONS.to_string();
        let open = ["--rate", &rate, "--connections", &connections];
        self.checkouts(&format!("checkouts at half load ({rate}/s)"), 0, customers, &open)
    }

    fn reads(&mut self, what: &str, phase: &str, more: &[&str]) -> Result<Value> {
        let readers = READERS.to_string();
        let mut args = vec![phase, "--connections", &readers];
        args.extend(more);
        self.phase(what, &args)
    }

    /// The same list, while an unapproved shop has a hundred times as many products as all the others.
    fn reads_beside_hidden(&mut self) -> Result<Value> {
        self.database.script("hidden.sql", &[])?;
        self.reads("product lists beside 200,000 hidden products", "products", &[])
    }

    /// More buyers than pieces: exactly the pieces are sold.
    fn sell_out(&mut self) -> Result<Value> {
        let hot = ("hot", HOT.to_string());
        self.database.script("sell_out.sql", &[hot, ("pieces", PIECES.to_string())])?;
        let before = self.orders_of_status("confirmed")?;
        self.checkouts("a sell-out", HOT, BUYERS, &[])?;
        let sold = self.orders_of_status("confirmed")? - before;
        let left = format!("select on_hand - reserved from inventory where variant_id = bench_id(4, {HOT})");
        let left: i64 = number(&self.database.ask(&left)?)?;
        let exact = sold == i64::from(PIECES) && left == 0;
        Ok(json!({ "buyers": BUYERS, "pieces": PIECES, "sold": sold, "left": left, "exact": exact }))
    }

    fn orders_of_status(&self, status: &str) -> Result<i64> {
        number(&self.database.ask(&format!("select count(*) from orders where status = '{status}'"))?)
    }

    /// Whether every conservation law holds over all that was done.
    fn books(&mut self) -> Result<Value> {
        let step = Step::announce("checking the books");
        let output = self
            .stack
            .binary("haat-worker")
            .arg("verify")
            .output()
            .explain("cannot start haat-worker", "build it")?;
        step.done("books checked");
        let printed = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok(json!({ "agree": output.status.success(), "printed": printed }))
    }

    fn fill_carts(&self, hot: u32, customers: usize) -> Result<()> {
        self.database.script("carts.sql", &[("hot", hot.to_string()), ("customers", customers.to_string())])
    }

    pub fn phase(&mut self, what: &str, args: &[&str]) -> Result<Value> {
        self.phase_within(what, args, self.time)
    }

    pub fn phase_within(&mut self, what: &str, args: &[&str], time: Duration) -> Result<Value> {
        let step = Step::begin();
        let mut generator = self.stack.binary("haat-bench");
        generator.args(args).args(["--seconds", &time.as_secs().to_string()]);
        let printed = command::output(&mut generator, "the logs of the product may say why");
        self.stack.check()?;
        let figures = serde_json::from_str(&printed?);
        step.done(what);
        figures.explain("haat-bench printed no figures", "run its command by hand")
    }

    pub fn memory(&self, name: &str) -> Option<f64> {
        self.stack.pid(name).and_then(resident)
    }
}

/// Resident memory of a process, in MB; none where the system has no `/proc`.
pub fn resident(pid: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes / 1024.0)
}

/// A figure of a phase.
pub fn rate(figures: &Value, place: &str) -> f64 {
    figures.pointer(place).and_then(Value::as_f64).unwrap_or(0.0)
}

pub fn number(text: &str) -> Result<i64> {
    text.trim().parse().map_err(|_| Failure::new(format!("not a number: {text}"), "look at the query"))
}

fn orders_file() -> Result<PathBuf> {
    let dir = workspace::root().join("target/bench");
    workspace::make_dir(&dir)?;
    Ok(dir.join("orders.txt"))
}
