//! How long the parts take that a position and a sound go through.
//!
//! `cargo bench --bench parts`.

use std::f32::consts::TAU;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use binaurald::audio::StereoFrame;
use binaurald::bridge::{BridgeConfig, Controller, Endpoint, MotionDelay, bridge};
use binaurald::dsp::delay_line::{DelayLine, Glide, Kernel};
use binaurald::dsp::distance::{DistanceLaw, DistanceModel};
use binaurald::dsp::fir::convolve_blended;
use binaurald::dsp::shift::Shift;
use binaurald::dsp::spectrum::{Transform, silence};
use binaurald::dsp::sums::{Change, Filter, Row, Span, Sums, blend};
use binaurald::dsp::{QUANTUM, STEP};
use binaurald::geometry::WorldView;
use binaurald::head::{Head, HeadShape};
use binaurald::position::check_answer;
use binaurald::proto::{Pos, Position};
use binaurald::render::{Edges, Engine, EngineConfig, SourceId};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use prost::Message;

const RATE: u32 = 48_000;
/// Sources that get a position at a time: as many as the callback takes between two quanta.
const SOURCES: SourceId = 64;
/// Taps of a filter of the air, and frames of the built-in head's transforms, both at 48 kHz.
const AIR_TAPS: usize = 64;
const FRAMES: usize = 384;

/// A tone of so many frames.
fn tone(frames: usize) -> Vec<f32> {
    (0_u16..)
        .take(frames)
        .map(|n| (TAU * f32::from(n) / 19.0).sin())
        .collect()
}

/// One quantum in, and one out at a delay that moves.
fn delay_line(criterion: &mut Criterion) {
    let kernel = Kernel::new();
    let mut line = DelayLine::new(64);
    let sound = tone(QUANTUM);
    let block = sound.first_chunk().expect("a quantum");
    let mut out = [0.0; STEP];
    let mut group = criterion.benchmark_group("delay-line");
    group.throughput(Throughput::Elements(QUANTUM as u64));
    group.bench_function("push-and-read", |bencher| {
        bencher.iter(|| {
            line.push(black_box(block));
            for (step, delay) in [20.3, 20.5, 20.7, 20.9].into_iter().enumerate() {
                let glide = Glide::straight(delay, delay + 0.2);
                line.read(&kernel, step, black_box(glide), &mut out);
                black_box(&out);
            }
        });
    });
    group.finish();
}

/// A filter in time that changes, as that of the air, for one source.
fn fir(criterion: &mut Criterion) {
    let input = tone(AIR_TAPS - 1 + QUANTUM);
    let (from, to) = (tone(AIR_TAPS), tone(AIR_TAPS + 1));
    let mut out = [0.0; QUANTUM];
    let mut group = criterion.benchmark_group("fir");
    group.throughput(Throughput::Elements(QUANTUM as u64));
    group.bench_function(BenchmarkId::new("blended", AIR_TAPS), |bencher| {
        bencher.iter(|| {
            convolve_blended(black_box(&input), &from, &to[1..], &mut out);
            black_box(&out);
        });
    });
    group.finish();
}

/// The filter of one ear by frequency: the transform of a sound, which both ears share; three rows
/// that a filter is made of; and the sound through the filter as it was and as it becomes.
fn ear_filter(criterion: &mut Criterion) {
    let mut transform = Transform::new(FRAMES);
    let sound = tone(FRAMES);
    let [mut heard, mut filter, mut row] = [(); 3].map(|()| silence(FRAMES));
    transform.filter(&sound[..100], &mut row);
    let mut group = criterion.benchmark_group("ear-filter");
    group.throughput(Throughput::Elements(QUANTUM as u64));
    group.bench_function("transform", |bencher| {
        bencher.iter(|| transform.forward([&[], black_box(&sound)], &mut heard));
    });
    let rows: [Row; 3] = [(0.5, &row), (0.2, &row), (0.3, &row)];
    group.bench_function("blend", |bencher| {
        bencher.iter(|| blend(black_box(&rows), &mut filter));
    });
    let change = Change {
        from: Filter {
            bins: &row,
            shift: Shift::new(20.3, FRAMES),
            gain: 1.0,
        },
        shift: Shift::new(20.4, FRAMES),
        gain: 1.0,
        later: 0.1,
    };
    let mut sums = Sums::new(FRAMES);
    group.bench_function("add-moving", |bencher| {
        bencher.iter(|| sums.add_moving(&heard, black_box(&change), &filter, Span::Quantum));
    });
    group.finish();
}

