//! What the package is made of: units that systemd takes and that are hardened, commands in them that
//! the program takes, and files that are there.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use binaurald::cli::Cli;
use tempfile::TempDir;

const USER: &str = "dist/systemd/user/binaurald.service";
const SYSTEM: &str = "dist/systemd/system/binaurald-serve.service";
const TLS: &str = "dist/systemd/system/tls.conf";

/// Above this a unit counts as exposed, on systemd's scale from 0 to 10, times ten.
const MOST_EXPOSED: &str = "20";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("a file of the project")
}

/// The units as they are installed, with this program in place of the installed one.
struct Installed(TempDir);

impl Installed {
    fn new(units: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a directory for the test");
        for unit in units {
            let text = read(unit).replace("/usr/bin/binaurald", env!("CARGO_BIN_EXE_binaurald"));
            let name = Path::new(unit).file_name().expect("a name");
            fs::write(folder.path().join(name), text).expect("a file for the test");
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// What `systemd-analyze` says against it; nothing: it is good.
    fn verify(&self, name: &str, manager: &str) -> String {
        let output = Command::new("systemd-analyze")
            .args([manager, "verify", "--man=no"])
            .arg(self.path(name))
            .env("XDG_RUNTIME_DIR", self.0.path())
            .output()
            .expect("systemd-analyze is there: scripts/setup installs it");
        // It ends well over keys that it does not know.
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() || !said.is_empty(), "{output:?}");
        said
    }
}

#[test]
fn systemd_has_nothing_against_the_units() {
    let installed = Installed::new(&[USER, SYSTEM]);
    assert_eq!(installed.verify("binaurald.service", "--user"), "");
    assert_eq!(installed.verify("binaurald-serve.service", "--system"), "");
}

#[test]
fn a_unit_with_a_mistake_is_found() {
    let installed = Installed::new(&[SYSTEM]);
    let path = installed.path("binaurald-serve.service");
    let text = fs::read_to_string(&path).expect("it was written");
    fs::write(&path, text.replace("ProtectHome=", "ProtectHouse=")).expect("writable");
    let said = installed.verify("binaurald-serve.service", "--system");
    assert!(said.contains("ProtectHouse"), "{said}");
}

#[test]
fn the_drop_in_for_tls_is_one_that_systemd_takes() {
    let installed = Installed::new(&[SYSTEM]);
    let folder = installed.path("binaurald-serve.service.d");
    fs::create_dir(&folder).expect("a directory for the test");
    fs::write(folder.join("tls.conf"), read(TLS)).expect("a file for the test");
    assert_eq!(installed.verify("binaurald-serve.service", "--system"), "");
}

#[test]
fn the_server_is_hardly_exposed() {
    let output = Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--no-pager"])
        .arg(format!("--threshold={MOST_EXPOSED}"))
        .arg(root().join(SYSTEM))
        .output()
        .expect("systemd-analyze is there: scripts/setup installs it");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn the_units_start_what_the_program_takes() {
    let example = root().join("binaurald.example.toml");
    for unit in [USER, SYSTEM] {
        let text = read(unit);
        let start = text
            .lines()
            .find_map(|line| line.strip_prefix("ExecStart="))
            .expect("what it starts");
        let words = start.split(' ').map(|word| match word {
            word if word.contains("binaurald.toml") => example.clone().into_os_string(),
            word => word.into(),
        });
        Cli::from_words(words, Vec::new()).unwrap_or_else(|error| panic!("{unit}: {error}"));
    }
}

/// The manifest, as cargo reads it.
fn package() -> serde_json::Value {
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
    metadata["packages"][0].clone()
}

#[test]
fn what_is_packaged_is_there_and_of_this_version() {
    let package = package();
    let assets = package["metadata"]["deb"]["assets"].as_array();
    let assets = assets.expect("a list");
    assert!(assets.len() > 10, "{assets:?}");
    for asset in assets {
        let source = asset[0].as_str().expect("a path");
        let (folder, pattern) = source.split_once('*').unwrap_or((source, ""));
        // What is below target is made when the package is: scripts/check-package sees it.
        let is_there = folder.starts_with("target/release/") || root().join(folder).exists();
        assert!(is_there, "{source}: {folder}, {pattern}");
    }
    let version = package["version"].as_str().expect("a version");
    let first = read("dist/debian/changelog");
    let first = first.lines().next().expect("a line");
    assert!(
        first.starts_with(&format!("binaurald ({version}-")),
        "{first}"
    );
}
