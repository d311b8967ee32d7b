//! A private PostgreSQL: one data folder per profile, made once and kept, so that a second run
//! starts in a moment. TCP on 127.0.0.1 only, with a generated password.
//!
//! A server left over from a run that was killed is recognised by its data folder and stopped
//! first; no other process is ever signalled.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::account::Account;
use super::binaries::Installed;
use super::{Profile, on_free_port};
use crate::command;
use crate::console;
use crate::failure::{Explain, Failure, Result};
use crate::interrupt;
use crate::process::Process;
use crate::workspace;

const START_LIMIT: Duration = Duration::from_secs(60);
const LEAVE_LIMIT: Duration = Duration::from_secs(20);
const NAME: &str = "haat";
const ALWAYS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    "timezone=UTC",
    "log_timezone=UTC",
];
const DURABLE: &[&str] = &["shared_buffers=256MB"];
const FLEETING: &[&str] =
    &["shared_buffers=256MB", "fsync=off", "synchronous_commit=off", "full_page_writes=off"];
/// A commit is with the kernel before it is answered, which outlives the process.
const CRASHING: &[&str] = &["shared_buffers=256MB", "fsync=off", "full_page_writes=off"];
/// As the documentation advises for production, except for memory: any machine has this much. A server that has run for
/// a while writes into recycled WAL files; this new one would fill each with zeros first, in the way of commits
/// (accept p99 at half load: 48, 75 and 127 ms in three runs with it, 20 ms in one without).
const TUNED: &[&str] = &[
    "fsync=on",
    "synchronous_commit=on",
    "shared_buffers=1GB",
    "max_wal_size=16GB",
    "wal_compression=lz4",
    "wal_init_zero=off",
    "checkpoint_timeout=30min",
    "random_page_cost=1.1",
    "jit=off",
];

fn settings(profile: Profile) -> impl Iterator<Item = &'static &'static str> {
    let own = match profile {
        Profile::Up => DURABLE,
        Profile::Test | Profile::Prepare => FLEETING,
        Profile::Chaos => CRASHING,
        Profile::Bench => TUNED,
    };
    ALWAYS.iter().chain(own)
}

#[derive(Debug)]
pub struct Cluster {
    profile: Profile,
    installed: Installed,
    account: Account,
    data: PathBuf,
    password: String,
}

impl Cluster {
    pub fn of(profile: Profile, installed: &Installed, account: Account) -> Result<Self> {
        let home = account.dir.join("postgres");
        account.make_dir(&home)?;
        // Next to the data, not in it: secrets must not be in the folder of another account.
        let password = workspace::secret(&account.dir, "postgres.password")?;
        let data = home.join(profile.name());
        Ok(Self { profile, installed: installed.clone(), account, data, password })
    }

    /// Starts the server, making its data first where there is none; returns its URL.
    pub fn start(&self) -> Result<(Process, String)> {
        self.see_off_leftover()?;
        self.set_aside_other_version()?;
        let made_now = !self.data.exists();
        if made_now {
            self.create()?;
        }
        match on_free_port(|port| self.start_on(port)) {
            Err(failure) if !made_now && self.profile.is_disposable() && !failure.is_interruption() => {
                console::note("the data of the last run does not start and is made again");
                self.remove(&self.data)?;
                self.create()?;
                on_free_port(|port| self.start_on(port))
            }
            outcome => outcome,
        }
    }

    /// Makes the data anew, whatever was there.
    pub fn renew(&self) -> Result<()> {
        self.see_off_leftover()?;
        self.remove(&self.data)?;
        self.create()
    }

    pub fn start_on(&self, port: u16) -> Result<(Process, String)> {
        let mut command = self.account.server(&self.program("postgres"), Signal::SIGINT);
        command.arg("-D").arg(&self.data).args(["-c", &format!("port={port}")]);
        command.args(settings(self.profile).flat_map(|setting| ["-c", setting]));
        let log = workspace::log_file(&format!("postgres-{}", self.profile.name()))?;
        // SIGINT is PostgreSQL's "fast" shutdown: open sessions are ended, data is written.
        let mut process = Process::spawn("PostgreSQL", &mut command, log, Signal::SIGINT)?;
        let pid = process.id();
        process.wait_until(START_LIMIT, || self.is_ready(pid, port))?;
        Ok((process, format!("postgres://{NAME}:{}@127.0.0.1:{port}/{NAME}", self.password)))
    }

