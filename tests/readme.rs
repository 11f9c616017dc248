//! The documents keep their word: each command in them runs, each link leads somewhere, and the
//! README's server is one.
#![cfg(unix)]

use std::fs;

use documents::{Document, commands, only_block, root};
use example::Example;
use program::{Running, binaurald, stdout};
use reader::{Servers, Typed};
use table::{COMMANDS, How};

#[path = "readme/documents.rs"]
mod documents;
#[path = "readme/example.rs"]
mod example;
#[path = "readme/otherwise.rs"]
mod otherwise;
#[path = "readme/packaged.rs"]
mod packaged;
#[path = "support/program.rs"]
mod program;
#[path = "support/python.rs"]
mod python;
#[path = "readme/reader.rs"]
mod reader;
#[path = "support/signal.rs"]
mod signal;
#[path = "readme/table.rs"]
mod table;

#[test]
fn each_command_has_a_test_and_each_test_its_command() {
    let written = commands();
    assert!(written.len() > 20, "not all commands: {written:?}");
    let is_tested = |command: &&String| COMMANDS.iter().any(|(says, _)| says == command);
    let untested: Vec<&String> = written.iter().filter(|c| !is_tested(c)).collect();
    assert!(
        untested.is_empty(),
        "not in tests/readme/table.rs: {untested:#?}"
    );
    for (says, _) in COMMANDS {
        assert!(written.contains(*says), "in no document any more: {says}");
    }
}

#[test]
fn planted_commands_are_found() {
    let planted = Document {
        path: "planted.md".into(),
        text: "# `make heading`\n\nType `binaurald devices`, or `words`.\n\n```sh\nls  # all\n\n\
               cargo doc\n```\n```toml\n[run]\n```\n"
            .to_owned(),
    };
    assert_eq!(planted.commands(), ["ls", "cargo doc", "binaurald devices"]);
}

#[test]
fn every_command_does_what_it_is_there_for() {
    let servers = Servers::start();
    let broken: Vec<String> = COMMANDS
        .iter()
        .filter_map(|(says, how)| {
            let why = check(says, how, &servers).err()?;
            Some(format!("{says}\n    {why}"))
        })
        .collect();
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

fn check(says: &str, how: &How, servers: &Servers) -> Result<(), String> {
    let with = |met: bool, what: &str, typed: &Typed| {
        met.then_some(())
            .ok_or_else(|| format!("no {what:?}: {}", typed.said()))
    };
    match how {
        How::Ends(command, word) => {
            let mut typed = Typed::start(&servers.named_in(command));
            let said = typed.end()?;
            let word = servers.named_in(word);
            with(said.contains(&word), &word, &typed)
        }
        How::Leaves(command, file) => {
            let mut typed = Typed::start(&servers.named_in(command));
            typed.end()?;
            with(typed.has(file), file, &typed)
        }
        How::Until(command, word) => {
            // In place of the shell, so that the signal reaches it.
            let mut typed = Typed::start(&format!("exec {}", servers.named_in(command)));
            typed.wait_for(word)?;
            typed.terminate();
            typed.end().map(drop)
        }
        How::Otherwise(check) => {
            check(says);
            Ok(())
        }
    }
}

#[test]
fn each_link_leads_to_a_file_and_each_picture_is_there() {
    let mut seen = 0;
    for document in Document::all() {
        let folder = root().join(document.path.parent().expect("a folder"));
        for link in document.links() {
            if link.starts_with("https://") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let path = match file {
                "" => root().join(&document.path),
                _ => folder.join(file),
            };
            let from = document.path.display();
            assert!(path.exists(), "{from}: there is no {link}");
            if !heading.is_empty() {
                let text = fs::read_to_string(path).expect("a document");
                let headings = text.lines().filter_map(|line| line.split_once("# "));
                let mut names = headings
                    .map(|(_, words)| words.to_lowercase().replace(' ', "-").replace(':', ""));
                assert!(names.any(|name| name == heading), "{from}: {link}");
            }
            seen += 1;
        }
    }
    assert!(seen > 5, "only {seen} links were found");
}

#[test]
fn the_readmes_server_is_short_and_the_file_that_it_names() {
    let shown = only_block("python");
    let kept = root().join("docs/examples/position_server.py");
    assert_eq!(shown, fs::read_to_string(kept).expect("the example"));
    let lines = shown.lines().filter(|line| !line.trim().is_empty());
    assert!(lines.count() <= 15, "{shown}");
}

#[test]
fn the_readmes_server_moves_a_source_round_the_listener() {
    let server = Example::start();
    let ask = "exec binaurald -q position watch --json --server";
    let mut watching = Typed::start(&format!("{ask} {}", server.address()));
    program::wait_until("ten positions", || watching.said().lines().count() > 10);
    watching.terminate();
    let said = watching.end().expect("it ends well");
    let positions: Vec<[f64; 2]> = said
        .lines()
        .map(|line| {
            let answer: serde_json::Value = serde_json::from_str(line).expect("JSON");
            assert_eq!(answer["z"], 0.0, "{line}");
            ["x", "y"].map(|axis| answer[axis].as_f64().expect("a number"))
        })
        .collect();
    for pair in positions.windows(2) {
        let [[x0, y0], [x1, y1]] = [pair[0], pair[1]];
        assert!((x0.hypot(y0) - 1.0).abs() < 1e-6, "{x0}, {y0}");
        let turned = x0 * y1 - y0 * x1;
        assert!(turned >= 0.0, "not counter-clockwise: {pair:?}");
    }
    assert_ne!(positions.first(), positions.last(), "it stands still");
}

#[test]
fn the_options_that_the_readme_lists_are_there_with_their_defaults() {
    let output = Running::start(&mut binaurald(&["help", "run"])).end();
    let help = stdout(&output);
    let readme = Document::read("README.md");
    let rows = readme.rows("`--");
    assert!(rows.len() > 10, "{rows:?}");
    for row in rows.iter().filter(|row| row.len() == 3) {
        let option = row[0].trim_matches('`');
        let name = option.split(' ').next().expect("a word");
        // A flag stands alone on its line.
        let (_, about) = help
            .split_once(&format!("{name} "))
            .or_else(|| help.split_once(&format!("{name}\n")))
            .unwrap_or_else(|| panic!("no {option} in: {help}"));
        let about = about.split("\n      --").next().expect("its own text");
        let default = row[1].trim_matches('`');
        assert!(
            default.is_empty()
                || default.contains(' ')
                || about.contains(&format!("[default: {default}")),
            "{option}: the default is not {default}: {about}"
        );
    }
}
