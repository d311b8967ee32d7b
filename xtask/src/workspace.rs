//! Where things are, and what the user has set: the workspace root, the build output, the folder
//! for logs and state, `.env`, and secrets made once and kept.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::failure::{Explain, Result};

const DISK: &str = "check the rights and the free space of the project's folder";

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask/ stands inside the workspace")
}

/// The folder of binaries of `profile` ("debug", "release"): next to our own, wherever CARGO_TARGET_DIR or a
/// configuration file has put that.
pub fn binaries(profile: &str) -> PathBuf {
    let own = std::env::current_exe().expect("the system knows the path of a running program");
    own.ancestors().nth(2).expect("cargo puts binaries two folders deep").join(profile)
}

/// State and logs of what we start.
pub fn services_dir() -> PathBuf {
    root().join("target/services")
}

pub fn log_file(name: &str) -> Result<PathBuf> {
    let dir = services_dir().join("logs");
    make_dir(&dir)?;
    Ok(dir.join(format!("{name}.log")))
}

pub fn make_dir(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).explain(format!("cannot create {}", dir.display()), DISK)
}

/// A setting of the user's: the environment first, then `.env`. Empty counts as absent.
pub fn setting(name: &str) -> Option<String> {
    let given = std::env::var(name).ok().or_else(|| dotenv().remove(name));
    given.filter(|value| !value.is_empty())
}

/// `KEY=value` lines, optional `export` and quotes; no expansion of variables.
fn dotenv() -> BTreeMap<String, String> {
    let text = fs::read_to_string(root().join(".env")).unwrap_or_default();
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.strip_prefix("export ").unwrap_or(line).split_once('='))
        .map(|(key, value)| (key.trim().to_owned(), unquoted(value.trim()).to_owned()))
        .collect()
}

fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some((inner, _)) = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return inner;
        }
    }
    value.split_once(" #").map_or(value, |(before, _)| before.trim_end())
}

/// The secret called `name`, made on first use and kept in `dir`, readable by its owner only.
pub fn secret(dir: &Path, name: &str) -> Result<String> {
    let path = dir.join(name);
    if let Ok(kept) = fs::read_to_string(&path) {
        return Ok(kept.trim().to_owned());
    }
    make_dir(dir)?;
    let fresh = hex(&random::<32>()?);
    write_private(&path, &fresh)?;
    Ok(fresh)
}

/// A file that only its owner may read, from its first byte on.
pub fn write_private(path: &Path, text: &str) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.explain(format!("cannot write {}", path.display()), DISK)
}

pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .explain("cannot read random bytes", "check that /dev/urandom exists")?;
    Ok(bytes)
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A name for this checkout that differs between checkouts (FNV-1a of the path).
pub fn fingerprint() -> String {
    let path = root().as_os_str().as_encoded_bytes();
    let hash = path.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::unquoted;

    #[test]
    fn values_of_a_dotenv_file_lose_quotes_and_comments() {
        assert_eq!(unquoted(r#""a b # c" # note"#), "a b # c");
        assert_eq!(unquoted("'x'"), "x");
        assert_eq!(unquoted("plain # note"), "plain");
        assert_eq!(unquoted("pass#word"), "pass#word");
    }
}
