//! Which value wins, and that it is the one that counts.

use std::fs;
use std::net::TcpListener;

use binaurald::cli::{Command, Origin};

use crate::asked::{Asked, typed};
use crate::program::{Desk, Running, binaurald, stderr};

#[test]
fn typed_wins_over_the_environment_that_over_the_file_and_that_over_the_default() {
    let default = typed(&["run"]);
    let file = default.clone().file("[run]\npoll-hz = 30\n");
    let both = file.clone().with("BINAURALD_RUN_POLL_HZ", "40");
    let mut all = typed(&["run", "--poll-hz", "50"]).file("[run]\npoll-hz = 30\n");
    all = all.with("BINAURALD_RUN_POLL_HZ", "40");
    for (asked, expected) in [(default, 60.0), (file, 30.0), (both, 40.0), (all, 50.0)] {
        let (cli, _) = asked.parse().expect("good options");
        let Command::Run(args) = cli.command else {
            panic!("not run: {:?}", cli.command);
        };
        assert_eq!(args.poll.poll_hz, expected);
    }
}

#[test]
fn the_program_uses_the_value_that_wins_and_says_where_it_is_from() {
    let must = "must be 1 to 1000 polls a second";
    let file = |words: &[&str]| typed(words).file("\n[run]\noutput = \"null\"\npoll-hz = -1\n");
    file(&["run"]).refused(&["--poll-hz -1: ", must, "options.toml, line 4)"]);
    file(&["run"])
        .with("BINAURALD_RUN_POLL_HZ", "-2")
        .refused(&[
            "--poll-hz -2: ",
            must,
            "(--poll-hz is set by BINAURALD_RUN_POLL_HZ)\n",
        ]);
    let all = file(&["run", "--poll-hz", "-3"]).with("BINAURALD_RUN_POLL_HZ", "-2");
    let said = all.run();
    let expected = format!("error: --poll-hz -3: {must}\n");
    assert_eq!(stderr(&said), expected, "what was typed needs no place");
}

#[test]
fn errors_name_the_place_of_each_option_they_speak_of() {
    typed(&["render", "--output", "x.wav"])
        .file("[render]\nmin-distance = 9\n")
        .with("BINAURALD_RENDER_MAX_DISTANCE", "5")
        .refused(&[
            "error: --max-distance 5: must be at least --min-distance, which is 9 (--max-distance \
             is set by BINAURALD_RENDER_MAX_DISTANCE; --min-distance is set in ",
            "options.toml, line 2)\n",
        ]);
    typed(&["run", "--output", "null"])
        .with("BINAURALD_RUN_SOURCE", "missing.wav")
        .refused(&[
            "--source missing.wav: ",
            "(--source is set by BINAURALD_RUN_SOURCE)",
        ]);
    // What comes later too: nobody listens there.
    let nobody = TcpListener::bind("127.0.0.1:0").and_then(|port| port.local_addr());
    let nobody = nobody.expect("a free port").to_string();
    let ask = typed(&["position", "get"]).with("BINAURALD_POSITION_GET_SERVER", &nobody);
    let output = ask.run();
    assert_eq!(output.status.code(), Some(1));
    let place = "(--server is set by BINAURALD_POSITION_GET_SERVER)";
    assert!(stderr(&output).contains(place), "{}", stderr(&output));
}

/// `--once` as the parser has it.
fn once(asked: &Asked) -> bool {
    let (cli, _) = asked.parse().expect("good options");
    match cli.command {
        Command::Run(args) => args.play.once,
        other => panic!("not run: {other:?}"),
    }
}

