//! Checks of the commands that a test does not run as they are, and why not.

use std::fs;
use std::process::Command;

use binaurald::cli::{Cli, Command as Chosen};
use binaurald::config::{BenchConfig, DEFAULT_METRICS};

use super::documents::root;
use super::example::Example;

/// `make TARGET` builds for minutes, or is this test: there is such a target, and all it needs.
pub(crate) fn make(command: &str) {
    let target = command.strip_prefix("make ").expect("a target of make");
    let output = Command::new("make")
        .arg("--dry-run")
        .args(target.split(' '))
        .current_dir(root())
        .output()
        .expect("make can be started");
    assert!(output.status.success(), "{command}: {output:?}");
    assert!(!output.stdout.is_empty(), "{command} does nothing");
}

/// What asks a running daemon at the usual port, where others may run too: it is the default of
/// `status`, and `tests/metrics.rs` asks daemons of its own.
pub(crate) fn asks(command: &str) {
    if let Some(url) = command.strip_prefix("curl http://") {
        assert_eq!(url, format!("{DEFAULT_METRICS}/metrics"));
        return;
    }
    let words = command.split(' ').map(Into::into);
    let (cli, _) = Cli::from_words(words, []).unwrap_or_else(|error| panic!("{error}"));
    let Chosen::Status(args) = cli.command else {
        panic!("{command} asks nobody");
    };
    assert_eq!(args.metrics, DEFAULT_METRICS);
}

/// `cargo install` builds for minutes: the package has the program, and the features asked for.
pub(crate) fn install(command: &str) {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .expect("cargo can be started");
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("what cargo says is JSON");
    let package = &metadata["packages"][0];
    let targets = package["targets"].as_array().expect("it has targets");
    let is_program =
        |target: &&serde_json::Value| target["name"] == "binaurald" && target["kind"][0] == "bin";
    assert!(
        targets.iter().any(|target| is_program(&target)),
        "{package}"
    );
    let asked = command.split_once("--features ").map(|(_, names)| names);
    for feature in asked.iter().flat_map(|names| names.split(',')) {
        assert!(
            package["features"].get(feature).is_some(),
            "{command}: there is no feature {feature}"
        );
    }
}

/// `cargo test --test NAME` would run beside itself: there is such a test.
pub(crate) fn cargo_test(command: &str) {
    let (_, names) = command.split_once("--test ").expect("names of tests");
    let names = names.split(" -- ").next().expect("what is before it");
    for name in names.split(" --test ") {
        let path = root().join(format!("tests/{name}.rs"));
        assert!(path.exists(), "{command}: there is no test {name}");
    }
}

/// The peers build for minutes: there is such a project, and its program has the option.
pub(crate) fn peers(command: &str) {
    let (_, rest) = command.split_once("--manifest-path ").expect("a project");
    let (manifest, option) = rest.split_once(" -- ").expect("an option");
    let main = root().join(manifest).with_file_name("src/main.rs");
    let main = fs::read_to_string(main).expect("the program of the project");
    let arm = format!("\"{option}\" =>");
    assert!(main.contains(&arm), "{command}: there is no {option}");
}

/// `pip install NAME..` needs the internet: the tests use the same packages.
pub(crate) fn packages(command: &str) {
    let ours = fs::read_to_string(root().join("tests/peers/requirements.txt"))
        .expect("the packages of the tests");
    let (_, names) = command.split_once("install ").expect("names of packages");
    for name in names.split_whitespace() {
        assert!(
            ours.contains(&format!("{name}==")),
            "{command}: the tests do not know {name}"
        );
    }
}

/// The README's server takes a port that may be in use: it runs on a free one.
pub(crate) fn example_server(command: &str) {
    let path = command.split_whitespace().last().expect("a path");
    assert!(root().join(path).exists(), "{command}: there is no {path}");
    Example::start();
}

/// The script of the samples writes to the project: `tests/samples.rs` runs it elsewhere.
pub(crate) fn samples(command: &str) {
    let path = command.split_whitespace().last().expect("a path");
    assert!(root().join(path).exists(), "{command}: there is no {path}");
}

/// A device that is recorded is not everywhere: `tests/bench_device.rs` has one. Its options are good.
pub(crate) fn recorded_device(command: &str) {
    let words = command.split_whitespace().map(Into::into);
    let parsed = Cli::from_words(words, Vec::new());
    let (cli, _) = parsed.unwrap_or_else(|error| panic!("{command}: {error}"));
    let Chosen::Bench(args) = &cli.command else {
        panic!("{command} is another command");
    };
    BenchConfig::new(args).unwrap_or_else(|error| panic!("{command}: {error}"));
}
