//! A file for the operator's shell, to be read by `.`: every setting, the accounts and the programs, for running the
//! product's commands against what `up` has started. It exists while `up` runs.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use super::marketplace::{ADMIN, Market};
use super::stack::Stack;
use crate::failure::Result;
use crate::workspace;

/// Removed when dropped: its addresses are no longer valid afterwards.
#[derive(Debug)]
pub struct Surroundings {
    file: PathBuf,
}

impl Surroundings {
    pub fn write(stack: &Stack, market: &Market) -> Result<Self> {
        let file = workspace::services_dir().join("up.env");
        let mut text =
            String::from("# Written by `cargo xtask up`, for your shell: . target/services/up.env\n");
        let accounts =
            [("api", &*stack.api_url), ("admin_email", ADMIN), ("admin_password", &*market.password)];
        let settings = stack.settings().iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in accounts.into_iter().chain(settings) {
            let _ = writeln!(text, "export {name}={}", quoted(value)); // writing to a string does not fail
        }
        let _ = writeln!(text, "export PATH={}:\"$PATH\"", quoted(&stack.binaries().to_string_lossy()));
        workspace::write_private(&file, &text)?;
        Ok(Self { file })
    }
}

impl Drop for Surroundings {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}

/// As a shell reads it back, whatever is in it.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_value_is_read_back_as_it_was() {
        let nasty = r#"it's $HOME `x` "q""#;
        let read =
            std::process::Command::new("sh").args(["-c", &format!("printf %s {}", quoted(nasty))]).output();
        assert_eq!(read.expect("a shell").stdout, nasty.as_bytes());
    }
}
