//! `bench`

use clap::Args;

use super::{number, whole};
use crate::config as defaults;

/// `binaurald bench`
#[derive(Args, Debug)]
#[command(after_long_help = AFTER_HELP)]
pub struct BenchArgs {
    /// How many sources move and sound at a time (1 to 4096 each, up to 16 numbers).
    #[arg(
        long,
        value_name = "N,..",
        value_delimiter = ',',
        default_value = defaults::DEFAULT_BENCH_SOURCES,
        value_parser = whole::<u32>,
        allow_negative_numbers = true
    )]
    pub sources: Vec<u32>,

    /// Frames a block (1 to 65536 each, up to 16 numbers).
    #[arg(
        long,
        value_name = "N,..",
        value_delimiter = ',',
        default_value = defaults::DEFAULT_BENCH_FRAMES,
        value_parser = whole::<u32>,
        allow_negative_numbers = true
    )]
    pub frames: Vec<u32>,

    /// Whose head one listens with: kemar (measured, built in), sphere, or a SOFA file.
    #[arg(long, value_name = "HEAD", default_value = defaults::DEFAULT_HEAD)]
    pub head: String,

    /// How long to measure each number of sources with each size of block, in seconds (0.1 to
    /// 3600).
    #[arg(
        long,
        value_name = "S",
        default_value_t = defaults::DEFAULT_BENCH_SECONDS,
        value_parser = number,
        allow_negative_numbers = true
    )]
    pub seconds: f64,

    /// Sample rate, in hertz.
    #[arg(
        long,
        value_name = "HZ",
        default_value_t = defaults::DEFAULT_BENCH_RATE_HZ,
        value_parser = whole::<u32>,
        allow_negative_numbers = true
    )]
    pub sample_rate: u32,

    /// Print JSON: one object (docs/json.md has its fields).
    #[arg(long)]
    pub json: bool,
}

const AFTER_HELP: &str = "\
Measured is the whole callback: positions from the ring, every source and the limiter. All \
combinations take turns, so that a busy moment of the machine meets them all alike. Nothing else \
runs between the blocks, as it would beside a device: caches are warmer here than there. The thread \
has the usual priority; when the system gives the processor to another program, that is in p99, p99.9 \
and max.

A percentile is left out (-) where fewer blocks were measured than it needs: 100 for p99, 1000 for \
p99.9; more --seconds bring more. \"median%\" and \"p99%\" are shares of the deadline, which is \
the time that the block takes to play: frames / rate.

\"a core\" is how many such sources one core carries at this size of block so that the median takes \
half of the deadline and the rest is left for slow blocks: sources x deadline / 2 / median, rounded \
down. It takes the time to grow with the sources, and tells no more than 4 times what was measured: \
\">=64\" is 64 or more. It needs 100 blocks of 32 frames or more. Whether slow blocks keep the \
deadline is what \"p99%\" says: below 100 they do, but for one in a hundred.";