#[test]
fn flags_are_set_and_taken_back_at_each_place() {
    let set = "[run]\nonce = true\n";
    let variable = "BINAURALD_RUN_ONCE";
    assert!(!once(&typed(&["run"])));
    assert!(once(&typed(&["run"]).file(set)));
    assert!(!once(&typed(&["run"]).file("[run]\nonce = false\n")));
    for yes in ["true", "1", "yes", "on"] {
        assert!(once(&typed(&["run"]).with(variable, yes)), "{yes}");
    }
    for no in ["false", "0", "no", "off"] {
        assert!(!once(&typed(&["run"]).file(set).with(variable, no)), "{no}");
    }
    assert!(!once(&typed(&["run", "--no-once"]).file(set)));
    assert!(!once(&typed(&["run", "--no-once"]).with(variable, "true")));
    assert!(once(&typed(&["run", "--once"]).with(variable, "false")));
    assert!(once(
        &typed(&["run", "--no-once", "--once"]).with(variable, "false")
    ));
    assert!(!once(&typed(&["run", "--once", "--no-once"]).file(set)));
    assert!(!once(&typed(&["run", "--no-once"])));
}

/// `--verbose` and `--quiet` as the parser has them.
fn loudness(asked: &Asked) -> (u8, u8) {
    let (cli, _) = asked.parse().expect("good options");
    (cli.verbose, cli.quiet)
}

#[test]
fn what_is_said_is_decided_at_the_first_place_that_speaks_of_it() {
    let verbose = "verbose = 2\n";
    for command in [&["devices"][..], &["position", "get"]] {
        let with = |more: &[&str]| typed(&[command, more].concat());
        assert_eq!(loudness(&with(&[]).file(verbose)), (2, 0));
        assert_eq!(loudness(&with(&["-v"]).file(verbose)), (1, 0));
        assert_eq!(loudness(&with(&["-q"]).file(verbose)), (0, 1));
        let environment = with(&[]).file(verbose).with("BINAURALD_QUIET", "1");
        assert_eq!(loudness(&environment), (0, 1));
        let environment = with(&["-vvv"]).with("BINAURALD_QUIET", "1");
        assert_eq!(loudness(&environment), (3, 0));
        let environment = with(&[]).file(verbose).with("BINAURALD_VERBOSE", "0");
        assert_eq!(loudness(&environment), (0, 0));
    }
    let first = typed(&["-q", "devices"]).file(verbose);
    assert_eq!(loudness(&first), (0, 1), "before the command");
    assert_eq!(
        loudness(&typed(&["devices"]).file("verbose = 0\nquiet = 1\n")),
        (0, 1)
    );
    typed(&["devices"])
        .file("verbose = 1\nquiet = 1\n")
        .refused(&["options.toml, line 2: quiet: does not go together with verbose"]);
    typed(&["devices"])
        .with("BINAURALD_VERBOSE", "1")
        .with("BINAURALD_QUIET", "1")
        .refused(&["BINAURALD_QUIET: does not go together with BINAURALD_VERBOSE"]);
    typed(&["-v", "-q", "devices"]).refused(&["cannot be used with"]);
}

#[test]
fn the_file_is_named_by_the_variable_or_before_or_behind_the_command() {
    let desk = Desk::new();
    let one = desk.write("one.toml", "[serve]\nlisten = \"one\"\n");
    let two = desk.write("two.toml", "[serve]\nlisten = \"two\"\n");
    let said = |asked: Asked| stderr(&asked.run()).to_owned();
    assert!(said(typed(&["--config", &one, "serve"])).contains("--listen one: "));
    assert!(said(typed(&["serve", "--config", &one])).contains("--listen one: "));
    let variable = typed(&["serve"]).with("BINAURALD_CONFIG", &one);
    assert!(said(variable).contains("--listen one: "));
    let both = typed(&["serve", "--config", &two]).with("BINAURALD_CONFIG", &one);
    assert!(said(both).contains("--listen two: "));
    let unset = typed(&["serve", "--listen", "x"]).with("BINAURALD_CONFIG", "");
    assert!(said(unset).contains("--listen x: "));
}

