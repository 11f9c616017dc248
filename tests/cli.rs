//! The command line: what is refused and how, what is accepted, and what the help says.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, iter};

use support::program::{Desk, Running, binaurald, stderr, stdout, wait_until};

mod support {
    pub(crate) mod program;
    pub(crate) mod signal;
}

/// Runs the program to its end.
fn run(args: &[&str]) -> std::process::Output {
    Running::start(&mut binaurald(args)).end()
}

/// Runs what must be refused: with this exit code, one error that has all `words`, and nothing else.
fn refused(args: &[&str], code: i32, words: &[&str]) {
    let output = run(args);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    assert_eq!(stdout(&output), "", "{args:?}: standard output");
    assert_eq!(
        said.matches("error: ").count(),
        1,
        "{args:?}: not one error: {said}"
    );
    assert!(
        !said.contains("panic") && !said.contains("internal fault") && !said.contains("os error"),
        "{args:?}: {said}"
    );
    for word in words {
        assert!(said.contains(word), "{args:?}: no {word:?} in: {said}");
    }
}

/// A WAV file of float samples, one channel, 48 kHz.
fn wav(desk: &Desk, name: &str, samples: &[f32]) -> String {
    wav_at(desk, name, 48_000, samples)
}

fn wav_at(desk: &Desk, name: &str, sample_rate: u32, samples: &[f32]) -> String {
    let format = hound::WavSpec {
        channels: 1,
        sample_rate,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(desk.path(name), format).expect("writable");
    for sample in samples {
        writer.write_sample(*sample).expect("writable");
    }
    writer.finalize().expect("writable");
    desk.arg(name)
}

#[test]
fn sources_that_cannot_be_played_are_refused_by_name_and_leave_no_file() {
    let desk = Desk::new();
    let good = vec![0.25; 480];
    let mut with_nan = good.clone();
    with_nan[77] = f32::NAN;
    let mut compressed = fs::read(desk.path(&wav(&desk, "good.wav", &good))).expect("readable");
    compressed[20..22].copy_from_slice(&[0x55, 0]);
    let cases = [
        (
            desk.write("notes.wav", "this is only text\n"),
            &["not a WAV file", "text", "convert it to WAV"][..],
        ),
        (
            desk.write("song.mp3", b"ID3\x04\0\0\0\0\0\x23TSSE\0\0\0\x0f\0\0\x03"),
            &["not a WAV file", "MP3", "convert it to WAV"],
        ),
        (
            desk.write("mp3.wav", compressed),
            &["MP3", "convert it to PCM"],
        ),
        (desk.write("empty.wav", ""), &["the file is empty"]),
        (wav(&desk, "zero.wav", &[]), &["0 frames"]),
        (
            wav(&desk, "nan.wav", &with_nan),
            &["NaN sample at frame 77"],
        ),
        (
            wav(&desk, "great.wav", &[0.5, -1e30]),
            &["far too great sample at frame 1, channel 1"],
        ),
        (desk.arg("missing.wav"), &["there is no such file"]),
        (desk.arg(""), &["a directory"]),
        (
            wav_at(&desk, "fast.wav", 999, &good),
            &["999 Hz", "1000 to 768000 Hz", "convert it"],
        ),
    ];
    let output = desk.arg("out.wav");
    let present = desk.names();
    for (file, words) in &cases {
        let named = format!("--source {file}: ");
        let words: Vec<&str> = iter::once(&*named).chain(words.iter().copied()).collect();
        refused(
            &["render", "--source", file, "--output", &output],
            2,
            &words,
        );
        let run = ["run", "--output", "null", "--duration", "0.1"];
        refused(&[&run[..], &["--source", file]].concat(), 2, &words);
    }
    assert_eq!(desk.names(), present, "files that were left behind");

    // Neither is a file that was there touched.
    fs::write(&output, "precious").expect("writable");
    refused(
        &["render", "--source", &cases[0].0, "--output", &output],
        2,
        &["--source"],
    );
    assert_eq!(fs::read_to_string(&output).expect("readable"), "precious");
}

#[test]
fn a_source_that_is_cut_off_is_played_as_far_as_it_goes() {
    let desk = Desk::new();
    let whole = fs::read(desk.path(&wav(&desk, "whole.wav", &[0.25; 1000]))).expect("readable");
    let cut = desk.write("cut.wav", &whole[..whole.len() - 4 * 400 - 2]);
    let output = desk.arg("out.wav");
    let done = run(&["render", "--source", &cut, "--output", &output]);
    let said = stderr(&done);
    assert_eq!(done.status.code(), Some(0), "{said}");
    let expected = format!("--source {cut}: cut off: 599 of 1000 frames are there");
    assert!(said.contains(&expected), "{said}");
    let rendered = hound::WavReader::open(&output).expect("a WAV file");
    assert_eq!(rendered.duration(), 599);
}

#[test]
fn rates_that_cannot_be_rendered_name_the_option_that_helps() {
    let desk = Desk::new();
    let slow = wav_at(&desk, "slow.wav", 4_000, &[0.25; 400]);
    let output = desk.arg("out.wav");
    let render = ["render", "--source", &slow, "--output", &output];
    refused(&render, 2, &["--source", "4000 Hz", "--sample-rate HZ"]);
    let done = run(&[&render[..], &["--sample-rate", "8000"]].concat());
    assert!(done.status.success(), "{}", stderr(&done));
}

#[test]
fn trajectories_that_cannot_be_flown_are_refused_by_name_and_row() {
    let desk = Desk::new();
    let csv = |name: &str, rows: &str| desk.write(name, format!("t,x,y,z\n{rows}"));
    let cases = [
        (
            desk.write("header.csv", "time,x,y,z\n0,1,0,0\n"),
            &["line 1: the header must be t,x,y,z"][..],
        ),
        (
            desk.write("headless.csv", "0,1,0,0\n1,1,0,0\n"),
            &["line 1: the header must be t,x,y,z"],
        ),
        (csv("none.csv", ""), &["no rows under the header t,x,y,z"]),
        (
            csv("text.csv", "0,1,0,0\n1,left,0,0\n"),
            &["line 3: x is \"left\", not a number"],
        ),
        (
            csv("order.csv", "0,1,0,0\n2,1,0,0\n1,1,0,0\n"),
            &["line 4: t is 1, before the 2"],
        ),
        (
            csv("nan.csv", "0,1,0,0\n1,1,NaN,0\n"),
            &["line 3: y is NaN"],
        ),
        (
            csv("inf.csv", "0,1,0,0\ninf,1,0,0\n"),
            &["line 3: t is inf"],
        ),
        (
            csv("few.csv", "0,1,0\n"),
            &["line 2: 3 columns, not the 4 of t,x,y,z"],
        ),
        (
            csv("far.csv", "0,1,0,2e6\n"),
            &["line 2: z is 2000000, beyond"],
        ),
        (
            desk.write("binary.csv", b"\xff\xd8\xff\xe0\0\x10JFIF\n"),
            &["line 1: this is not text"],
        ),
        (
            desk.arg("missing.csv"),
            &["there is no such file", "orbit", "static", "CSV"],
        ),
        (
            desk.arg(""),
            &["it is a directory", "orbit", "static", "CSV"],
        ),
    ];
    let output = desk.arg("out.wav");
    let present = desk.names();
    for (spec, words) in &cases {
        let named = format!("--trajectory {spec}: ");
        let words: Vec<&str> = iter::once(&*named).chain(words.iter().copied()).collect();
        refused(
            &["render", "--output", &output, "--trajectory", spec],
            2,
            &words,
        );
        refused(
            &["serve", "--listen", "127.0.0.1:0", "--trajectory", spec],
            2,
            &words,
        );
    }
    for spec in [
        "circle",
        "orbit:1",
        "orbit:0,7",
        "orbit:-1,7",
        "orbit:1,0",
        "orbit:1,x",
        "orbit:1,nan",
        "orbit:1,7,inf",
        "orbit:1,2,3,4",
        "static:",
        "static:1,2",
        "static:1,2,3,4",
        "static:nan,0,0",
        "static:0,0,1e7",
        "static:a,b,c",
    ] {
        let named = format!("--trajectory {spec}: ");
        refused(
            &["render", "--output", &output, "--trajectory", spec],
            2,
            &[
                &named,
                "orbit[:RADIUS,PERIOD[,HEIGHT]], static:X,Y,Z or a CSV file",
            ],
        );
    }
    refused(
        &["render", "--trajectory", "--output", &output],
        2,
        &["a value is required for '--trajectory"],
    );
    assert_eq!(desk.names(), present, "files that were left behind");
}

#[test]
fn output_files_that_cannot_be_written_are_refused_by_name() {
    let desk = Desk::new();
    let file = desk.write("file", "");
    for (output, words) in [
        (desk.arg("no/such/out.wav"), "there is no such directory"),
        (desk.arg(""), "is a directory"),
        ("/dev/null".to_owned(), "is a pipe or a device"),
        (format!("{file}/out.wav"), "cannot be written"),
    ] {
        let render = run(&["render", "--output", &output]);
        let said = stderr(&render);
        assert_eq!(render.status.code(), Some(2), "{said}");
        let named = format!("error: --output {output}: ");
        assert!(said.contains(&named) && said.contains(words), "{said}");
        let record = ["run", "--output", "null", "--record", &output];
        let named = format!("--record {output}: ");
        let daemon = run(&record);
        let said = stderr(&daemon);
        assert_eq!(daemon.status.code(), Some(2), "{said}");
        assert!(said.contains(&named) && said.contains(words), "{said}");
    }
    assert_eq!(desk.names(), ["file"]);
}

/// Options that take numbers, and values that they do not take, in the commands that have them.
const OUT_OF_RANGE: [(&str, &str, &[&str]); 24] = [
    ("render run", "--gain", &["-200.1", "60.1"]),
    ("render run", "--ref-distance", &["0", "-1", "1e10"]),
    ("render run", "--max-distance", &["0", "-1", "0.1"]),
    ("render run", "--rolloff", &["-1", "1001"]),
    ("render run", "--min-distance", &["0", "-0.1", "200"]),
    ("render run", "--head-radius", &["0", "-0.0875", "0.21"]),
    ("render run", "--speed-of-sound", &["0", "-343", "2001"]),
    ("render run", "--temperature", &["-20.1", "50.1"]),
    ("render run", "--humidity", &["0", "-1", "100.1"]),
    ("render run", "--max-speed", &["0", "-1"]),
    ("render run", "--scale", &["0", "-1"]),
    ("render run", "--duration", &["0", "-1", "1e12"]),
    (
        "render run",
        "--sample-rate",
        &["0", "-1", "7999", "384001", "1.5", "9999999999"],
    ),
    (
        "render run",
        "--buffer-frames",
        &["0", "-1", "65537", "1.5"],
    ),
    ("run watch", "--poll-hz", &["0", "-1", "1001"]),
    ("run watch get", "--timeout", &["0", "-1", "60001", "1.5"]),
    ("run", "--motion-delay", &["-1", "1001", "soon"]),
    (
        "run",
        "--stale-after",
        &["0", "-1", "0.49", "86401", "nan", "never"],
    ),
    ("run", "--stale", &["loud", ""]),
    ("serve", "--pub-hold", &["-1", "1e300"]),
    ("render", "--duration", &["1e-9", "100000"]),
    (
        "render run",
        "--listener",
        &[
            "1,2",
            "1,2,3,4,5",
            "a,b,c",
            "nan,0,0",
            "0,0,0,inf",
            "2e6,0,0",
        ],
    ),
    ("render run", "--axes", &["left", ""]),
    ("render run", "--distance-model", &["cubic"]),
];

#[test]
fn numbers_out_of_range_are_refused_by_the_options_name() {
    let desk = Desk::new();
    let output = desk.arg("out.wav");
    let start = |command: &str| -> Vec<String> {
        let words = match command {
            "render" => vec!["render", "--output", &output],
            "run" => vec!["run", "--output", "null"],
            "watch" => vec!["position", "watch"],
            "get" => vec!["position", "get"],
            other => vec![other],
        };
        words.into_iter().map(str::to_owned).collect()
    };
    let mut tried = 0;
    for (commands, option, values) in OUT_OF_RANGE {
        let is_number = !matches!(option, "--listener" | "--axes" | "--distance-model");
        let never: &[&str] = if is_number {
            &["nan", "inf", "-inf", "ten", ""]
        } else {
            &[]
        };
        for command in commands.split(' ') {
            for value in values.iter().chain(never) {
                let joined = format!("{option}={value}");
                let mut args = start(command);
                args.push(joined.clone());
                let args: Vec<&str> = args.iter().map(String::as_str).collect();
                refused(&args, 2, &[option]);
                tried += 1;
            }
        }
    }
    println!("{tried} values were refused");
    // Apart from their options, too, where they look like options of their own.
    for (option, value) in [
        ("--sample-rate", "-1"),
        ("--head-radius", "-0.1"),
        ("--buffer-frames", "-64"),
        ("--rolloff", "-.5"),
    ] {
        refused(
            &["render", "--output", &output, option, value],
            2,
            &[option, "-"],
        );
    }
    assert!(desk.names().is_empty(), "{:?}", desk.names());
}

#[test]
fn options_that_do_not_go_together_are_refused_with_both_names() {
    for (args, words) in [
        (
            &["--distance-model", "linear", "--rolloff", "1.5"][..],
            &["--rolloff 1.5", "0 to 1", "distance model"][..],
        ),
        (
            &["--distance-model", "linear", "--max-distance", "1"],
            &["--max-distance 1", "--ref-distance"],
        ),
        (
            &["--min-distance", "5", "--max-distance", "4"],
            &["--max-distance 4", "--min-distance"],
        ),
        (&["-v", "-q"], &["--verbose", "--quiet"]),
        (&["--head", "kemr"], &["--head kemr", "kemar", "sphere"]),
        (&["--limiter", "maybe"], &["--limiter", "on, off"]),
    ] {
        let run = ["run", "--output", "null"];
        refused(&[&run[..], args].concat(), 2, words);
    }
    let render = ["render", "--output", "never.wav", "--bits", "8"];
    refused(&render, 2, &["--bits", "32, 24, 16"]);
}

#[test]
fn servers_that_cannot_be_asked_are_refused_by_the_options_name() {
    for (server, words) in [
        ("localhost", &["names no port"][..]),
        ("http://localhost", &["names no port"]),
        ("localhost:0", &["1 to 65535"]),
        ("https://localhost", &["names no port"]),
        ("ftp://localhost:50051", &["only http://"]),
        ("two words:1", &["HOST:PORT"]),
        ("http://localhost:50051/path", &["must end after the port"]),
        ("", &["HOST:PORT"]),
    ] {
        let words: Vec<&str> = iter::once("--server")
            .chain(words.iter().copied())
            .collect();
        for command in [
            &["run", "--output", "null"][..],
            &["position", "get"],
            &["position", "watch"],
            &["position", "set", "1", "2", "3"],
        ] {
            let option = format!("--server={server}");
            refused(&[command, &[&option]].concat(), 2, &words);
        }
    }
}

#[test]
fn addresses_that_cannot_be_listened_on_are_refused() {
    for listen in [
        "50051",
        "localhost",
        "127.0.0.1:66000",
        "no such host:1",
        "",
    ] {
        let option = format!("--listen={listen}");
        refused(&["serve", &option], 2, &["--listen"]);
    }
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("it has one").to_string();
    let named = format!("--listen {address}: the address is in use");
    let way_out = "another port (0 takes a free one)";
    refused(&["serve", "--listen", &address], 1, &[&named, way_out]);
}

#[test]
fn hosts_and_devices_that_are_not_there_are_refused_with_those_that_are() {
    refused(
        &["run", "--host", "asio4all"],
        2,
        &["--host asio4all: there is no such audio host", "it has "],
    );
    refused(&["run", "--output="], 2, &["--output", "default, null, or"]);
    let output = run(&["run", "--output", "no such device"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("error: --output no such device: there is no such output device; "),
        "{said}"
    );
    assert!(!said.contains("ALSA lib"), "{said}");
}

#[test]
fn a_machine_without_sound_is_told_within_two_seconds_and_what_to_do() {
    let desk = Desk::new();
    let nobody = format!("unix:{}", desk.arg("nobody"));
    let configuration = desk.write("asound.conf", "");
    for text in [
        // Nothing at all; no card; a server that is not there.
        String::new(),
        "pcm.!default { type plug slave.pcm { type hw card 31 } }\n".to_owned(),
        format!("pcm.!default {{ type pulse server \"{nobody}\" }}\n"),
    ] {
        fs::write(desk.path("asound.conf"), &text).expect("writable");
        let attempt = || {
            let began = Instant::now();
            let output = Running::start(
                binaurald(&["run"])
                    .env("ALSA_CONFIG_PATH", &configuration)
                    .env("PULSE_SERVER", &nobody)
                    .env("HOME", desk.directory())
                    .env("XDG_RUNTIME_DIR", desk.directory()),
            )
            .end();
            (began.elapsed(), output)
        };
        // The best of three: the machine may be busy.
        let (elapsed, output) = iter::repeat_with(attempt)
            .take(3)
            .min_by_key(|(elapsed, _)| *elapsed)
            .expect("three attempts");
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{text:?}: {said}");
        for words in ["no sound device", "--output null", "--record FILE.wav"] {
            assert!(said.contains(words), "{text:?}: {said}");
        }
        for noise in ["ALSA lib", "conf.c", "panic", "os error"] {
            assert!(!said.contains(noise), "{text:?}: {said}");
        }
        assert_eq!(said.lines().count(), 1, "{text:?}: {said}");
        assert_eq!(stdout(&output), "");
        println!("{text:?}: {elapsed:?}: {said}");
        assert!(
            elapsed < Duration::from_secs(2),
            "it took {elapsed:?} for {text:?}"
        );
    }
}

/// An address at which nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it has one").to_string()
}

#[test]
fn a_server_that_is_not_there_is_named_with_what_to_do() {
    let address = nobody();
    let server = format!("--server={address}");
    let named = format!("http://{address}: connection refused");
    for action in [&["get"][..], &["set", "-1", "0", "-0.5"]] {
        refused(
            &[&["position"], action, &[&server]].concat(),
            1,
            &[&named, "is the server running?", "--server URL"],
        );
    }
}

#[test]
fn coordinates_that_are_none_are_refused_before_the_server_is_asked() {
    let server = format!("--server={}", nobody());
    for (position, words) in [
        (["nan", "0", "0"], "x is NaN"),
        (["0", "inf", "0"], "y is inf"),
        (["0", "0", "2e6"], "z is 2000000"),
        (["0", "left", "0"], "'<Y>': must be a number"),
        (["1e99", "0", "0"], "x is inf"),
        (["-.5", "nan", "0"], "y is NaN"),
    ] {
        let args = [&["position", "set"], &position[..], &[&server]].concat();
        refused(&args, 2, &[words]);
    }
    refused(&["position", "set", "1", "2"], 2, &["<Z>"]);
}

#[test]
fn negative_numbers_are_values_apart_or_joined() {
    let desk = Desk::new();
    let source = wav(&desk, "source.wav", &[0.25; 600]);
    let render = |options: &[&str]| {
        let output = desk.arg("out.wav");
        let start = ["render", "--source", &source, "--output", &output];
        let done = run(&[&start[..], options].concat());
        assert!(done.status.success(), "{options:?}: {}", stderr(&done));
        fs::read(&output).expect("readable")
    };
    let plain = render(&[]);
    for (option, value) in [
        ("--gain", "-6"),
        ("--gain", "-.5"),
        ("--listener", "-1,0.25,0"),
        ("--listener", "-.5,0,0"),
        ("--listener", "-1,-2,-3,-90"),
        ("--trajectory", "static:-1,-2,-0.5"),
        ("--trajectory", "orbit:1,-0.02"),
        ("--trajectory", "orbit:1,-0.02,-1"),
        ("--bits", "16"),
        ("--limiter", "on"),
        ("--distance-model", "exponential"),
        ("--scale", "2"),
        ("--axes", "opengl"),
    ] {
        let apart = render(&[option, value]);
        let joined = render(&[&format!("{option}={value}")]);
        assert!(
            apart == joined,
            "{option} {value}: another file when joined"
        );
        let inert = option == "--limiter" || option == "--distance-model";
        assert!(inert || apart != plain, "{option} {value}: has no effect");
    }
    // In the other sense of rotation it is the mirror.
    let (left, right) = (
        render(&["--trajectory=orbit:1,0.02"]),
        render(&["--trajectory=orbit:1,-0.02"]),
    );
    let frames = |bytes: &[u8]| -> Vec<[u8; 8]> {
        let data = &bytes[bytes.len() - 600 * 8..];
        let frame = |frame: &[u8]| <[u8; 8]>::try_from(frame).expect("eight bytes");
        data.chunks(8).map(frame).collect()
    };
    for (n, (a, b)) in frames(&left).iter().zip(frames(&right)).enumerate() {
        assert_eq!(a[..4], b[4..], "frame {n}");
        assert_eq!(a[4..], b[..4], "frame {n}");
    }
}

#[test]
fn unknown_commands_and_options_are_refused() {
    refused(&["play"], 2, &["'play'", "--help"]);
    for command in [&["run"][..], &["render"], &["serve"], &["position", "get"]] {
        refused(&[command, &["--loud"]].concat(), 2, &["'--loud'", "--help"]);
    }
    refused(&["render"], 2, &["--output <FILE.wav>"]);
    // Without a command the usage is shown, as a fault.
    for args in [&[][..], &["position"]] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert_eq!(stdout(&output), "", "{args:?}");
        let said = stderr(&output);
        assert!(
            said.contains("Usage: binaurald") && said.contains("Commands:"),
            "{args:?}: {said}"
        );
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    for option in ["--version", "-V"] {
        let output = run(&[option]);
        assert!(output.status.success());
        assert_eq!(
            stdout(&output),
            concat!("binaurald ", env!("CARGO_PKG_VERSION"), "\n")
        );
    }
}

/// Options that `run` and `render` have alike: name, words of its text (units), default.
const SCENE: [(&str, &[&str], &str); 19] = [
    ("--source <FILE.wav>", &["WAV"], "the built-in sample"),
    ("--head <HEAD>", &["sphere", "SOFA"], "kemar"),
    ("--diffuse-field-eq <SWITCH>", &["SOFA", "colour"], "off"),
    ("--gain <DB>", &["decibels"], "0"),
    (
        "--distance-model <MODEL>",
        &["inverse", "linear", "exponential", "none"],
        "inverse",
    ),
    ("--ref-distance <M>", &["metres"], "1"),
    ("--max-distance <M>", &["metres"], "100"),
    ("--rolloff <FACTOR>", &[], "1"),
    ("--min-distance <M>", &["metres"], "0.2"),
    ("--head-radius <M>", &["metres"], "0.0875"),
    ("--speed-of-sound <M/S>", &["metres a second"], "343"),
    (
        "--air-absorption",
        &["ISO 9613-1", "101.325 kPa", "metres"],
        "",
    ),
    ("--temperature <C>", &["degrees Celsius", "-20 to 50"], "20"),
    ("--humidity <PERCENT>", &["percent", "1 to 100"], "50"),
    ("--doppler", &["pitch", "metres"], ""),
    ("--max-speed <M/S>", &["metres a second", "20 ms"], "100"),
    (
        "--axes <AXES>",
        &["ros", "unity", "unreal", "opengl"],
        "ros",
    ),
    (
        "--listener <X,Y,Z[,YAW]>",
        &["degrees counter-clockwise"],
        "0,0,0",
    ),
    ("--scale <FACTOR>", &[], "1"),
];

const RUN: [(&str, &[&str], &str); 17] = [
    ("--server <URL>", &["host:port"], "http://127.0.0.1:50051"),
    ("--poll-hz <HZ>", &["polls a second", "1 to 1000"], "60"),
    ("--timeout <MS>", &["milliseconds"], "250"),
    ("--output <DEVICE>", &["null", "48 kHz"], "default"),
    ("--host <NAME>", &["alsa"], "the platform's"),
    ("--record <FILE.wav>", &["float, stereo"], ""),
    ("--metrics <ADDR>", &["HTTP", "port 0"], "nowhere"),
    ("--duration <S>", &["seconds"], "play until told to stop"),
    ("--once", &["Stop after the source"], ""),
    ("--sample-rate <HZ>", &["hertz"], "the device's"),
    ("--buffer-frames <FRAMES>", &["Frames"], "512"),
    ("--limiter <ON|OFF>", &["-1 dBFS"], "on"),
    ("--realtime <ON|OFF>", &["priority"], "on"),
    ("--motion-delay <auto|MS>", &["milliseconds"], "auto"),
    (
        "--stale-after <S>",
        &["good answer", "seconds", "0.5 to 86400"],
        "5",
    ),
    ("--stale <WHAT>", &["hold", "fade", "front"], "hold"),
    ("--print-config", &["where it comes from"], ""),
];

const RENDER: [(&str, &[&str], &str); 8] = [
    (
        "--trajectory <SPEC>",
        &["orbit", "static", "CSV", "t,x,y,z", "seconds", "metres"],
        "orbit",
    ),
    ("--output <FILE.wav>", &["WAV"], ""),
    ("--duration <S>", &["seconds"], "the source's length"),
    ("--loop", &["again"], ""),
    ("--sample-rate <HZ>", &["hertz"], "the source's"),
    ("--bits <BITS>", &["float", "24", "16", "dither"], "32"),
    ("--buffer-frames <FRAMES>", &["the same for any"], "512"),
    (
        "--limiter <ON|OFF>",
        &["-1 dBFS"],
        "on for 24 and 16 bits, off for 32",
    ),
];

const SERVE: [(&str, &[&str], &str); 9] = [
    ("--listen <ADDR>", &["port 0"], "127.0.0.1:50051"),
    (
        "--trajectory <SPEC>",
        &["orbit", "static", "CSV", "t,x,y,z"],
        "orbit",
    ),
    ("--pub-hold <S>", &["seconds"], "for ever"),
    ("--tls-cert <FILE>", &["PEM", "--tls-key"], ""),
    ("--tls-key <FILE>", &["PEM"], ""),
    ("--tls-client-ca <FILE>", &["PEM", "clients"], ""),
    ("--token-file <FILE>", &["token"], ""),
    ("--token-for <CALLS>", &["publications", "all"], "pub"),
    ("--insecure", &["anybody"], ""),
];

/// How a client gets in.
const ACCESS: [(&str, &[&str], &str); 4] = [
    ("--tls-ca <FILE>", &["PEM"], "those that the system trusts"),
    ("--tls-cert <FILE>", &["PEM", "--tls-key"], ""),
    ("--tls-key <FILE>", &["PEM"], ""),
    ("--token-file <FILE>", &["token"], ""),
];

const CLIENT: [(&str, &[&str], &str); 3] = [
    ("--server <URL>", &["host:port"], "http://127.0.0.1:50051"),
    ("--timeout <MS>", &["milliseconds"], "250"),
    ("--json", &["JSON"], ""),
];

const WATCH: [(&str, &[&str], &str); 1] =
    [("--poll-hz <HZ>", &["polls a second", "1 to 1000"], "60")];

const STATUS: [(&str, &[&str], &str); 3] = [
    ("--metrics <ADDR>", &["the daemon"], "127.0.0.1:9464"),
    ("--watch", &["until interrupted"], ""),
    ("--json", &["JSON"], ""),
];

const ALL: [(&str, &[&str], &str); 6] = [
    ("--config <FILE.toml>", &["TOML"], ""),
    ("--verbose", &["debug"], ""),
    ("--quiet", &["errors alone"], ""),
    ("--log-format <FORMAT>", &["one object a line"], "text"),
    ("--help", &[], ""),
    ("--version", &[], ""),
];

/// The options of a help text with all that is said of each, on one line.
fn options(help: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in help.lines() {
        let text = line.trim();
        let head = text.split_once(", ").map_or(
            text,
            |(short, long)| {
                if short.len() == 2 { long } else { text }
            },
        );
        if head.starts_with("--") {
            let (name, said) = head.split_once("  ").unwrap_or((head, ""));
            let name = name.trim_end_matches("...").to_owned();
            found.push((name, said.trim().to_owned()));
        } else if let Some((_, said)) = found.last_mut() {
            write!(said, " {text}").expect("a string takes all");
        }
    }
    found
}

#[test]
fn the_help_of_every_command_has_every_option_with_its_unit_and_default() {
    type Table = &'static [(&'static str, &'static [&'static str], &'static str)];
    let commands: [(&[&str], &[Table]); 8] = [
        (&["run"], &[&SCENE, &RUN, &ACCESS, &ALL]),
        (&["render"], &[&SCENE, &RENDER, &ALL]),
        (&["serve"], &[&SERVE, &ALL]),
        (&["position", "get"], &[&CLIENT, &ACCESS, &ALL]),
        (&["position", "watch"], &[&CLIENT, &ACCESS, &WATCH, &ALL]),
        (&["position", "set"], &[&CLIENT, &ACCESS, &ALL]),
        (&["status"], &[&STATUS, &ALL]),
        (&[], &[&ALL]),
    ];
    for (command, tables) in commands {
        let output = run(&[command, &["--help"]].concat());
        assert!(output.status.success(), "{command:?}");
        let found = options(stdout(&output));
        let mut expected: Vec<&str> = Vec::new();
        for (option, words, default) in tables.iter().copied().flatten() {
            expected.push(option);
            let (_, said) = found
                .iter()
                .find(|(name, _)| name == option)
                .unwrap_or_else(|| panic!("{command:?}: no {option} in {found:#?}"));
            let default_text = format!("[default: {default}]");
            let words = words.iter().copied();
            for word in words.chain((!default.is_empty()).then_some(&*default_text)) {
                assert!(
                    said.contains(word),
                    "{command:?} {option}: no {word:?} in {said:?}"
                );
            }
        }
        let unknown: Vec<_> = found
            .iter()
            .filter(|(name, _)| !expected.contains(&&**name))
            .collect();
        assert!(
            unknown.is_empty(),
            "{command:?}: not in this test: {unknown:#?}"
        );
    }
    let overview = run(&["--help"]);
    for command in ["run", "serve", "render", "position", "status"] {
        let line = stdout(&overview)
            .lines()
            .find(|line| line.trim_start().starts_with(&format!("{command} ")));
        assert!(line.is_some(), "{command}: {}", stdout(&overview));
    }
}

