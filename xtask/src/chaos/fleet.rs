//! The product's processes: the gateway sandbox, two APIs, two workers, each at an address that stays the same over
//! restarts. The settings are those of production, except for short holds and keys of this run.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::Signal;

use super::gateway;
use crate::command;
use crate::console::Step;
use crate::failure::Result;
use crate::process::{Process, leashed};
use crate::services::{Fragile, steady_port};
use crate::up::client::Client;
use crate::vendors::{self, Setting};
use crate::workspace;

const START_LIMIT: Duration = Duration::from_secs(60);

/// One process, which may be down.
pub struct Member {
    pub name: String,
    pub url: String,
    program: PathBuf,
    args: &'static [&'static str],
    health: &'static str,
    settings: BTreeMap<String, String>,
    process: Option<Process>,
    /// A process that was asked to stop, and takes its time.
    leaving: Option<Process>,
    starts: u32,
}

pub struct Fleet {
    // In the order in which they stop.
    pub workers: [Member; 2],
    pub apis: [Member; 2],
    pub sandbox: Member,
}

impl Fleet {
    pub fn start(fragile: &Fragile, hold: Duration) -> Result<Self> {
        let address = || steady_port().map(|port| format!("127.0.0.1:{port}"));
        let (apis, workers, sandbox) = ([address()?, address()?], [address()?, address()?], address()?);
        let settings = settings(fragile, hold, &apis[0], &sandbox)?;
        let member = |name: &str, binary: &str, variable: &str, address: &str| {
            let (args, health): (&'static [&'static str], _) = match binary {
                "haat-api" => (&["serve"], "/health/ready"),
                "haat-worker" => (&["run"], "/health/ready"),
                _ => (&[], "/health/live"),
            };
            let mut settings = settings.clone();
            settings.insert(variable.into(), address.into());
            let (url, program) = (format!("http://{address}"), workspace::binaries("debug").join(binary));
            Member {
                name: name.into(),
                url,
                program,
                args,
                health,
                settings,
                process: None,
                leaving: None,
                starts: 0,
            }
        };
        let mut fleet = Self {
            workers: [
                member("worker-1", "haat-worker", "HAAT_WORKER_ADDR", &workers[0]),
                member("worker-2", "haat-worker", "HAAT_WORKER_ADDR", &workers[1]),
            ],
            apis: [
                member("api-1", "haat-api", "HAAT_API_ADDR", &apis[0]),
                member("api-2", "haat-api", "HAAT_API_ADDR", &apis[1]),
            ],
            sandbox: member("sandbox", "haat-sandbox", "HAAT_SANDBOX_ADDR", &sandbox),
        };
        let step = Step::begin();
        command::output(fleet.binary("haat-api").arg("migrate"), "see what it says")?;
        fleet.all_up()?;
        step.done("sandbox, two APIs and two workers are ready");
        Ok(fleet)
    }

    /// Starts stopped processes and waits until everything is ready. Returns the processes that had not stopped when
    /// asked to.
    pub fn all_up(&mut self) -> Result<Vec<String>> {
        let mut odd = Vec::new();
        for member in self.members() {
            odd.extend(member.start()?);
        }
        self.members().try_for_each(Member::wait_until_ready)?;
        Ok(odd)
    }

    /// Processes that ended without being asked to. They are started again, as an operator's supervisor would.
    pub fn revive(&mut self) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for member in self.members() {
            if let Some(Err(failure)) = member.process.as_mut().map(Process::check) {
                found.push(failure.what);
                member.process = None;
                found.extend(member.start()?);
            }
        }
        Ok(found)
    }

    /// One of the product's binaries, to run to its end.
    pub fn binary(&self, name: &str) -> Command {
        let mut command = Command::new(workspace::binaries("debug").join(name));
        command.current_dir(workspace::root()).envs(&self.apis[0].settings);
        command
    }

    fn members(&mut self) -> impl Iterator<Item = &mut Member> {
        std::iter::once(&mut self.sandbox).chain(&mut self.apis).chain(&mut self.workers)
    }
}

