//! A private Redis without persistence: PostgreSQL remembers, Redis only wakes and spreads the
//! work, so losing it between runs is part of the design. It never evicts: a queue that drops
//! entries under memory pressure would hide a fault.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use nix::sys::signal::Signal;

use super::account::Account;
use super::binaries::Installed;
use super::{Profile, on_free_port};
use crate::failure::Result;
use crate::process::Process;
use crate::workspace;

const START_LIMIT: Duration = Duration::from_secs(10);

pub fn start(profile: Profile, installed: &Installed, account: &Account) -> Result<(Process, String)> {
    on_free_port(|port| start_on(port, profile, installed, account))
}

pub fn start_on(
    port: u16,
    profile: Profile,
    installed: &Installed,
    account: &Account,
) -> Result<(Process, String)> {
    let dir = account.dir.join("redis");
    account.make_dir(&dir)?;
    let mut command = account.server(&installed.program, Signal::SIGTERM);
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
    command.args(["--maxmemory-policy", "noeviction", "--daemonize", "no", "--dir"]).arg(&dir);
    let log = workspace::log_file(&format!("redis-{}", profile.name()))?;
    let mut process = Process::spawn("Redis", &mut command, log, Signal::SIGTERM)?;
    process.wait_until(START_LIMIT, || pings(port))?;
    Ok((process, format!("redis://127.0.0.1:{port}/0")))
}

fn pings(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return false };
    let mut answer = [0; 7];
    let _ = stream.set_read_timeout(Some(START_LIMIT));
    stream.write_all(b"PING\r\n").and_then(|()| stream.read_exact(&mut answer)).is_ok()
        && &answer == b"+PONG\r\n"
}
