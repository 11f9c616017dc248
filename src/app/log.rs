//! What is said on standard error, by a thread of its own: a reader that stands still holds up that
//! thread, and nothing else.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// Lines that may wait to be written; those that come when so many do are lost.
const CAPACITY: usize = 1024;

/// How long the end waits for the lines that are not written yet.
const FLUSH_LIMIT: Duration = Duration::from_millis(500);

/// How often it looks whether they are.
const FLUSH_LOOK: Duration = Duration::from_millis(1);

/// Where lines go: one of these for each, all to the same thread.
#[derive(Clone, Debug)]
pub struct Log {
    lines: SyncSender<Vec<u8>>,
    /// Lines that were sent and are not written.
    waiting: Arc<AtomicUsize>,
    /// Whether errors go the way of all lines of the log, which make JSON of them.
    is_json: Arc<AtomicBool>,
}

impl Log {
    /// Starts the thread, which writes to `out`. It is never waited for but in [`Log::flush`].
    pub fn start(out: impl Write + Send + 'static) -> Self {
        let (lines, to_write) = sync_channel(CAPACITY);
        let waiting = Arc::new(AtomicUsize::new(0));
        let written = Arc::clone(&waiting);
        // Without the thread nothing is said, which is no reason not to run.
        let _ = thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write_all(&to_write, &written, out));
        Self {
            lines,
            waiting,
            is_json: Arc::default(),
        }
    }

    /// From now on, [`Log::error`] speaks through the log that was started, which writes JSON.
    pub fn speak_json(&self) {
        self.is_json.store(true, Ordering::Relaxed);
    }

    /// Says why the program, or a part of it, ends. It never waits, and never fails.
    pub fn error(&self, reason: &str) {
        if self.is_json.load(Ordering::Relaxed) {
            tracing::error!("{reason}");
        } else {
            let _ = self
                .clone()
                .write_all(format!("error: {reason}\n").as_bytes());
        }
    }

    /// Waits until all is written, for half a second at most.
    pub fn flush(&self) {
        let began = Instant::now();
        while self.waiting.load(Ordering::Acquire) > 0 && began.elapsed() < FLUSH_LIMIT {
            thread::sleep(FLUSH_LOOK);
        }
    }
}

fn write_all(lines: &Receiver<Vec<u8>>, waiting: &AtomicUsize, mut out: impl Write) {
    for line in lines {
        // Nobody may read it any more.
        let _ = out.write_all(&line).and_then(|()| out.flush());
        waiting.fetch_sub(1, Ordering::Release);
    }
}

impl Write for Log {
    /// Takes one line, whole or not at all, and never waits.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        if self.lines.try_send(line.to_vec()).is_err() {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Keeps what is written, as slowly as it is told.
    struct Slow(Arc<Mutex<Vec<u8>>>, Duration);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            thread::sleep(self.1);
            self.0
                .lock()
                .expect("no one panics with it")
                .extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_come_in_order_and_all_of_them_before_the_end() {
        let kept = Arc::default();
        let mut log = Log::start(Slow(Arc::clone(&kept), Duration::from_millis(2)));
        let mut expected = String::new();
        for n in 0..50 {
            let line = format!("line {n}\n");
            log.write_all(line.as_bytes()).expect("it never fails");
            expected += &line;
        }
        Log::flush(&log);
        let kept = kept.lock().expect("no one panics with it");
        assert_eq!(String::from_utf8_lossy(&kept), expected);
    }

    #[test]
    fn an_error_is_one_line_as_text_and_as_json() {
        let kept = Arc::default();
        let log = Log::start(Slow(Arc::clone(&kept), Duration::ZERO));
        log.error("as text");
        log.speak_json();
        let writer = log.clone();
        let lines = tracing_subscriber::fmt()
            .json()
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(lines, || log.error("as \"JSON\"\nall on one line"));
        Log::flush(&log);
        let kept = kept.lock().expect("no one panics with it");
        let kept = String::from_utf8_lossy(&kept);
        let (text, json) = kept.split_once('\n').expect("two lines");
        assert_eq!(text, "error: as text");
        let json: serde_json::Value = serde_json::from_str(json).expect("one object");
        assert_eq!(json["level"], "ERROR");
        assert_eq!(json["fields"]["message"], "as \"JSON\"\nall on one line");
    }

    #[test]
    fn a_reader_that_stands_still_holds_up_nobody() {
        let mut log = Log::start(Slow(Arc::default(), Duration::from_secs(3600)));
        let began = Instant::now();
        for _ in 0..3 * CAPACITY {
            log.write_all(b"a line\n").expect("it never fails");
        }
        Log::flush(&log);
        let took = began.elapsed();
        assert!(took < 4 * FLUSH_LIMIT, "{took:?}");
    }
}
