//! The product's own binaries as processes, as an operator runs them.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::timeout;
use uuid::Uuid;

use crate::eventually;

/// A running `haat-api` or `haat-worker`.
#[derive(Debug)]
pub struct Program {
    process: Child,
    /// The port it listens on.
    pub port: u16,
    log: Option<PathBuf>,
}

/// A program that has ended.
#[derive(Debug)]
pub struct Finished {
    pub status: ExitStatus,
    pub out: String,
    pub err: String,
}

fn command(name: &str, args: &[&str], env: &[(&str, impl AsRef<OsStr>)]) -> Command {
    let folder = std::env::var("HAAT_TEST_BIN_DIR")
        .expect("HAAT_TEST_BIN_DIR is set: run the tests by `cargo xtask test`");
    let mut command = Command::new(PathBuf::from(folder).join(name));
    // In a folder without `.env`, and with only the given settings.
    let ours = std::env::vars().map(|(name, _)| name);
    for inherited in ours.filter(|name| name.starts_with("HAAT_") || name.ends_with("_URL")) {
        command.env_remove(inherited);
    }
    let env = env.iter().map(|(name, value)| (name, value));
    command.args(args).envs(env).current_dir(std::env::temp_dir()).kill_on_drop(true);
    command
}

/// Runs a command until it ends.
pub async fn run_to_end(name: &str, args: &[&str], env: &[(&str, impl AsRef<OsStr>)]) -> Finished {
    let running = command(name, args, env).stdin(Stdio::null()).output();
    let output = timeout(Duration::from_secs(60), running).await;
    let output =
        output.unwrap_or_else(|_| panic!("{name} {args:?} does not end")).expect("the binary is built");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Finished { status: output.status, out: text(output.stdout), err: text(output.stderr) }
}

impl Program {
    /// Starts a server and waits until it listens.
    pub async fn start(name: &str, args: &[&str], env: &[(&str, impl AsRef<OsStr>)]) -> Self {
        Self::start_with(name, args, env, None).await
    }

    /// The same, with what it logs kept for [`Self::logged`].
    pub async fn start_logging(name: &str, args: &[&str], env: &[(&str, impl AsRef<OsStr>)]) -> Self {
        let log = std::env::temp_dir().join(format!("haat-log-{}", Uuid::now_v7().simple()));
        Self::start_with(name, args, env, Some(log)).await
    }

    async fn start_with(
        name: &str,
        args: &[&str],
        env: &[(&str, impl AsRef<OsStr>)],
        log: Option<PathBuf>,
    ) -> Self {
        let port_file = std::env::temp_dir().join(format!("haat-port-{}", Uuid::now_v7().simple()));
        let mut command = command(name, args, env);
        command.env("HAAT_PORT_FILE", &port_file).stdin(Stdio::null());
        if !env.iter().any(|(name, _)| *name == "HAAT_LOG") {
            command.env("HAAT_LOG", "warn");
        }
        if let Some(log) = &log {
            command.stderr(std::fs::File::create(log).expect("a folder for temporary files"));
        }
        let mut process = command.spawn().expect("the binary is built");
        let mut port = None;
        eventually("a server binds its port", async || {
            let ended = process.try_wait().expect("our own process");
            assert!(ended.is_none(), "{name} {args:?} ended before it listened: {ended:?}");
            port = std::fs::read_to_string(&port_file).ok().and_then(|text| text.trim().parse().ok());
            port.is_some()
        })
        .await;
        let _ = std::fs::remove_file(&port_file);
        Self { process, port: port.expect("just found"), log }
    }

    /// What it has logged so far.
    #[must_use]
    pub fn logged(&self) -> String {
        self.log.as_ref().and_then(|log| std::fs::read_to_string(log).ok()).unwrap_or_default()
    }

    /// Waits until it ends by itself, and returns its status.
    pub async fn end(mut self) -> ExitStatus {
        let ended = timeout(Duration::from_secs(60), self.process.wait()).await;
        ended.expect("it ends by itself").expect("our own process")
    }

    /// `kill -9`.
    pub async fn die(mut self) {
        self.process.kill().await.expect("our own process");
    }

    /// SIGTERM; how it ended.
    pub async fn stop(mut self) -> ExitStatus {
        let id = self.process.id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().await.expect("kill is there");
        assert!(sent.success(), "no signal was sent");
        let ended = timeout(Duration::from_secs(40), self.process.wait()).await;
        ended.expect("it ends within its grace").expect("our own process")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(log) = &self.log {
            let _ = std::fs::remove_file(log); // as temporary files go
        }
    }
}
