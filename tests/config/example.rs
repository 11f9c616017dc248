//! The example file: it has every option in the order of the help, and every line of it is true.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use binaurald::cli::{Cli, Command as Chosen, RunArgs, ServerArgs};
use binaurald::config::{BenchConfig, DescribeConfig, MeasureConfig, RenderConfig, RunConfig};
use clap::{Arg, ArgAction, Command, CommandFactory};

use crate::asked::typed;

const EXAMPLE: &str = include_str!("../../binaurald.example.toml");

/// A line that counts when its `#` is taken away.
#[derive(Debug)]
struct Line {
    table: String,
    key: &'static str,
    value: &'static str,
    comment: &'static str,
}

impl Line {
    fn name(&self) -> String {
        name(&self.table, self.key)
    }

    /// A file of this line alone, with another value.
    fn file(&self, value: &str) -> String {
        match &*self.table {
            "" => format!("{} = {value}\n", self.key),
            table => format!("[{table}]\n{} = {value}\n", self.key),
        }
    }
}

fn name(table: &str, key: &str) -> String {
    format!("{table}.{key}").trim_start_matches('.').to_owned()
}

/// The lines of options.
fn lines() -> Vec<Line> {
    let mut table = "";
    let mut found = Vec::new();
    for line in EXAMPLE.lines() {
        if let Some(header) = line.strip_prefix('[') {
            table = header.strip_suffix(']').expect("a table");
        } else if let Some((key, rest)) = option(line) {
            let (value, comment) = rest.split_once(" # ").expect("a comment on each line");
            found.push(Line {
                table: table.to_owned(),
                key,
                value: value.trim(),
                comment,
            });
        } else {
            let is_prose = line.is_empty() || line == "#" || line.starts_with("# ");
            assert!(is_prose, "neither an option nor prose: {line}");
        }
    }
    assert!(found.len() > 80, "only {} lines", found.len());
    found
}

fn option(line: &'static str) -> Option<(&'static str, &'static str)> {
    line.strip_prefix('#')
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))?
        .split_once(" = ")
}

/// The options of each command by their names, in the order of the help: those of all commands
/// first.
fn options() -> Vec<(String, Arg)> {
    fn walk(command: &Command, table: &str, found: &mut Vec<(String, Arg)>) {
        for arg in command.get_arguments() {
            let Some(key) = arg.get_long() else { continue };
            let is_own = table.is_empty() || !arg.is_global_set();
            let about = ["help", "version", "config"].contains(&key);
            let typed_only = ["render.output", "run.print-config"];
            if is_own && !about && !typed_only.contains(&&*name(table, key)) {
                found.push((name(table, key), arg.clone()));
            }
        }
        for inner in command
            .get_subcommands()
            .filter(|inner| inner.get_name() != "help")
        {
            walk(inner, &name(table, inner.get_name()), found);
        }
    }
    let mut command = Cli::command();
    command.build();
    let mut found = Vec::new();
    walk(&command, "", &mut found);
    found
}

#[test]
fn the_example_has_every_option_of_every_command_in_the_order_of_the_help() {
    let shown: Vec<String> = lines().iter().map(Line::name).collect();
    let known: Vec<String> = options().into_iter().map(|(name, _)| name).collect();
    let missing: Vec<_> = known.iter().filter(|name| !shown.contains(name)).collect();
    assert!(missing.is_empty(), "not in the example: {missing:?}");
    assert_eq!(shown, known);
}

#[test]
fn the_values_of_the_example_are_the_defaults_and_its_comments_have_their_units() {
    let options: BTreeMap<String, Arg> = options().into_iter().collect();
    for line in lines() {
        let arg = &options[&line.name()];
        let defaults = arg.get_default_values();
        let help = arg.get_help().expect("a text").to_string();
        match arg.get_action() {
            ArgAction::SetTrue => assert_eq!(line.value, "false", "{line:?}"),
            ArgAction::Count => assert_eq!(line.value, "0", "{line:?}"),
            _ if defaults.is_empty() => {
                let hint = help.find("[default: ").map(|at| &help[at..]);
                let said = hint.is_none_or(|hint| line.comment.contains(hint));
                assert!(said, "{line:?} does not say {hint:?}");
            }
            _ => {
                let defaults: Vec<_> = defaults
                    .iter()
                    .map(|value| value.to_string_lossy())
                    .collect();
                let shown = line.value.trim_matches(['[', ']', '"']).replace(", ", ",");
                assert_eq!(shown, defaults.join(","), "{line:?}");
            }
        }
        for unit in [
            "decibels",
            "milliseconds",
            "metres",
            "hertz",
            "polls a second",
        ] {
            let said = !help.contains(unit) || line.comment.contains(unit);
            let is_spec = line.key == "trajectory";
            assert!(said || is_spec, "{line:?} does not say {unit}");
        }
        assert!(line.comment.len() <= 60, "{line:?} is too long to read");
    }
}

/// The words of a command that reads the table, with what it cannot do without.
fn command(table: &str) -> Vec<&str> {
    let mut words: Vec<&str> = table.split('.').collect();
    match table {
        "" => words = vec!["devices"],
        "render" => words.extend(["--output", "out.wav"]),
        "head" => words.push("sphere"),
        "position.set" => words.extend(["1", "2", "3"]),
        _ => {}
    }
    words
}

