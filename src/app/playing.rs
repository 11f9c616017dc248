//! A stream that plays, and the engine behind it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::audio::StereoFrame;
use crate::bridge::Controller;
use crate::geometry::Position;
use crate::output::{Heartbeat, OpenOutput, RunningOutput, StreamInfo};
use crate::render::Paths;

use super::frame_clock::FrameClock;
use super::stage::{Prepared, SOURCE, Set, Stage, fade_frames};
use super::takes::{Played, Take};
use super::{Failure, off_runtime};

/// How often to look whether the end has come.
const LOOK: Duration = Duration::from_millis(10);

/// How long the fade at the end may take before the device is taken for dead.
const END_LIMIT: Duration = Duration::from_secs(1);

/// So many of its blocks are waited for all the same, however long they are.
const END_BLOCKS: u32 = 3;

/// A stream that plays.
pub(super) struct Playing {
    pub(super) controller: Controller,
    pub(super) output: RunningOutput,
    clock: FrameClock,
    heartbeat: Heartbeat,
    /// When it was started, and at which time since the very beginning, in seconds.
    began: Instant,
    begin_s: f64,
}

/// What the device said last of the stream.
pub(super) enum Vital {
    /// It plays.
    Alive,
    /// All sound is over.
    Over,
    /// It has asked for no block for so long.
    Silent(Duration),
    /// The renderer failed, and plays silence.
    Broken,
}

impl Playing {
    /// Starts the stream, `begin_s` seconds after the very beginning. Beside it: what is to be
    /// recorded of it.
    ///
    /// # Errors
    /// When the device refuses.
    pub(super) async fn start(
        set: Set,
        output: OpenOutput,
        begin_s: f64,
    ) -> Result<(Self, Take), Failure> {
        let Set {
            controller,
            mut endpoint,
            record,
        } = set;
        let began = Instant::now();
        let fill = move |block: &mut [StereoFrame]| endpoint.fill(block);
        #[cfg(binaurald_rtsan)]
        let fill = super::violation::before(fill);
        let output = off_runtime(move || output.start(fill))
            .await?
            .map_err(Failure::output)?;
        let info = output.info();
        let played = record.map(|tap| Played {
            tap,
            counters: Arc::clone(controller.counters()),
            sample_rate: info.sample_rate,
        });
        let playing = Self {
            clock: FrameClock::new(info.sample_rate, info.buffer_frames),
            heartbeat: Heartbeat::new(info.block_time(), Instant::now().into_std()),
            began,
            begin_s,
            controller,
            output,
        };
        Ok((playing, Take { begin_s, played }))
    }

    /// What came of the request.
    pub(super) fn info(&self) -> &StreamInfo {
        self.output.info()
    }

    /// How long it has played.
    pub(super) fn age(&self) -> Duration {
        self.began.elapsed()
    }

    /// Whether it is heard: the device goes on asking for blocks.
    pub(super) fn is_heard(&self) -> bool {
        self.heartbeat.is_steady()
    }

    /// The source was seen at `position` at the moment `at`. Returns the frame that this stands for.
    pub(super) fn place(&mut self, position: Position, at: Instant) -> f64 {
        let playhead = self.controller.counters().playhead();
        let (frame, anew) = self.clock.frame_at(at, playhead);
        if anew {
            self.controller.interrupt(SOURCE);
        }
        self.controller.place(SOURCE, position, frame);
        frame
    }

    /// Goes over to another stage, prepared for the same rate, with the source at `position`. Returns
    /// whether it does: otherwise the device takes nothing at present, and it is to be tried again.
    pub(super) fn go_over(
        &mut self,
        stage: &Stage,
        prepared: &Prepared,
        position: Position,
        paths: Paths,
    ) -> bool {
        if !self.controller.flush() {
            return false;
        }
        let playhead = self.controller.counters().playhead();
        let engine = stage.successor(prepared, self.begin_s, playhead, position);
        let motion_delay = stage.config.motion_delay;
        self.controller.replace(engine, motion_delay, paths).is_ok()
    }

    /// The source is at `position` from now on, however it got there.
    pub(super) fn jump(&mut self, position: Position) {
        self.controller.interrupt(SOURCE);
        self.place(position, Instant::now());
    }

    /// Lets the source become as loud as `gain` says (0 to 1) in so many seconds.
    pub(super) fn fade(&mut self, gain: f32, seconds: f64) {
        let frames = seconds * f64::from(self.info().sample_rate);
        self.controller.fade(SOURCE, gain, frames as u32);
    }

    /// Does what nobody asks for: sends what waits, frees what came home. And looks how it is.
    pub(super) fn look_after(&mut self) -> Vital {
        self.controller.flush();
        self.controller.free_retired();
        let stream = self.output.counters().snapshot();
        let dead = self.heartbeat.look(&stream, Instant::now().into_std());
        let audio = self.controller.counters();
        match dead {
            _ if audio.is_over() => Vital::Over,
            _ if audio.panics() > 0 => Vital::Broken,
            Some(silence) => Vital::Silent(silence),
            None => Vital::Alive,
        }
    }

    /// How much was played since the very beginning, in seconds, and when the last of it was taken.
    pub(super) fn played(&self) -> (f64, Instant) {
        let frames = self.controller.counters().playhead() as f64;
        let seconds = frames / f64::from(self.info().sample_rate);
        let at = if self.controller.counters().calls() > 0 {
            self.heartbeat.last_beat().into()
        } else {
            self.began
        };
        (seconds, at)
    }

    /// How much it has played itself, in seconds.
    pub(super) fn heard_s(&self) -> f64 {
        self.played().0 - self.begin_s
    }

    /// Fades out, and lets the device play what it holds.
    pub(super) async fn fade_out(&mut self) {
        let fade = fade_frames(self.info().sample_rate);
        let end_limit = END_LIMIT.max(END_BLOCKS * self.info().block_time());
        let limit = Instant::now() + end_limit;
        let mut told = false;
        while !self.controller.counters().is_over() && Instant::now() < limit {
            told = told || self.controller.end(fade, 0).is_ok();
            tokio::time::sleep(LOOK).await;
        }
        tokio::time::sleep(self.output.drain_time().min(end_limit)).await;
    }
}
