//! What a reader finds in the documents: commands, links, tables, blocks of code.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the documents are.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A document for users.
pub(crate) struct Document {
    /// Its path below the root.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl Document {
    pub(crate) fn read(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let text = fs::read_to_string(root().join(&path)).expect("a readable document");
        Self { path, text }
    }

    /// All of them: the README, that of the samples, and `docs/`.
    pub(crate) fn all() -> Vec<Self> {
        let mut paths = vec!["README.md".into(), "samples/README.md".into()];
        for entry in fs::read_dir(root().join("docs")).expect("a readable folder") {
            let name = entry.expect("a readable folder").file_name();
            let path = Path::new("docs").join(name);
            if path.extension().is_some_and(|extension| extension == "md") {
                paths.push(path);
            }
        }
        paths.into_iter().map(Self::read).collect()
    }

    /// The fenced blocks of a language.
    ///
    /// # Panics
    /// When a block does not say its language, or is indented in place of fenced: nobody would
    /// know whether it is to be run.
    pub(crate) fn blocks(&self, language: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut block: Option<(&str, String)> = None;
        for line in self.text.lines() {
            match (line.strip_prefix("```"), &mut block) {
                (Some(tag), None) => block = Some((tag, String::new())),
                (Some(_), Some(_)) => found.extend(block.take()),
                (None, Some((_, lines))) => {
                    lines.push_str(line);
                    lines.push('\n');
                }
                (None, None) => assert!(
                    !line.starts_with("    "),
                    "{}: fence this, with its language: {line:?}",
                    self.path.display()
                ),
            }
        }
        assert!(block.is_none(), "{}: an open fence", self.path.display());
        for (tag, lines) in &found {
            assert!(
                ["sh", "python", "proto", "toml", "yaml", "json", "text"].contains(tag),
                "{}: no known language, {tag:?}: {lines}",
                self.path.display()
            );
        }
        let of_language = found.into_iter().filter(|(tag, _)| *tag == language);
        of_language.map(|(_, lines)| lines).collect()
    }

    /// The lines outside of fenced blocks.
    fn prose(&self) -> impl Iterator<Item = &str> {
        let mut fenced = false;
        self.text.lines().filter(move |line| {
            let fence = line.starts_with("```");
            fenced ^= fence;
            !fenced && !fence
        })
    }

    /// Each line of the `sh` blocks, and what the prose has between backticks that could be typed.
    /// Headings only name commands.
    pub(crate) fn commands(&self) -> Vec<String> {
        let blocks = self.blocks("sh");
        let lines = blocks.iter().flat_map(|block| block.lines());
        let typed = lines.map(|line| line.split(" #").next().unwrap_or(line));
        let named = self
            .prose()
            .filter(|line| !line.starts_with('#'))
            .flat_map(|line| line.split('`').skip(1).step_by(2))
            .filter(|code| {
                let program = code.split_once(' ').map(|(program, _)| program);
                ["binaurald", "cargo", "make"].map(Some).contains(&program)
            });
        typed
            .chain(named)
            .map(|command| command.trim().to_owned())
            .filter(|command| !command.is_empty())
            .collect()
    }

    /// What its links and pictures point at.
    pub(crate) fn links(&self) -> Vec<&str> {
        self.prose()
            .flat_map(|line| line.split("](").skip(1))
            .filter_map(|rest| rest.split_once(')'))
            .map(|(target, _)| target)
            .collect()
    }

    /// The rows of its tables whose first cell begins with this, as cells.
    pub(crate) fn rows(&self, begins: &str) -> Vec<Vec<&str>> {
        self.prose()
            .filter_map(|line| line.strip_prefix("| "))
            .filter(|row| row.starts_with(begins))
            .map(|row| {
                row.trim_end_matches('|')
                    .split('|')
                    .map(str::trim)
                    .collect()
            })
            .collect()
    }
}

/// Every command of every document, once; but for those of the accuracy, which `tests/accuracy.rs`
/// runs when it writes that document.
pub(crate) fn commands() -> BTreeSet<String> {
    let documents = Document::all();
    documents
        .iter()
        .filter(|document| document.path != Path::new("docs/accuracy.md"))
        .flat_map(Document::commands)
        .collect()
}

/// The only block of a language in the README.
pub(crate) fn only_block(language: &str) -> String {
    let mut blocks = Document::read("README.md").blocks(language);
    assert_eq!(blocks.len(), 1, "blocks of {language} in the README");
    blocks.remove(0)
}
