//! The database that queries are checked against: empty, with all migrations, dropped at the end.
//! Empty matters: whether a column may be null is read from query plans, which depend on data.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command;
use crate::console::Step;
use crate::failure::{Explain, Result};
use crate::services::{Services, with_database};
use crate::workspace;

pub struct Scratch {
    pub url: String,
    psql: PathBuf,
    server_url: String,
    name: String,
}

const READABLE: &str = "check the rights of the project's folder";

impl Scratch {
    pub fn create(services: &Services) -> Result<Self> {
        let psql = services.client("psql")?;
        let name = format!("haat_prepare_{}", std::process::id());
        let (server_url, url) = (services.database_url.clone(), with_database(&services.database_url, &name));
        let scratch = Self { psql, server_url, name, url };
        scratch.ask_server(&format!("create database {}", scratch.name))?;
        Ok(scratch)
    }

    fn ask_server(&self, sql: &str) -> Result<()> {
        let mut psql = Command::new(&self.psql);
        psql.args(["-Xq", "-v", "ON_ERROR_STOP=1", "-c", sql, &self.server_url]);
        command::output(&mut psql, "the user of DATABASE_URL must be allowed to create databases").map(drop)
    }

    pub fn migrate(&self) -> Result<()> {
        let step = Step::begin();
        let migrations = migrations()?;
        for file in &migrations {
            let mut psql = Command::new(&self.psql);
            psql.args(["-Xq", "-v", "ON_ERROR_STOP=1"]);
            let text =
                fs::read_to_string(file).explain(format!("cannot read {}", file.display()), READABLE)?;
            if !text.starts_with("-- no-transaction") {
                psql.arg("--single-transaction");
            }
            command::output(psql.arg("-f").arg(file).arg(&self.url), "correct this migration")?;
        }
        step.done(&format!("{} migrations applied to a scratch database", migrations.len()));
        Ok(())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let mut psql = Command::new(&self.psql);
        psql.args([
            "-Xq",
            "-c",
            &format!("drop database if exists {} with (force)", self.name),
            &self.server_url,
        ]);
        // Best effort: on a private server the next run uses another name, and this database is not used again.
        let _ = psql.output();
    }
}

/// In the order of their version numbers; the down scripts of reversible ones are not for us.
fn migrations() -> Result<Vec<PathBuf>> {
    let dir = workspace::root().join("migrations");
    let entries = fs::read_dir(&dir).explain("cannot read migrations/", READABLE)?;
    let paths = entries.flatten().map(|entry| entry.path());
    let mut files: Vec<(u64, PathBuf)> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .filter(|path| !path.to_string_lossy().ends_with(".down.sql"))
        .filter_map(|path| Some((version(&path)?, path)))
        .collect();
    files.sort();
    Ok(files.into_iter().map(|(_, path)| path).collect())
}

fn version(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.split('_').next()?.parse().ok()
}
