//! Node, npm and Python, as they are installed; where they are not, the distribution's packages.

use std::process::Command;

use crate::command;
use crate::failure::{Failure, Result};
use crate::services::{install, major_of};

/// From this version on Node has `fetch`, which openapi-fetch calls.
const NODE_MAJOR: u32 = 18;
const NODE_ADVICE: &str = "install Node 18 or later with npm, from https://nodejs.org";
const PYTHON_ADVICE: &str = "install Python 3.11 or later with its module venv, from https://www.python.org";

/// The programs by name: what they stand for on PATH.
#[derive(Debug)]
pub struct Toolchain {
    pub node: &'static str,
    pub npm: &'static str,
    pub python: &'static str,
}

impl Toolchain {
    /// Installs what is missing, or fails with what to install.
    pub fn find() -> Result<Self> {
        let found = Self { node: "node", npm: "npm", python: "python3" };
        if !command::answers(found.node, &["--version"]) || !command::answers(found.npm, &["--version"]) {
            install::programs("Node with npm", &["nodejs", "npm"], NODE_ADVICE)?;
        }
        let version = command::output(Command::new(found.node).arg("--version"), NODE_ADVICE)?;
        if major_of(version.trim_start_matches('v')).is_none_or(|major| major < NODE_MAJOR) {
            return Err(Failure::new(format!("Node {version} is too old"), NODE_ADVICE));
        }
        // Debian has `ensurepip` in a separate package; without it a virtual environment has no pip.
        if !command::answers(found.python, &["-c", "import venv, ensurepip"]) {
            install::programs("Python 3 with venv", &["python3", "python3-venv"], PYTHON_ADVICE)?;
        }
        let is_new = "import sys; sys.exit(sys.version_info < (3, 11))";
        if !command::answers(found.python, &["-c", is_new]) {
            return Err(Failure::new("this system's Python is older than 3.11", PYTHON_ADVICE));
        }
        Ok(found)
    }
}
