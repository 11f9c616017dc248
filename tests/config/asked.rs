//! What the program and its parser make of a command line, an environment and a file.

use std::ffi::OsString;
use std::process::Output;

use binaurald::cli::{Cli, Settings};

use crate::program::{Desk, Running, binaurald, stderr, stdout};

/// A command line, an environment and a file.
#[derive(Clone, Default)]
pub(crate) struct Asked {
    words: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    file: Option<String>,
}

/// A command line, with nothing else.
pub(crate) fn typed(words: &[&str]) -> Asked {
    Asked {
        words: words.iter().map(OsString::from).collect(),
        ..Asked::default()
    }
}

impl Asked {
    /// In an environment with this variable.
    pub(crate) fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// With a file of this text.
    pub(crate) fn file(mut self, text: &str) -> Self {
        self.file = Some(text.to_owned());
        self
    }

    /// What the parser makes of it: the values, or its error.
    pub(crate) fn parse(&self) -> Result<(Cli, Settings), String> {
        let desk = Desk::new();
        let mut variables = self.variables.clone();
        variables.extend(self.config(&desk));
        let words = ["binaurald".into()].into_iter().chain(self.words.clone());
        Cli::from_words(words, variables).map_err(|error| error.to_string())
    }

    /// What the program does.
    pub(crate) fn run(&self) -> Output {
        let desk = Desk::new();
        let variables = self.variables.iter().cloned();
        let mut command = binaurald(&self.words);
        command.envs(variables.chain(self.config(&desk)));
        Running::start(&mut command).end()
    }

    fn config(&self, desk: &Desk) -> Option<(OsString, OsString)> {
        let text = self.file.as_ref()?;
        let path = desk.write("options.toml", text);
        Some(("BINAURALD_CONFIG".into(), path.into()))
    }

    /// Runs what must be refused: exit code 2, and one error that has all `words`.
    pub(crate) fn refused(&self, words: &[&str]) {
        let output = self.run();
        let said = stderr(&output);
        let asked = format!("{:?} {:?} {:?}", self.words, self.variables, self.file);
        assert_eq!(output.status.code(), Some(2), "{asked}: {said}");
        assert_eq!(stdout(&output), "", "{asked}: standard output");
        assert_eq!(said.matches("error: ").count(), 1, "{asked}: {said}");
        assert!(
            !said.contains("panic") && !said.contains("os error"),
            "{asked}: {said}"
        );
        for word in words {
            assert!(said.contains(word), "{asked}: no {word:?} in: {said}");
        }
    }

    /// Runs what must be done.
    pub(crate) fn done(&self) -> String {
        let output = self.run();
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(0), "{:?}: {said}", self.words);
        said.to_owned()
    }
}
