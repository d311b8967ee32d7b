//! The README's examples, run as they are printed: a newcomer copies them, so they must work, also the second time. For
//! `cargo xtask up --once --readme`.

use std::fs;
use std::process::Command;

use crate::command;
use crate::console::Step;
use crate::failure::{Explain, Failure, Result};
use crate::workspace;

/// The sections whose examples need nothing but what `up` has started.
const SECTIONS: [&str; 2] = ["## First requests", "## Importing products"];

/// By itself curl succeeds whatever the API answers.
const REFUSALS_END_IT: &str = "curl() { command curl --fail --show-error \"$@\"; }";

/// Runs each block of the sections in turn, in one shell, twice.
pub fn follow() -> Result<()> {
    let readme = workspace::root().join("README.md");
    let text = fs::read_to_string(readme).explain("cannot read README.md", "check the rights")?;
    let scripts = SECTIONS.map(|section| blocks(&text, section));
    if let Some(missing) = SECTIONS.iter().zip(&scripts).find(|(_, script)| script.is_empty()) {
        let what = format!("README.md has no examples in `{}`", missing.0);
        return Err(Failure::new(what, "the section has moved: correct up/readme.rs"));
    }
    let script = format!("{REFUSALS_END_IT}\n{}", scripts.join("\n"));
    for run in ["the first time", "a second time"] {
        let step = Step::announce(&format!("README's examples, {run}"));
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", &script]).current_dir(workspace::root());
        command::output(&mut bash, "correct README.md; it needs bash, curl and jq")?;
        step.done("they work");
    }
    Ok(())
}

/// The shell blocks of a section.
fn blocks(readme: &str, section: &str) -> String {
    let section = readme.split(section).nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    let blocks = section.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::blocks;

    #[test]
    fn blocks_of_the_section_are_joined_and_others_left_out() {
        let text = "## A\n```sh\nno\n```\n## First requests\n```sh\none\n```\ntext\n```json\n{}\n```\n```sh\ntwo\n```\n## B\n```sh\nno\n```\n";
        assert_eq!(blocks(text, "## First requests"), "one\n\ntwo\n");
    }
}
