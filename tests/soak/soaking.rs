//! A daemon that is put through one trouble after the other, and what is left of it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::thread;
use std::time::{Duration, Instant};

use crate::daemon::{Daemon, FADE, FADED_IN, RATE, Studio};
use crate::ordeal::{Ordeal, Trouble};
use crate::page::Page;
use crate::process::Held;
use crate::puppet::Answer;
use crate::summary::summary_count;
use crate::timeline::{Cuts, Timeline, seconds};
use crate::watched::get;

/// All is well again within this.
const WELL_AGAIN: Duration = Duration::from_secs(5);

/// How long a trouble lasts: an outage is one, a loss too, and a position is stale.
const LASTS_MS: std::ops::Range<u64> = 1_600..2_600;

/// How long nothing is wrong between two.
const REST: Duration = Duration::from_millis(1_200);

/// Threads that are kept for the next work end when there was none for 10 s.
const AT_REST: Duration = Duration::from_secs(11);

/// The record may begin and end by so much sooner or later than was seen, in seconds.
const EDGES_S: f64 = 0.5;

/// A stream that starts after an outage takes its time: seconds, which the record lacks.
const START_S: f64 = 0.15;

/// Deadline of a call in milliseconds: one that a busy machine keeps.
const TIMEOUT: &str = "1000";

/// Places of the source, with the same level.
const PLACES: [[f32; 3]; 4] = [
    [0.0, 1.0, 0.0],
    [0.0, -1.0, 0.0],
    [1.0, 0.0, 0.0],
    [-1.0, 0.0, 0.0],
];

/// A soak as it goes on.
pub(crate) struct Soak {
    studio: Studio,
    ordeal: Ordeal,
    daemon: Daemon,
    began: Instant,
    random: fastrand::Rng,
    /// Each trouble, how often it was, and how long it took at most until all was well again.
    seen: BTreeMap<Trouble, (u64, Duration)>,
}

impl Soak {
    pub(crate) fn start(seed: u64) -> Self {
        let (studio, ordeal) = (Studio::new(), Ordeal::new());
        let (source, record) = (studio.text("source.wav"), studio.text("take.wav"));
        let address = ordeal.way.address();
        let mut args = vec!["--server", &address, "--timeout", TIMEOUT];
        args.extend(["--stale-after", "1", "--stale", "fade"]);
        args.extend(["--metrics", "127.0.0.1:0"]);
        args.extend(["--source", &source, "--record", &record]);
        // From place to place is a jump: a flight may go through the head, and be loud.
        args.extend(["--buffer-frames", "2048", "--max-speed", "5"]);
        let environment = [ordeal.pulse.environment(), calm_allocator()].concat();
        let daemon = Daemon::start_with(&args, environment);
        let began = daemon.wait_for("playing to");
        daemon.wait_for("connected to");
        thread::sleep(REST);
        Self {
            studio,
            ordeal,
            daemon,
            began,
            random: fastrand::Rng::with_seed(seed),
            seen: BTreeMap::new(),
        }
    }

    /// What the daemon holds when it plays at its first rate, and has had nothing to do for a while.
    pub(crate) fn held_at_rest(&mut self) -> Held {
        self.inflict(Trouble::Killed(RATE));
        thread::sleep(AT_REST);
        self.held()
    }

    /// What the daemon holds at this moment.
    pub(crate) fn held(&self) -> Held {
        Held::by(self.daemon.id())
    }

    /// Goes through each trouble of the sound server once.
    pub(crate) fn go_through_outages(&mut self) {
        for trouble in Trouble::AUDIO {
            self.inflict(trouble);
        }
    }

    /// Goes through troubles at random until it has lasted so long; `told` hears of each.
    pub(crate) fn go_through_any(&mut self, until: Duration, told: impl Fn(&Self, Trouble)) {
        while self.began.elapsed() < until {
            let trouble = Trouble::any(&mut self.random);
            self.inflict(trouble);
            told(self, trouble);
        }
    }

    fn inflict(&mut self, trouble: Trouble) {
        let lasts = Duration::from_millis(self.random.u64(LASTS_MS));
        self.ordeal.inflict(trouble, lasts);
        let since = Instant::now();
        let good = self.ordeal.server.given(Answer::Good);
        while !self.is_well(good) {
            assert!(
                since.elapsed() < WELL_AGAIN,
                "{trouble}: not well again:\n{}",
                self.daemon.log()
            );
            thread::sleep(Duration::from_millis(5));
        }
        let (count, worst) = self.seen.entry(trouble).or_default();
        *count += 1;
        *worst = since.elapsed().max(*worst);
        let place = PLACES[self.random.usize(..PLACES.len())];
        self.ordeal.server.place(place);
        thread::sleep(REST);
    }

    /// Whether it plays, and asks for positions.
    fn is_well(&self, good: u64) -> bool {
        let log = self.daemon.log();
        let lost = log.lines("has taken no sound").len();
        lost == log.lines("playing again to").len() && self.ordeal.server.given(Answer::Good) > good
    }

