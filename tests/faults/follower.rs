//! A daemon that follows a position server, plays to no device, and records what it plays.

use std::time::{Duration, Instant};

use crate::daemon::{Daemon, FADE, FADED_IN, Log, RATE, Studio};
use crate::timeline::Timeline;

/// How long it follows before anything happens: as long as its source is, and some more.
const BEFORE: Duration = Duration::from_millis(1_400);

/// A connection that is this old is followed: the motion delay has passed.
const SETTLED: Duration = Duration::from_millis(300);

/// The daemon.
pub(crate) struct Follower {
    studio: Studio,
    daemon: Daemon,
    began: Instant,
    connected: Instant,
}

/// What became of it.
pub(crate) struct Story {
    pub(crate) log: Log,
    pub(crate) heard: Timeline,
    began: Instant,
    /// From this frame on it follows.
    pub(crate) settled: usize,
}

impl Follower {
    /// Starts it; it has followed `server` for a while when this returns.
    pub(crate) fn start(server: &str, more: &[&str]) -> Self {
        let studio = Studio::new();
        // From one side to the other is a jump: a flight would go through the head, and be loud.
        let args = [&["--timeout", "250", "--max-speed", "5"], more].concat();
        let daemon = studio.play(server, "take.wav", &args);
        let began = daemon.wait_for("playing to");
        let connected = daemon.wait_for("connected to");
        std::thread::sleep(BEFORE);
        Self {
            studio,
            daemon,
            began,
            connected,
        }
    }

    /// Ends it.
    pub(crate) fn finish(self) -> Story {
        self.daemon.signal("INT");
        let log = self.daemon.end_well();
        let heard = Timeline::new(self.studio.recorded("take.wav"));
        let mut story = Story {
            log,
            heard,
            began: self.began,
            settled: FADED_IN,
        };
        story.settled = story.frame(self.connected + SETTLED).max(FADED_IN);
        story
    }
}

impl Story {
    /// Which frame was made at a moment: the clock paces the sound.
    pub(crate) fn frame(&self, at: Instant) -> usize {
        let seconds = at.saturating_duration_since(self.began).as_secs_f64();
        ((seconds * f64::from(RATE)) as usize).min(self.end())
    }

    /// The first frame of the fade out.
    pub(crate) fn end(&self) -> usize {
        self.heard.frames() - FADE
    }
}
