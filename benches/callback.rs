//! How long the audio callback takes: all of it, from the commands in the ring to the frames, while
//! every source moves in every block.
//!
//! `cargo bench --bench callback`. The throughput is in source frames: one source for one frame.
//! At 48 kHz one core carries as many sources as that number divided by 48,000. `binaurald bench`
//! measures the same with percentiles.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use binaurald::app::bench::Scene;
use binaurald::audio::StereoFrame;
use binaurald::head::{Head, HeadShape};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const RATE: u32 = 48_000;

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
                        scene.fill(black_box(&mut block));
                        time += start.elapsed();
                    }
                    let sounds = block.iter().any(|frame| frame.left != 0.0);
                    assert!(
                        sounds && scene.is_whole(),
                        "what is measured is not the whole work"
                    );
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
