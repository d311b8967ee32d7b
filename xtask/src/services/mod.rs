//! PostgreSQL and Redis for the other commands: the user's own (DATABASE_URL, REDIS_URL), else
//! private ones that we start and stop, else the distribution's packages, installed and then run
//! privately in the same way.
//!
//! Private services listen on free ports of 127.0.0.1. Each [`Profile`] has its own data, so that
//! `up` and `test` run side by side; a lock keeps two runs of one profile apart.

mod account;
mod binaries;
mod fragile;
mod given;
pub mod install;
mod postgres;
mod redis;

use std::fs::{File, TryLockError};
use std::net::TcpListener;
use std::path::PathBuf;

use crate::console::Step;
use crate::failure::{Explain, Failure, Result};
use crate::process::Process;
use crate::workspace;
use account::Account;
use binaries::Installed;
pub use binaries::major_of;
pub use fragile::{Fragile, steady_port};
pub use given::with_database;

/// What the services are for; decides where their data is and whether it must survive a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// A developer's running product: durable like production.
    Up,
    /// Thousands of short transactions in databases that are thrown away: no waiting for the disk.
    Test,
    /// An empty schema to check SQL against.
    Prepare,
    /// Servers that are killed on purpose: committed data must outlive the process, not the machine.
    Chaos,
    /// Durable and tuned like production; the data is made anew by each run.
    Bench,
}

impl Profile {
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Test => "test",
            Self::Prepare => "prepare",
            Self::Chaos => "chaos",
            Self::Bench => "bench",
        }
    }

    fn needs_redis(self) -> bool {
        self != Self::Prepare
    }

    /// Data that may be thrown away and made again when it does not start.
    fn is_disposable(self) -> bool {
        match self {
            Self::Up => false,
            Self::Test | Self::Prepare | Self::Chaos | Self::Bench => true,
        }
    }
}

/// Whether private data of a run before is gone on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Data {
    Kept,
    Renewed,
}

/// Running services. Dropping it stops what we started: Redis, then PostgreSQL, then the lock.
#[derive(Debug)]
pub struct Services {
    pub database_url: String,
    /// Empty for a profile that needs no Redis.
    pub redis_url: String,
    /// Installed binaries, for tests and tools that start servers of their own.
    pub postgres_bin: Option<PathBuf>,
    pub redis_server: Option<PathBuf>,
    running: Vec<Process>,
    _lock: Option<File>,
}

impl Services {
    pub fn provide(profile: Profile) -> Result<Self> {
        Self::provide_with(profile, Data::Kept)
    }

    /// A server that the user names keeps its data in any case.
    pub fn provide_with(profile: Profile, data: Data) -> Result<Self> {
        let given = (workspace::setting("DATABASE_URL"), workspace::setting("REDIS_URL"));
        let private = given.0.is_none() || (given.1.is_none() && profile.needs_redis());
        let lock = if private { Some(lock(profile)?) } else { None };
        let mut services = Self {
            database_url: String::new(),
            redis_url: String::new(),
            postgres_bin: None,
            redis_server: None,
            running: Vec::new(),
            _lock: lock,
        };
        match given.0 {
            Some(url) => services.use_postgres(url)?,
            None => services.start_postgres(profile, data)?,
        }
        match given.1 {
            _ if !profile.needs_redis() => {}
            Some(url) => services.use_redis(url)?,
            None => services.start_redis(profile)?,
        }
        Ok(services)
    }

    /// Fails when a service that we started is gone.
    pub fn check(&mut self) -> Result<()> {
        self.running.iter_mut().try_for_each(Process::check)
    }

    /// A client program of PostgreSQL, such as `psql`.
    pub fn client(&self, name: &str) -> Result<PathBuf> {
        binaries::client(name, self.postgres_bin.as_deref()).ok_or_else(|| {
            let advice =
                "install PostgreSQL's client programs (postgresql-client on Debian) or put them on PATH";
            Failure::new(format!("`{name}` is not installed"), advice)
        })
    }

