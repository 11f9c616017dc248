//! What a file and the environment hold that cannot be used, and how that is said.

use proptest::prelude::*;

use crate::asked::typed;
use crate::program::{Desk, stderr};

/// Files, and what is said of each behind its name.
const FILES: [(&str, &[&str]); 40] = [
    // Not TOML.
    ("[run]\n\nserver = \"x\n", &["line 3: not TOML: ", "string"]),
    (
        "[run]\ngain = 1\ngain = 2\n",
        &["line 3: not TOML: duplicate key"],
    ),
    ("[run\n", &["line 1: not TOML: unclosed table"]),
    ("\n[run]\n[run]\n", &["line 3: not TOML: duplicate key"]),
    ("[run]\ngain = loud\n", &["line 2: not TOML: ", "quoted"]),
    ("[run]\ngain 1\n", &["line 2: not TOML: ", "`=`"]),
    ("just text\n", &["line 1: not TOML: "]),
    // Unknown names, with the nearest known one, whichever command runs.
    ("[rnu]\n", &["line 1: rnu: is not known; did you mean run?"]),
    (
        "[run]\npol-hz = 1\n",
        &["line 2: run.pol-hz: is not known; did you mean run.poll-hz?"],
    ),
    (
        "[run]\nscale = 1\npoll_hz = 1\n",
        &["line 3: run.poll_hz: ", "did you mean run.poll-hz?"],
    ),
    (
        "[render]\nsoruce = 1\n",
        &["line 2: render.soruce: ", "did you mean render.source?"],
    ),
    (
        "[position.gte]\n",
        &["position.gte: is not known; did you mean position.get?"],
    ),
    (
        "[position.get]\ntimout = 1\n",
        &["did you mean position.get.timeout?"],
    ),
    (
        "vrebose = 1\n",
        &["line 1: vrebose: is not known; did you mean verbose?"],
    ),
    (
        "colour = 1\n",
        &["line 1: colour: is not known; \"binaurald help\" shows"],
    ),
    (
        "[run]\nqqq = 1\n",
        &["line 2: run.qqq: is not known; \"binaurald help run\" shows"],
    ),
    (
        "listen = \"x\"\n",
        &["line 1: listen: is not known here; it belongs in [serve]"],
    ),
    (
        "[serve]\npoll-hz = 1\n",
        &[
            "serve.poll-hz: ",
            "it belongs in [run], [bench], [position.watch]",
        ],
    ),
    (
        "[position]\njson = true\n",
        &["position.json: ", "[position.get]", "[position.set]"],
    ),
    ("[run]\nhelp = true\n", &["run.help: is not known"]),
    (
        "[run]\nno-once = true\n",
        &["run.no-once: is not known; did you mean run.once?"],
    ),
    (
        "[run]\nverbose = 1\n",
        &["line 2: run.verbose: is not known here; it belongs at the beginning"],
    ),
    // What is never set there.
    (
        "[render]\noutput = \"x.wav\"\n",
        &["line 2: render.output: ", "command line", "--output"],
    ),
    ("config = \"x\"\n", &["line 1: config: cannot be set here"]),
    // No tables, and tables that should be none.
    ("run = 3\n", &["line 1: run: must be one table", "[run]"]),
    (
        "[[run]]\ngain = 1\n",
        &["line 1: run: must be one table", "[run]"],
    ),
    (
        "[run.server]\n",
        &["line 1: run.server: [run.server]: must be text in quotes"],
    ),
    // Values.
    (
        "[run]\ngain = \"6\"\n",
        &["line 2: run.gain: \"6\": must be a number, without quotes"],
    ),
    (
        "[run]\ngain = true\n",
        &["run.gain: true: must be a number"],
    ),
    (
        "[run]\ntimeout = 2.5\n",
        &["run.timeout: 2.5: must be a whole number"],
    ),
    (
        "[run]\ntimeout = -1\n",
        &["run.timeout: -1: must be a whole number"],
    ),
    (
        "[render]\nbits = 31\n",
        &["render.bits: 31: must be one of 32, 24, 16"],
    ),
    (
        "[run]\naxes = \"left\"\n",
        &["run.axes: \"left\": must be one of ros, unity"],
    ),
    (
        "[run]\nlistener = \"1,2\"\n",
        &["run.listener: \"1,2\": must be 3 or 4 numbers"],
    ),
    (
        "[run]\nsource = 5\n",
        &["run.source: 5: must be text in quotes"],
    ),
    (
        "[run]\nsource = \"\"\n",
        &["run.source: \"\": must not be empty"],
    ),
    (
        "[run]\nonce = \"yes\"\n",
        &["run.once: \"yes\": must be true or false"],
    ),
    (
        "[run]\nlimiter = 5\n",
        &["run.limiter: 5: must be \"on\" or \"off\""],
    ),
    (
        "verbose = true\n",
        &["line 1: verbose: true: must be a whole number, 0 to 255"],
    ),
    (
        "quiet = 256\n",
        &["line 1: quiet: 256: must be a whole number, 0 to 255"],
    ),
];

#[test]
fn files_that_cannot_be_used_are_refused_by_line_and_key_whichever_command_runs() {
    for (text, words) in FILES {
        let words = [&["error: ", "options.toml, "], words].concat();
        typed(&["serve", "--listen", "x"])
            .file(text)
            .refused(&words);
        typed(&["position", "get"]).file(text).refused(&words);
    }
}

#[test]
fn the_first_fault_of_a_file_is_told() {
    typed(&["serve"])
        .file("[serve]\nzzz = 1\n[bench]\nyyy = 1\n[demo]\nxxx = 1\n")
        .refused(&["line 2: serve.zzz: "]);
}

