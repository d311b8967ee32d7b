//! `cargo xtask`: the commands of a developer. They start the product on private services, run the tests, and refresh
//! the offline SQL data.
//!
//! This file is the dispatch table: one line per command. Each command is a module with `run(args)`; code that several
//! of them need is in `services` (PostgreSQL and Redis), `process` (children that live as long as this process) and
//! `workspace` (paths, settings).
//!
//! Everything that a command starts is a value whose `Drop` stops it, and a signal only raises a flag (`interrupt`), so
//! that every way out passes through the same destructors.

#![expect(clippy::print_stdout, reason = "a command line tool: printing is its job")]

mod bench;
mod chaos;
mod clients;
mod command;
mod console;
mod failure;
mod interrupt;
mod prepare;
mod process;
mod services;
mod test;
mod up;
mod vendors;
mod workspace;

use std::process::ExitCode;

use failure::{Failure, Result};

struct Command {
    name: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Result<ExitCode>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "up",
        about: "start everything and place orders through each gateway  [--once] [--keep] [--readme] [--release]",
        run: up::run,
    },
    Command {
        name: "test",
        about: "a short chaos, then all tests, on private services  [--skip-chaos] [-- runner arguments]",
        run: test::run,
    },
    Command {
        name: "chaos",
        about: "break everything under load, then compare the books  [--seconds N] [--seed S] [--no-build]",
        run: chaos::run,
    },
    Command {
        name: "bench",
        about: "measure the product beside its database  [--seconds N] [--short]",
        run: bench::run,
    },
    Command {
        name: "clients",
        about: "generate a TypeScript and a Python client, and place an order with each",
        run: clients::run,
    },
    Command { name: "prepare", about: "refresh the committed .sqlx folder  [--check]", run: prepare::run },
];

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    if matches!(name.as_str(), "" | "help" | "-h" | "--help") {
        help();
        return ExitCode::SUCCESS;
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        console::failure(&Failure::new(format!("there is no command `{name}`"), "see `cargo xtask help`"));
        return ExitCode::from(2);
    };
    match interrupt::listen().and_then(|()| (command.run)(&rest)) {
        Ok(code) => code,
        Err(failure) if failure.is_interruption() => ExitCode::from(130),
        Err(failure) => {
            console::failure(&failure);
            ExitCode::FAILURE
        }
    }
}

fn help() {
    println!("cargo xtask <command>\n");
    for command in COMMANDS {
        println!("  {:<9} {}", command.name, command.about);
    }
    println!("\nPostgreSQL (15 or later) and Redis (7 or later) come from DATABASE_URL and REDIS_URL");
    println!("(environment or .env), else from installed binaries run privately under target/services,");
    println!("else from the distribution's packages.");
}