/// A running `serve`, and its address.
fn serve() -> (Running, String) {
    let mut serve = Running::start(&mut binaurald(&["serve", "--listen", "127.0.0.1:0"]));
    let out = serve.child().stdout.take().expect("it is piped");
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line).expect("text");
    let address = line
        .trim()
        .strip_prefix("listening on ")
        .unwrap_or_else(|| panic!("the server printed {line:?}"));
    (serve, address.to_owned())
}

#[test]
fn a_closed_standard_output_is_a_clean_end() {
    let (_serve, address) = serve();
    for action in ["get", "watch"] {
        let mut reader = Running::start(&mut binaurald(&[
            "position",
            action,
            "--server",
            &address,
            "--timeout",
            "20000",
        ]));
        // As `head -1` does: it reads a little and goes.
        let mut out = reader.child().stdout.take().expect("it is piped");
        if action == "watch" {
            out.read_exact(&mut [0; 1]).expect("an answer");
        }
        drop(out);
        let done = reader.end();
        assert_eq!(done.status.code(), Some(0), "{action}: {}", stderr(&done));
        assert!(!stderr(&done).contains("error"), "{}", stderr(&done));
    }
    for help in [&["--help"][..], &["render", "--help"]] {
        let mut reader = Running::start(&mut binaurald(help));
        drop(reader.child().stdout.take());
        let code = reader.end().status.code();
        assert_eq!(code, Some(0), "{help:?}");
    }
}

