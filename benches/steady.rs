//! Whether the callback's time moves when other parts of the same process work: 64 clients that flood
//! the position server, somebody who reads the counters without a pause, a new head that is prepared.
//!
//! `cargo bench --bench steady`; with `-- --test` it runs for a moment.
//!
//! Each block is rendered when a device would ask for it. Beside a busy process the kernel takes the
//! processor away now and then: such blocks are left out and counted, by what the kernel itself counts
//! of this thread, read between blocks. What is left is to keep p99.9 within 1.3 medians and 30 us.

use std::fs;
use std::hint::black_box;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use binaurald::app::bench::Scene;
use binaurald::audio::StereoFrame;
use binaurald::bridge::Counters;
use binaurald::head::Head;
use binaurald::position::{ClientConfig, Link};
use binaurald::server::{self, ServerConfig};
use binaurald::trajectory::{Orbit, Trajectory};
use hdrhistogram::Histogram;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

const RATE: u32 = 48_000;
const FRAMES: usize = 256;
const SOURCES: u16 = 16;
const CLIENTS: usize = 64;
const SPEED_OF_SOUND_M_S: f64 = 343.0;

/// How long each kind of work goes on at a time, and how often it is its turn.
const TURN: Duration = Duration::from_secs(5);
const TURNS: u32 = 4;

/// What works beside the callback.
#[derive(Clone, Copy, PartialEq)]
enum Work {
    Nothing,
    Flood,
    Reading,
    Head,
}

const ALL: [(Work, &str); 4] = [
    (Work::Nothing, "nothing"),
    (Work::Flood, "64 clients flood"),
    (Work::Reading, "counters are read"),
    (Work::Head, "a head is prepared"),
];

/// What was measured beside one kind of work.
struct Times {
    nanos: Histogram<u64>,
    interrupted: u64,
    /// How much of the work was done: calls, readings, heads.
    work: u64,
}

fn main() {
    let is_test = std::env::args().any(|word| word == "--test");
    let (turn, turns) = if is_test {
        (Duration::from_millis(100), 1)
    } else {
        (TURN, TURNS)
    };
    let head = Head::kemar(SPEED_OF_SOUND_M_S, RATE).expect("it is built in");
    let mut scene = Scene::new(&Arc::new(head), SOURCES);
    let mut all = ALL.map(|_| Times {
        nanos: Histogram::new_with_max(1_000_000_000, 3).expect("bounds in its range"),
        interrupted: 0,
        work: 0,
    });
    for _ in 0..turns {
        for ((work, _), times) in ALL.iter().zip(&mut all) {
            let beside = Beside::start(*work, &scene);
            measure(&mut scene, times, turn);
            times.work += beside.stop();
        }
    }
    assert!(scene.is_whole(), "the callback did not do all its work");
    println!(
        "{SOURCES} sources, kemar, blocks of {FRAMES} frames at {RATE} Hz; microseconds\n\n\
         beside             blocks  left out   median      p99    p99.9      max    bound  kept       work"
    );
    for ((_, name), times) in ALL.iter().zip(&all) {
        tell(name, times);
    }
}

/// Prints a row.
fn tell(name: &str, times: &Times) {
    let us = |quantile: f64| times.nanos.value_at_quantile(quantile) as f64 / 1e3;
    let bound = 1.3 * us(0.5) + 30.0;
    let kept = us(0.999) <= bound;
    println!(
        "{name:<18} {:>6} {:>9} {:>8.1} {:>8.1} {:>8.1} {:>8.1} {bound:>8.1} {:>5} {:>10}",
        times.nanos.len(),
        times.interrupted,
        us(0.5),
        us(0.99),
        us(0.999),
        us(1.0),
        if kept { "yes" } else { "NO" },
        times.work,
    );
}

/// Renders block by block, each when a device would ask for it.
fn measure(scene: &mut Scene, times: &mut Times, time: Duration) {
    let mut block = [StereoFrame::SILENCE; FRAMES];
    let interval = Duration::from_secs(1) * FRAMES as u32 / RATE;
    let end = Instant::now() + time;
    let mut due = Instant::now() + interval;
    let mut before = interruptions();
    while due < end {
        scene.steer();
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let began = Instant::now();
        scene.fill(black_box(&mut block));
        let took = began.elapsed();
        let after = interruptions();
        if after == before {
            times.nanos.saturating_record(took.as_nanos() as u64);
        } else {
            times.interrupted += 1;
        }
        before = after;
        due += interval;
    }
}

/// How often the kernel has taken the processor from this thread; always 0 where it does not say.
fn interruptions() -> u64 {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let count = status
        .lines()
        .find_map(|line| line.strip_prefix("nonvoluntary_ctxt_switches:"));
    count
        .and_then(|count| count.trim().parse().ok())
        .unwrap_or(0)
}

/// Work that goes on beside the callback.
struct Beside {
    stop: Arc<AtomicBool>,
    done: Arc<AtomicU64>,
    thread: Option<thread::JoinHandle<()>>,
    runtime: Option<Runtime>,
}

impl Beside {
    fn start(work: Work, scene: &Scene) -> Self {
        let mut beside = Self {
            stop: Arc::default(),
            done: Arc::default(),
            thread: None,
            runtime: None,
        };
        let (stop, done) = (Arc::clone(&beside.stop), Arc::clone(&beside.done));
        let counters = Arc::clone(scene.counters());
        match work {
            Work::Nothing => {}
            Work::Flood => beside.runtime = Some(flood(&done)),
            Work::Reading => {
                beside.thread = Some(thread::spawn(move || read(&counters, &stop, &done)));
            }
            Work::Head => beside.thread = Some(thread::spawn(move || prepare(&stop, &done))),
        }
        beside
    }

    /// Ends it; returns how much was done.
    fn stop(self) -> u64 {
        self.stop.store(true, Relaxed);
        if let Some(thread) = self.thread {
            thread.join().expect("it does not fail");
        }
        if let Some(runtime) = self.runtime {
            runtime.shutdown_timeout(Duration::from_secs(5));
        }
        self.done.load(Relaxed)
    }
}

/// The bundled server, and clients each of which asks as soon as it has an answer.
fn flood(done: &Arc<AtomicU64>) -> Runtime {
    let runtime = Runtime::new().expect("threads");
    let bound = runtime
        .block_on(server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))))
        .expect("a free port");
    let address = bound.local_addr().to_string();
    let config = ServerConfig::new(Trajectory::Orbit(Orbit::default()));
    runtime.spawn(bound.serve(config, CancellationToken::new()));
    for _ in 0..CLIENTS {
        let config = ClientConfig::new(&address, 60.0, 5_000).expect("an address");
        let done = Arc::clone(done);
        runtime.spawn(async move {
            let mut link = Link::new(&config);
            // Until the server is shut down.
            while link.ask().await.is_ok() {
                done.fetch_add(1, Relaxed);
            }
        });
    }
    runtime
}

fn read(counters: &Counters, stop: &AtomicBool, done: &AtomicU64) {
    while !stop.load(Relaxed) {
        black_box((
            counters.calls(),
            counters.playhead(),
            counters.commands(),
            counters.limited_frames(),
        ));
        done.fetch_add(1, Relaxed);
    }
}

fn prepare(stop: &AtomicBool, done: &AtomicU64) {
    while !stop.load(Relaxed) {
        black_box(Head::kemar(SPEED_OF_SOUND_M_S, RATE).expect("it is built in"));
        done.fetch_add(1, Relaxed);
    }
}
