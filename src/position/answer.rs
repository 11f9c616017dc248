//! Whether an answer is a position.

use crate::geometry::{CoordinateError, check_coordinates};
use crate::proto::{Pos, Position};

/// How much of a server's own words is shown, in characters.
const MAX_QUOTED_CHARS: usize = 200;

/// Why an answer is not a position.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Rejection {
    /// The server says itself that it has no good one.
    #[error("status is {status}, not 0{msg}")]
    Status {
        /// Its status.
        status: i32,
        /// Its words, escaped and cut, ready to follow a text.
        msg: String,
    },
    /// There is no position in the answer.
    #[error("position is missing{msg}")]
    Missing {
        /// The server's words, escaped and cut, ready to follow a text.
        msg: String,
    },
    /// A coordinate is not one.
    #[error("position.{error}{msg}")]
    Coordinates {
        /// Which and why.
        error: CoordinateError,
        /// The server's words, escaped and cut, ready to follow a text.
        msg: String,
    },
}

/// The coordinates of a good answer.
///
/// # Errors
/// When it is none; the origin is one.
pub fn check_answer(answer: &Position) -> Result<[f32; 3], Rejection> {
    let msg = || quoted_after(&answer.msg);
    if answer.status != 0 {
        return Err(Rejection::Status {
            status: answer.status,
            msg: msg(),
        });
    }
    let Some(Pos { x, y, z }) = answer.position else {
        return Err(Rejection::Missing { msg: msg() });
    };
    check_coordinates([x, y, z].map(f64::from))
        .map_err(|error| Rejection::Coordinates { error, msg: msg() })?;
    Ok([x, y, z])
}

/// `words` as a quotation that ends a message: nothing when there are none.
///
/// They come from elsewhere: what could steer a terminal is escaped, and what is long is cut.
pub(crate) fn quoted_after(words: &str) -> String {
    if words.is_empty() {
        return String::new();
    }
    let (start, more) = beginning(words);
    format!(" (the server says {start:?}{more})")
}

/// `words` as a line of their own, escaped and cut in the same way.
pub(crate) fn line_of(words: &str) -> String {
    let (start, more) = beginning(words);
    format!("{}{more}", start.escape_debug())
}

/// As much of `words` as is shown, and what stands for the rest.
fn beginning(words: &str) -> (&str, &'static str) {
    match words.char_indices().nth(MAX_QUOTED_CHARS) {
        Some((end, _)) => (&words[..end], "..."),
        None => (words, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(x: f32, y: f32, z: f32) -> Position {
        Position {
            position: Some(Pos { x, y, z }),
            ..Position::default()
        }
    }

    #[test]
    fn the_origin_and_the_furthest_coordinates_are_positions() {
        assert_eq!(check_answer(&answer(0.0, 0.0, 0.0)), Ok([0.0; 3]));
        assert_eq!(check_answer(&answer(1e6, -1e6, 1e6)), Ok([1e6, -1e6, 1e6]));
    }

    #[test]
    fn what_is_no_position_is_told_with_the_servers_own_words() {
        let said = |answer: Position| check_answer(&answer).unwrap_err().to_string();
        assert_eq!(
            said(Position {
                status: -1,
                msg: "no tracker".into(),
                ..answer(1.0, 2.0, 3.0)
            }),
            "status is -1, not 0 (the server says \"no tracker\")"
        );
        assert_eq!(said(Position::default()), "position is missing");
        assert_eq!(
            said(answer(0.0, f32::NAN, 0.0)),
            "position.y is NaN, not a finite number"
        );
        assert_eq!(
            said(answer(0.0, 0.0, 2e6)),
            "position.z is 2000000, beyond 1000000 m"
        );
    }

    #[test]
    fn a_servers_words_are_escaped_and_cut() {
        assert_eq!(
            quoted_after("\x1b[2J\nbye"),
            r#" (the server says "\u{1b}[2J\nbye")"#
        );
        let long = quoted_after(&"\u{e9}".repeat(100_000));
        assert_eq!(long.matches('\u{e9}').count(), MAX_QUOTED_CHARS);
        assert!(long.ends_with("\"...)"), "{long}");
        assert_eq!(line_of("\x1b[2J\nbye"), r"\u{1b}[2J\nbye");
        let long = line_of(&"\u{e9}".repeat(100_000));
        assert_eq!(long.matches('\u{e9}').count(), MAX_QUOTED_CHARS);
        assert_eq!(
            line_of(&"x".repeat(MAX_QUOTED_CHARS)).len(),
            MAX_QUOTED_CHARS
        );
    }
}
