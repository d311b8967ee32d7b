//! `haat-api`: serves the API, migrates the database, prints the settings and the API document.

mod command;

use std::process::ExitCode;

use command::Command;

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
