//! A daemon that plays, loses what it plays to, and gets it back.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use crate::daemon::{Daemon, Log, PATIENCE, Studio};
use crate::path::seconds_between;
use crate::program::binaurald;
use crate::recording::Recording;
use crate::rig::Rig;

/// How long there is nothing to play to.
const OUTAGE: Duration = Duration::from_secs(3);

/// How much sound is recorded before the loss, in seconds.
const BEFORE_S: f64 = 1.0;

/// A daemon that plays to a rig, and the recording of what is heard.
pub(crate) struct Playing {
    pub(crate) daemon: Daemon,
    /// When it said that it plays.
    pub(crate) began: Instant,
    pub(crate) recording: Recording,
    rate: u32,
}

/// What was heard between two moments, at the rate of its time.
pub(crate) struct Heard {
    pub(crate) ears: [Vec<f32>; 2],
    /// Hertz.
    pub(crate) rate: u32,
    /// When its first frame was played, as well as it could be seen.
    pub(crate) first_frame: Instant,
    /// Where in it the daemon's sound begins, in frames.
    pub(crate) onset: usize,
    /// When that was noticed.
    sounds_at: Instant,
}

/// What an outage came to.
pub(crate) struct Outage {
    pub(crate) before: Heard,
    pub(crate) after: Heard,
    /// When what plays was taken away.
    lost: Instant,
    /// How long after that the daemon said so.
    pub(crate) told_after: Duration,
    /// How many streams played in the end, where the sound server tells.
    pub(crate) streams: Option<usize>,
    /// When what plays was up again, and recorded.
    pub(crate) restored: Instant,
    /// Part of one processor core that the daemon took while there was nothing to play to.
    pub(crate) busy: f64,
    pub(crate) log: Log,
}

impl Heard {
    /// Length of a window in which a side is heard: 50 ms, in frames.
    pub(crate) fn side_window(&self) -> usize {
        self.rate as usize / 20
    }
}

impl Outage {
    /// How long after what plays it the sound was back, in seconds; negative when it was sooner than
    /// that could be seen.
    pub(crate) fn back_after_s(&self) -> f64 {
        seconds_between(self.restored, self.after.sounds_at)
    }

    /// How long nothing was heard, in seconds.
    pub(crate) fn silent_s(&self) -> f64 {
        seconds_between(self.lost, self.after.sounds_at)
    }
}

impl Playing {
    /// Starts the daemon; it plays for a while when this returns.
    /// The position server's address is `server`.
    pub(crate) fn start(rig: &impl Rig, studio: &Studio, server: &str) -> (Self, Heard) {
        let recording = rig.record();
        let (source, record) = (studio.text("source.wav"), studio.text("take.wav"));
        let daemon = Daemon::start_with(
            &[
                "--server",
                server,
                "--host",
                rig.host(),
                "--output",
                rig.output(),
                "--source",
                &source,
                "--record",
                &record,
                // Large blocks, and a deadline that a busy machine keeps.
                "--buffer-frames",
                "2048",
                "--timeout",
                "2000",
            ],
            rig.environment(),
        );
        let began = daemon.wait_for("playing to");
        daemon.wait_for("connected to");
        let playing = Self {
            daemon,
            began,
            recording,
            rate: crate::daemon::RATE,
        };
        let heard = playing.listen(BEFORE_S);
        (playing, heard)
    }

    /// Listens until so much of the daemon's sound was played.
    fn listen(&self, seconds: f64) -> Heard {
        let rate = f64::from(self.rate);
        let began = Instant::now();
        let mut first_frame = None;
        let mut onset = None;
        loop {
            let now = Instant::now();
            let frames = self.recording.frames();
            // No frame is recorded before it was played: the soonest block tells when the first was.
            let first = now.checked_sub(Duration::from_secs_f64(frames as f64 / rate));
            first_frame = first_frame.into_iter().chain(first).min();
            if onset.is_none() {
                let left = self.recording.so_far().channel(0);
                let found = left.iter().position(|sample| *sample != 0.0);
                onset = found.map(|found| (found, Instant::now()));
            }
            if let (Some(first_frame), Some((onset, sounds_at))) = (first_frame, onset)
                && frames as f64 > onset as f64 + seconds * rate
            {
                let recorded = self.recording.so_far();
                return Heard {
                    ears: recorded.ears(),
                    rate: self.rate,
                    first_frame,
                    onset,
                    sounds_at,
                };
            }
            assert!(
                began.elapsed() < PATIENCE,
                "the daemon is not heard:\n{}",
                self.daemon.log()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Takes away what it plays to, and waits until it says so.
    pub(crate) fn lose(&self, rig: &mut impl Rig) -> Duration {
        let lost = Instant::now();
        rig.lose();
        let told = self.daemon.wait_for("has taken no sound");
        let after = told.duration_since(lost);
        assert!(
            after < Duration::from_secs(4),
            "told after {after:?}:\n{}",
            self.daemon.log()
        );
        after
    }

    /// An outage, during which the world goes on by `meanwhile`; then so much is listened to, and
    /// the daemon is told to end.
    pub(crate) fn go_through(
        mut self,
        rig: &mut impl Rig,
        before: Heard,
        meanwhile: impl FnOnce(),
        listen_s: f64,
    ) -> Outage {
        let time_before = processor_s(self.daemon.id());
        let lost = Instant::now();
        let told_after = self.lose(rig);
        meanwhile();
        thread::sleep(OUTAGE.saturating_sub(lost.elapsed()));
        let time = processor_s(self.daemon.id()) - time_before;
        let busy = time / lost.elapsed().as_secs_f64();

        // What it still held of the time before is no sound of after it.
        self.recording.forget();
        let restored = rig.restore();
        if let Some(recording) = restored.recording {
            self.recording = recording;
        }
        self.rate = rig.rate_after();
        let after = self.listen(listen_s);
        self.daemon.wait_for("playing again to");
        let streams = rig.streams();
        self.daemon.signal("INT");
        let log = self.daemon.end_well();
        Outage {
            before,
            after,
            lost,
            told_after,
            streams,
            restored: restored.at,
            busy,
            log,
        }
    }
}

/// How much time a process has taken of all cores together, in seconds.
fn processor_s(process: u32) -> f64 {
    /// Of the kernel's clock, a second: the same on every Linux.
    const TICKS: f64 = 100.0;
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("the process runs");
    let (_, numbers) = stat.rsplit_once(") ").expect("its name stands in brackets");
    // The fields count from 1, and the first of these is the third; 14 and 15 are user and system.
    let ticks: u32 = numbers
        .split(' ')
        .skip(14 - 3)
        .take(2)
        .map(|ticks| ticks.parse::<u32>().expect("a count of ticks"))
        .sum();
    f64::from(ticks) / TICKS
}

/// Tells the position server of this address where the source is from now on.
pub(crate) fn move_source(server: &str, [x, y, z]: [&str; 3]) {
    let output = binaurald(&["position", "set", "--server", server, x, y, z])
        .output()
        .expect("it can be started");
    assert!(output.status.success(), "{output:?}");
}