    /// How many troubles there were of a kind.
    fn count(&self, is: fn(Trouble) -> bool) -> u64 {
        let those = self.seen.iter().filter(|(trouble, _)| is(**trouble));
        those.map(|(_, (count, _))| count).sum()
    }

    /// Looks whether the metrics have all that happened, and that all is well.
    fn check_metrics(&self) {
        let (_, line) = self.daemon.log().only("metrics on http://");
        let address = line
            .split("http://")
            .nth(1)
            .and_then(|at| at.split('/').next());
        let page = Page::read(&get(address.expect("an address"), "/metrics").body);
        let rejected = page
            .samples()
            .filter(|(name, _)| name.starts_with("positions_rejected"));
        let rejected: f64 = rejected.map(|(_, count)| count).sum();
        assert_eq!(rejected, self.ordeal.bad_answers() as f64, "bad answers");
        let losses = self.count(Trouble::is_loss);
        for (name, count) in [
            ("position_losses_total", losses),
            ("position_reconnects_total", losses),
            ("position_stale_total", self.count(Trouble::is_stale)),
            ("renderer_panics_total", 0),
            ("position_connected", 1),
            ("position_is_stale", 0),
            ("stream_up", 1),
        ] {
            assert_eq!(page.value(name), count as f64, "{name}: {page:#?}");
        }
        // A suspended sink takes streams, and nothing of them.
        let (rebuilds, outages) = (
            page.value("stream_rebuilds_total"),
            self.count(Trouble::is_outage) as f64,
        );
        assert!(
            rebuilds >= outages,
            "{rebuilds} streams after {outages} outages"
        );
    }

    /// Ends the daemon, and looks whether all was told and counted that happened.
    ///
    /// # Panics
    /// When it was not.
    pub(crate) fn finish(self) -> Outcome {
        self.check_metrics();
        self.daemon.signal("INT");
        let lasted = self.began.elapsed();
        let outages = self.count(Trouble::is_outage);
        let losses = self.count(Trouble::is_loss);
        let log = self.daemon.end_well();
        for (count, what) in [
            (outages, "outage"),
            (losses, "reconnect"),
            (self.ordeal.bad_answers(), "bad answer"),
        ] {
            let told = summary_count(&log, what);
            assert_eq!(told, count, "{what}s told and inflicted:\n{log}");
        }
        for part in ["panic", "internal fault", "ERROR"] {
            assert!(log.lines(part).is_empty(), "{log}");
        }
        let lost = log.lines("has taken no sound").len() as u64;
        assert_eq!(lost, outages, "lines of outages told and inflicted:\n{log}");
        let record = Timeline::new(self.studio.recorded("take.wav"));
        check_record(&record, lasted, outages);
        Outcome {
            seen: self.seen,
            record,
        }
    }
}

/// One pool of memory, and large pieces go back to the system: what is left is held, not kept in case.
fn calm_allocator() -> Vec<(&'static str, OsString)> {
    vec![
        ("MALLOC_ARENA_MAX", "1".into()),
        ("MALLOC_MMAP_THRESHOLD_", "65536".into()),
        ("MALLOC_TRIM_THRESHOLD_", "65536".into()),
    ]
}

/// What was left of a soak.
pub(crate) struct Outcome {
    /// Each trouble, how often it was, and how long it took at most until all was well again.
    pub(crate) seen: BTreeMap<Trouble, (u64, Duration)>,
    record: Timeline,
}

impl Outcome {
    /// The longest until all was well again, in seconds.
    pub(crate) fn worst_s(&self) -> f64 {
        let worst = self.seen.values().map(|(_, worst)| worst.as_secs_f64());
        worst.fold(0.0, f64::max)
    }

    /// How many troubles there were.
    pub(crate) fn troubles(&self) -> u64 {
        self.seen.values().map(|(count, _)| count).sum()
    }

    /// The largest step of the record, over that of its first second.
    pub(crate) fn step(&self) -> f64 {
        let Self { record, .. } = self;
        let own = record.largest_step(FADED_IN..FADED_IN + RATE as usize, Cuts::Counted);
        let all = record.largest_step(FADED_IN..record.frames() - FADE, Cuts::Allowed);
        f64::from(all / own)
    }

    /// Frames of silence in the record.
    pub(crate) fn silent_frames(&self) -> usize {
        self.record.missing(FADED_IN..self.record.frames() - FADE)
    }
}

/// The record is as long as the daemon ran, and every sample a number.
fn check_record(record: &Timeline, lasted: Duration, outages: u64) {
    let (seconds, lasted_s) = (seconds(record.frames()), lasted.as_secs_f64());
    assert!(
        (seconds - lasted_s).abs() < EDGES_S + START_S * outages as f64,
        "{seconds} s recorded of {lasted_s} s"
    );
    assert!(record.is_finite(), "not every sample is a number");
}