#[test]
fn a_render_is_the_same_to_the_byte_wherever_its_options_are_from() {
    let desk = Desk::new();
    let render = |asked: Asked| {
        asked.done();
        fs::read(desk.path("out.wav")).expect("a file")
    };
    let output = desk.arg("out.wav");
    let plain = ["render", "--output", &output];
    let options = [
        "--gain",
        "-6.5",
        "--bits",
        "16",
        "--duration",
        "0.05",
        "--loop",
    ];
    let wanted = render(typed(&[&plain[..], &options].concat()));
    let file = "[render]\ngain = -6.5\nbits = 16\nduration = 0.05\nloop = true\n";
    assert!(render(typed(&plain).file(file)) == wanted, "from the file");
    let environment = typed(&plain)
        .with("BINAURALD_RENDER_GAIN", "-6.5")
        .with("BINAURALD_RENDER_BITS", "16")
        .with("BINAURALD_RENDER_DURATION", "0.05")
        .with("BINAURALD_RENDER_LOOP", "1");
    assert!(render(environment) == wanted, "from the environment");
    // Without one of them it is another: the comparison sees what it shall see.
    let other = file.replace("-6.5", "-6.25");
    assert!(render(typed(&plain).file(&other)) != wanted, "another gain");
}

#[test]
fn values_of_a_file_may_be_written_as_toml_writes_them() {
    let file = "[run]\ntimeout = 1_000\nbuffer-frames = 0x100\ngain = -1e1\nmax-speed = 5\n\
                limiter = false\nmotion-delay = 20\nsource = 'C:\\voice.wav'\n\
                [position]\nget.timeout = 7\n";
    let (cli, _) = typed(&["run"]).file(file).parse().expect("good options");
    let Command::Run(args) = cli.command else {
        panic!("not run: {:?}", cli.command);
    };
    assert_eq!((args.server.timeout, args.play.buffer_frames), (1000, 256));
    assert_eq!(
        (args.play.scene.gain, args.play.scene.max_speed),
        (-10.0, 5.0)
    );
    assert_eq!(args.play.limiter, binaurald::cli::Switch::Off);
    assert_eq!(args.play.motion_delay, "20");
    assert_eq!(
        args.play.scene.source.as_deref(),
        Some("C:\\voice.wav".as_ref())
    );
    // A mark at the beginning and the line ends of other systems are no fault.
    let file = "\u{feff}[serve]\r\nlisten = \"here\"\r\n";
    typed(&["serve"])
        .file(file)
        .refused(&["--listen here: ", "line 2)"]);
}

#[test]
fn settings_tell_where_each_value_of_the_command_is_from() {
    let asked = typed(&["run", "--gain", "3"])
        .file("[run]\ngain = 1\nscale = 2\n[render]\nscale = 3\n")
        .with("BINAURALD_RUN_ONCE", "yes")
        .with("BINAURALD_SERVE_LISTEN", "x");
    let (_, settings) = asked.parse().expect("good options");
    let found: Vec<_> = settings
        .values()
        .iter()
        .map(|value| (&*value.option, value.value.to_str(), &value.origin))
        .collect();
    let variable = Origin::Environment {
        variable: "BINAURALD_RUN_ONCE".into(),
    };
    assert_eq!(found[0], ("once", Some("true"), &variable));
    assert_eq!((found[1].0, found[1].1), ("scale", Some("2")));
    assert!(
        matches!(found[1].2, Origin::File { line: 3, .. }),
        "{found:?}"
    );
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn names_of_files_are_taken_from_the_working_directory() {
    let desk = Desk::new();
    fs::create_dir(desk.path("etc")).expect("writable");
    let config = desk.write("etc/options.toml", "[render]\ntrajectory = \"path.csv\"\n");
    desk.write("path.csv", "t,x,y,z\n0,1,0,0\n");
    let words = [
        "render",
        "--duration",
        "0.01",
        "--output",
        "out.wav",
        "--config",
        &config,
    ];
    let output = Running::start(binaurald(&words).current_dir(desk.directory())).end();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(desk.path("out.wav").exists());
}

#[test]
fn help_shows_the_built_in_defaults_whatever_the_file_says_and_needs_no_good_one() {
    for file in ["[run]\npoll-hz = 30\n", "nonsense"] {
        let help = typed(&["run", "--help"]).file(file).run();
        let said = String::from_utf8(help.stdout).expect("text");
        assert!(help.status.success(), "{said}");
        assert!(
            said.contains("[default: 60]") && !said.contains("30]"),
            "{said}"
        );
        for word in ["BINAURALD_RUN_SERVER", "[run]", "`--no-once`"] {
            assert!(said.contains(word), "no {word} in {said}");
        }
    }
}
