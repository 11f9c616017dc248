//! What the daemon does, in one line.

use std::fmt::Display;

use crate::output::StreamInfo;
use crate::position::Event;

/// How it is with the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Situation {
    /// It has not answered yet.
    #[default]
    Waiting,
    /// It answers.
    Following,
    /// It answers no more.
    Lost,
}

impl Situation {
    /// Another server is asked from now on.
    pub(super) fn begin_anew(&mut self) {
        *self = Self::Waiting;
    }

    /// Takes in what the client says.
    pub(super) fn note(&mut self, event: &Event) {
        *self = match event {
            Event::Connected(_) | Event::Position { .. } => Self::Following,
            Event::Lost(_) => Self::Lost,
        };
    }

    /// The line: what is played to, if there is anything, how it is with `server`, and whether the
    /// position is too old to go by.
    pub(super) fn line(
        self,
        playing: Option<&StreamInfo>,
        server: &impl Display,
        is_stale: bool,
    ) -> String {
        let sound = match playing {
            Some(info) => format!("playing to {}", info.device),
            None => "waiting for a device".to_owned(),
        };
        let stale = if is_stale { ", position stale" } else { "" };
        match self {
            Self::Waiting => format!("{sound}, waiting for {server}{stale}"),
            Self::Following => format!("{sound}, following {server}{stale}"),
            Self::Lost => format!("{sound}, {server} does not answer{stale}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_device_the_line_still_says_how_it_is_with_the_server() {
        for (situation, is_stale, line) in [
            (
                Situation::Waiting,
                false,
                "waiting for a device, waiting for here",
            ),
            (
                Situation::Waiting,
                true,
                "waiting for a device, waiting for here, position stale",
            ),
            (
                Situation::Following,
                false,
                "waiting for a device, following here",
            ),
            (
                Situation::Lost,
                true,
                "waiting for a device, here does not answer, position stale",
            ),
        ] {
            assert_eq!(situation.line(None, &"here", is_stale), line);
        }
    }
}
