//! `binaurald render`

use std::path::PathBuf;

use crate::cli::{Bits, DemoArgs, RenderArgs, Switch};
use crate::files;
use crate::trajectory::{Orbit, Trajectory};
use crate::wav::SampleKind;

use super::{ConfigError, SceneConfig, buffer_frames, duration, sample_rate};

/// `binaurald render`
#[derive(Clone, Debug)]
pub struct RenderConfig {
    /// The path of the source.
    pub trajectory: Trajectory,
    /// The file to write.
    pub output: PathBuf,
    /// Its length in seconds; `None`: the source's.
    pub duration_s: Option<f64>,
    /// Whether the source is played again after its end.
    pub looped: bool,
    /// Its rate in hertz; `None`: the source's.
    pub sample_rate: Option<u32>,
    /// Its samples.
    pub kind: SampleKind,
    /// Frames a block.
    pub buffer_frames: usize,
    /// Whether it is kept below -1 dBFS.
    pub limiter: bool,
    /// How a position is heard.
    pub scene: SceneConfig,
}

impl RenderConfig {
    /// Checks what was typed, and reads the trajectory.
    ///
    /// # Errors
    /// When an option cannot be used; the message names it.
    pub fn new(args: &RenderArgs) -> Result<Self, ConfigError> {
        let kind = match args.bits {
            Bits::Float32 => SampleKind::Float32,
            Bits::Int24 => SampleKind::Int24,
            Bits::Int16 => SampleKind::Int16,
        };
        Ok(Self {
            output: args.output.clone(),
            duration_s: args.duration.map(duration).transpose()?,
            looped: args.looped,
            sample_rate: args.sample_rate.map(sample_rate).transpose()?,
            kind,
            buffer_frames: buffer_frames(args.buffer_frames)? as usize,
            limiter: args
                .limiter
                .map_or(kind != SampleKind::Float32, |s| s == Switch::On),
            scene: SceneConfig::new(&args.scene)?,
            trajectory: files::load_trajectory(&args.trajectory)?,
        })
    }

    /// The demo's sound without a device: one turn round the head, for any player.
    ///
    /// # Errors
    /// When an option cannot be used; the message names it.
    pub fn for_demo(args: &DemoArgs, output: PathBuf) -> Result<Self, ConfigError> {
        let play = &args.play;
        let turn = Orbit::default();
        Ok(Self {
            output,
            duration_s: Some(match play.duration {
                Some(seconds) => duration(seconds)?,
                None => turn.period_s(),
            }),
            looped: !play.once,
            sample_rate: play.sample_rate.map(sample_rate).transpose()?,
            kind: SampleKind::Int16,
            buffer_frames: buffer_frames(play.buffer_frames)? as usize,
            limiter: play.limiter == Switch::On,
            scene: SceneConfig::new(&play.scene)?,
            trajectory: Trajectory::Orbit(turn),
        })
    }
}