/// A bridge to an engine that has no source yet: what crosses it is taken, and nothing rendered.
fn empty_bridge() -> (Controller, Endpoint) {
    let head = Head::sphere(HeadShape::default(), RATE).expect("the default head");
    let engine = Engine::new(EngineConfig {
        head: Arc::new(head),
        distance: DistanceLaw {
            model: DistanceModel::Inverse,
            ref_m: 1.0,
            max_m: 100.0,
            rolloff: 1.0,
            min_m: 0.2,
        },
        gain: 1.0,
        limiter: true,
        max_speed_m_s: 100.0,
        sources: SOURCES,
        edges: Edges::default(),
    });
    let config = BridgeConfig {
        sources: SOURCES,
        motion_delay: MotionDelay::Auto,
        record_frames: None,
    };
    let (controller, endpoint, _) = bridge(engine, config);
    (controller, endpoint)
}

/// The time of so many rounds: in each, `send` sends a position of every source, and the callback
/// takes all of them. Returns the sender's and the callback's.
fn rounds(
    (controller, endpoint): &mut (Controller, Endpoint),
    count: u64,
    mut send: impl FnMut(&mut Controller, SourceId, f64),
) -> [Duration; 2] {
    let mut block = [StereoFrame::SILENCE; QUANTUM];
    let mut times = [Duration::ZERO; 2];
    for _ in 0..count {
        let before = controller.counters().commands();
        let frame = controller.counters().playhead() as f64;
        let start = Instant::now();
        for source in 0..SOURCES {
            send(controller, source, frame);
        }
        let sent = Instant::now();
        endpoint.fill(black_box(&mut block));
        times[0] += sent - start;
        times[1] += sent.elapsed();
        let taken = controller.counters().commands() - before;
        assert_eq!(taken, u64::from(SOURCES), "not all was taken at once");
    }
    times
}

/// What it takes to bring positions into the callback, on both sides; a quantum without sources in
/// it is a part of the callback's.
fn boundary(criterion: &mut Criterion) {
    let mut ends = empty_bridge();
    let mut group = criterion.benchmark_group("boundary");
    group.throughput(Throughput::Elements(u64::from(SOURCES)));
    for (side, name) in ["send", "take"].into_iter().enumerate() {
        group.bench_function(BenchmarkId::new(name, SOURCES), |bencher| {
            bencher.iter_custom(|count| {
                let place = binaurald::geometry::Position::new(1.0, 0.5, 0.0);
                rounds(&mut ends, count, |controller, source, frame| {
                    controller.place(source, black_box(place), frame);
                })[side]
            });
        });
    }
    group.finish();
}

/// From the message on the wire into the ring: decoded, checked, turned into the listener's
/// coordinates, sent.
fn position_path(criterion: &mut Criterion) {
    let answer = Position {
        position: Some(Pos {
            x: 1.0,
            y: 0.5,
            z: -0.25,
        }),
        status: 0,
        msg: String::new(),
    };
    let message = answer.encode_to_vec();
    let view = WorldView::default();
    let mut ends = empty_bridge();
    let mut group = criterion.benchmark_group("position");
    group.throughput(Throughput::Elements(u64::from(SOURCES)));
    group.bench_function(BenchmarkId::new("message-to-ring", SOURCES), |bencher| {
        bencher.iter_custom(|count| {
            let [time, _] = rounds(&mut ends, count, |controller, source, frame| {
                let answer = Position::decode(black_box(&message[..])).expect("it was encoded");
                let coordinates = check_answer(&answer).expect("a position");
                let position = view.place(coordinates.map(f64::from));
                controller.place(source, position, frame);
            });
            time
        });
    });
    group.finish();
}

/// What a start costs before the first sound.
fn prepare(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("head/sphere/prepare");
    group.sample_size(10);
    for rate in [44_100, 48_000, 96_000] {
        group.bench_function(BenchmarkId::from_parameter(rate), |bencher| {
            bencher.iter(|| Head::sphere(HeadShape::default(), black_box(rate)));
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = delay_line, fir, ear_filter, boundary, position_path, prepare
}
criterion_main!(benches);
