//! How long the audio callback takes: all of it, from the commands in the ring to the frames.
//!
//! `cargo bench --bench callback`; a part of it: `cargo bench --bench callback -- kemar/moving`. The
//! throughput is in source frames: one source for one frame. At 48 kHz one core carries as many
//! sources as that number divided by 48,000. `binaurald bench` measures the same with percentiles,
//! `make instructions` counts the instructions of the same.

#[path = "support/matrix.rs"]
mod matrix;

use std::hint::black_box;
use std::time::{Duration, Instant};

use binaurald::audio::StereoFrame;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use matrix::{FRAMES, Set};

fn callback(criterion: &mut Criterion) {
    matrix::each(|set| {
        let mut group = criterion.benchmark_group(format!("callback/{}/{}", set.head, set.motion));
        for frames in FRAMES {
            let work = u64::from(set.sources) * frames as u64;
            group.throughput(Throughput::Elements(work));
            let sources = format!("{}-sources", set.sources);
            let id = BenchmarkId::new(sources, format!("{frames}-frames"));
            let mut block = vec![StereoFrame::SILENCE; frames];
            group.bench_function(id, |bencher| {
                bencher.iter_custom(|iterations| time(set, &mut block, iterations));
            });
        }
        group.finish();
    });
}

/// The time of so many blocks, without that of the control side's part.
fn time(set: &mut Set, block: &mut [StereoFrame], blocks: u64) -> Duration {
    let mut time = Duration::ZERO;
    for _ in 0..blocks {
        set.scene.steer();
        let start = Instant::now();
        set.scene.fill(black_box(block));
        time += start.elapsed();
    }
    set.check(block);
    time
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    targets = callback
}
criterion_main!(benches);