#[test]
fn a_closed_standard_error_changes_no_exit_code_and_no_result() {
    let desk = Desk::new();
    let output = desk.arg("out.wav");
    let unused = format!("--server={}", nobody());
    for (args, code) in [
        (
            &["render", "-vv", "--output", &output, "--duration", "0.1"][..],
            0,
        ),
        (&["render", "--output", &output, "--source", "none.wav"], 2),
        (&["position", "get", &unused], 1),
        (
            &["run", "--output", "null", "--duration", "0.1", &unused],
            0,
        ),
        (&["render", "--bogus"], 2),
    ] {
        let mut deaf = Running::start(&mut binaurald(args));
        drop(deaf.child().stderr.take());
        assert_eq!(deaf.end().status.code(), Some(code), "{args:?}");
    }
    assert_eq!(desk.names(), ["out.wav"]);
}

/// A pipe that is full and that nobody reads: no end of it may be closed.
#[test]
fn a_standard_error_that_nobody_drains_holds_up_nothing() {
    let unused = format!("--server={}", nobody());
    let args = ["run", "-vv", "--output", "null", "--duration", "1", &unused];
    let began = Instant::now();
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    let stuffed = writer.try_clone().expect("it has room for another end");
    // Linux gives a pipe 64 KiB.
    writer
        .write_all(&vec![b'.'; 64 << 10])
        .expect("there is room");
    let mut child = binaurald(&args)
        .stdout(Stdio::null())
        .stderr(stuffed)
        .spawn()
        .expect("the program starts");
    wait_until("it ends with nobody to read", || {
        child
            .try_wait()
            .expect("a child can be waited for")
            .is_some()
    });
    let status = child.wait().expect("a child can be waited for");
    assert_eq!(status.code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(20));
    drop(reader);
}

