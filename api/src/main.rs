//! `haat-api`: serves the API, migrates the database, prints the settings and the API document.

mod command;

use std::process::ExitCode;

use command::Command;

/// Gives memory back after a burst and costs less for each request than the C library's (docs/dependencies.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let outcome = Command::read(std::env::args().skip(1)).and_then(Command::run);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            command::complain(&error);
            ExitCode::FAILURE
        }
    }
}