/// Checks options as their commands do before they open anything.
fn check(chosen: &Chosen) -> Result<(), String> {
    let checked = match chosen {
        Chosen::Run(args) => RunConfig::new(&without_files(args)).map(drop),
        Chosen::Render(args) => RenderConfig::new(args).map(drop),
        Chosen::Bench(args) => BenchConfig::new(args).map(drop),
        Chosen::Head(args) => DescribeConfig::new(args).map(drop),
        Chosen::Measure(args) => MeasureConfig::new(args).map(drop),
        _ => Ok(()),
    };
    checked.map_err(|error| error.to_string())
}

/// Certificates and tokens are read with the options; the files of the example are not here.
fn without_files(args: &RunArgs) -> RunArgs {
    RunArgs {
        server: ServerArgs {
            tls_ca: None,
            tls_cert: None,
            tls_key: None,
            token_file: None,
            ..args.server.clone()
        },
        poll: args.poll.clone(),
        play: args.play.clone(),
        print_config: args.print_config,
    }
}

#[test]
fn every_line_of_the_example_is_taken_as_if_it_was_typed() {
    let flags: Vec<String> = options()
        .into_iter()
        .filter(|(_, arg)| !arg.get_action().takes_values())
        .map(|(name, _)| name)
        .collect();
    for line in lines() {
        let words = command(&line.table);
        let (cli, settings) = typed(&words)
            .file(&line.file(line.value))
            .parse()
            .unwrap_or_else(|error| panic!("{line:?}: {error}"));
        check(&cli.command).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        let options: Vec<_> = settings
            .values()
            .iter()
            .map(|value| &*value.option)
            .collect();
        assert_eq!(options, [line.key], "{line:?}");
        if !flags.contains(&line.name()) {
            let value = line.value.trim_matches(['[', ']', '"']).replace(", ", ",");
            let option = format!("--{}={value}", line.key);
            let (as_typed, settings) = typed(&[&words[..], &[&option]].concat())
                .file(&line.file(line.value))
                .parse()
                .expect("the same");
            assert_eq!(format!("{cli:?}"), format!("{as_typed:?}"), "{line:?}");
            assert!(settings.values().is_empty(), "{line:?}: typed, and not won");
        }
    }
}

#[test]
fn every_flag_of_the_example_is_set_by_true() {
    for line in lines().iter().filter(|line| line.value == "false") {
        let words = command(&line.table);
        let option = format!("--{}", line.key);
        let as_typed = typed(&[&words[..], &[&option]].concat())
            .parse()
            .expect("a flag");
        let from_file = typed(&words)
            .file(&line.file("true"))
            .parse()
            .expect("a flag");
        assert_eq!(
            format!("{:?}", from_file.0),
            format!("{:?}", as_typed.0),
            "{line:?}"
        );
    }
}

#[test]
fn a_wrong_value_in_place_of_any_of_the_example_is_refused_by_key_and_line() {
    for line in lines() {
        let mut wrong = vec!["1979-05-27", "{ x = 1 }", "[[1]]"];
        let first = line.value.chars().next().expect("a value");
        wrong.extend(match first {
            '"' if ["limiter", "realtime", "diffuse-field-eq"].contains(&line.key) => {
                vec!["\"maybe\"", "1"]
            }
            '"' => vec!["true"],
            't' | 'f' => vec!["1", "\"true\""],
            _ => vec!["\"much\"", "true"],
        });
        let number = if line.table.is_empty() { 1 } else { 2 };
        for value in wrong {
            // Whichever command runs.
            let error = typed(&["serve"]).file(&line.file(value)).parse();
            let error = error
                .err()
                .unwrap_or_else(|| panic!("{line:?}: took {value}"));
            let named = format!(
                "options.toml, line {number}: {}: {value}: must be ",
                line.name()
            );
            assert!(error.contains(&named), "{line:?}: {error}");
        }
    }
}

#[test]
fn the_variable_of_every_option_is_read() {
    for line in lines() {
        let words = command(&line.table);
        let variable = format!(
            "BINAURALD_{}",
            line.name().replace(['.', '-'], "_").to_uppercase()
        );
        let value = line.value.trim_matches(['[', ']', '"']).replace(", ", ",");
        let (cli, settings) = typed(&words).with(&variable, value).parse().expect("good");
        assert_eq!(settings.values().len(), 1, "{variable}");
        assert_eq!(settings.values()[0].origin.to_string(), variable);
        assert!(settings.warnings().is_empty(), "{variable}");
        let from_file = typed(&words)
            .file(&line.file(line.value))
            .parse()
            .expect("good");
        assert_eq!(
            format!("{cli:?}"),
            format!("{:?}", from_file.0),
            "{variable}"
        );
    }
}

#[test]
fn the_example_is_good_as_it_is_and_with_all_its_lines() {
    let mut all = String::new();
    for line in EXAMPLE.lines() {
        let line = if option(line).is_some() {
            &line[1..]
        } else {
            line
        };
        writeln!(all, "{line}").expect("a string takes all");
    }
    for words in [
        &["run"][..],
        &["render", "--output", "x.wav"],
        &["position", "watch"],
    ] {
        let plain = typed(words).parse().expect("nothing is set").0;
        let (untouched, settings) = typed(words).file(EXAMPLE).parse().expect("it is good");
        assert_eq!(format!("{untouched:?}"), format!("{plain:?}"));
        assert!(settings.values().is_empty());
        let (full, settings) = typed(words).file(&all).parse().expect("all lines are good");
        check(&full.command).expect("values that can be used");
        assert!(settings.values().len() > 4, "{settings:?}");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("binaurald.example.toml");
    let path = path.to_str().expect("a path in UTF-8");
    typed(&["serve", "--config", path, "--listen", "x"]).refused(&["error: --listen x: "]);
}