#[test]
fn blocks_longer_than_the_patience_with_a_device_are_no_failure() {
    let unused = format!("--server={}", nobody());
    let desk = Desk::new();
    let record = desk.arg("take.wav");
    let output = run(&[
        "run",
        "--output=null",
        "--sample-rate=22050",
        "--buffer-frames=65536",
        "--duration=3.2",
        "--record",
        &record,
        &unused,
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let recorded = hound::WavReader::open(&record).expect("it was recorded");
    assert!(recorded.duration() >= 70_560, "{}", recorded.duration());
    assert!(!stderr(&output).contains("lost"), "{}", stderr(&output));
}

#[test]
fn a_recording_that_fails_fails_the_run_and_is_not_called_recorded() {
    let desk = Desk::new();
    let record = desk.arg("take.wav");
    let unused = format!("--server={}", nobody());
    let program = binaurald(&[
        "run",
        "--output=null",
        "--duration=1.5",
        "--record",
        &record,
        &unused,
    ]);
    // A limit on the size of files, which is met as an error of the write, as a full disk is.
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 100; exec \"$@\"", "sh"]);
    shell.arg(program.get_program()).args(program.get_args());
    let output = Running::start(&mut shell).end();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for word in [
        "playing goes on",
        "played 1.5 s",
        "error: --record",
        "nothing is kept",
    ] {
        assert!(said.contains(word), "no {word:?} in: {said}");
    }
    for word in ["recorded", "4 GiB"] {
        assert!(!said.contains(word), "{word:?} in: {said}");
    }
    assert!(desk.names().is_empty(), "{:?}", desk.names());
}

