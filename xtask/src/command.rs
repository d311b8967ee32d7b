//! Commands that run to their end: builds, migrations, `initdb`, the test runner. A signal to us
//! ends them too, so that Ctrl-C works in the middle of a build and SIGTERM is not ignored.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::console::Step;
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
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .explain(format!("cannot start `{name}`"), "check that it is installed")?;
    // Read while waiting: a full pipe would stop the child.
    let (printed, errors) = (child.stdout.take().map(reader), child.stderr.take().map(reader));
    let status = wait(&mut child)?;
    let (printed, errors) = (text(printed), text(errors));
    if status.success() {
        return Ok(printed);
    }
    let shown = if errors.is_empty() { printed } else { errors };
    Err(Failure::new(format!("`{name}` failed ({status}):\n{shown}"), advice))
}

fn reader(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // Whatever came before an error is still worth showing.
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    })
}

fn text(reader: Option<JoinHandle<Vec<u8>>>) -> String {
    let bytes = reader.and_then(|reader| reader.join().ok()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).trim().to_owned()
}

/// Builds these programs, each named as its package; `profile` is "debug" or "release".
pub fn build(what: &str, programs: &[&str], profile: &str) -> Result<()> {
    let step = Step::announce(&format!("building {what}"));
    let mut cargo = cargo();
    cargo.arg("build");
    if profile == "release" {
        // As the image is built: with the features of these packages, and with none that only tests use.
        cargo.arg("--release").args(programs.iter().flat_map(|name| ["--package", name]));
    } else {
        // Third-party crates get the features that all selected packages ask for together. `cargo xtask test`
        // selects the whole workspace. With another selection here, each command would compile them again.
        cargo.arg("--workspace").args(programs.iter().flat_map(|name| ["--bin", name]));
    }
    built(status(&mut cargo)?)?;
    step.done("built");
    Ok(())
}

/// Fails when the compiler did.
pub fn built(status: ExitStatus) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    Err(Failure::new("the build failed", "the compiler's messages above say why"))
}

/// Whether a tool is installed and answers.
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
