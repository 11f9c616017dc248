//! `binaurald bench`

use std::ops::RangeInclusive;

use crate::cli::{BenchArgs, Switch};
use crate::output::{DeviceChoice, OutputRequest};
use crate::position::ClientConfig;

use super::run::motion_delay;
use super::{
    ConfigError, DEFAULT_BENCH_RATE_HZ, DEFAULT_BENCH_SOURCES, DEFAULT_LIVE_SOURCES,
    DEFAULT_SERVER, DEFAULT_TIMEOUT_MS, HeadConfig, RunConfig, SceneConfig, StaleConfig,
    buffer_frames, refuse, sample_rate, within,
};

/// Numbers that `--sources` and `--frames` may have each.
const MAX_NUMBERS: usize = 16;
const SOURCES: RangeInclusive<u32> = 1..=4096;
const FRAMES: RangeInclusive<u32> = 1..=65_536;
const SECONDS: RangeInclusive<f64> = 0.1..=3600.0;
const LIVE_SECONDS: RangeInclusive<f64> = 0.5..=86_400.0;
const STEPS: RangeInclusive<u32> = 5..=1000;

/// `binaurald bench`
#[derive(Clone, Debug)]
pub struct BenchConfig {
    /// Whose head one listens with.
    pub head: HeadConfig,
    /// What is measured.
    pub task: BenchTask,
}

/// What is measured.
#[derive(Clone, Debug)]
pub enum BenchTask {
    /// The callback alone, without a device.
    Callback(CallbackConfig),
    /// What a device makes of it.
    Live(LiveConfig),
    /// The way of a position to the ear.
    Latency(Box<LatencyConfig>),
}

/// The callback alone.
#[derive(Clone, Debug)]
pub struct CallbackConfig {
    /// How many sources to measure with: at most 4096.
    pub sources: Vec<u16>,
    /// Sizes of block to measure, in frames.
    pub frames: Vec<u32>,
    /// How long to measure each combination: seconds.
    pub seconds: f64,
    /// Hertz.
    pub sample_rate: u32,
}

/// `--live`
#[derive(Clone, Debug)]
pub struct LiveConfig {
    /// Where to play.
    pub output: OutputRequest,
    /// How many sources sound: at most 4096.
    pub sources: u16,
    /// How long to measure: seconds.
    pub seconds: f64,
}

/// `--latency`
#[derive(Clone, Debug)]
pub struct LatencyConfig {
    /// What `run` would do with the same options; the server is set when it is started.
    pub run: RunConfig,
    /// What records what is played; the monitor of the output when not given.
    pub capture: Option<String>,
    /// How many steps to measure.
    pub steps: u32,
}

impl BenchConfig {
    /// Checks what was typed.
    ///
    /// # Errors
    /// When an option cannot be used; the message names it.
    pub fn new(args: &BenchArgs) -> Result<Self, ConfigError> {
        let callback = callback(args)?;
        let run = run(args)?;
        let latency = latency(args, run)?;
        let task = match args.live {
            Some(seconds) => BenchTask::Live(live(args, seconds, &latency.run)?),
            None if args.latency => BenchTask::Latency(Box::new(latency)),
            None => BenchTask::Callback(callback),
        };
        Ok(Self {
            head: HeadConfig::named(&args.head)?,
            task,
        })
    }
}

fn callback(args: &BenchArgs) -> Result<CallbackConfig, ConfigError> {
    let sources = args.sources.as_deref().unwrap_or(&DEFAULT_BENCH_SOURCES);
    let sources = numbers("sources", sources, SOURCES, "sources")?;
    Ok(CallbackConfig {
        sources: sources.iter().map(|&sources| sources as u16).collect(),
        frames: numbers("frames", &args.frames, FRAMES, "frames")?,
        seconds: within("seconds", args.seconds, SECONDS, "seconds")?,
        sample_rate: sample_rate(args.sample_rate.unwrap_or(DEFAULT_BENCH_RATE_HZ))?,
    })
}

fn live(args: &BenchArgs, seconds: f64, run: &RunConfig) -> Result<LiveConfig, ConfigError> {
    let sources = match args.sources.as_deref() {
        None => DEFAULT_LIVE_SOURCES,
        Some([sources]) => *sources,
        Some(several) => {
            return Err(refuse("sources", list(several), "one number with --live"));
        }
    };
    Ok(LiveConfig {
        output: run.output.clone(),
        sources: sources as u16,
        seconds: within("live", seconds, LIVE_SECONDS, "seconds")?,
    })
}

fn latency(args: &BenchArgs, run: RunConfig) -> Result<LatencyConfig, ConfigError> {
    if args.latency && run.output.device == DeviceChoice::Null {
        let must = "a device with --latency, which records what is played";
        return Err(refuse("output", "null", must));
    }
    let capture = args.way.capture.clone();
    if capture.as_deref() == Some("") {
        return Err(refuse("capture", "", "a device's name or id"));
    }
    if !STEPS.contains(&args.way.steps) {
        let must = format!("{} to {} steps", STEPS.start(), STEPS.end());
        return Err(refuse("steps", args.way.steps, must));
    }
    Ok(LatencyConfig {
        run,
        capture,
        steps: args.way.steps,
    })
}

/// What `run` would do.
fn run(args: &BenchArgs) -> Result<RunConfig, ConfigError> {
    let (device, way) = (&args.device, &args.way);
    if device.output.is_empty() {
        let must = "default, null, or a device's name or id";
        return Err(refuse("output", "", must));
    }
    Ok(RunConfig {
        client: ClientConfig::new(DEFAULT_SERVER, way.poll_hz, DEFAULT_TIMEOUT_MS)?,
        output: OutputRequest {
            realtime: device.realtime == Switch::On,
            device: DeviceChoice::parse(&device.output),
            host: device.host.clone(),
            sample_rate: args.sample_rate.map(sample_rate).transpose()?,
            buffer_frames: buffer_frames(device.buffer_frames)?,
        },
        record: None,
        metrics: None,
        duration_s: None,
        once: false,
        limiter: true,
        motion_delay: motion_delay(&way.motion_delay)?,
        stale: StaleConfig::default(),
        scene: SceneConfig::usual(HeadConfig::named(&args.head)?),
    })
}

/// Numbers of a list, each in `range`.
fn numbers(
    option: &'static str,
    numbers: &[u32],
    range: RangeInclusive<u32>,
    unit: &str,
) -> Result<Vec<u32>, ConfigError> {
    if let Some(number) = numbers.iter().find(|number| !range.contains(number)) {
        let must = format!("{} to {} {unit}", range.start(), range.end());
        return Err(refuse(option, number, must));
    }
    if numbers.len() > MAX_NUMBERS {
        let must = format!("a list of at most {MAX_NUMBERS} numbers");
        return Err(refuse(option, list(numbers), must));
    }
    Ok(numbers.to_vec())
}

fn list(numbers: &[u32]) -> String {
    let list: Vec<String> = numbers.iter().map(u32::to_string).collect();
    list.join(",")
}
