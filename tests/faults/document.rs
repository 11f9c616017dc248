//! `docs/reliability.md`: what goes wrong, and what comes of it. No figure in it is typed.

use std::fs;
use std::path::PathBuf;

use crate::row::{Row, table};

const HEADING: &str = "\
# Reliability

What goes wrong round the daemon, and what is heard of it: each fault with real processes and sound
servers, a recording of what was played, and its log. This file is written by `make reliability`; the
tests try the same faults, and hold the same limits.

In every row a source is on the left until the fault; while a position server is away it moves to the
right.

- *What is heard and said*: measured in the recording, and read in the log. A line *lost* is one when
  it begins, a line *back* one when it is over. Of a core is what the daemon takes of one processor core
  while there is nothing to play to.
- *Recovered in*: from the moment at which the server is there again (it listens, or was thawed) until
  the source is heard on its new side for good; with sound servers, until the sound server plays the
  sound again without a gap (0.00 s: before a recorder had started). Position servers are followed
  within 1 s, sound servers within 2 s.
- *Frames lost*: silence in the recording where sound should have been, at 48 kHz. While there is no
  sound server that is all the time that there is none: time goes on, and the recording with it.
- *Largest step*: from one sample of what is heard to the next, over the largest of the sound itself; a
  click would be many times it. At 1.00 there is none that the sound does not have. Where a sound
  server dies, what it played ends where it was: that end alone is not counted. With position servers
  nothing is left out.

A row that is not as it should be is tried once more, since the machine may have other work; when more
than three rows need that, the test fails.

";

const REPEAT: &str = "
## Repeat it

This takes some minutes, and writes the table anew:

```sh
make reliability
```

A soak puts one daemon through such troubles at random, half an hour long, and looks whether memory,
open files and threads stay what they were, whether every trouble was counted, and whether the
recording is as long as it should be and has no sample that is not a number. `make test` does the same
for a minute. The same seed gives the same troubles, and the faults above are tried first:

```sh
make soak
make soak SOAK_SECONDS=600 SOAK_SEED=7
```
";

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/reliability.md")
}

/// Writes the document with these rows.
pub(crate) fn write(rows: &[(&str, Row)]) {
    let text = format!("{HEADING}{}{REPEAT}", table(rows));
    fs::write(path(), text).expect("docs/reliability.md can be written");
}

/// The faults of its table.
pub(crate) fn faults() -> Vec<String> {
    let text = fs::read_to_string(path()).expect("the document: make reliability");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| "));
    rows.filter_map(|row| row.split_once(" | "))
        .map(|(fault, _)| fault.to_owned())
        .filter(|fault| fault != "fault" && fault != "---")
        .collect()
}
