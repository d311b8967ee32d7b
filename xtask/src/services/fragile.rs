//! A PostgreSQL and a Redis of our own to be broken on purpose: killed, frozen, emptied and started again at the
//! same address. Whatever DATABASE_URL and REDIS_URL say, these are private, and their data is new.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use nix::sys::signal::Signal;

use super::account::Account;
use super::binaries::{self, Installed};
use super::postgres::Cluster;
use super::{Profile, installed, lock, redis};
use crate::console::Step;
use crate::failure::{Explain, Failure, Result};
use crate::process::Process;

const PROFILE: Profile = Profile::Chaos;
const REDIS_PATIENCE: Duration = Duration::from_secs(5);

pub struct Fragile {
    pub database_url: String,
    pub redis_url: String,
    // In the order in which they stop.
    redis: Process,
    postgres: Process,
    ports: Ports,
    cluster: Cluster,
    redis_installed: Installed,
    _lock: File,
}

#[derive(Clone, Copy)]
struct Ports {
    postgres: u16,
    redis: u16,
}

impl Fragile {
    pub fn start() -> Result<Self> {
        let lock = lock(PROFILE)?;
        let found = installed(binaries::postgres, "PostgreSQL", binaries::POSTGRES_MAJOR, "postgresql")?;
        let redis_installed = installed(binaries::redis, "Redis", binaries::REDIS_MAJOR, "redis-server")?;
        let step = Step::begin();
        let cluster = Cluster::of(PROFILE, &found, Account::choose()?)?;
        cluster.renew()?;
        let ports = Ports { postgres: steady_port()?, redis: steady_port()? };
        let (postgres, database_url) = cluster.start_on(ports.postgres)?;
        let (redis, redis_url) =
            redis::start_on(ports.redis, PROFILE, &redis_installed, &Account::choose()?)?;
        step.done(&format!(
            "PostgreSQL {} and Redis {} started, both empty",
            found.version, redis_installed.version
        ));
        Ok(Self { database_url, redis_url, redis, postgres, ports, cluster, redis_installed, _lock: lock })
    }

    /// Fast (SIGINT: sessions are ended) or immediate (SIGQUIT: as in a crash), then up again.
    pub fn restart_postgres(&mut self, how: Signal) -> Result<()> {
        self.postgres.end(how);
        (self.postgres, self.database_url) = self.cluster.start_on(self.ports.postgres)?;
        Ok(())
    }

    /// `kill -9`: all it held is gone.
    pub fn kill_redis(&mut self) {
        self.redis.end(Signal::SIGKILL);
    }

    /// Starts Redis, empty, if it does not run.
    pub fn start_redis(&mut self) -> Result<()> {
        if !self.redis.is_running() {
            let account = Account::choose()?;
            (self.redis, self.redis_url) =
                redis::start_on(self.ports.redis, PROFILE, &self.redis_installed, &account)?;
        }
        Ok(())
    }

    /// Connections stay open and nothing answers, which is worse than a refusal.
    pub fn freeze_redis(&mut self) {
        self.redis.send(Signal::SIGSTOP);
    }

    pub fn thaw_redis(&mut self) {
        self.redis.send(Signal::SIGCONT);
    }

    /// Empties Redis while it runs. If it is down or frozen there is nothing to empty now.
    pub fn flush_redis(&mut self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.ports.redis))?;
        stream.set_read_timeout(Some(REDIS_PATIENCE))?;
        stream.write_all(b"FLUSHALL\r\n")?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer)
    }

    pub fn psql(&self) -> Result<PathBuf> {
        binaries::client("psql", Some(&self.cluster.programs())).ok_or_else(|| {
            let advice = "install PostgreSQL's client programs (postgresql-client on Debian)";
            Failure::new("`psql` is not installed", advice)
        })
    }
}

impl Drop for Fragile {
    fn drop(&mut self) {
        // A frozen server would not receive the signal to stop.
        self.thaw_redis();
    }
}

/// A free port that stays ours while its server is down: outside the range that the system hands out for outgoing
/// connections, which an ordinary free port comes from.
pub fn steady_port() -> Result<u16> {
    let from = u16::try_from(std::process::id() % 8000).expect("below 8000");
    let candidates = (0..8000).map(|step| 20_000 + (from + step) % 8000);
    let free = candidates.filter(|port| !TAKEN.lock().is_ok_and(|taken| taken.contains(port)));
    let found = free.into_iter().find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    let found =
        found.ok_or("all are taken").explain("no free port from 20000 to 28000", "stop some programs")?;
    TAKEN.lock().map(|mut taken| taken.push(found)).ok();
    Ok(found)
}

/// Handed out, and perhaps not bound yet.
static TAKEN: std::sync::Mutex<Vec<u16>> = std::sync::Mutex::new(Vec::new());
