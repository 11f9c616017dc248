//! Outputs when things go wrong: no device, servers that hang or die, a disk that fills up.
#![cfg(target_os = "linux")]

mod support {
    pub(crate) mod child;
    pub(crate) mod pulse;
    pub(crate) mod recording;
    pub(crate) mod signal;
}

use std::io::BufRead;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use binaurald::audio::StereoFrame;
use binaurald::output::{self, FrameSource, OPEN_LIMIT, Recorder, STOP_LIMIT};
use support::child::{Told, action, command, reported, request};
use support::pulse::{Pulse, Sink};

/// The other side of these tests.
#[test]
#[ignore = "started by the other tests"]
fn child() {
    match action().as_deref() {
        Some("open") => try_to_open(),
        Some("open-often") => {
            let threads = || fs::read_dir("/proc/self/task").map_or(0, Iterator::count);
            let before = threads();
            try_to_open();
            let more = (1..20)
                .filter(|_| output::open(&request()).is_err())
                .count();
            println!("more_errors={more}\nmore_threads={}", threads() - before);
        }
        Some("survive") => survive(),
        Some("alsa") => {
            // What libasound says when nobody tells it to be silent.
            let result = alsa::PCM::new("default", alsa::Direction::Playback, true);
            println!("\nopened={}", result.is_ok());
        }
        Some("record") => record(),
        Some(other) => panic!("no such action: {other}"),
        None => {}
    }
}

fn try_to_open() {
    let began = Instant::now();
    let result = output::open(&request());
    let elapsed = began.elapsed().as_millis();
    match result {
        Ok(open) => println!("\nid={}", open.info().device_id),
        Err(error) => println!("\nusage={}\nerror={error}", error.is_usage()),
    }
    println!("ms={elapsed}");
}

/// Plays, tells how the stream fares, and opens anew when told so.
fn survive() {
    let mut commands = std::io::stdin().lock().lines();
    let start = || {
        output::open(&request())
            .and_then(|open| open.start(|block| block.fill(StereoFrame::new(0.25, -0.25))))
    };
    let mut running = start().expect("the server is there");
    println!("\nready=1");
    while let Some(Ok(command)) = commands.next() {
        match command.as_str() {
            "count" => {
                let before = running.counters().snapshot();
                thread::sleep(Duration::from_millis(500));
                let after = running.counters().snapshot();
                println!("callbacks={}", after.callbacks - before.callbacks);
            }
            "stop" => {
                let began = Instant::now();
                running.stop();
                println!("stop_ms={}", began.elapsed().as_millis());
                let reopened = start();
                println!("reopened={}", reopened.is_ok());
                let Ok(again) = reopened else { return };
                running = again;
            }
            other => panic!("no such command: {other}"),
        }
    }
}

/// Records more than the file may hold.
fn record() {
    struct Endless(u64);
    impl FrameSource for Endless {
        fn read(&mut self, out: &mut [StereoFrame]) -> usize {
            thread::sleep(Duration::from_millis(10));
            out.fill(StereoFrame::new(0.5, -0.5));
            self.0 += 1;
            if self.0 > 700 { 0 } else { 64 }
        }
        fn lost(&self) -> u64 {
            0
        }
    }
    let path = env::var("BINAURALD_TEST_FILE").expect("where to record to");
    let recorder =
        Recorder::start(Path::new(&path), 48_000, Box::new(Endless(0))).expect("writable");
    let began = Instant::now();
    let news = loop {
        if let Some(news) = recorder.take_news() {
            break news;
        }
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "the limit was not met"
        );
        thread::sleep(Duration::from_millis(20));
    };
    let failed = recorder
        .finish()
        .expect_err("that it was said makes it no success");
    println!(
        "\nnews={news}\nfailure={failed}\nframes={}\nbeyond={}",
        failed.summary.frames, failed.summary.beyond
    );
}

/// Lines of libasound's own in what a child wrote to standard error.
fn alsa_lines(output: &Output) -> usize {
    String::from_utf8_lossy(&output.stderr)
        .lines()
        .filter(|line| line.contains("ALSA lib"))
        .count()
}

#[test]
fn without_any_device_it_says_so_in_time_and_alone() {
    let directory = tempfile::tempdir().expect("a directory for the test");
    let configuration = directory.path().join("asound.conf");
    let server = format!("unix:{}", directory.path().join("nobody").display());
    let nobody = format!("pcm.!default {{ type pulse server \"{server}\" }}\n");
    // The first is a system without a card, the second one whose server is not there.
    for text in [
        "pcm.!default { type plug slave.pcm { type hw card 31 } }\n",
        &nobody,
    ] {
        fs::write(&configuration, text).expect("a file for ALSA");
        let run = |action| {
            command(action)
                .env("ALSA_CONFIG_PATH", &configuration)
                .env("PULSE_SERVER", &server)
                .env("XDG_RUNTIME_DIR", directory.path())
                .env("HOME", directory.path())
                .output()
                .expect("the child can be started")
        };
        let output = run("open");
        let error = reported(&output, "error");
        for words in [
            "no sound device and no sound server",
            "--output null",
            "--record",
        ] {
            assert!(error.contains(words), "{error} does not say {words}");
        }
        assert_eq!(reported(&output, "usage"), "false");
        let elapsed: u128 = reported(&output, "ms").parse().expect("a number");
        assert!(elapsed <= OPEN_LIMIT.as_millis(), "it took {elapsed} ms");
        assert_eq!(alsa_lines(&output), 0, "{output:?}");
    }
    // Positive control: by itself the library is not silent.
    fs::write(
        &configuration,
        "pcm.!default { type nothing_of_this_kind }\n",
    )
    .expect("a file");
    let run = |action| {
        let mut command = command(action);
        command.env("ALSA_CONFIG_PATH", &configuration);
        command.output().expect("the child can be started")
    };
    let loud = run("alsa");
    assert!(alsa_lines(&loud) > 0, "{loud:?}");
    assert_eq!(alsa_lines(&run("open")), 0);
}

