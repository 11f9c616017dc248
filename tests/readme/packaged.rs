//! Checks of the commands that need the package installed, systemd or root: no test has those. The
//! package is installed and used by `scripts/check-package`, and `tests/packaging.rs` has the units read.

use std::fs;

use super::documents::root;

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("a file of the project")
}

/// To install a package takes root: it is where `scripts/package` puts it.
pub(crate) fn package(command: &str) {
    let (_, path) = command.split_once("./target/").expect("a path");
    let folder = path.split('/').next().expect("a folder");
    let built = format!("--output \"$target/{folder}/\"");
    assert!(read("scripts/package").contains(&built), "{command}");
}

/// The package puts the file there that is copied.
pub(crate) fn packaged(command: &str) {
    let words: Vec<&str> = command.split(' ').collect();
    let from = words.iter().find(|word| word.starts_with("/usr/"));
    let from = from.expect("a file of the package").trim_start_matches('/');
    let (folder, name) = from.rsplit_once('/').expect("a folder");
    let manifest = read("Cargo.toml");
    let is_there = manifest.lines().any(|line| {
        line.contains(&format!("\"{folder}/\"")) && line.contains(&format!("{name}\""))
    });
    assert!(is_there, "{command}: the package has no {from}");
}

/// What is copied into the home of somebody is in the project.
pub(crate) fn project_file(command: &str) {
    let from = command.split(' ').nth(1).expect("a file");
    assert!(root().join(from).exists(), "{command}: there is no {from}");
}

/// What is put in place of the program is in the unit.
pub(crate) fn unit_by_hand(command: &str) {
    let mut words = command.split(' ').skip(1);
    let replaced = words.next().and_then(|script| script.split('|').nth(1));
    let unit = read(words.next().expect("a unit"));
    let start = format!("ExecStart={} ", replaced.expect("a program"));
    assert!(unit.contains(&start), "{command}: {unit}");
}

/// There is no systemd: the units that it is told of are in the project, under the manager that is
/// asked, and can be enabled.
pub(crate) fn systemd(command: &str) {
    let manager = if command.contains("--user") {
        "user"
    } else {
        "system"
    };
    let named = command.split([' ', '/']).filter(|word| {
        word.starts_with("binaurald") && (!word.contains('.') || word.ends_with(".service.d"))
    });
    for name in named {
        let name = name.trim_end_matches(".service.d");
        let unit = read(&format!("dist/systemd/{manager}/{name}.service"));
        assert!(unit.contains("\n[Install]\n"), "{command}: {unit}");
    }
}
