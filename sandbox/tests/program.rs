//! The program from outside: what it prints when asked, and what it says when it cannot start.
//! None of these listens for longer than it takes to fail.

use std::process::{Command, Output};

fn sandbox(args: &[&str], settings: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_haat-sandbox"));
    command.args(args).env_clear().envs(settings.iter().copied());
    command.output().expect("the program that was built with the tests can be run")
}

#[test]
fn help_names_every_setting_of_the_readme() {
    let help = sandbox(&["--help"], &[]);
    assert!(help.status.success());
    let help = String::from_utf8(help.stdout).unwrap();
    let readme =
        include_str!("../README.md").lines().filter_map(|line| line.strip_prefix("| `HAAT_SANDBOX_"));
    let settings: Vec<_> = readme.filter_map(|line| line.split_once('`')).map(|(name, _)| name).collect();
    assert!(settings.len() > 8, "{settings:?}");
    for name in settings {
        assert!(help.contains(&format!("HAAT_SANDBOX_{name} ")), "{name}");
    }
}

#[test]
fn what_it_does_not_know_ends_it_with_advice() {
    let output = sandbox(&["serve"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--help"));
}

#[test]
fn what_keeps_it_from_starting_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (settings, named) in [
        ([("HAAT_SANDBOX_ADDR", taken.as_str()), ("RUST_LOG", "info")], taken.as_str()),
        ([("HAAT_SANDBOX_ADDR", "127.0.0.1:0"), ("HAAT_SANDBOX_PORT_FILE", "/none/port")], "/none/port"),
        ([("HAAT_SANDBOX_KEEP", "0"), ("RUST_LOG", "info")], "HAAT_SANDBOX_KEEP"),
    ] {
        let output = sandbox(&[], &settings);
        assert!(!output.status.success());
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(named), "{told}");
    }
}
