//! The databases of a benchmark, through PostgreSQL's own client programs.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::command;
use crate::failure::{Explain, Failure, Result};
use crate::services::{Services, with_database};
use crate::workspace;

const ADVICE: &str = "the message above is PostgreSQL's; the scripts are in bench/sql";

/// How the session that holds back vacuum calls itself.
const HOLDER: &str = "haat-bench-holder";

/// A session that holds back vacuum until it is dropped.
#[derive(Debug)]
pub struct Holder<'a> {
    database: &'a Database,
    process: Child,
}

impl Drop for Holder<'_> {
    fn drop(&mut self) {
        // The server would not notice that its client is gone. What fails here leaves a session that only sleeps.
        let end = format!(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = '{HOLDER}'"
        );
        let _ = self.database.ask(&end);
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A running server and the programs that speak with it.
#[derive(Debug)]
pub struct Servers {
    psql: PathBuf,
    pgbench: PathBuf,
    url: String,
}

/// One database on it, for this run alone.
#[derive(Clone, Debug)]
pub struct Database {
    pub url: String,
    name: String,
    psql: PathBuf,
    pgbench: PathBuf,
}

impl Servers {
    pub fn of(services: &Services) -> Result<Self> {
        let (psql, pgbench) = (services.client("psql")?, services.client("pgbench")?);
        Ok(Self { psql, pgbench, url: services.database_url.clone() })
    }

    /// An empty database; what a former run left under this name is dropped.
    pub fn create(&self, name: &str) -> Result<Database> {
        self.drop_database(name)?;
        run(&self.psql, &self.url, &["-c", &format!("create database {name}")])?;
        let url = with_database(&self.url, name);
        Ok(Database { url, name: name.into(), psql: self.psql.clone(), pgbench: self.pgbench.clone() })
    }

    pub fn remove(&self, database: &Database) -> Result<()> {
        self.drop_database(&database.name)
    }

    fn drop_database(&self, name: &str) -> Result<()> {
        let statement = format!("drop database if exists {name} with (force)");
        run(&self.psql, &self.url, &["-c", &statement]).map(drop)
    }
}

impl Database {
    /// Runs one of the scripts of `bench/sql`, with `\set` variables.
    pub fn script(&self, file: &str, variables: &[(&str, String)]) -> Result<()> {
        let path = script(file);
        let path = path.to_string_lossy();
        let set: Vec<String> = variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut args: Vec<&str> = set.iter().flat_map(|set| ["-v", set]).collect();
        args.extend(["-f", &path]);
        run(&self.psql, &self.url, &args).map(drop)
    }

    /// A session that has written and now holds its snapshot: vacuum removes nothing that has died since. Ends with the
    /// value.
    pub fn hold_xmin(&self) -> Result<Holder<'_>> {
        const HOLD: &str =
            "begin isolation level repeatable read; select pg_current_xact_id(); select pg_sleep(86400)";
        let mut holding = Command::new(&self.psql);
        holding.args(["-XAtq", "-d", &self.url, "-c", HOLD]).env("PGAPPNAME", HOLDER);
        holding.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = holding.spawn().explain("cannot start psql", ADVICE)?;
        let holder = Holder { database: self, process };
        let held = format!(
            "select count(*) from pg_stat_activity where application_name = '{HOLDER}' and backend_xid is not null"
        );
        for _ in 0..100 {
            if self.ask(&held)?.trim() == "1" {
                return Ok(holder);
            }
            thread::sleep(Duration::from_millis(50));
        }
        Err(Failure::new("the session that holds back vacuum did not begin", ADVICE))
    }

    /// The answer of a query with one value.
    pub fn ask(&self, sql: &str) -> Result<String> {
        run(&self.psql, &self.url, &["-c", sql])
    }

    /// Transactions per second of a script.
    pub fn pgbench(&self, file: &str, clients: u32, customers: usize, time: Duration) -> Result<f64> {
        let mut pgbench = Command::new(&self.pgbench);
        pgbench.args(["-n", "-M", "prepared", "-c", &clients.to_string(), "-j", &clients.min(2).to_string()]);
        pgbench.args(["-T", &time.as_secs().to_string(), "-D", &format!("customers={customers}"), "-f"]);
        pgbench.arg(script(file)).arg(&self.url);
        let printed = command::output(&mut pgbench, ADVICE)?;
        let rate = printed.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next());
        rate.unwrap_or_default().parse().explain("pgbench printed no rate", ADVICE)
    }
}

fn run(psql: &Path, url: &str, args: &[&str]) -> Result<String> {
    let mut command = Command::new(psql);
    command.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url]).args(args);
    command.env("PGOPTIONS", "-c client_min_messages=warning");
    command::output(&mut command, ADVICE)
}

fn script(file: &str) -> PathBuf {
    workspace::root().join("bench/sql").join(file)
}
