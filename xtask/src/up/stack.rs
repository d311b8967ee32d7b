//! The product's three processes and their settings. What the user has set (environment or `.env`)
//! wins; the rest gets values for this machine: free ports, keys made once, payments by the sandbox.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::Signal;

use super::client::Client;
use crate::command;
use crate::console::Step;
use crate::failure::Result;
use crate::process::{Group, Process, leashed};
use crate::services::{Services, free_port, state_dir};
use crate::vendors::{self, Setting};
use crate::workspace;

const START_LIMIT: Duration = Duration::from_secs(30);
/// The longest that running work may take to end (HAAT_SHUTDOWN_GRACE_SECONDS), below our own patience.
const SHUTDOWN_GRACE_SECONDS: &str = "15";

/// The processes stop, in order, when this is dropped.
#[derive(Debug)]
pub struct Stack {
    pub api_url: String,
    pub worker_url: String,
    pub sandbox_url: String,
    pub logs: PathBuf,
    binaries: PathBuf,
    settings: BTreeMap<String, String>,
    running: Group,
}

impl Stack {
    /// With [`settings`], or some of its values replaced.
    pub fn start(settings: BTreeMap<String, String>, profile: &str) -> Result<Self> {
        let mut stack = Self {
            api_url: url(&settings["HAAT_API_ADDR"]),
            worker_url: url(&settings["HAAT_WORKER_ADDR"]),
            sandbox_url: url(&settings["HAAT_SANDBOX_ADDR"]),
            logs: workspace::services_dir().join("logs"),
            binaries: workspace::binaries(profile),
            settings,
            running: Group::default(),
        };
        stack.migrate()?;
        let ready = |url: &str, path: &str| format!("{url}{path}");
        let sandbox = stack.spawn("haat-sandbox", &[], &ready(&stack.sandbox_url, "/health/live"))?;
        stack.running.0.push(sandbox);
        let api = stack.spawn("haat-api", &["serve"], &ready(&stack.api_url, "/health/ready"))?;
        stack.running.0.insert(0, api);
        let worker = stack.spawn("haat-worker", &["run"], &ready(&stack.worker_url, "/health/ready"))?;
        stack.running.0.insert(1, worker);
        Ok(stack)
    }

    /// One of the product's binaries with its settings, to run to its end.
    pub fn binary(&self, name: &str) -> Command {
        let mut command = Command::new(self.binaries.join(name));
        command.current_dir(workspace::root()).envs(&self.settings);
        command
    }

    pub fn settings(&self) -> &BTreeMap<String, String> {
        &self.settings
    }

    pub fn binaries(&self) -> &Path {
        &self.binaries
    }

    /// The process id of one of the binaries.
    pub fn pid(&self, name: &str) -> Option<u32> {
        self.running.0.iter().find(|process| process.name() == name).map(Process::id)
    }

    /// Any signal to one of the binaries, such as SIGSTOP.
    pub fn send(&self, name: &str, what: Signal) {
        for process in self.running.0.iter().filter(|process| process.name() == name) {
            process.send(what);
        }
    }

    /// Fails when a process is gone, with the end of its log.
    pub fn check(&mut self) -> Result<()> {
        self.running.0.iter_mut().try_for_each(Process::check)
    }

    fn migrate(&self) -> Result<()> {
        let step = Step::begin();
        let advice = "correct the migration it names; `up` keeps its data under target/services, \
                      which may be removed to begin again";
        command::output(self.binary("haat-api").arg("migrate"), advice)?;
        step.done("database migrated");
        Ok(())
    }

    fn spawn(&self, name: &str, args: &[&str], health: &str) -> Result<Process> {
        let step = Step::begin();
        let mut command = leashed(&self.binaries.join(name), Signal::SIGTERM);
        command.current_dir(workspace::root()).envs(&self.settings).args(args);
        let mut process = Process::spawn(name, &mut command, workspace::log_file(name)?, Signal::SIGTERM)?;
        let client = Client::new(health);
        process.wait_until(START_LIMIT, || client.is_healthy())?;
        step.done(&format!("{name} is ready"));
        Ok(process)
    }
}

pub fn settings(services: &Services) -> Result<BTreeMap<String, String>> {
    let state = state_dir()?;
    let mut settings = Settings(BTreeMap::new());
    let api = settings.default("HAAT_API_ADDR", address(8080)?);
    settings.default("HAAT_WORKER_ADDR", address(8081)?);
    let sandbox = settings.default("HAAT_SANDBOX_ADDR", address(8090)?);
    settings.default("HAAT_ENV", "development".into());
    settings.default("HAAT_PUBLIC_URL", url(&api));
    settings.default("HAAT_SHUTDOWN_GRACE_SECONDS", SHUTDOWN_GRACE_SECONDS.into());
    settings.default("HAAT_JWT_KEYS", format!("dev-1:{}", workspace::secret(&state, "jwt.key")?));
    settings.default("HAAT_SANDBOX_PUBLIC_URL", url(&sandbox));
    let secret = workspace::secret(&state, "webhook.key")?;
    for setting in vendors::settings(&url(&api), &url(&sandbox), &secret) {
        settings.agree(setting);
    }
    let Settings(mut settings) = settings;
    settings.insert("DATABASE_URL".into(), services.database_url.clone());
    settings.insert("REDIS_URL".into(), services.redis_url.clone());
    Ok(settings)
}

struct Settings(BTreeMap<String, String>);

impl Settings {
    /// The user's value, or `ours`; returns which it is.
    fn default(&mut self, name: &str, ours: String) -> String {
        let value = workspace::setting(name).unwrap_or(ours);
        self.0.insert(name.into(), value.clone());
        value
    }

    /// The sandbox follows the product, unless the user has set it apart.
    fn agree(&mut self, setting: Setting) {
        let value = match setting.product {
            Some(name) => self.default(name, setting.value),
            None => setting.value,
        };
        if let Some(name) = setting.sandbox {
            self.default(name, value);
        }
    }
}

fn address(preferred: u16) -> Result<String> {
    let free = TcpListener::bind(("127.0.0.1", preferred)).is_ok();
    let port = if free { preferred } else { free_port()? };
    Ok(format!("127.0.0.1:{port}"))
}

/// How we reach a process that listens on `address`.
fn url(address: &str) -> String {
    let address = address.replacen("0.0.0.0", "127.0.0.1", 1).replacen("[::]", "127.0.0.1", 1);
    format!("http://{address}")
}
