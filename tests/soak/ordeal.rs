//! What the daemon is put through: its position server and its sound server, and what goes wrong with
//! each.

use std::fmt;
use std::thread;
use std::time::Duration;

use crate::proxy::{Mode, Proxy};
use crate::pulse::{Pulse, Sink};
use crate::puppet::{Answer, BAD, Puppet};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trouble {
    /// The sound server is killed, and comes back at this rate, in hertz.
    Killed(u32),
    /// It stands still.
    Frozen,
    /// Its sink takes no sound.
    Suspended,
    /// It has no sink.
    NoSink,
    /// The way to the position server is bad.
    Way(Mode),
    /// Its answers are no positions.
    Answers(Answer),
}

impl Trouble {
    /// Those of the sound server.
    pub(crate) const AUDIO: [Self; 5] = [
        Self::Frozen,
        Self::Killed(44_100),
        Self::Suspended,
        Self::NoSink,
        Self::Killed(48_000),
    ];

    /// Those of the way to the position server.
    pub(crate) const WAY: [Self; 5] = [
        Self::Way(Mode::Refuse),
        Self::Way(Mode::Swallow),
        Self::Way(Mode::Vanish),
        Self::Way(Mode::Slow(Duration::from_millis(240))),
        Self::Way(Mode::Say(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
    ];

    /// Any of them.
    pub(crate) fn any(random: &mut fastrand::Rng) -> Self {
        let answers = BAD.map(Self::Answers);
        let all = [&Self::AUDIO[..], &Self::WAY, &answers].concat();
        all[random.usize(..all.len())]
    }

    /// Whether nothing is heard meanwhile.
    pub(crate) fn is_outage(self) -> bool {
        Self::AUDIO.contains(&self)
    }

    /// Whether there is no good answer for longer than a position may be old.
    pub(crate) fn is_stale(self) -> bool {
        self.is_loss() || matches!(self, Self::Answers(_))
    }

    /// Whether the position server is lost.
    pub(crate) fn is_loss(self) -> bool {
        matches!(self, Self::Way(mode) if !matches!(mode, Mode::Slow(_)))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Killed(rate) => write!(f, "sound server killed, back at {rate} Hz"),
            Self::Frozen => f.write_str("sound server frozen"),
            Self::Suspended => f.write_str("sink suspended"),
            Self::NoSink => f.write_str("sink removed"),
            Self::Way(Mode::Say(_)) => f.write_str("position server: HTTP/1"),
            Self::Way(mode) => write!(f, "way to the position server: {mode:?}"),
            Self::Answers(answer) => write!(f, "answers: {answer:?}"),
        }
    }
}

/// The servers.
pub(crate) struct Ordeal {
    pub(crate) pulse: Pulse,
    pub(crate) server: Puppet,
    pub(crate) way: Proxy,
}

impl Ordeal {
    pub(crate) fn new() -> Self {
        let server = Puppet::at([0.0, 1.0, 0.0]);
        Self {
            pulse: Pulse::start(Sink::default()),
            way: Proxy::to(&server.address()),
            server,
        }
    }

    /// Something goes wrong for so long.
    pub(crate) fn inflict(&mut self, trouble: Trouble, lasts: Duration) {
        match trouble {
            Trouble::Killed(rate) => {
                self.pulse.kill();
                thread::sleep(lasts);
                self.pulse.set_sink(Sink::at(rate));
                self.pulse.restart();
            }
            Trouble::Frozen => {
                self.pulse.signal("STOP");
                thread::sleep(lasts);
                self.pulse.signal("CONT");
            }
            Trouble::Suspended => {
                self.pulse.suspend_sink(true);
                thread::sleep(lasts);
                self.pulse.suspend_sink(false);
            }
            Trouble::NoSink => {
                self.pulse.unload_sink();
                thread::sleep(lasts);
                self.pulse.load_sink();
            }
            Trouble::Way(mode) => {
                self.way.set(mode);
                thread::sleep(lasts);
                self.way.set(Mode::Pass);
            }
            Trouble::Answers(answer) => {
                self.server.answer(answer);
                thread::sleep(lasts);
                self.server.answer(Answer::Good);
            }
        }
    }

    /// How many answers the server gave that are no positions.
    pub(crate) fn bad_answers(&self) -> u64 {
        BAD.iter().map(|answer| self.server.given(*answer)).sum()
    }
}
