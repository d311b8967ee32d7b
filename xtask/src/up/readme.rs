//! The README's first requests, run as they are printed: a newcomer copies them, so they must work, also the second
//! time. For `cargo xtask up --once --readme`.

use std::fs;
use std::process::Command;

use crate::command;
use crate::console::Step;
use crate::failure::{Explain, Failure, Result};
use crate::workspace;

const SECTION: &str = "## First requests";

/// Each block of the section in turn, in one shell, twice over.
pub fn follow() -> Result<()> {
    let readme = workspace::root().join("README.md");
    let text = fs::read_to_string(readme).explain("cannot read README.md", "check the rights")?;
    let script = blocks(&text);
    if script.is_empty() {
        return Err(Failure::new(
            "README.md has no first requests",
            "its section has moved: correct up/readme.rs",
        ));
    }
    for run in ["the first time", "a second time"] {
        let step = Step::announce(&format!("README's first requests, {run}"));
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", &script]).current_dir(workspace::root());
        let printed = command::output(&mut bash, "correct README.md; it needs bash, curl and jq")?;
        let refused = printed.lines().find(|line| line.contains("\"status\":\"error\""));
        if let Some(answer) = refused {
            return Err(Failure::new(
                format!("README's requests are refused: {answer}"),
                "correct README.md",
            ));
        }
        step.done("they work");
    }
    Ok(())
}

/// The shell blocks of the section.
fn blocks(readme: &str) -> String {
    let section = readme.split(SECTION).nth(1).unwrap_or_default();
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
        assert_eq!(blocks(text), "one\n\ntwo\n");
    }
}
