//! The last resort: the distribution's packages, on Debian and its kin, with root or a `sudo` that
//! asks nothing. Looks at the version on offer before installing. What the package itself may
//! start on the standard ports is left alone: we only use its programs.

use std::process::Command;

use nix::unistd::geteuid;

use crate::command;
use crate::console::Step;
use crate::failure::{Failure, Result};
use crate::services::binaries::{major_of, present};

/// A server, if the version on offer is new enough; `what` for people, `package` for apt.
pub fn package(what: &str, least_major: u32, package: &str) -> Result<()> {
    let absent = format!("no {what} {least_major} or later is installed");
    let elsewhere = format!(
        "install {what} with this system's package manager, or set DATABASE_URL / REDIS_URL to a running server"
    );
    install(&absent, &elsewhere, &[package], || offered(what, least_major, package))
}

/// Programs of any version. `elsewhere` is the advice for a system without apt.
pub fn programs(what: &str, packages: &[&str], elsewhere: &str) -> Result<()> {
    install(&format!("{what} is not installed"), elsewhere, packages, || Ok(()))
}

fn install(
    absent: &str,
    elsewhere: &str,
    packages: &[&str],
    acceptable: impl FnOnce() -> Result<()>,
) -> Result<()> {
    if !present("apt-get") {
        return Err(Failure::new(absent, elsewhere));
    }
    let named = packages.join(" ");
    let by_hand = format!("run `apt-get install {named}` as root, then this command again");
    if !geteuid().is_root() && !command::answers("sudo", &["-n", "true"]) {
        return Err(Failure::new(format!("{absent}, and installing it needs root"), by_hand));
    }
    let step = Step::announce(&format!("{absent}: installing the distribution's packages {named}"));
    apt_get(&["-q", "update"], &by_hand)?;
    acceptable()?;
    apt_get(&[&["-q", "-y", "install", "--no-install-recommends"], packages].concat(), &by_hand)?;
    step.done(&format!("installed: {named}"));
    Ok(())
}

fn apt_get(args: &[&str], advice: &str) -> Result<()> {
    let mut command = if geteuid().is_root() {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        sudo
    };
    command.env("DEBIAN_FRONTEND", "noninteractive").args(args);
    command::output(&mut command, advice).map(drop)
}

/// Fails when the distribution is too old to help.
fn offered(what: &str, least_major: u32, package: &str) -> Result<()> {
    let advice = "check the package sources of this system";
    let policy =
        command::output(Command::new("apt-cache").args(["policy", package]).env("LC_ALL", "C"), advice)?;
    let candidate = candidate_in(&policy);
    if candidate.is_some_and(|major| major >= least_major) {
        return Ok(());
    }
    let on_offer = candidate.map_or("nothing".to_owned(), |major| format!("{what} {major}"));
    Err(Failure::new(
        format!("{what} {least_major} or later is needed; this distribution offers {on_offer}"),
        "use the vendor's packages (https://apt.postgresql.org, https://packages.redis.io), \
         or set DATABASE_URL / REDIS_URL to a newer server",
    ))
}

/// The major version in "Candidate: 5:7.0.15-1~deb12u1": without the epoch.
fn candidate_in(policy: &str) -> Option<u32> {
    let line = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate:"))?.trim();
    major_of(line.split_once(':').map_or(line, |(_, version)| version))
}

#[cfg(test)]
mod tests {
    use super::candidate_in;

    #[test]
    fn the_candidate_is_read_without_its_epoch() {
        assert_eq!(candidate_in("x:\n  Installed: (none)\n  Candidate: 5:7.0.15-1~deb12u1\n"), Some(7));
        assert_eq!(candidate_in("x:\n  Candidate: 15+248\n"), Some(15));
        assert_eq!(candidate_in("x:\n  Candidate: (none)\n"), None);
    }
}
