//! Commands that run to their end: builds, migrations, `initdb`, the test runner. A signal to us
//! ends them too, so that Ctrl-C works in the middle of a build and SIGTERM is not ignored.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::failure::{Explain, Failure, Result};
use crate::interrupt;
use crate::process::{leashed, signal};

const POLL: Duration = Duration::from_millis(20);
/// A terminal sends Ctrl-C to the whole foreground group: a child gets this long to end by itself.
const PATIENCE: Duration = Duration::from_secs(2);
const GRACE: Duration = Duration::from_secs(20);

/// Runs to the end with our own stdin, stdout and stderr.
pub fn status(command: &mut Command) -> Result<ExitStatus> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child =
        command.spawn().explain(format!("cannot start `{name}`"), "check that it is installed")?;
    wait(&mut child)
}

/// Runs to the end; stdout is the answer, stderr becomes part of the failure.
pub fn output(command: &mut Command, advice: &str) -> Result<String> {
    interrupt::check()?;
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .explain(format!("cannot start `{name}`"), "check that it is installed")?;
    interrupt::check()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let shown = if errors.trim().is_empty() { String::from_utf8_lossy(&output.stdout) } else { errors };
    Err(Failure::new(format!("`{name}` failed ({}):\n{}", output.status, shown.trim()), advice))
}

/// Whether a tool is there and answers.
pub fn answers(program: &str, args: &[&str]) -> bool {
    let quiet = Command::new(program).args(args).stdin(Stdio::null()).output();
    quiet.is_ok_and(|output| output.status.success())
}

/// The cargo that runs us, in the workspace.
pub fn cargo() -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = leashed(Path::new(&cargo), Signal::SIGTERM);
    command.current_dir(crate::workspace::root());
    command
}

fn wait(child: &mut Child) -> Result<ExitStatus> {
    let mut raised_at: Option<Instant> = None;
    let mut asked = false;
    loop {
        if let Some(status) = child.try_wait().explain("cannot wait for a command", "try again")? {
            interrupt::check()?;
            return Ok(status);
        }
        if interrupt::raised() {
            let waited = raised_at.get_or_insert_with(Instant::now).elapsed();
            if waited > GRACE {
                let _ = child.kill();
            } else if waited > PATIENCE && !asked {
                signal(child, Signal::SIGTERM);
                asked = true;
            }
        }
        std::thread::sleep(POLL);
    }
}
