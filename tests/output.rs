//! Playing to real devices: ALSA, by way of a throw-away `PulseAudio` server whose sink is recorded.
//!
//! The audio library reads its environment once for each process, so what plays is a child process:
//! this test program itself, running [`child`] alone.
#![cfg(target_os = "linux")]

mod support {
    pub(crate) mod pulse;
}

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use binaurald::audio::StereoFrame;
use binaurald::output::{
    self, DeviceChoice, FrameSource, OPEN_LIMIT, OutputRequest, Recorder, STOP_LIMIT,
};
use support::pulse::{Pulse, Sink};

/// Frames of signal that a child plays.
const SIGNAL_FRAMES: usize = 96_000;
/// Frames a block: large, so that a busy machine keeps up.
const BUFFER_FRAMES: u32 = 4_096;

/// White noise that a float holds exactly, another in each ear.
fn signal(frame: usize) -> StereoFrame {
    StereoFrame::new(noise(frame), noise(frame + 10 * SIGNAL_FRAMES))
}

fn noise(n: usize) -> f32 {
    let mut state = (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    state = (state ^ (state >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = ((state >> 40) as u32).cast_signed() - (1 << 23);
    bits as f32 / (1 << 24) as f32
}

/// The share of a signal that is in a recording within `tolerance`, in its order, in windows of 10 ms;
/// after a gap it is looked for anew.
fn share_found(recorded: &[f32], expected: impl Fn(usize) -> f32, tolerance: f32) -> f64 {
    const WINDOW: usize = 480;
    let matches = |at: usize, from: usize, count: usize| {
        (0..count).all(|n| {
            recorded
                .get(at + n)
                .is_some_and(|sample| (sample - expected(from + n)).abs() <= tolerance)
        })
    };
    let windows = SIGNAL_FRAMES / WINDOW;
    let (mut found, mut at) = (0, 0);
    for window in 0..windows {
        let from = window * WINDOW;
        if let Some(start) = (at..recorded.len()).find(|&at| matches(at, from, 32)) {
            if matches(start, from, WINDOW) {
                found += 1;
            }
            at = start + WINDOW;
        }
    }
    f64::from(found) / windows as f64
}

/// This program as a child that does `action`.
fn command(action: &str) -> Command {
    let mut command = Command::new(env::current_exe().expect("this program has a path"));
    command
        .args([
            "child",
            "--exact",
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env("BINAURALD_TEST_ACTION", action)
        .stdin(Stdio::null());
    command
}

/// What the child reported as `key=value`.
fn reported(output: &Output, key: &str) -> String {
    let text = String::from_utf8_lossy(&output.stdout);
    let found = text
        .lines()
        .find_map(|line| line.split_once(&format!("{key}=")))
        .map(|(_, value)| value);
    found.map_or_else(
        || panic!("the child did not report {key}: {output:?}"),
        str::to_owned,
    )
}

/// The other side of these tests; alone it has nothing to do.
#[test]
#[ignore = "started by the other tests"]
fn child() {
    let Ok(action) = env::var("BINAURALD_TEST_ACTION") else {
        return;
    };
    match action.as_str() {
        "play" => play(),
        "open" => try_to_open(),
        "open-often" => {
            let threads = || fs::read_dir("/proc/self/task").map_or(0, Iterator::count);
            let before = threads();
            try_to_open();
            let more = (1..20)
                .filter(|_| output::open(&request()).is_err())
                .count();
            println!("more_errors={more}\nmore_threads={}", threads() - before);
        }
        "survive" => survive(),
        "alsa" => {
            // What libasound says when nobody tells it to be silent.
            let result = alsa::PCM::new("default", alsa::Direction::Playback, true);
            println!("\nopened={}", result.is_ok());
        }
        "record" => record(),
        other => panic!("no such action: {other}"),
    }
}

fn request() -> OutputRequest {
    let text = |name: &str| env::var(name).ok();
    OutputRequest {
        device: DeviceChoice::parse(&text("BINAURALD_TEST_DEVICE").unwrap_or("default".to_owned())),
        host: None,
        sample_rate: text("BINAURALD_TEST_RATE").map(|rate| rate.parse().expect("a rate")),
        buffer_frames: BUFFER_FRAMES,
    }
}

/// Plays the signal, then silence until it was heard.
fn play() {
    let open = output::open(&request()).expect("the server is there");
    let mut frame = 0;
    let running = open
        .start(move |block| {
            for slot in block {
                *slot = if frame < SIGNAL_FRAMES {
                    signal(frame)
                } else {
                    StereoFrame::SILENCE
                };
                frame += 1;
            }
        })
        .expect("it can be started");
    let began = Instant::now();
    while running.counters().snapshot().frames < SIGNAL_FRAMES as u64 {
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "{:?}",
            running.counters().snapshot()
        );
        thread::sleep(Duration::from_millis(10));
    }
    let info = running.info().clone();
    let (counters, drain) = (running.counters().snapshot(), running.drain_time());
    thread::sleep(drain + Duration::from_millis(100));
    let stopping = Instant::now();
    running.stop();
    println!(
        "\nrate={}\nchannels={}\nformat={}",
        info.sample_rate, info.channels, info.sample_format
    );
    println!(
        "buffer={}\nid={}\nhost={}",
        info.buffer_frames, info.device_id, info.host
    );
    println!(
        "warning={:?}\nlatency={}",
        info.warning(),
        counters.latency.is_some()
    );
    println!(
        "drain_ms={}\nstop_ms={}",
        drain.as_millis(),
        stopping.elapsed().as_millis()
    );
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
    let mut commands = BufReader::new(std::io::stdin()).lines();
    let start =
        || output::open(&request()).and_then(|open| open.start(|block| block.fill(signal(7))));
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
    let failure = loop {
        if let Some(failure) = recorder.take_failure() {
            break failure;
        }
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "the limit was not met"
        );
        thread::sleep(Duration::from_millis(20));
    };
    let summary = recorder.finish().expect("the failure was said already");
    println!(
        "\nfailure={failure}\nframes={}\nbeyond={}",
        summary.frames, summary.beyond
    );
}

/// Lets a child play to a device of a sink; what was recorded, and the child's report.
fn play_to(sink: Sink, device: &str, rate: Option<u32>) -> (support::pulse::Recorded, Output) {
    let pulse = Pulse::start(sink);
    let recording = pulse.record();
    let mut command = command("play");
    command
        .envs(pulse.environment())
        .env("BINAURALD_TEST_DEVICE", device);
    if let Some(rate) = rate {
        command.env("BINAURALD_TEST_RATE", rate.to_string());
    }
    let output = command.output().expect("the child can be started");
    assert!(output.status.success(), "{output:?}");
    (recording.stop(), output)
}

#[test]
fn a_stereo_device_plays_every_bit() {
    let (recorded, output) = play_to(Sink::default(), "default", None);
    let left = share_found(&recorded.channel(0), |n| signal(n).left, 0.0);
    let right = share_found(&recorded.channel(1), |n| signal(n).right, 0.0);
    assert!(
        left > 0.9 && right > 0.9,
        "found {left} and {right} of the signal"
    );
    let swapped = share_found(&recorded.channel(1), |n| signal(n).left, 0.0);
    assert!(
        swapped < 0.1,
        "the ears are swapped, or the measure finds anything"
    );
    assert_eq!(reported(&output, "rate"), "48000");
    assert_eq!(reported(&output, "channels"), "2");
    assert_eq!(reported(&output, "format"), "f32");
    assert_eq!(reported(&output, "id"), "alsa:default");
    assert_eq!(reported(&output, "host"), "ALSA");
    assert_eq!(reported(&output, "warning"), "None");
    assert_eq!(reported(&output, "latency"), "true");
    let buffer: u32 = reported(&output, "buffer").parse().expect("a number");
    assert!(
        (1_024..=16_384).contains(&buffer),
        "{buffer} frames a block"
    );
    let stop: u128 = reported(&output, "stop_ms").parse().expect("a number");
    assert!(stop < STOP_LIMIT.as_millis(), "stopping took {stop} ms");
}

#[test]
fn of_six_channels_the_first_two_sound() {
    let sink = Sink {
        channels: vec![
            "front-left",
            "front-right",
            "rear-left",
            "rear-right",
            "front-center",
            "lfe",
        ],
        ..Sink::default()
    };
    let (recorded, output) = play_to(sink, "alsa:exact", None);
    assert_eq!(reported(&output, "channels"), "6");
    let left = share_found(&recorded.channel(0), |n| signal(n).left, 0.0);
    let right = share_found(&recorded.channel(1), |n| signal(n).right, 0.0);
    assert!(
        left > 0.9 && right > 0.9,
        "found {left} and {right} of the signal"
    );
    for channel in 2..6 {
        let loudest = recorded
            .channel(channel)
            .iter()
            .fold(0.0_f32, |peak, s| peak.max(s.abs()));
        assert!(loudest <= 0.0, "channel {channel} has {loudest}");
    }
}

#[test]
fn a_single_channel_gets_both_ears_and_a_warning() {
    let sink = Sink {
        channels: vec!["mono"],
        ..Sink::default()
    };
    let (recorded, output) = play_to(sink, "exact", None);
    assert_eq!(reported(&output, "channels"), "1");
    assert!(
        reported(&output, "warning").contains("single channel"),
        "{output:?}"
    );
    let mean = |n| 0.5 * (signal(n).left + signal(n).right);
    let share = share_found(&recorded.channel(0), mean, 0.0);
    assert!(share > 0.9, "found {share} of the signal");
}

#[test]
fn a_device_of_integers_gets_integers() {
    let sink = Sink {
        format: "s16le",
        ..Sink::default()
    };
    let (recorded, output) = play_to(sink, "rig in INTEGERS", None);
    assert_eq!(reported(&output, "format"), "i32");
    let step = 1.0 / 32_768.0;
    for (channel, share) in [
        share_found(&recorded.channel(0), |n| signal(n).left, step),
        share_found(&recorded.channel(1), |n| signal(n).right, step),
    ]
    .into_iter()
    .enumerate()
    {
        assert!(share > 0.9, "found {share} of channel {channel}");
    }
}

#[test]
fn the_sample_rate_that_was_asked_for_is_taken() {
    let sink = Sink {
        rate: 44_100,
        ..Sink::default()
    };
    let (recorded, output) = play_to(sink, "default", Some(44_100));
    assert_eq!(reported(&output, "rate"), "44100");
    let share = share_found(&recorded.channel(0), |n| signal(n).left, 0.0);
    assert!(share > 0.9, "found {share} of the signal");
}

#[test]
fn what_a_device_or_the_system_does_not_have_is_refused_with_what_it_has() {
    let pulse = Pulse::start(Sink::default());
    let open = |variables: &[(&str, &str)]| {
        let mut command = command("open");
        command
            .envs(pulse.environment())
            .envs(variables.iter().copied());
        let output = command.output().expect("the child can be started");
        assert!(output.status.success(), "{output:?}");
        output
    };
    let rate = open(&[("BINAURALD_TEST_RATE", "500000")]);
    let text = reported(&rate, "error");
    assert!(
        text.contains("500000 Hz") && text.contains("1 to 384000 Hz"),
        "{text}"
    );
    assert_eq!(reported(&rate, "usage"), "false");

    let device = open(&[("BINAURALD_TEST_DEVICE", "Headphones of nobody")]);
    let text = reported(&device, "error");
    for listed in [
        "Headphones of nobody",
        "alsa:default",
        "alsa:exact",
        "rig in integers",
    ] {
        assert!(text.contains(listed), "{text} does not say {listed}");
    }
    assert_eq!(reported(&device, "usage"), "true");

    let several = open(&[("BINAURALD_TEST_DEVICE", "RIG")]);
    let text = reported(&several, "error");
    assert!(
        text.contains("take the id of one") && text.contains("alsa:exact"),
        "{text}"
    );

    let exact_name = open(&[("BINAURALD_TEST_DEVICE", "rig as it is")]);
    assert_eq!(reported(&exact_name, "id"), "alsa:exact");

    let null = open(&[("BINAURALD_TEST_DEVICE", "alsa:null")]);
    assert!(
        reported(&null, "error").contains("--output null"),
        "{null:?}"
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

/// A child that is told what to do, line by line.
struct Told {
    child: Child,
    errors: tempfile::NamedTempFile,
    answers: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Told {
    fn start(pulse: &Pulse) -> Self {
        let errors = tempfile::NamedTempFile::new().expect("a file for the test");
        let mut child = command("survive")
            .envs(pulse.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors.reopen().expect("a file for the test"))
            .spawn()
            .expect("the child can be started");
        let stdout = child.stdout.take().expect("its output is a pipe");
        let mut told = Self {
            child,
            errors,
            answers: BufReader::new(stdout).lines(),
        };
        assert_eq!(told.answer("ready"), "1");
        told
    }

    fn tell(&mut self, line: &str) {
        use std::io::Write as _;
        let stdin = self.child.stdin.as_mut().expect("its input is a pipe");
        writeln!(stdin, "{line}").expect("the child listens");
    }

    fn answer(&mut self, key: &str) -> String {
        let mut passed = String::new();
        for line in self.answers.by_ref() {
            let line = line.expect("the child speaks text");
            if let Some((_, value)) = line.split_once(&format!("{key}=")) {
                return value.to_owned();
            }
            let _ = writeln!(passed, "{line}");
        }
        panic!("the child did not answer {key}: {passed}");
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_stream_whose_server_dies_stands_still_and_a_new_one_plays() {
    let mut pulse = Pulse::start(Sink::default());
    let mut child = Told::start(&pulse);
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
    let said = fs::read_to_string(child.errors.path()).expect("readable");
    assert!(
        said.lines().count() < 50,
        "the log was flooded: {} lines",
        said.lines().count()
    );
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
    let kept: u64 = reported(&output, "frames").parse().expect("a number");
    let beyond: u64 = reported(&output, "beyond").parse().expect("a number");
    assert!(
        kept > 0 && beyond > 0,
        "{kept} frames kept, {beyond} drained after"
    );
    let read = binaurald::wav::load(&path).expect("what was kept can be played");
    assert!(
        read.clip.samples.len() as u64 >= kept,
        "{} frames of {kept}",
        read.clip.samples.len()
    );
    assert_eq!(fs::read_dir(directory.path()).expect("readable").count(), 1);
}
