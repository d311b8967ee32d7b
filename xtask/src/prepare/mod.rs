//! `cargo xtask prepare`: refreshes the committed `.sqlx` folder, which lets the product be built
//! without a database. `--check` only compares.
//!
//! In a scratch database with all migrations, the compiler's SQL macros write one file per query
//! (they do when SQLX_OFFLINE is false and SQLX_OFFLINE_DIR is set). The files go to a folder under
//! `target` first, so that a query that does not compile leaves the committed ones as they were.

mod scratch;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::ExitCode;

use crate::command;
use crate::console::Step;
use crate::failure::{Explain, Failure, Result};
use crate::services::{Profile, Services};
use crate::workspace;
use scratch::Scratch;

/// The one package that talks to the database.
const PACKAGE: &str = "shared";
const DISK: &str = "check the rights and the free space of the project's folder";

type Files = BTreeMap<String, Vec<u8>>;

pub fn run(args: &[String]) -> Result<ExitCode> {
    let check_only = match args {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => return Err(Failure::new("unknown arguments", "`cargo xtask prepare` knows --check")),
    };
    let services = Services::provide(Profile::Prepare)?;
    let scratch = Scratch::create(&services)?;
    scratch.migrate()?;
    let fresh = describe_queries(&scratch)?;
    let committed = workspace::root().join(".sqlx");
    let known = read(&committed);
    if fresh == known {
        println!("  ✓ .sqlx is up to date: {} queries", fresh.len());
        return Ok(ExitCode::SUCCESS);
    }
    if check_only {
        let what = format!("the committed .sqlx folder is stale:\n{}", differences(&known, &fresh));
        return Err(Failure::new(what, "run `cargo xtask prepare` and commit .sqlx"));
    }
    replace(&committed, &fresh)?;
    println!("  ✓ .sqlx refreshed: {} queries\n{}", fresh.len(), differences(&known, &fresh));
    Ok(ExitCode::SUCCESS)
}

fn describe_queries(scratch: &Scratch) -> Result<Files> {
    let step = Step::announce("compiling every query against it");
    let out = workspace::services_dir().join("sqlx");
    let _ = fs::remove_dir_all(&out);
    workspace::make_dir(&out)?;
    let mut cargo = command::cargo();
    cargo.args(["check", "--all-targets", "--package", PACKAGE]);
    // Cargo does not know that the result depends on a database: make it look again.
    touch(&workspace::root().join(PACKAGE).join("src/lib.rs"))?;
    cargo.env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", &out).env("DATABASE_URL", &scratch.url);
    if !command::status(&mut cargo)?.success() {
        let advice = "the compiler's messages above say why; the committed .sqlx is as it was";
        return Err(Failure::new("a query or the code around it does not compile", advice));
    }
    step.done("queries checked");
    Ok(read(&out))
}

#[expect(clippy::disallowed_methods, reason = "a file's time is the real time")]
fn touch(file: &Path) -> Result<()> {
    let now = std::time::SystemTime::now();
    let touched = File::options().append(true).open(file).and_then(|file| file.set_modified(now));
    touched.explain(format!("cannot touch {}", file.display()), DISK)
}

fn read(dir: &Path) -> Files {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path());
    let queries = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    queries.filter_map(|path| Some((path.file_name()?.to_str()?.to_owned(), fs::read(&path).ok()?))).collect()
}

fn replace(dir: &Path, fresh: &Files) -> Result<()> {
    workspace::make_dir(dir)?;
    for name in read(dir).keys().filter(|name| !fresh.contains_key(*name)) {
        fs::remove_file(dir.join(name)).explain(format!("cannot remove {name}"), DISK)?;
    }
    for (name, text) in fresh {
        fs::write(dir.join(name), text).explain(format!("cannot write {name}"), DISK)?;
    }
    Ok(())
}

/// How many queries came, went and changed.
fn differences(known: &Files, fresh: &Files) -> String {
    let new = fresh.keys().filter(|name| !known.contains_key(*name)).count();
    let gone = known.keys().filter(|name| !fresh.contains_key(*name)).count();
    let changed =
        fresh.iter().filter(|(name, text)| known.get(*name).is_some_and(|old| old != *text)).count();
    format!("    {new} new, {gone} gone, {changed} changed")
}
