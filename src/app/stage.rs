//! What is played: loaded once, prepared for the rate of each stream, and set up for each.

use std::sync::Arc;

use crate::audio::Clip;
use crate::bridge::{BridgeConfig, Controller, Endpoint, RecordTap, bridge};
use crate::config::RunConfig;
use crate::geometry::Position;
use crate::head::Head;
use crate::output::StreamInfo;
use crate::render::{Edges, Engine, EngineConfig, Medium, SourceId, Voice, VoiceOptions};

use super::heads::LoadedHead;
use super::{Failure, scene};

/// The one source.
pub(super) const SOURCE: SourceId = 0;

/// Fades at the beginning and the end, in seconds.
const EDGE_S: f64 = 0.01;

/// How much sound may wait to be recorded, in seconds: a disk that stalls this long loses nothing.
const RECORD_BUFFER_S: f64 = 5.0;

/// What is played, at its own rate, and how.
pub(super) struct Stage {
    pub(super) config: RunConfig,
    source: Clip,
    head: LoadedHead,
}

/// What was made of it for one rate: head, medium and sound. Cheap to clone.
#[derive(Clone)]
pub(super) struct Prepared {
    head: Arc<Head>,
    medium: Arc<Medium>,
    clip: Clip,
}

/// What is as it was when another configuration takes the place of one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    pub(super) source: bool,
    pub(super) head: bool,
    pub(super) medium: bool,
}

/// An engine with its source, and both halves of its bridge.
pub(super) struct Set {
    pub(super) controller: Controller,
    pub(super) endpoint: Endpoint,
    pub(super) record: Option<RecordTap>,
}

impl Stage {
    /// Loads the source and the head.
    ///
    /// # Errors
    /// When one of them cannot be used.
    pub(super) fn load(config: RunConfig) -> Result<Self, Failure> {
        let source = scene::load_source(&config.scene)?;
        let source = scene::heard_of(source, config.duration_s, !config.once);
        Self::with_source(config, source)
    }

    /// Loads the head, to play `source` in place of what the options name.
    ///
    /// # Errors
    /// When it cannot be used.
    pub(super) fn with_source(config: RunConfig, source: Clip) -> Result<Self, Failure> {
        let head = LoadedHead::load(&config.scene.head)?;
        Ok(Self {
            config,
            source,
            head,
        })
    }

    /// Loads what is not kept of `before`.
    ///
    /// # Errors
    /// When something cannot be used.
    pub(super) fn load_again(
        config: RunConfig,
        before: &Self,
        kept: Kept,
    ) -> Result<Self, Failure> {
        let source = if kept.source {
            before.source.clone()
        } else {
            let source = scene::load_source(&config.scene)?;
            scene::heard_of(source, config.duration_s, !config.once)
        };
        let head = if kept.head {
            before.head.clone()
        } else {
            LoadedHead::load(&config.scene.head)?
        };
        Ok(Self {
            config,
            source,
            head,
        })
    }

    /// Prepares what is not kept of `before`, for the same rate. Takes its time.
    ///
    /// # Errors
    /// As [`Stage::prepare`].
    pub(super) fn prepare_again(&self, before: &Prepared, kept: Kept) -> Result<Prepared, Failure> {
        let rate = before.sample_rate();
        let mut prepared = before.clone();
        if !kept.head {
            prepared.head = Arc::new(self.head.prepare(rate)?);
        }
        if !kept.medium {
            prepared.medium = scene::prepare_medium(&self.config.scene.medium, rate);
        }
        if !kept.source {
            prepared.clip = scene::at_rate(&self.source, rate, !self.config.once)?;
        }
        Ok(prepared)
    }

    /// Prepares head, medium and sound for `sample_rate` hertz. Takes its time.
    ///
    /// # Errors
    /// When there is no such head, or the sound would be too long at this rate.
    pub(super) fn prepare(&self, sample_rate: u32) -> Result<Prepared, Failure> {
        let head = self.head.prepare(sample_rate)?;
        let clip = scene::at_rate(&self.source, sample_rate, !self.config.once)?;
        Ok(Prepared {
            head: Arc::new(head),
            medium: scene::prepare_medium(&self.config.scene.medium, sample_rate),
            clip,
        })
    }

    /// What the start line says of the head.
    pub(super) fn head_summary(&self) -> String {
        self.head.summary()
    }