#[test]
fn a_source_that_is_too_long_at_another_rate_is_refused_unless_little_of_it_is_heard() {
    let desk = Desk::new();
    let source = wav_at(&desk, "long.wav", 1_000, &vec![0.1; 700_000]);
    let output = desk.arg("out.wav");
    let args = [
        "render",
        "--sample-rate=384000",
        "--duration=0.25",
        "--source",
        &source,
        "--output",
        &output,
    ];
    refused(
        &[&args[..], &["--loop"]].concat(),
        2,
        &["--source", "lower --sample-rate", "268435456"],
    );
    let run_args = [
        "run",
        "--output=null",
        "--sample-rate=384000",
        "--source",
        &source,
    ];
    refused(&run_args, 2, &["--source", "lower --sample-rate"]);
    let began = Instant::now();
    let rendered = run(&args);
    assert_eq!(rendered.status.code(), Some(0), "{}", stderr(&rendered));
    // The whole of it would take minutes.
    assert!(began.elapsed() < Duration::from_secs(20));
    let reader = hound::WavReader::open(&output).expect("it was written");
    assert_eq!(reader.duration(), 96_000);
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_while_the_source_is_prepared_is_a_clean_end_at_once() {
    let desk = Desk::new();
    let source = wav_at(&desk, "long.wav", 1_000, &vec![0.1; 300_000]);
    let record = desk.arg("take.wav");
    let args = [
        "run",
        "--output=null",
        "--sample-rate=384000",
        "--source",
        &source,
        "--record",
        &record,
    ];
    let mut daemon = Running::start(&mut binaurald(&args));
    let status = format!("/proc/{}/status", daemon.child().id());
    wait_until("it listens for SIGTERM", || {
        let status = fs::read_to_string(&status).unwrap_or_default();
        let caught = status.lines().find_map(|l| l.strip_prefix("SigCgt:"));
        let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        caught.is_some_and(|mask| mask & 1 << 14 != 0)
    });
    let began = Instant::now();
    daemon.signal("TERM");
    let output = daemon.end();
    let took = began.elapsed();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!stderr(&output).contains("playing"), "{}", stderr(&output));
    assert!(took < Duration::from_secs(5), "it ended after {took:?}");
    assert_eq!(desk.names(), ["long.wav"]);
}

#[test]
fn a_file_that_is_read_is_not_written_over() {
    let desk = Desk::new();
    let source = wav_at(&desk, "voice.wav", 48_000, &vec![0.1; 4800]);
    let path = desk.write("path.csv", "t,x,y,z\n0,1,0,0\n");
    let before = fs::read(desk.path("voice.wav")).expect("readable");
    for args in [
        vec!["render", "--source", &source, "--output", &source],
        vec!["render", "--trajectory", &path, "--output", &path],
        vec![
            "run",
            "--output=null",
            "--duration=1",
            "--source",
            &source,
            "--record",
            &source,
        ],
    ] {
        let done = binaurald(&args).output().expect("the program starts");
        let text = stderr(&done);
        assert_eq!(done.status.code(), Some(2), "{args:?}: {text}");
        assert!(
            text.contains("which is read; name another file"),
            "{args:?}: {text}"
        );
    }
    assert_eq!(fs::read(desk.path("voice.wav")).expect("readable"), before);
    assert_eq!(desk.names(), ["path.csv", "voice.wav"]);
}
