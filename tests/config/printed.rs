//! `run --print-config`: what holds, where it comes from, and that it is a file.

use binaurald::cli::{Effective, Settings};

use crate::asked::{Asked, typed};
use crate::program::stdout;

fn settings(asked: &Asked) -> Settings {
    let parsed = asked.parse();
    parsed.unwrap_or_else(|error| panic!("{error}")).1
}

/// The line of an option.
fn line(printed: &str, option: &str) -> String {
    let named = |line: &&str| {
        line.starts_with(&format!("{option} = ")) || *line == format!("# {option} is not set")
    };
    let mut lines = printed.lines().filter(named);
    let line = lines
        .next()
        .unwrap_or_else(|| panic!("{option}: {printed}"));
    assert_eq!(lines.next(), None, "{option} twice: {printed}");
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn each_setting_is_printed_with_where_it_comes_from() {
    let file = "verbose = 1\n\n[run]\ngain = -6\nonce = true\npoll-hz = 30\nsource = \"a \\\"b\\\".wav\"\n";
    let printed = settings(
        &typed(&["run", "--no-once", "--motion-delay", "20"])
            .file(file)
            .with("BINAURALD_RUN_POLL_HZ", "1e2"),
    )
    .as_file();
    for (option, expected) in [
        ("verbose", "verbose = 1 # FILE:1"),
        ("quiet", "quiet = 0 # default"),
        ("gain", "gain = -6 # FILE:4"),
        ("once", "once = false # command line"),
        ("motion-delay", "motion-delay = \"20\" # command line"),
        (
            "poll-hz",
            "poll-hz = 100 # environment variable BINAURALD_RUN_POLL_HZ",
        ),
        ("source", "source = \"a \\\"b\\\".wav\" # FILE:7"),
        ("server", "server = \"http://127.0.0.1:50051\" # default"),
        ("duration", "# duration is not set"),
    ] {
        let line = line(&printed, option);
        // The file of a test has a name of its own each time.
        let line = match line.split_once(" # /") {
            Some((value, file)) => {
                let (_, number) = file.rsplit_once(':').expect("a line");
                format!("{value} # FILE:{number}")
            }
            None => line,
        };
        assert_eq!(line, expected);
    }
}

#[test]
fn what_is_printed_is_a_file_that_says_the_same() {
    for words in [
        &["run"][..],
        &[
            "-qq",
            "run",
            "--gain",
            "-.5",
            "--listener",
            "1,-2,0.5,90",
            "--once",
        ],
        &[
            "run",
            "--source",
            "tab\t\"quotes\" and \\.wav",
            "--limiter",
            "off",
            "--scale",
            "1e-7",
        ],
        &[
            "-v",
            "run",
            "--duration",
            "1e8",
            "--sample-rate",
            "48000",
            "--temperature",
            "-3.25",
        ],
        &["render", "--output", "o.wav", "--bits", "16"],
        &["bench", "--sources", "1,2,3", "--frames", "64"],
    ] {
        let first = settings(&typed(words));
        // What cannot be in a file is typed again.
        let again = match words {
            ["render", ..] => &["render", "--output", "o.wav"][..],
            ["bench", ..] => &["bench"],
            _ => &["run"],
        };
        let printed = first.as_file();
        let second = settings(&typed(again).file(&printed));
        let differ = |(a, b): (&Effective, &Effective)| a.option != b.option || !a.is_same(b);
        let pairs = || first.effective().iter().zip(second.effective());
        assert!(!pairs().any(differ), "{printed}\n{}", second.as_file());
        assert_eq!(first.effective().len(), second.effective().len());
        let printed_again = second.as_file();
        let values = |text: &str| -> Vec<String> {
            let value = |line: &str| line.split(" # ").next().unwrap_or(line).trim().to_owned();
            text.lines().map(value).collect()
        };
        assert_eq!(values(&printed), values(&printed_again));
    }
}

#[test]
fn it_is_printed_to_standard_output_and_nothing_is_opened() {
    // Neither a device nor a server of that name is there, nor is anything recorded.
    let words = ["run", "--print-config", "--output", "no such device"];
    let output = typed(&[&words[..], &["--record", "never.wav"]].concat()).run();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    let printed = stdout(&output);
    assert_eq!(
        line(printed, "output"),
        "output = \"no such device\" # command line"
    );
    assert!(!std::path::Path::new("never.wav").exists());
}

#[test]
fn what_cannot_be_used_is_refused_in_place_of_being_printed() {
    typed(&["run", "--print-config"])
        .file("[run]\ngain = 100\n")
        .refused(&["--gain 100: must be", "line 2"]);
    typed(&["run"])
        .file("[run]\nprint-config = true\n")
        .refused(&["run.print-config: cannot be set here"]);
}