#[test]
fn a_server_that_hangs_does_not_hang_the_caller() {
    let pulse = Pulse::start(Sink::default());
    pulse.signal("STOP");
    let output = command("open-often").envs(pulse.environment()).output();
    pulse.signal("CONT");
    let output = output.expect("the child can be started");
    let error = reported(&output, "error");
    assert!(error.contains("does not answer"), "{error}");
    let threads: usize = reported(&output, "more_threads").parse().expect("a number");
    // Each of two attempts has a thread, and the server's client library one of its own.
    assert!(threads <= 4, "{threads} threads hang after 20 attempts");
    let elapsed: u128 = reported(&output, "ms").parse().expect("a number");
    let limit = OPEN_LIMIT.as_millis();
    assert!(
        (limit..limit + 1_000).contains(&elapsed),
        "it took {elapsed} ms"
    );
}

#[test]
fn a_stream_whose_server_dies_stands_still_and_a_new_one_plays() {
    let mut pulse = Pulse::start(Sink::default());
    let mut child = Told::start("survive", pulse.environment());
    child.tell("count");
    let alive: u64 = child.answer("callbacks").parse().expect("a number");
    assert!(alive > 0, "no block was asked for in half a second");

    pulse.kill();
    thread::sleep(Duration::from_millis(500));
    child.tell("count");
    assert_eq!(child.answer("callbacks"), "0", "callbacks without a server");

    pulse.restart();
    child.tell("stop");
    let stop: u128 = child.answer("stop_ms").parse().expect("a number");
    assert!(
        stop < STOP_LIMIT.as_millis() + 500,
        "stopping took {stop} ms"
    );
    assert_eq!(child.answer("reopened"), "true");
    child.tell("count");
    let again: u64 = child.answer("callbacks").parse().expect("a number");
    assert!(again > 0, "the new stream stands still");
    let said = child.errors();
    assert!(
        said.lines().count() < 50,
        "the log was flooded: {} lines",
        said.lines().count()
    );
}

#[test]
fn a_stream_that_hangs_is_stopped_in_time() {
    let pulse = Pulse::start(Sink::default());
    let mut child = Told::start("survive", pulse.environment());
    pulse.signal("STOP");
    child.tell("stop");
    let stop: u128 = child.answer("stop_ms").parse().expect("a number");
    let reopened = child.answer("reopened");
    pulse.signal("CONT");
    assert!(
        stop < STOP_LIMIT.as_millis() + 500,
        "stopping took {stop} ms"
    );
    assert_eq!(reopened, "false", "a frozen server was played to");
}

#[test]
fn a_disk_that_fills_up_ends_the_recording_and_keeps_what_was_safe() {
    let directory = tempfile::tempdir().expect("a directory for the test");
    let path = directory.path().join("take.wav");
    // A limit on the size of files, which is met as an error of the write, as a full disk is.
    let child = command("record");
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 560; exec \"$@\"", "sh"]);
    shell.arg(child.get_program()).args(child.get_args());
    shell
        .env("BINAURALD_TEST_ACTION", "record")
        .env("BINAURALD_TEST_FILE", &path);
    let output = shell.output().expect("the child can be started");
    assert!(output.status.success(), "{output:?}");
    let failure = reported(&output, "failure");
    assert!(failure.contains("take.wav: cannot be written"), "{failure}");
    let news = reported(&output, "news");
    assert!(failure.starts_with(&news), "{news} and then {failure}");
    let kept: u64 = reported(&output, "frames").parse().expect("a number");
    let beyond: u64 = reported(&output, "beyond").parse().expect("a number");
    assert!(kept > 0, "nothing was kept");
    assert!(failure.contains(&format!("{kept} frames")), "{failure}");
    assert_eq!(beyond, 0, "frames beyond 4 GiB, of a file that is smaller");
    let read = binaurald::files::load_clip(&path).expect("what was kept can be played");
    assert!(
        read.clip.samples.len() as u64 >= kept,
        "{} frames of {kept}",
        read.clip.samples.len()
    );
    assert_eq!(fs::read_dir(directory.path()).expect("readable").count(), 1);
}
