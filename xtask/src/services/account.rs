//! Decides under which account private servers run and where their data is. Normally it is the own account, and
//! `target/services`. PostgreSQL refuses to run as root, so root uses the account `postgres` or `nobody`. If that
//! account cannot reach the project's folder, the data goes to a separate folder under `/var/tmp`, one per checkout.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::Signal;
use nix::unistd::{User, geteuid};

use crate::console;
use crate::failure::{Explain, Failure, Result};
use crate::process;
use crate::workspace;

const STAND_INS: [&str; 2] = ["postgres", "nobody"];

#[derive(Debug)]
pub struct Account {
    /// Holds one folder per server and profile, and their secrets.
    pub dir: PathBuf,
    stand_in: Option<User>,
}

impl Account {
    pub fn choose() -> Result<Self> {
        let near = workspace::services_dir();
        workspace::make_dir(&near)?;
        if !geteuid().is_root() {
            return Ok(Self { dir: near, stand_in: None });
        }
        let user =
            STAND_INS.iter().find_map(|name| User::from_name(name).ok().flatten()).ok_or_else(|| {
                Failure::new(
                    "PostgreSQL refuses to run as root, and there is no account to run it under",
                    "create one (`useradd --system postgres`), or run this command as another user",
                )
            })?;
        let dir = if reachable_by_others(&near) { near } else { aside(&user)? };
        Ok(Self { dir, stand_in: Some(user) })
    }

    /// A server that stops with us, under this account, in a folder it may enter.
    pub fn server(&self, program: &Path, stop_with: Signal) -> Command {
        self.under(process::leashed(program, stop_with))
    }

    /// A command that runs to its end under this account.
    pub fn command(&self, program: &Path) -> Command {
        self.under(Command::new(program))
    }

    /// A folder of this account's, private to it.
    pub fn make_dir(&self, path: &Path) -> Result<()> {
        if !path.exists() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(path).explain(
                format!("cannot create {}", path.display()),
                "check the free space and the rights",
            )?;
        }
        self.hand_over(path)
    }

    pub fn hand_over(&self, path: &Path) -> Result<()> {
        let Some(user) = &self.stand_in else { return Ok(()) };
        chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw())).explain(
            format!("cannot give {} to {}", path.display(), user.name),
            "use a file system that keeps owners, or run this command as another user",
        )
    }

    fn under(&self, mut command: Command) -> Command {
        // The folder we stand in may be closed to the stand-in.
        command.current_dir("/");
        if let Some(user) = &self.stand_in {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        command
    }
}

/// Whether every folder on the way may be passed by anybody.
fn reachable_by_others(dir: &Path) -> bool {
    dir.ancestors().all(|step| fs::metadata(step).is_ok_and(|meta| meta.mode() & 0o001 != 0))
}

fn aside(user: &User) -> Result<PathBuf> {
    let dir = Path::new("/var/tmp").join(format!("haat-{}", workspace::fingerprint()));
    let advice = format!("remove {} and try again", dir.display());
    if !dir.exists() {
        console::note(&format!(
            "the account `{}` cannot enter this checkout: data is kept in {}",
            user.name,
            dir.display()
        ));
        fs::DirBuilder::new().mode(0o711).create(&dir).explain("cannot create the data folder", &advice)?;
    }
    let meta = fs::symlink_metadata(&dir).explain("cannot read the data folder", &advice)?;
    // The name can be guessed and the parent folder is writable by all: trust only a folder of this account.
    if !meta.is_dir() || meta.uid() != geteuid().as_raw() || meta.mode() & 0o022 != 0 {
        return Err(Failure::new(format!("{} belongs to somebody else", dir.display()), advice));
    }
    Ok(dir)
}
