//! `haat-worker`: runs jobs, checks the books, imports products, lists and retries jobs.

mod command;

use std::io::{self, Write};
use std::process::ExitCode;

use command::Command;

/// Gives memory back after a burst and costs less for each request than the C library's (docs/dependencies.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match Command::read(std::env::args().skip(1)).and_then(Command::run) {
        Ok(code) => code,
        Err(error) => {
            // If standard error is closed, there is nowhere left to print to.
            let _ = writeln!(io::stderr(), "haat-worker: {error}");
            ExitCode::FAILURE
        }
    }
}