    /// Made under another name and renamed, so that an interrupted run leaves nothing half made.
    fn create(&self) -> Result<()> {
        let fresh = self.data.with_extension("new");
        self.remove(&fresh)?;
        self.account.make_dir(&fresh)?;
        let password_file = self.account.dir.join("initdb.password");
        let advice = "check the free space and the rights";
        workspace::write_private(&password_file, &self.password)?;
        self.account.hand_over(&password_file)?;
        let mut initdb = self.account.command(&self.program("initdb"));
        initdb.arg("-D").arg(&fresh).args(["-U", NAME, "-A", "scram-sha-256", "-E", "UTF8"]);
        initdb.arg("--pwfile").arg(&password_file).arg("--no-sync");
        // Upper and lower case of every script, the same on every machine.
        initdb.args(["--locale", if cfg!(target_os = "linux") { "C.UTF-8" } else { "en_US.UTF-8" }]);
        let outcome = command::output(&mut initdb, "free some space, or set DATABASE_URL");
        let _ = fs::remove_file(&password_file);
        outcome?;
        self.create_database(&fresh)?;
        fs::rename(&fresh, &self.data).explain("cannot rename the new data folder", advice)
    }

    /// In single-user mode, which needs no client program and no running server.
    fn create_database(&self, data: &Path) -> Result<()> {
        let advice = "look into the log of PostgreSQL, or set DATABASE_URL";
        let mut command = self.account.command(&self.program("postgres"));
        command.arg("--single").arg("-D").arg(data).arg("postgres");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().explain("cannot start PostgreSQL", advice)?;
        let mut stdin = child.stdin.take().expect("stdin was piped");
        let sent = stdin.write_all(format!("create database {NAME};\n").as_bytes());
        drop(stdin);
        let output = child.wait_with_output().explain("cannot wait for PostgreSQL", advice)?;
        let errors = String::from_utf8_lossy(&output.stderr);
        if sent.is_ok() && output.status.success() && !errors.contains("ERROR") {
            return Ok(());
        }
        Err(Failure::new(format!("cannot create the database:\n{}", errors.trim()), advice))
    }

    /// As `pg_ctl` knows it: the eighth line of the pid file, which a killed server before may have left.
    fn is_ready(&self, pid: u32, port: u16) -> bool {
        let lines = self.pid_file_lines();
        let line = |number: usize| lines.get(number).map(|line| line.trim());
        line(0) == Some(&*pid.to_string()) && line(3) == Some(&*port.to_string()) && line(7) == Some("ready")
    }

    fn see_off_leftover(&self) -> Result<()> {
        let Some(pid) = self.pid_file_lines().first().and_then(|line| line.trim().parse().ok()) else {
            return Ok(());
        };
        let Some(command_line) = command_line_of(pid) else { return Ok(()) };
        if !command_line.contains(&*self.data.to_string_lossy()) {
            // The number was given to another program since: PostgreSQL would refuse to start.
            let _ = fs::remove_file(self.data.join("postmaster.pid"));
            return Ok(());
        }
        console::note("a private PostgreSQL of an interrupted run is still there and is stopped");
        let _ = kill(Pid::from_raw(pid), Signal::SIGINT);
        let end = Instant::now() + LEAVE_LIMIT;
        while command_line_of(pid).is_some() {
            if Instant::now() > end {
                let advice = format!("stop process {pid} yourself, then try again");
                return Err(Failure::new("a PostgreSQL of an interrupted run does not stop", advice));
            }
            interrupt::sleep(Duration::from_millis(50))?;
        }
        Ok(())
    }

    /// Data of another major version is kept under another name and made anew.
    fn set_aside_other_version(&self) -> Result<()> {
        let Ok(version) = fs::read_to_string(self.data.join("PG_VERSION")) else {
            return self.remove(&self.data);
        };
        if version.trim() == self.installed.major.to_string() {
            return Ok(());
        }
        let aside = self.data.with_extension(format!("of-{}", version.trim()));
        console::note(&format!("data of PostgreSQL {} is set aside as {}", version.trim(), aside.display()));
        self.remove(&aside)?;
        fs::rename(&self.data, &aside).explain("cannot rename the old data folder", "remove it and try again")
    }

    fn pid_file_lines(&self) -> Vec<String> {
        let text = fs::read_to_string(self.data.join("postmaster.pid")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Where its programs stand.
    pub fn programs(&self) -> PathBuf {
        self.installed.dir()
    }

    fn program(&self, name: &str) -> PathBuf {
        self.installed.program.with_file_name(name)
    }

    fn remove(&self, dir: &Path) -> Result<()> {
        if !dir.exists() {
            return Ok(());
        }
        fs::remove_dir_all(dir).explain(format!("cannot remove {}", dir.display()), "remove it yourself")
    }
}

/// The command line of a live process.
fn command_line_of(pid: i32) -> Option<String> {
    if Path::new("/proc/self").exists() {
        let bytes = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        // A zombie has an empty one.
        return if bytes.is_empty() {
            None
        } else {
            Some(String::from_utf8_lossy(&bytes).replace('\0', " "))
        };
    }
    let output = Command::new("ps").args(["-o", "command=", "-p", &pid.to_string()]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if text.is_empty() { None } else { Some(text) }
}
