//! The databases of a benchmark, through PostgreSQL's own client programs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::command;
use crate::failure::{Explain, Result};
use crate::services::{Services, with_database};
use crate::workspace;

const ADVICE: &str = "the message above is PostgreSQL's; the scripts are in bench/sql";

/// A running server and the programs that speak with it.
#[derive(Debug)]
pub struct Servers {
    psql: PathBuf,
    pgbench: PathBuf,
    url: String,
}

/// One database on it, for this run alone.
#[derive(Debug)]
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