    /// What is played, for people.
    pub(super) fn source_summary(&self) -> String {
        let source = self.config.scene.source.as_ref();
        source.map_or_else(
            || "the built-in sample".to_owned(),
            |path| path.display().to_string(),
        )
    }

    /// When all sound is over, in seconds since the very beginning, as far as it is known
    /// beforehand.
    pub(super) fn end_s(&self, prepared: &Prepared) -> Option<f64> {
        let end = self.end(prepared);
        (end < u64::MAX).then(|| end as f64 / f64::from(prepared.sample_rate()))
    }

    /// The first frame that is silent again; never: `u64::MAX`.
    fn end(&self, prepared: &Prepared) -> u64 {
        let Prepared { head, medium, clip } = prepared;
        let rate = f64::from(clip.sample_rate);
        let by_duration = self.config.duration_s.map(|s| (s * rate).round() as u64);
        // The fade comes after the last of the source, and takes nothing of it.
        let tail = (head.tail_frames() + medium.tail_frames()) as u64;
        let fade = u64::from(fade_frames(clip.sample_rate));
        let length = clip.samples.len() as u64 + tail + fade;
        let by_source = self.config.once.then_some(length);
        let ends = by_duration.into_iter().chain(by_source);
        ends.min().unwrap_or(u64::MAX)
    }

    /// Sets the engine up for a stream of the rate that was prepared, which begins `begin_s` seconds
    /// after the very beginning with the source at `position`.
    pub(super) fn set_up(
        &self,
        prepared: &Prepared,
        info: &StreamInfo,
        begin_s: f64,
        position: Position,
    ) -> Set {
        let engine = self.engine(prepared, begin_s, position);
        let (controller, endpoint, record) = bridge(
            engine,
            BridgeConfig {
                sources: 1,
                motion_delay: self.config.motion_delay,
                record_frames: self.config.record.as_ref().map(|_| record_frames(info)),
            },
        );
        Set {
            controller,
            endpoint,
            record,
        }
    }

    /// An engine for a stream that began `begin_s` seconds after the very beginning and is played up
    /// to the frame `playhead`, with the source at `position`: to take the place of the one that plays.
    pub(super) fn successor(
        &self,
        prepared: &Prepared,
        begin_s: f64,
        playhead: u64,
        position: Position,
    ) -> Box<Engine> {
        let mut engine = Box::new(self.engine(prepared, begin_s, position));
        engine.skip_to(playhead);
        engine
    }

    /// An engine that begins `begin_s` seconds after the very beginning.
    fn engine(&self, prepared: &Prepared, begin_s: f64, position: Position) -> Engine {
        let Prepared { head, medium, clip } = prepared;
        let rate = prepared.sample_rate();
        let begin = (begin_s * f64::from(rate)).round() as u64;
        let scene = &self.config.scene;
        let mut engine = Engine::new(EngineConfig {
            head: Arc::clone(head),
            distance: scene.distance,
            gain: scene.gain,
            limiter: self.config.limiter,
            max_speed_m_s: scene.max_speed_m_s,
            sources: 1,
            edges: Edges {
                begin,
                end: self.end(prepared),
                fade: fade_frames(rate),
            },
        });
        let options = VoiceOptions {
            looped: !self.config.once,
            playhead: begin,
            // What takes its time arrives after the fade at the beginning.
            fade_in: scene.medium.doppler,
        };
        let voice = Voice::in_medium(head, medium, clip.clone(), position, options);
        let added = engine.add(SOURCE, Box::new(voice));
        debug_assert!(added.is_ok(), "a new engine has a place for one source");
        engine
    }
}

impl Prepared {
    /// In hertz.
    pub(super) fn sample_rate(&self) -> u32 {
        self.clip.sample_rate
    }

    /// What rendering adds to the device's latency, in milliseconds.
    pub(super) fn latency_ms(&self) -> f64 {
        scene::milliseconds(self.head.latency_frames() as f64, self.sample_rate())
    }
}

/// Length of the fades at the beginning and the end, in frames.
pub(super) fn fade_frames(sample_rate: u32) -> u32 {
    (EDGE_S * f64::from(sample_rate)) as u32
}

/// How many frames may wait to be recorded: those of some seconds, or of a few blocks.
fn record_frames(info: &StreamInfo) -> usize {
    let seconds = (RECORD_BUFFER_S * f64::from(info.sample_rate)) as usize;
    seconds.max(3 * info.buffer_frames as usize)
}