#[test]
fn a_long_value_is_shown_by_its_beginning() {
    let text = format!("[run]\naxes = \"{}\"\n", "é".repeat(5000));
    let asked = typed(&["serve"]).file(&text);
    asked.refused(&["run.axes: \"ééé", "...: must be one of"]);
    assert!(stderr(&asked.run()).chars().count() < 300);
}

#[test]
fn what_is_no_file_to_read_is_refused_by_name() {
    let desk = Desk::new();
    let long = desk.write("long.toml", "#".repeat((1 << 20) + 1));
    let binary = desk.write("binary.toml", b"[run]\n\xff\xd8\xff\n");
    for (path, problem) in [
        (desk.arg("missing.toml"), "there is no such file"),
        (desk.arg("no/such.toml"), "there is no such file"),
        (desk.arg(""), "it is a directory, not a file"),
        (long, "it has more than 1048576 bytes"),
        (binary, "line 2 is not text in UTF-8"),
    ] {
        let named = format!("error: --config {path}: {problem}");
        typed(&["serve", "--config", &path]).refused(&[&named]);
        let named = format!("error: BINAURALD_CONFIG {path}: {problem}");
        typed(&["serve"])
            .with("BINAURALD_CONFIG", &path)
            .refused(&[&named]);
    }
}

#[test]
fn variables_that_cannot_be_used_are_refused_by_name() {
    for (command, name, value, problem) in [
        ("run", "BINAURALD_RUN_POLL_HZ", "fast", "must be a number"),
        (
            "run",
            "BINAURALD_RUN_TIMEOUT",
            "-1",
            "must be a whole number",
        ),
        (
            "run",
            "BINAURALD_RUN_ONCE",
            "maybe",
            "must be true or false",
        ),
        (
            "run",
            "BINAURALD_RUN_LIMITER",
            "5",
            "must be one of on, off",
        ),
        (
            "serve",
            "BINAURALD_VERBOSE",
            "-1",
            "must be a whole number, 0 to 255",
        ),
        (
            "devices",
            "BINAURALD_DEVICES_JSON",
            "2",
            "must be true or false",
        ),
    ] {
        let named = format!("error: {name}: \"{value}\": {problem}");
        typed(&[command]).with(name, value).refused(&[&named]);
    }
}

#[cfg(unix)]
#[test]
fn variables_that_are_no_text_are_names_of_files_or_refused() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;
    let bytes = || OsString::from_vec(b"\xff.wav".to_vec());
    typed(&["run"])
        .with("BINAURALD_RUN_SERVER", bytes())
        .refused(&["error: BINAURALD_RUN_SERVER: ", "must be text in UTF-8"]);
    typed(&["run", "--output", "null"])
        .with("BINAURALD_RUN_SOURCE", bytes())
        .refused(&["there is no such file", "BINAURALD_RUN_SOURCE"]);
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let (cli, settings) = typed(&["run"])
        .with("BINAURALD_RUN_POLL_HZ", "")
        .with("BINAURALD_RUN_SERVR", "")
        .parse()
        .expect("nothing is set");
    assert!(format!("{cli:?}").contains("poll_hz: 60.0"), "{cli:?}");
    assert!(settings.values().is_empty() && settings.warnings().is_empty());
}

#[test]
fn variables_that_nothing_reads_are_warned_of_once_each_and_change_nothing() {
    let desk = Desk::new();
    let output = desk.arg("out.wav");
    let render = ["render", "--duration", "0.01", "--output", &output];
    let elsewhere = desk.arg("elsewhere.wav");
    let asked = |words: &[&str]| {
        typed(words)
            .with("BINAURALD_RUN_SERVR", "x")
            .with("BINAURALD_COLOUR", "x")
            .with("BINAURALD_RENDER_OUTPUT", &elsewhere)
            .with("BINAURALD_RUN_POLL_HZ", "of no concern to render")
            .with("OTHER_VARIABLE", "x")
    };
    let said = asked(&render).done();
    assert_eq!(said.matches("WARN").count(), 3, "{said}");
    for words in [
        "WARN BINAURALD_RUN_SERVR is not read; did you mean BINAURALD_RUN_SERVER?\n",
        "WARN BINAURALD_COLOUR is not read: there is no such option",
        "WARN BINAURALD_RENDER_OUTPUT is not read: which file to write is said on the command line",
    ] {
        assert!(said.contains(words), "no {words:?} in {said}");
    }
    assert_eq!(desk.names(), ["out.wav"]);
    let quiet = asked(&[&render[..], &["-qq"]].concat()).done();
    assert_eq!(quiet, "");
}

#[test]
fn a_file_to_render_to_is_asked_for_whatever_the_environment_says() {
    typed(&["render"])
        .with("BINAURALD_RENDER_OUTPUT", "x.wav")
        .refused(&["required", "--output <FILE.wav>"]);
}

proptest! {
    #[test]
    fn no_text_in_a_file_is_more_than_an_error(
        pieces in prop::collection::vec(
            prop_oneof![
                Just("[run]\n".to_owned()),
                Just("[position.get]\n".to_owned()),
                Just("[[render]]\n".to_owned()),
                Just("gain = ".to_owned()),
                Just("run.listener = ".to_owned()),
                Just("verbose = ".to_owned()),
                Just("[-1, 0x7f, 1e400, {a.b = inf}]\n".to_owned()),
                Just("\"\"\"\n".to_owned()),
                "\\PC{0,8}",
                "[-+0-9_.eE]{1,12}\n",
            ],
            0..12,
        ),
        value in "\\PC{0,12}",
    ) {
        let file = pieces.concat();
        let asked = typed(&["run"]).file(&file).with("BINAURALD_RUN_GAIN", &value);
        if let Err(error) = asked.parse() {
            prop_assert!(error.contains("options.toml, line ") || error.contains("RUN_GAIN: "));
        }
    }
}