impl Member {
    /// Starts a process without waiting until it is ready: what it needs may be down. If the earlier one is still
    /// stopping, waits for it, and returns the problem if there was one.
    pub fn start(&mut self) -> Result<Option<String>> {
        if self.process.is_some() {
            return Ok(None);
        }
        let left_in_time = self.leaving.take().is_none_or(|mut process| process.end(Signal::SIGTERM));
        self.starts += 1;
        let log = workspace::log_file(&format!("chaos-{}.{}", self.name, self.starts))?;
        let mut command = leashed(&self.program, Signal::SIGTERM);
        command.current_dir(workspace::root()).envs(&self.settings).args(self.args);
        self.process = Some(Process::spawn(&self.name, &mut command, log, Signal::SIGTERM)?);
        Ok((!left_in_time).then(|| format!("{} did not stop when asked to", self.name)))
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.end(Signal::SIGKILL);
        }
    }

    /// SIGTERM, without waiting for what follows.
    pub fn ask_to_stop(&mut self) {
        if let Some(process) = self.process.take() {
            process.send(Signal::SIGTERM);
            self.leaving = Some(process);
        }
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let client = Client::new(&format!("{}{}", self.url, self.health));
        match &mut self.process {
            Some(process) => process.wait_until(START_LIMIT, || client.is_healthy()),
            None => Ok(()),
        }
    }
}

fn settings(fragile: &Fragile, hold: Duration, api: &str, sandbox: &str) -> Result<BTreeMap<String, String>> {
    let secret = || Ok(workspace::hex(&workspace::random::<32>()?));
    let pairs = [
        ("HAAT_ENV", "production".to_owned()),
        ("HAAT_LOG", "info".into()),
        ("DATABASE_URL", fragile.database_url.clone()),
        ("HAAT_DATABASE_CONNECTIONS", "16".into()),
        ("REDIS_URL", fragile.redis_url.clone()),
        ("HAAT_HOLD_SECONDS", hold.as_secs().to_string()),
        // A few customers order all the time, and no order is ever shipped.
        ("HAAT_OPEN_CASH_ORDERS", "100000".into()),
        ("HAAT_OPEN_CASH_PIECES", "1000000".into()),
        ("HAAT_OPEN_UNPAID_ORDERS", "100000".into()),
        ("HAAT_OPEN_UNPAID_PIECES", "1000000".into()),
        ("HAAT_SHUTDOWN_GRACE_SECONDS", "10".into()),
        ("HAAT_ACCESS_TOKEN_SECONDS", "86400".into()),
        ("HAAT_JWT_KEYS", format!("chaos:{}", secret()?)),
        ("HAAT_ALLOW_HTTP", "true".into()),
        ("HAAT_PUBLIC_URL", format!("http://{api}")),
        ("HAAT_STRIPE_TIMEOUT_SECONDS", "5".into()),
        ("HAAT_BKASH_TIMEOUT_SECONDS", "5".into()),
        ("HAAT_PAYSTACK_TIMEOUT_SECONDS", "5".into()),
        ("HAAT_CHAPA_TIMEOUT_SECONDS", "5".into()),
        ("HAAT_SANDBOX_PUBLIC_URL", format!("http://{sandbox}")),
        // All payments of the longest run: a payment that the sandbox forgot would look like one that it never had.
        ("HAAT_SANDBOX_KEEP", gateway::ALL.to_string()),
    ];
    let mut settings: BTreeMap<_, _> =
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    for Setting { product, sandbox, value } in
        vendors::settings(&format!("http://{api}"), &format!("http://{sandbox}"), &secret()?)
    {
        let names = product.into_iter().chain(sandbox);
        settings.extend(names.map(|name| (name.to_owned(), value.clone())));
    }
    Ok(settings)
}