    fn use_postgres(&mut self, url: String) -> Result<()> {
        let step = Step::begin();
        self.postgres_bin = binaries::postgres().map(|found| found.dir());
        let version = given::check_postgres(&url, self.postgres_bin.as_deref())?;
        step.done(&format!("PostgreSQL {version} from DATABASE_URL"));
        self.database_url = url;
        Ok(())
    }

    fn start_postgres(&mut self, profile: Profile, data: Data) -> Result<()> {
        let found = installed(binaries::postgres, "PostgreSQL", binaries::POSTGRES_MAJOR, "postgresql")?;
        let step = Step::begin();
        let cluster = postgres::Cluster::of(profile, &found, Account::choose()?)?;
        if data == Data::Renewed {
            cluster.renew()?;
        }
        let (process, url) = cluster.start()?;
        step.done(&format!("PostgreSQL {} started privately for `{}`", found.version, profile.name()));
        self.running.insert(0, process);
        self.database_url = url;
        self.postgres_bin = Some(found.dir());
        Ok(())
    }

    fn use_redis(&mut self, url: String) -> Result<()> {
        let step = Step::begin();
        let version = given::check_redis(&url)?;
        step.done(&format!("Redis {version} from REDIS_URL"));
        self.redis_url = url;
        self.redis_server = binaries::redis().map(|found| found.program);
        Ok(())
    }

    fn start_redis(&mut self, profile: Profile) -> Result<()> {
        let found = installed(binaries::redis, "Redis", binaries::REDIS_MAJOR, "redis-server")?;
        let step = Step::begin();
        let (process, url) = redis::start(profile, &found, &Account::choose()?)?;
        step.done(&format!("Redis {} started privately for `{}`", found.version, profile.name()));
        // In front: Drop stops the list in order, and PostgreSQL goes last.
        self.running.insert(0, process);
        self.redis_url = url;
        self.redis_server = Some(found.program);
        Ok(())
    }
}

/// The newest installed server that is new enough; installs the distribution's package if there is none.
fn installed(
    find: fn() -> Option<Installed>,
    what: &str,
    least_major: u32,
    package: &str,
) -> Result<Installed> {
    if let Some(found) = find() {
        return Ok(found);
    }
    install::package(what, least_major, package)?;
    find().ok_or_else(|| {
        Failure::new(
            format!("the package {package} was installed, but no {what} {least_major} or later is found"),
            "put its programs on PATH, or set DATABASE_URL / REDIS_URL to a running server",
        )
    })
}

/// Where keys and passwords of this checkout's private services are kept.
pub fn state_dir() -> Result<PathBuf> {
    Account::choose().map(|account| account.dir)
}

fn lock(profile: Profile) -> Result<File> {
    workspace::make_dir(&workspace::services_dir())?;
    let path = workspace::services_dir().join(format!("{}.lock", profile.name()));
    let advice = "check the rights of the project's target folder";
    let file = File::create(&path).explain(format!("cannot create {}", path.display()), advice)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::new(
            format!("another `cargo xtask {}` is running in this checkout", profile.name()),
            "wait for it or stop it, or set DATABASE_URL and REDIS_URL to servers of your own",
        )),
        Err(TryLockError::Error(error)) => {
            Err(Failure::new(format!("cannot lock {}: {error}", path.display()), advice))
        }
    }
}

/// Starts a server on a free port. Another program may take the port between the choice and the
/// start, so that one kind of failure is tried again.
fn on_free_port<T>(mut start: impl FnMut(u16) -> Result<T>) -> Result<T> {
    let mut attempts_left = 3;
    loop {
        attempts_left -= 1;
        match start(free_port()?) {
            Err(failure) if attempts_left > 0 && failure.what.contains("already in use") => {}
            outcome => return outcome,
        }
    }
}

pub fn free_port() -> Result<u16> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .explain("no free port on 127.0.0.1", "close programs that hold many connections, and try again")
}
