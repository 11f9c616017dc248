//! The slowest blocks: a block whenever a device would ask for one, in peace and under a flood.

use std::fs;
use std::hint::black_box;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use binaurald::audio::StereoFrame;
use binaurald::bridge::{Controller, Counters, Endpoint};
use binaurald::geometry::Position;
use binaurald::head::Head;

use crate::peers::Ours;
use crate::scene::{Motion, SAMPLE_RATE, Scene};

use super::grpc::Served;

pub(crate) const SOURCES: u16 = 64;
pub(crate) const FRAMES: usize = 256;
/// How long is measured at least, after a time in which it warms up.
const TIME: Duration = Duration::from_secs(20);
/// And at most, while fewer blocks than are enough were left whole.
const MOST_TIME: Duration = Duration::from_mins(1);
const ENOUGH: usize = 2000;
const WARM_UP: Duration = Duration::from_secs(1);
/// How long a block plays.
const BLOCK: Duration = Duration::from_nanos(FRAMES as u64 * 1_000_000_000 / SAMPLE_RATE as u64);

const SCENE: Scene = Scene {
    sources: SOURCES as usize,
    motion: Motion::Circles,
    frames: FRAMES,
};

/// What blocks took: microseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tail {
    pub(crate) median: f64,
    pub(crate) p99_9: f64,
    pub(crate) max: f64,
    /// Blocks that count.
    pub(crate) blocks: usize,
    /// Blocks during which the kernel took the processor away, which do not.
    pub(crate) left_out: usize,
    /// Positions a second that the callback took.
    pub(crate) positions: f64,
    /// Requests a second that were answered meanwhile.
    pub(crate) requests: f64,
}

impl Tail {
    /// Whether there are as many blocks as a p99.9 needs to be more than the longest.
    pub(crate) fn is_known(&self) -> bool {
        self.blocks > 1000
    }

    /// The bar for its p99.9.
    pub(crate) fn limit(&self) -> f64 {
        self.median * 1.3 + 30.0
    }
}

/// While it is told a position of each source for each block, and nothing else.
pub(crate) fn quiet(head: &Arc<Head>) -> Result<Tail, String> {
    let ours = Ours::new(head, &SCENE)?;
    let mut controller = ours.controller;
    let counters = Arc::clone(controller.counters());
    paced(
        ours.endpoint,
        &counters,
        || place_all(&mut controller),
        || 0,
    )
}

/// While 64 callers flood the bundled server, in this process, and the ring: each answer moves all
/// sources.
pub(crate) fn flooded(head: &Arc<Head>) -> Result<Tail, String> {
    let ours = Ours::new(head, &SCENE)?;
    let counters = Arc::clone(ours.controller.counters());
    let controller = Mutex::new(ours.controller);
    let server = Served::bundled()?;
    let callers = server.call(move |answer| {
        let mut controller = controller.lock().expect("nobody panics with it");
        place_all(&mut controller);
        let now = controller.counters().playhead() as f64;
        let [x, y, z] = [answer.x, answer.y, answer.z].map(f64::from);
        controller.place(0, Position::new(x, y, z), now);
    })?;
    paced(ours.endpoint, &counters, || (), || callers.answers())
}

fn place_all(controller: &mut Controller) {
    let now = controller.counters().playhead();
    for source in 0..SOURCES {
        let position = SCENE.position(usize::from(source), now);
        controller.place(source, position, now as f64);
    }
}

/// Calls the callback as a device does; `steer` is called before each block. `answers` counts.
fn paced(
    mut endpoint: Endpoint,
    counters: &Counters,
    mut steer: impl FnMut(),
    answers: impl Fn() -> u64,
) -> Result<Tail, String> {
    let mut block = [StereoFrame::SILENCE; FRAMES];
    let (mut times, mut left_out) = (Vec::new(), 0);
    let (mut due, mut counted) = (Instant::now(), None);
    let start = due + WARM_UP;
    while due < start + TIME || (times.len() < ENOUGH && due < start + MOST_TIME) {
        // After a call that came too late a device goes on from there.
        due = (due + BLOCK).max(Instant::now());
        thread::sleep(due.saturating_duration_since(Instant::now()));
        steer();
        let switches = involuntary_switches()?;
        let began = Instant::now();
        endpoint.fill(black_box(&mut block));
        let time = began.elapsed();
        if due < start {
            continue;
        }
        counted.get_or_insert_with(|| (counters.commands(), answers()));
        if involuntary_switches()? == switches {
            times.push(time.as_nanos() as f64 / 1000.0);
        } else {
            left_out += 1;
        }
    }
    if counters.panics() > 0 || block.contains(&StereoFrame::SILENCE) {
        return Err("the callback failed while its slowest blocks were measured".to_owned());
    }
    let seconds = start.elapsed().as_secs_f64();
    let (commands, answered) = counted.unwrap_or_default();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let rank = (times.len() as f64 * share).ceil() as usize;
        times.get(rank.saturating_sub(1)).copied()
    };
    let none = "the kernel took the processor away in each block";
    Ok(Tail {
        median: at(0.5).ok_or(none)?,
        p99_9: at(0.999).ok_or(none)?,
        max: at(1.0).ok_or(none)?,
        blocks: times.len(),
        left_out,
        positions: (counters.commands() - commands) as f64 / seconds,
        requests: (answers() - answered) as f64 / seconds,
    })
}

/// How often the kernel has taken the processor away from this thread so far.
fn involuntary_switches() -> Result<u64, String> {
    let path = "/proc/thread-self/status";
    let status = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("nonvoluntary_ctxt_switches:"))
        .and_then(|count| count.trim().parse().ok())
        .ok_or_else(|| format!("{path} does not count what the kernel takes away"))
}
