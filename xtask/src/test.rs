//! `cargo xtask test`: services, binaries, a short run of chaos (unless `--skip-chaos`), then the test
//! runner with the last word: nothing is printed after its summary, and its exit code is ours.
//!
//! Tests find what they need in variables: DATABASE_URL and REDIS_URL for servers to use,
//! HAAT_TEST_BIN_DIR for our binaries, HAAT_TEST_POSTGRES_BIN and HAAT_TEST_REDIS_SERVER for tests
//! that start, stop and kill servers of their own.

use std::process::{Command, ExitCode};
use std::time::Duration;

use crate::chaos;
use crate::command;
use crate::console::{self, Step};
use crate::failure::Result;
use crate::services::{Profile, Services};
use crate::workspace;

/// Long enough for half of all troubles; `cargo xtask chaos` runs longer.
const SHORT_CHAOS: chaos::Wishes = chaos::Wishes { run: Duration::from_secs(20), seed: 1 };

pub fn run(args: &[String]) -> Result<ExitCode> {
    let skip_chaos = args.first().is_some_and(|arg| arg == "--skip-chaos");
    let args = if skip_chaos { &args[1..] } else { args };
    let forwarded = if args.first().is_some_and(|arg| arg == "--") { &args[1..] } else { args };
    let services = Services::provide(Profile::Test)?;
    build(&services)?;
    if !skip_chaos {
        chaos::storm(SHORT_CHAOS)?;
    }
    let code = if command::answers("cargo-nextest", &["nextest", "--version"]) {
        runner(&services, &["nextest", "run", "--workspace"], forwarded)?
    } else {
        console::note("cargo-nextest is not installed: cargo test does it, more slowly");
        let units =
            runner(&services, &["test", "--no-fail-fast", "--workspace", "--lib", "--bins"], forwarded)?;
        let flows = runner(&services, &["test", "--no-fail-fast", "--workspace", "--test", "*"], forwarded)?;
        if units == 0 { flows } else { units }
    };
    Ok(ExitCode::from(code))
}

/// Builds the same packages and targets as the test runner, so that nothing is built twice. Tests start the product's
/// binaries, which the runner by itself would not build.
fn build(services: &Services) -> Result<()> {
    let step = Step::announce("building the product and its tests");
    let mut cargo = command::cargo();
    cargo.args(["build", "--workspace", "--lib", "--bins", "--tests"]);
    command::built(command::status(in_surroundings(&mut cargo, services))?)?;
    step.done("built");
    Ok(())
}

fn runner(services: &Services, args: &[&str], forwarded: &[String]) -> Result<u8> {
    let mut cargo = command::cargo();
    cargo.args(args).args(forwarded);
    let status = command::status(in_surroundings(&mut cargo, services))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

fn in_surroundings<'a>(command: &'a mut Command, services: &Services) -> &'a mut Command {
    command
        .env("DATABASE_URL", &services.database_url)
        .env("REDIS_URL", &services.redis_url)
        .env("SQLX_OFFLINE", "true")
        .env("HAAT_TEST_BIN_DIR", workspace::binaries("debug"));
    if let Some(dir) = &services.postgres_bin {
        command.env("HAAT_TEST_POSTGRES_BIN", dir);
    }
    if let Some(program) = &services.redis_server {
        command.env("HAAT_TEST_REDIS_SERVER", program);
    }
    command
}
