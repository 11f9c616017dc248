//! The token that a client shows with each call.

use std::fmt;
use std::path::Path;

use super::CredentialError;
use super::read::Named;

/// The longest token: bytes. It travels in a header of each call.
const MAX_BYTES: usize = 256;

/// The option of the file.
const OPTION: &str = "token-file";

/// A secret that both ends know. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Reads the file of `--token-file`: one line of visible ASCII, without blanks.
    ///
    /// # Errors
    /// When it cannot be read, or what it holds cannot be a token.
    pub fn read(file: &Path) -> Result<Self, CredentialError> {
        let named = Named::read_secret(OPTION, file)?;
        match Self::parse(&named.content) {
            Ok(token) => Ok(token),
            Err(problem) => Err(named.refuse(problem)),
        }
    }

    fn parse(content: &[u8]) -> Result<Self, String> {
        let line = content.strip_suffix(b"\n").unwrap_or(content);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return Err("is empty: `openssl rand -hex 32` makes a token".into());
        }
        if line.len() > MAX_BYTES {
            return Err(format!("must be at most {MAX_BYTES} characters long"));
        }
        if !line.iter().all(u8::is_ascii_graphic) {
            return Err("must be one line of visible ASCII characters, without blanks".into());
        }
        Ok(Self(line.iter().copied().map(char::from).collect()))
    }

    /// The secret itself: for the wire, and for nothing that is kept or shown.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_a_token_with_and_without_its_end() {
        for content in ["s3cret~+/=", "s3cret~+/=\n", "s3cret~+/=\r\n"] {
            let token = Token::parse(content.as_bytes()).expect(content);
            assert_eq!(token.reveal(), "s3cret~+/=");
        }
        let longest = "x".repeat(MAX_BYTES);
        assert_eq!(Token::parse(longest.as_bytes()).unwrap().reveal(), longest);
    }

    #[test]
    fn what_cannot_be_a_token_is_refused_without_being_shown() {
        let long = "x".repeat(MAX_BYTES + 1);
        for (content, reason) in [
            ("", "is empty"),
            ("\n", "is empty"),
            (long.as_str(), "at most 256"),
            ("two words", "visible ASCII"),
            ("two\nlines\n", "visible ASCII"),
            ("s\u{e9}cret", "visible ASCII"),
            ("bell\x07", "visible ASCII"),
        ] {
            let problem = Token::parse(content.as_bytes()).expect_err(reason);
            assert!(problem.contains(reason), "{problem}");
            assert!(content.len() < 2 || !problem.contains(content), "{problem}");
        }
    }

    #[test]
    fn a_token_is_not_shown_where_things_are_printed_for_debugging() {
        let token = Token::parse(b"s3cret").unwrap();
        assert_eq!(format!("{token:?}"), "Token(..)");
    }
}
