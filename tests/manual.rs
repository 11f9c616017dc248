//! The manual and the completions: made of the definitions of the command line, and read by the
//! programs that they are for.
#![cfg(target_os = "linux")]

#[path = "support/program.rs"]
mod program;
#[path = "support/signal.rs"]
mod signal;

use std::fs;
use std::process::{Command, Output};

use program::{Desk, Running, binaurald, stderr, stdout};

fn ran(args: &[&str]) -> Output {
    Running::start(&mut binaurald(args)).end()
}

/// The manual, in a directory that was not there.
fn manual() -> Desk {
    let desk = Desk::new();
    let output = ran(&["-q", "man", &desk.arg("deep/man1")]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
    desk
}

fn page(desk: &Desk, name: &str) -> String {
    fs::read_to_string(desk.path("deep/man1").join(name)).expect("a page")
}

fn names(desk: &Desk) -> Vec<String> {
    let entries = fs::read_dir(desk.path("deep/man1")).expect("it is there");
    let names = entries.map(|entry| entry.expect("readable").file_name());
    let mut names: Vec<String> = names.map(|n| n.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn every_command_that_the_help_shows_has_a_page_and_no_other() {
    let desk = manual();
    let names = names(&desk);
    let help = ran(&["help"]);
    let shown = stdout(&help).split("Commands:\n").nth(1).expect("commands");
    // Those that are too long go on in another line, further in.
    let shown = shown
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty());
    let shown: Vec<&str> = shown.filter(|name| *name != "help").collect();
    assert!(shown.len() > 10, "{shown:?}");
    for name in &shown {
        assert!(names.contains(&format!("binaurald-{name}.1")), "{name}");
    }
    assert!(names.contains(&"binaurald-position-get.1".to_owned()));
    assert!(!names.iter().any(|name| name.contains("read-sofa")));
    // Those, the program's own, and three of positions.
    assert_eq!(names.len(), shown.len() + 4, "{names:?}");
}

#[test]
fn a_page_has_its_sections_and_every_option_of_the_help() {
    let desk = manual();
    let text = page(&desk, "binaurald-run.1");
    for heading in [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "OPTIONS",
        "ENVIRONMENT",
        "FILES",
        "SIGNALS",
        "\"EXIT STATUS\"",
        "\"SEE ALSO\"",
    ] {
        assert!(text.contains(&format!(".SH {heading}\n")), "no {heading}");
    }
    assert!(
        text.starts_with(".TH \"BINAURALD-RUN\" \"1\" \"\" "),
        "{text}"
    );
    assert!(text.contains("BINAURALD_RUN_SERVER"), "{text}");
    let help = ran(&["help", "run"]);
    let options = stdout(&help)
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("--"))
        .filter_map(|line| line.split(' ').next());
    let mut seen = 0;
    for option in options {
        let escaped = option.replace('-', "\\-");
        assert!(text.contains(&format!("\\-\\-{escaped}")), "no --{option}");
        seen += 1;
    }
    assert!(seen > 20, "only {seen} options");
    for name in names(&desk) {
        let text = page(&desk, &name);
        assert!(!text.contains('`'), "{name} has marks of code");
        assert!(
            !text.contains("read\\-sofa"),
            "{name} tells of a hidden command"
        );
    }
}

#[test]
fn a_directory_that_cannot_be_made_is_refused_by_name() {
    let desk = Desk::new();
    let file = desk.write("file", "kept");
    let output = ran(&["man", &file]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains(&format!("man {file}: ")),
        "{output:?}"
    );
    assert_eq!(fs::read_to_string(&file).expect("it is there"), "kept");
}

/// What bash offers for the last of `words`.
fn offered(words: &[&str]) -> String {
    let script = ran(&["completions", "bash"]);
    let desk = Desk::new();
    let file = desk.write("completions", &script.stdout);
    let output = Command::new("bash")
        .args(["--norc", "-c", BASH, "bash", &file])
        .args(words)
        .output()
        .expect("bash can be started");
    assert!(output.status.success(), "{output:?}");
    stdout(&output).to_owned()
}

/// Does what bash does when the tabulator is hit: asks the function that is registered.
const BASH: &str = r#"
    source "$1"; shift
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    asked=$(complete -p binaurald | sed 's/.*-F \([^ ]*\).*/\1/')
    "$asked" binaurald "${@: -1}" "${@: -2:1}"
    echo "${COMPREPLY[@]}""#;

#[test]
fn bash_completes_commands_options_and_values() {
    assert_eq!(offered(&["binaurald", "ser"]), "serve\n");
    assert_eq!(offered(&["binaurald", "run", "--poll"]), "--poll-hz\n");
    assert_eq!(offered(&["binaurald", "run", "--limiter", ""]), "on off\n");
    assert_eq!(offered(&["binaurald", "position", "wa"]), "watch\n");
    assert_eq!(offered(&["binaurald", "read"]), "\n");
}

#[test]
fn every_shell_has_a_script_that_knows_no_hidden_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = ran(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0), "{shell}");
        let script = stdout(&output);
        assert!(script.contains("poll-hz"), "{shell}: {script}");
        assert!(!script.contains("read-sofa"), "{shell}");
    }
    let output = ran(&["completions", "tcsh"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("bash, elvish, fish"), "{output:?}");
}

#[test]
fn shells_that_are_here_can_read_theirs() {
    for shell in ["bash", "zsh", "fish"] {
        let desk = Desk::new();
        let file = desk.write("script", ran(&["completions", shell]).stdout);
        // The tests install none of them: bash is everywhere, the others where somebody likes them.
        match Command::new(shell).args(["-n", &file]).output() {
            Ok(output) => assert!(output.status.success(), "{shell}: {output:?}"),
            Err(error) => assert_ne!(shell, "bash", "{error}"),
        }
    }
}
