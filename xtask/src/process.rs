//! A child that lives as long as we do: services and the product's own processes.
//!
//! It gets its own process group (Ctrl-C in the terminal reaches only us, so that we choose the
//! order of stopping), a log file, and, on Linux, a signal from the kernel when we die without
//! having stopped it (`setpriv --pdeathsig`). That signal is tied to the *thread* that spawned
//! the child: spawn from the main thread only.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::command;
use crate::failure::{Explain, Failure, Result};
use crate::interrupt;

const POLL: Duration = Duration::from_millis(20);
const GRACE: Duration = Duration::from_secs(20);
const TAIL_LINES: usize = 15;
const TAIL_BYTES: u64 = 16 * 1024;

#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    stop_with: Signal,
}

/// `program`, which the kernel stops with `stop_with` when this process is gone.
pub fn leashed(program: &Path, stop_with: Signal) -> Command {
    static SETPRIV: OnceLock<bool> = OnceLock::new();
    let there = *SETPRIV.get_or_init(|| command::answers("setpriv", &["--pdeathsig", "TERM", "true"]));
    if !there {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.arg("--pdeathsig").arg(stop_with.as_str().trim_start_matches("SIG")).arg("--").arg(program);
    command
}

impl Process {
    /// `command` comes from [`leashed`], with the same `stop_with`.
    pub fn spawn(name: &str, command: &mut Command, log: PathBuf, stop_with: Signal) -> Result<Self> {
        interrupt::check()?;
        let advice = "check the rights of the project's target folder";
        let out = File::create(&log).explain(format!("cannot create {}", log.display()), advice)?;
        let err = out.try_clone().explain(format!("cannot write {}", log.display()), advice)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .process_group(0)
            .spawn()
            .explain(format!("cannot start {name}"), "check that its program exists and may be run")?;
        Ok(Self { name: name.to_owned(), child, log, stop_with })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Polls `ready` until it says yes; fails when the process ends first or time is up.
    pub fn wait_until(&mut self, limit: Duration, mut ready: impl FnMut() -> bool) -> Result<()> {
        let end = Instant::now() + limit;
        while !ready() {
            self.check()?;
            if Instant::now() > end {
                return Err(self.failure(&format!("was not ready after {} s", limit.as_secs())));
            }
            interrupt::sleep(POLL)?;
        }
        Ok(())
    }

    /// Fails, with the end of its log, when the process is gone.
    pub fn check(&mut self) -> Result<()> {
        match self.ended() {
            Some(status) => Err(self.failure(&format!("ended by itself ({})", reason(status)))),
            None => Ok(()),
        }
    }

    pub fn failure(&self, what: &str) -> Failure {
        let tail = tail(&self.log);
        Failure::new(
            format!("{} {what}\n{tail}", self.name),
            format!("the whole log: {}", self.log.display()),
        )
    }

    pub fn is_running(&mut self) -> bool {
        self.ended().is_none()
    }

    /// Any signal, such as SIGSTOP. What it does is not waited for.
    pub fn send(&self, what: Signal) {
        signal(&self.child, what);
    }

    /// Stops it with the signal `how`, and waits. If it does not end in time it is killed. Returns whether it ended in
    /// time.
    pub fn end(&mut self, how: Signal) -> bool {
        if self.is_running() {
            self.send(how);
        }
        self.see_off(Instant::now() + GRACE)
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    fn ask_to_stop(&mut self) {
        if self.ended().is_none() {
            signal(&self.child, self.stop_with);
        }
    }

    fn see_off(&mut self, end: Instant) -> bool {
        while self.ended().is_none() {
            if Instant::now() > end {
                eprintln!("  ! {} did not stop in {} s and is killed", self.name, GRACE.as_secs());
                let _ = kill(Pid::from_raw(-pid(&self.child)), Signal::SIGKILL);
                let _ = self.child.wait();
                return false;
            }
            std::thread::sleep(POLL);
        }
        true
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.ask_to_stop();
        self.see_off(Instant::now() + GRACE);
    }
}

/// Processes that may stop at the same time: all are asked, in order, before any is waited for.
#[derive(Debug, Default)]
pub struct Group(pub Vec<Process>);

impl Drop for Group {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(Process::ask_to_stop);
        let end = Instant::now() + GRACE;
        for process in &mut self.0 {
            process.see_off(end);
        }
    }
}

pub fn signal(child: &Child, signal: Signal) {
    // The only error is that the child is gone, which is the goal.
    let _ = kill(Pid::from_raw(pid(child)), signal);
}

fn pid(child: &Child) -> i32 {
    i32::try_from(child.id()).expect("process ids are positive 32-bit numbers")
}

fn reason(status: ExitStatus) -> String {
    match status.signal() {
        Some(signal) => format!("signal {signal}"),
        None => status.to_string(),
    }
}

fn tail(log: &Path) -> String {
    let mut bytes = Vec::new();
    // Best effort: a log that cannot be read has no end to show.
    let _ = File::open(log).and_then(|mut file| {
        let from = file.metadata()?.len().saturating_sub(TAIL_BYTES);
        file.seek(SeekFrom::Start(from))?;
        file.read_to_end(&mut bytes)
    });
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(TAIL_LINES);
    lines[from..].iter().map(|line| format!("| {line}\n")).collect()
}
