//! `cargo xtask clients`: uses the API as another company's developer would. It generates a TypeScript and a Python
//! client from the running API's `/api/schema`. With each of them it places an order: register, sign in, fill a cart,
//! get refused (409, 422) and read the error by its type, check out, pay at the sandbox, read the paid order.
//!
//! The programs are in `tests/clients`, with the versions of their tools. Generated and installed files go to
//! `target/clients`. The command needs Node, npm, Python and their package registries, so it is not part of `.ci/run`.

mod toolchain;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::command;
use crate::console::Step;
use crate::failure::{Explain, Failure, Result};
use crate::services::Data;
use crate::up::Product;
use crate::up::client::agent;
use crate::workspace;
use toolchain::Toolchain;

const DISK: &str = "check the rights and the free space of the project's folder";
const PACKAGES: &str = "it says what is missing; the package registry must be within reach";
const GENERATION: &str =
    "the generator says what it does not read in /api/schema: correct the API's document";
const TYPES: &str =
    "the program in tests/clients and /api/schema differ: correct whichever is wrong, or change both";
const STORY: &str = "it says at which step; the processes' logs are in target/services/logs";

pub fn run(args: &[String]) -> Result<ExitCode> {
    if let [unknown, ..] = args {
        return Err(Failure::new(format!("unknown argument `{unknown}`"), "`cargo xtask clients` has none"));
    }
    let tools = Toolchain::find()?;
    let product = Product::start(Data::Renewed, "debug")?;
    let api = &product.stack.api_url;
    let schema = schema(api)?;
    typescript(&tools, &schema, api)?;
    python(&tools, &schema, api)?;
    println!("\nBoth generated clients have placed an order.");
    Ok(ExitCode::SUCCESS)
}

/// The document as the running API serves it, in a file for the generators.
fn schema(api: &str) -> Result<PathBuf> {
    let url = format!("{api}/api/schema");
    let answer = agent(std::time::Duration::from_secs(30)).get(&url).call();
    let text = answer.and_then(|mut answer| answer.body_mut().read_to_string());
    let text = text.explain(format!("GET {url} failed"), "see haat-api.log in target/services/logs")?;
    let file = folder("schema")?.join("schema.json");
    fs::write(&file, text).explain(format!("cannot write {}", file.display()), DISK)?;
    Ok(file)
}

fn typescript(tools: &Toolchain, schema: &Path, api: &str) -> Result<()> {
    let dir = copied("typescript")?;
    let bin = |name: &str| Command::new(dir.join("node_modules/.bin").join(name));
    let step = Step::announce("TypeScript: installing openapi-typescript and openapi-fetch");
    let install = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
    in_folder(&dir, Command::new(tools.npm).args(install), PACKAGES)?;
    step.done("installed");
    let step = Step::begin();
    in_folder(&dir, bin("openapi-typescript").arg(schema).args(["--output", "api.d.ts"]), GENERATION)?;
    in_folder(&dir, bin("tsc").args(["--project", "."]), TYPES)?;
    step.done("client generated and compiled");
    let step = Step::begin();
    let told = in_folder(&dir, Command::new(tools.node).arg("order.js").env("HAAT_API", api), STORY)?;
    step.done(&format!("TypeScript: {told}"));
    Ok(())
}

fn python(tools: &Toolchain, schema: &Path, api: &str) -> Result<()> {
    let dir = copied("python")?;
    let bin = |name: &str| Command::new(dir.join("venv/bin").join(name));
    let step = Step::announce("Python: installing openapi-python-client");
    in_folder(&dir, Command::new(tools.python).args(["-m", "venv", "venv"]), PACKAGES)?;
    let install = ["install", "--quiet", "--disable-pip-version-check", "--requirement", "requirements.txt"];
    in_folder(&dir, bin("pip").args(install), PACKAGES)?;
    step.done("installed");
    let step = Step::begin();
    let how = ["--config", "generator.yaml", "--meta", "none", "--output-path", "haat_client", "--overwrite"];
    in_folder(
        &dir,
        bin("openapi-python-client").args(["generate", "--path"]).arg(schema).args(how),
        GENERATION,
    )?;
    in_folder(&dir, bin("mypy").args(["--strict", "order.py"]), TYPES)?;
    step.done("client generated and checked");
    let step = Step::begin();
    let told = in_folder(&dir, bin("python").arg("order.py").env("HAAT_API", api), STORY)?;
    step.done(&format!("Python: {told}"));
    Ok(())
}

/// Runs a command in this folder to its end. Returns what it printed.
fn in_folder(dir: &Path, command: &mut Command, advice: &str) -> Result<String> {
    command::output(command.current_dir(dir), advice)
}

/// `target/clients/<language>` with the files of `tests/clients/<language>`. Packages that were installed there before
/// are kept.
fn copied(language: &str) -> Result<PathBuf> {
    let (from, to) = (workspace::root().join("tests/clients").join(language), folder(language)?);
    let entries = fs::read_dir(&from).explain(format!("cannot read {}", from.display()), DISK)?;
    for file in entries.flatten().map(|entry| entry.path()) {
        let name = file.file_name().expect("an entry of a folder has a name");
        fs::copy(&file, to.join(name)).explain(format!("cannot copy {}", file.display()), DISK)?;
    }
    Ok(to)
}

fn folder(name: &str) -> Result<PathBuf> {
    let dir = workspace::root().join("target/clients").join(name);
    workspace::make_dir(&dir)?;
    Ok(dir)
}
