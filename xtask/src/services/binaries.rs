//! Finds installed PostgreSQL and Redis servers: on PATH and where distributions and Homebrew put
//! them. The newest wins; too old ones are as good as absent.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command;

pub const POSTGRES_MAJOR: u32 = 15;
pub const REDIS_MAJOR: u32 = 7;

/// Patterns with at most one `*`, which stands for one folder name or a part of it.
const POSTGRES_DIRS: &[&str] = &[
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/bin",
    "/usr/local/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
];
const REDIS_DIRS: &[&str] = &["/usr/bin", "/usr/local/bin", "/usr/sbin", "/opt/homebrew/bin"];
const REDIS_NAMES: &[&str] = &["redis-server", "valkey-server"];

#[derive(Debug, Clone)]
pub struct Installed {
    pub program: PathBuf,
    /// As the server prints it, for people.
    pub version: String,
    pub major: u32,
}

impl Installed {
    pub fn dir(&self) -> PathBuf {
        self.program.parent().expect("a found program has a folder").to_owned()
    }
}

pub fn postgres() -> Option<Installed> {
    let programs = on_path().chain(expanded(POSTGRES_DIRS)).map(|dir| dir.join("postgres"));
    // A link may stand alone in a folder: what belongs together is where the link leads.
    let programs = programs.filter_map(|program| program.canonicalize().ok());
    newest(programs.filter(|program| program.with_file_name("initdb").exists()), POSTGRES_MAJOR)
}

pub fn redis() -> Option<Installed> {
    let dirs = on_path().chain(expanded(REDIS_DIRS));
    let programs = dirs.flat_map(|dir| REDIS_NAMES.iter().map(move |name| dir.join(name)));
    newest(programs.filter(|program| program.exists()), REDIS_MAJOR)
}

/// A client program such as `psql`: next to the server, else on PATH.
pub fn client(name: &str, postgres_bin: Option<&Path>) -> Option<PathBuf> {
    let dirs = postgres_bin.map(Path::to_owned).into_iter().chain(on_path());
    dirs.map(|dir| dir.join(name)).find(|program| program.exists())
}

fn newest(programs: impl Iterator<Item = PathBuf>, least_major: u32) -> Option<Installed> {
    let mut programs: Vec<PathBuf> = programs.collect();
    programs.sort();
    programs.dedup();
    let installed = programs.into_iter().filter_map(inspect);
    installed.filter(|found| found.major >= least_major).max_by_key(|found| found.major)
}

fn inspect(program: PathBuf) -> Option<Installed> {
    let output = std::process::Command::new(&program).arg("--version").output().ok()?;
    let version = version_in(&String::from_utf8_lossy(&output.stdout))?;
    let major = major_of(&version)?;
    Some(Installed { program, version, major })
}

/// "postgres (PostgreSQL) 15.18 (Debian …)", "Redis server v=7.0.15 sha=…", "16rc1".
fn version_in(printed: &str) -> Option<String> {
    let words = printed.split_whitespace().map(|word| word.trim_start_matches("v="));
    words.filter(|word| word.starts_with(|c: char| c.is_ascii_digit())).map(str::to_owned).next()
}

/// The leading number: 15 of "15.18", 16 of "16rc1".
pub fn major_of(version: &str) -> Option<u32> {
    let digits = version.chars().take_while(char::is_ascii_digit).collect::<String>();
    digits.parse().ok()
}

fn on_path() -> impl Iterator<Item = PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).filter(|dir| dir.is_absolute()).collect::<Vec<_>>().into_iter()
}

fn expanded(patterns: &'static [&'static str]) -> impl Iterator<Item = PathBuf> {
    patterns.iter().flat_map(|pattern| expand(pattern))
}

fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else { return vec![pattern.into()] };
    let (parent, prefix) = before.rsplit_once('/').expect("patterns are absolute");
    let names = fs::read_dir(parent).into_iter().flatten().flatten().map(|entry| entry.file_name());
    names
        .filter(|name| name.to_string_lossy().starts_with(prefix))
        .map(|name| Path::new(parent).join(name).join(after.trim_start_matches('/')))
        .collect()
}

/// Whether a command is installed, on PATH or elsewhere.
pub fn present(name: &str) -> bool {
    on_path().any(|dir| dir.join(name).exists()) || command::answers(name, &["--version"])
}

#[cfg(test)]
mod tests {
    use super::{major_of, version_in};

    #[test]
    fn versions_are_read_from_what_servers_print() {
        let cases = [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "15.18", 15),
            ("postgres (PostgreSQL) 18beta1", "18beta1", 18),
            ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", "7.0.15", 7),
        ];
        for (printed, version, major) in cases {
            assert_eq!(version_in(printed).as_deref(), Some(version));
            assert_eq!(major_of(version), Some(major));
        }
    }
}
