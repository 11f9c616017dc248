//! How long the audio callback takes: all of it, from the commands in the ring to the frames, while
//! every source moves in every block.
//!
//! `cargo bench --bench callback`. The throughput is in source frames: one source for one frame.
//! At 48 kHz one core carries as many sources as that number divided by 48,000.

use std::f64::consts::TAU;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use binaurald::audio::{Clip, StereoFrame};
use binaurald::bridge::{BridgeConfig, Controller, Endpoint, MotionDelay, bridge};
use binaurald::dsp::distance::{DistanceLaw, DistanceModel};
use binaurald::geometry::Position;
use binaurald::head::{Head, HeadShape};
use binaurald::render::{Edges, Engine, EngineConfig, Voice, VoiceOptions};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const RATE: u32 = 48_000;

/// Orbiting sources behind a bridge, as the daemon has them.
struct Scene {
    controller: Controller,
    endpoint: Endpoint,
    sources: u16,
}

impl Scene {
    fn new(head: &Arc<Head>, sources: u16) -> Self {
        let engine = Engine::new(EngineConfig {
            head: Arc::clone(head),
            distance: DistanceLaw {
                model: DistanceModel::Inverse,
                ref_m: 1.0,
                max_m: 100.0,
                rolloff: 1.0,
                min_m: 0.2,
            },
            gain: 0.1,
            limiter: true,
            max_speed_m_s: 100.0,
            sources,
            edges: Edges::default(),
        });
        let config = BridgeConfig {
            sources,
            motion_delay: MotionDelay::Auto,
            record_frames: None,
        };
        let (mut controller, mut endpoint, _) = bridge(engine, config);
        let mut random = fastrand::Rng::with_seed(1);
        let samples: Vec<f32> = (0..RATE).map(|_| random.f32() - 0.5).collect();
        let clip = Clip {
            samples: samples.into(),
            sample_rate: RATE,
        };
        for source in 0..sources {
            let options = VoiceOptions {
                looped: true,
                playhead: u64::from(source) * 741,
                fade_in: false,
            };
            let voice = Voice::new(head, clip.clone(), Position::FRONT, options);
            controller
                .add(source, Box::new(voice), 0)
                .expect("the ring is empty");
            endpoint.fill(&mut [StereoFrame::SILENCE; 32]);
        }
        Self {
            controller,
            endpoint,
            sources,
        }
    }

    /// Tells every source's next position: on its own circle, once round in 7.2 seconds.
    fn steer(&mut self) {
        let now = self.controller.counters().playhead();
        let turn = now as f64 / f64::from(RATE) / 7.2;
        for source in 0..self.sources {
            let radius = 0.5 + f64::from(source) * 0.1;
            let (sin, cos) = (TAU * (turn + f64::from(source) * 0.37)).sin_cos();
            let position = Position::new(radius * cos, radius * sin, 0.3);
            self.controller.place(source, position, now as f64);
        }
    }
}

fn callback(criterion: &mut Criterion) {
    let head = Arc::new(Head::sphere(HeadShape::default(), RATE).expect("the default head"));
    let mut group = criterion.benchmark_group("callback/sphere/moving");
    for sources in [1, 16, 64] {
        for frames in [128_usize, 256, 512] {
            let mut scene = Scene::new(&head, sources);
            let mut block = vec![StereoFrame::SILENCE; frames];
            group.throughput(Throughput::Elements(u64::from(sources) * frames as u64));
            let id = BenchmarkId::new(format!("{sources}-sources"), format!("{frames}-frames"));
            group.bench_function(id, |bencher| {
                bencher.iter_custom(|iterations| {
                    let mut time = Duration::ZERO;
                    for _ in 0..iterations {
                        scene.steer();
                        let start = Instant::now();
                        scene.endpoint.fill(black_box(&mut block));
                        time += start.elapsed();
                    }
                    let sounds = block.iter().any(|frame| frame.left != 0.0);
                    let complete = scene.controller.merged_positions() == 0;
                    assert!(sounds && complete, "what is measured is not the whole work");
                    time
                });
            });
        }
    }
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
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = callback, prepare
}
criterion_main!(benches);
