//! `binaurald run` and `binaurald demo`

use std::path::PathBuf;
use std::time::Duration;

use crate::bridge::MotionDelay;
use crate::cli::{DemoArgs, PlayArgs, RunArgs, Switch, WhenStale};
use crate::output::{DeviceChoice, OutputRequest};
use crate::position::ClientConfig;

use super::{
    ConfigError, DEFAULT_POLL_HZ, DEFAULT_SERVER, DEFAULT_STALE_AFTER_S, DEFAULT_TIMEOUT_MS,
    SceneConfig, buffer_frames, client, duration, refuse, sample_rate, within,
};

/// `binaurald run`
#[derive(Clone, Debug)]
pub struct RunConfig {
    /// Where the positions come from.
    pub client: ClientConfig,
    /// Where the sound goes.
    pub output: OutputRequest,
    /// Where it is written too.
    pub record: Option<PathBuf>,
    /// Where the daemon is seen from outside.
    pub metrics: Option<String>,
    /// After how much sound to stop: seconds.
    pub duration_s: Option<f64>,
    /// Whether to stop after the source.
    pub once: bool,
    /// Whether the output is kept below -1 dBFS.
    pub limiter: bool,
    /// How far behind the positions the path is played.
    pub motion_delay: MotionDelay,
    /// What is heard when the server says nothing good any more.
    pub stale: StaleConfig,
    /// How a position is heard.
    pub scene: SceneConfig,
}

/// What is heard of a source that nothing good is known of any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaleConfig {
    /// Time since the newest good answer of the server: 0.5 s to a day.
    pub after: Duration,
    /// What is heard then.
    pub then: WhenStale,
}

impl Default for StaleConfig {
    /// As without `--stale-after` and `--stale`.
    fn default() -> Self {
        Self {
            after: Duration::from_secs_f64(DEFAULT_STALE_AFTER_S),
            then: WhenStale::Hold,
        }
    }
}

impl RunConfig {
    /// Checks what was typed.
    ///
    /// # Errors
    /// When an option cannot be used; the message names it.
    pub fn new(args: &RunArgs) -> Result<Self, ConfigError> {
        Self::with_client(client(&args.server, args.poll.poll_hz)?, &args.play)
    }

    /// Checks what was typed for `demo`. The server is the default one until it is set to the one
    /// that is started.
    ///
    /// # Errors
    /// When an option cannot be used; the message names it.
    pub fn for_demo(args: &DemoArgs) -> Result<Self, ConfigError> {
        let client = ClientConfig::new(DEFAULT_SERVER, DEFAULT_POLL_HZ, DEFAULT_TIMEOUT_MS)?;
        Self::with_client(client, &args.play)
    }

    /// The same, but for what cannot change while it plays: of that, what `running` has.
    #[must_use]
    pub fn until_restart(self, running: &Self) -> Self {
        Self {
            output: running.output.clone(),
            record: running.record.clone(),
            metrics: running.metrics.clone(),
            duration_s: running.duration_s,
            once: running.once,
            ..self
        }
    }

    fn with_client(client: ClientConfig, play: &PlayArgs) -> Result<Self, ConfigError> {
        if play.output.is_empty() {
            let must = "default, null, or a device's name or id";
            return Err(refuse("output", &play.output, must));
        }
        Ok(Self {
            client,
            output: OutputRequest {
                device: DeviceChoice::parse(&play.output),
                host: play.host.clone(),
                sample_rate: play.sample_rate.map(sample_rate).transpose()?,
                buffer_frames: buffer_frames(play.buffer_frames)?,
                realtime: play.realtime == Switch::On,
            },
            record: play.record.clone(),
            metrics: play.metrics.clone(),
            duration_s: play.duration.map(duration).transpose()?,
            once: play.once,
            limiter: play.limiter == Switch::On,
            motion_delay: motion_delay(&play.motion_delay)?,
            stale: stale(play)?,
            scene: SceneConfig::new(&play.scene)?,
        })
    }
}

fn stale(play: &PlayArgs) -> Result<StaleConfig, ConfigError> {
    let seconds = within("stale-after", play.stale_after, 0.5..=86_400.0, "seconds")?;
    Ok(StaleConfig {
        after: Duration::from_secs_f64(seconds),
        then: play.stale,
    })
}

pub(super) fn motion_delay(text: &str) -> Result<MotionDelay, ConfigError> {
    if text == "auto" {
        return Ok(MotionDelay::Auto);
    }
    match text.parse::<f64>() {
        Ok(ms) if (0.0..=1000.0).contains(&ms) => Ok(MotionDelay::Fixed(ms / 1000.0)),
        _ => Err(refuse(
            "motion-delay",
            text,
            "auto, or 0 to 1000 milliseconds",
        )),
    }
}
