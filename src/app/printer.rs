//! Results on standard output.

use std::io::{self, Write};

use tokio::sync::mpsc;

use super::Failure;

/// Whether whoever reads standard output still does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// It reads.
    There,
    /// It closed the pipe: a clean end.
    Gone,
}

/// Prints one line.
///
/// # Errors
/// When it cannot be written for another reason than a closed pipe.
pub fn print_line(line: &str) -> Result<Reader, Failure> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Ok(()) => Ok(Reader::There),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::Gone),
        Err(error) => Err(Failure::runtime(format!(
            "cannot write to standard output: {error}"
        ))),
    }
}

/// Prints lines on a thread of its own, so that a reader who stands still, as a pager does, keeps
/// nobody from ending on a signal.
#[derive(Debug)]
pub struct Printer {
    lines: mpsc::Sender<String>,
    result: mpsc::Receiver<Result<Reader, Failure>>,
}

impl Printer {
    /// Lines that may wait to be written.
    const CAPACITY: usize = 16;

    /// Starts the thread. It is not waited for at the end.
    pub fn start() -> Self {
        let (lines, mut to_print) = mpsc::channel::<String>(Self::CAPACITY);
        let (ended, result) = mpsc::channel(1);
        std::thread::spawn(move || {
            while let Some(line) = to_print.blocking_recv() {
                let printed = print_line(&line);
                if printed != Ok(Reader::There) {
                    // Who started it may have ended already: then nobody wants to know.
                    let _ = ended.blocking_send(printed);
                    return;
                }
            }
        });
        Self { lines, result }
    }

    /// Another end to put lines in, for those who cannot wait.
    pub fn lines(&self) -> Lines {
        Lines(self.lines.clone())
    }

    /// Prints `line` after those before it; waits while too many do.
    ///
    /// # Errors
    /// When an earlier line could not be written for another reason than a closed pipe.
    pub async fn print(&mut self, line: String) -> Result<Reader, Failure> {
        if self.lines.send(line).await.is_ok() {
            return Ok(Reader::There);
        }
        self.ended().await
    }

    /// Waits until no more can be written.
    ///
    /// # Errors
    /// When that has another reason than a closed pipe.
    pub async fn ended(&mut self) -> Result<Reader, Failure> {
        self.result.recv().await.unwrap_or(Ok(Reader::Gone))
    }
}

/// An end of a [`Printer`] for those who cannot wait.
#[derive(Clone, Debug)]
pub struct Lines(mpsc::Sender<String>);

impl Lines {
    /// Prints `line` after those before it. It is left out while too many wait, and after the end.
    pub fn offer(&self, line: String) {
        // Lost is what nobody reads.
        let _ = self.0.try_send(line);
    }
}
