//! Writing what is played into a file, beside the audio thread.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::audio::StereoFrame;
use crate::files::{WavWriter, WriteError};
use crate::wav::SampleKind;

/// How long to sleep when the source has nothing.
const IDLE: Duration = Duration::from_millis(10);
/// How often the file is made whole, for the case that the process is killed.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(5);
/// Frames that are taken at once.
const BLOCK_FRAMES: usize = 4096;

/// Where recorded frames come from.
pub trait FrameSource {
    /// Moves frames into the beginning of `out`, as many as there are and fit, and returns how many.
    /// Frames that were lost come as silence. None is no end, unless [`Recorder::finish`] was called.
    fn read(&mut self, out: &mut [StereoFrame]) -> usize;

    /// Nothing more comes in: what was lost since the last frame may be handed out now.
    fn close(&mut self) {}

    /// Frames that were lost so far.
    fn lost(&self) -> u64;
}

/// What a recording came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordSummary {
    /// Frames in the file.
    pub frames: u64,
    /// Frames of it that were lost, and are silence.
    pub lost: u64,
    /// Frames that came after the file had reached 4 GiB, and are not in it.
    pub beyond: u64,
}

/// Why a recording is not whole.
#[derive(Debug, thiserror::Error)]
#[error("{error}; {}", self.kept())]
pub struct RecordError {
    /// What happened.
    pub error: WriteError,
    /// What is in the file all the same; when that is no frame, there is no file.
    pub summary: RecordSummary,
}

impl RecordError {
    fn kept(&self) -> String {
        match self.summary.frames {
            0 => "nothing is kept".to_owned(),
            frames => format!("its first {frames} frames are kept"),
        }
    }
}

/// A recording: a thread that drains a source into a WAV file of float samples.
///
/// When the file cannot be written on, the source is still drained, so that what is played goes on;
/// what was written safely stays.
#[derive(Debug)]
pub struct Recorder {
    stopping: Arc<AtomicBool>,
    news: Arc<Mutex<Option<String>>>,
    thread: JoinHandle<Result<RecordSummary, RecordError>>,
    path: PathBuf,
}

impl Recorder {
    /// Begins a recording at `sample_rate` hertz.
    ///
    /// # Errors
    /// [`WriteError`] when there can be no such file.
    pub fn start(
        path: &Path,
        sample_rate: u32,
        source: Box<dyn FrameSource + Send>,
    ) -> Result<Self, WriteError> {
        let writer = WavWriter::create(path, sample_rate, SampleKind::Float32)?;
        let stopping = Arc::new(AtomicBool::new(false));
        let news = Arc::default();
        let mut worker = Worker {
            source,
            file: Some(writer),
            summary: RecordSummary::default(),
            failure: None,
            stopping: Arc::clone(&stopping),
            news: Arc::clone(&news),
        };
        let thread = thread::Builder::new()
            .name("record".to_owned())
            .spawn(move || {
                worker.run();
                let summary = worker.summary;
                worker
                    .failure
                    .map_or(Ok(summary), |error| Err(RecordError { error, summary }))
            })
            .map_err(|source| WriteError::Io {
                path: path.to_path_buf(),
                source,
            })?;
        Ok(Self {
            stopping,
            news,
            thread,
            path: path.to_path_buf(),
        })
    }

    /// What happened since the last time this was asked: the disk is full, or the file is. To be
    /// asked now and then while it plays; [`Recorder::finish`] tells it all the same.
    pub fn take_news(&self) -> Option<String> {
        self.news
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Writes what the source still has, and completes the file.
    ///
    /// # Errors
    /// [`RecordError`] when writing failed, whether or not [`Recorder::take_news`] has said so. A
    /// file that is full is no failure.
    pub fn finish(self) -> Result<RecordSummary, RecordError> {
        self.stopping.store(true, Ordering::Release);
        let Self { thread, path, .. } = self;
        thread.join().unwrap_or_else(|_| {
            let source = io::Error::other("its thread failed; please report this");
            Err(RecordError {
                error: WriteError::Io { path, source },
                summary: RecordSummary::default(),
            })
        })
    }
}

struct Worker {
    source: Box<dyn FrameSource + Send>,
    /// None once it can take no more.
    file: Option<WavWriter>,
    summary: RecordSummary,
    failure: Option<WriteError>,
    stopping: Arc<AtomicBool>,
    news: Arc<Mutex<Option<String>>>,
}

impl Worker {
    fn run(&mut self) {
        let mut block = vec![StereoFrame::SILENCE; BLOCK_FRAMES];
        let mut checkpoint = Instant::now();
        let mut closed = false;
        loop {
            // Asked for before reading: what came before the stop is then read for certain.
            let stopping = self.stopping.load(Ordering::Acquire);
            let count = self.source.read(&mut block).min(block.len());
            self.write(&block[..count]);
            if checkpoint.elapsed() >= CHECKPOINT_EVERY {
                self.checkpoint();
                checkpoint = Instant::now();
            }
            if count == 0 {
                if closed {
                    break;
                }
                if stopping {
                    self.source.close();
                    closed = true;
                    continue;
                }
                thread::sleep(IDLE);
            }
        }
        self.complete();
        self.summary.lost = self.source.lost();
    }

    fn write(&mut self, frames: &[StereoFrame]) {
        let Some(file) = &mut self.file else {
            if self.failure.is_none() {
                self.summary.beyond += frames.len() as u64;
            }
            return;
        };
        let before = file.frames();
        let result = file.write(frames);
        self.summary.frames = file.frames();
        match result {
            Ok(()) => {}
            Err(error @ WriteError::Full { .. }) => {
                self.summary.beyond += frames.len() as u64 - (self.summary.frames - before);
                self.tell(&error);
                self.complete();
            }
            Err(error) => self.salvage(error),
        }
    }

    fn checkpoint(&mut self) {
        if let Some(file) = &mut self.file
            && let Err(error) = file.checkpoint()
        {
            self.salvage(error);
        }
    }

    fn complete(&mut self) {
        // What was safe before is kept even when the rest does not fit any more.
        self.checkpoint();
        if let Some(file) = self.file.take()
            && let Err(error) = file.finish()
        {
            self.summary.frames = 0;
            self.fail(error);
        }
    }

    /// Keeps what was written safely before `error`.
    fn salvage(&mut self, error: WriteError) {
        if let Some(file) = self.file.take() {
            self.summary.frames = file.salvage().unwrap_or(0);
        }
        self.fail(error);
    }

    fn fail(&mut self, error: WriteError) {
        self.tell(&error);
        self.failure = Some(error);
    }

    fn tell(&self, error: &WriteError) {
        *self.news.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;

    /// A source of a ramp that comes in pieces, with some of it lost.
    struct Ramp {
        next: u32,
        frames: u32,
        asked: u32,
    }

    impl FrameSource for Ramp {
        fn read(&mut self, out: &mut [StereoFrame]) -> usize {
            self.asked += 1;
            if self.asked == 2 {
                return 0;
            }
            let count = (self.frames - self.next).min(700).min(out.len() as u32);
            for slot in &mut out[..count as usize] {
                *slot = StereoFrame::new(self.next as f32, -(self.next as f32));
                self.next += 1;
            }
            count as usize
        }

        fn lost(&self) -> u64 {
            5
        }
    }

    fn ramp(frames: u32) -> Ramp {
        Ramp {
            next: 0,
            frames,
            asked: 0,
        }
    }

    #[test]
    fn every_frame_gets_into_the_file_in_order() {
        let directory = tempfile::tempdir().expect("a directory for the test");
        let path = directory.path().join("take.wav");
        let recorder = Recorder::start(&path, 44_100, Box::new(ramp(20_000))).expect("writable");
        while !recorder.thread.is_finished() && fs_len(directory.path()) < 100_000 {
            thread::sleep(Duration::from_millis(5));
        }
        assert!(!path.exists(), "the file appeared before it was complete");
        let summary = recorder.finish().expect("there is room");
        let expected = RecordSummary {
            frames: 20_000,
            lost: 5,
            beyond: 0,
        };
        assert_eq!(summary, expected);
        let mut reader = hound::WavReader::open(&path).expect("it was just written");
        assert_eq!(reader.spec().sample_rate, 44_100);
        for (n, sample) in reader.samples::<f32>().enumerate() {
            let frame = (n / 2) as f32;
            let expected = if n % 2 == 0 { frame } else { -frame };
            assert_eq!(
                sample.expect("whole").to_bits(),
                expected.to_bits(),
                "sample {n}"
            );
        }
    }

    /// Bytes of all files in a directory.
    fn fs_len(directory: &Path) -> u64 {
        std::fs::read_dir(directory)
            .expect("readable")
            .filter_map(|entry| entry.ok()?.metadata().ok())
            .map(|metadata| metadata.len())
            .sum()
    }

    #[test]
    fn nothing_to_record_is_an_empty_file() {
        let directory = tempfile::tempdir().expect("a directory for the test");
        let path = directory.path().join("empty.wav");
        let recorder = Recorder::start(&path, 48_000, Box::new(ramp(0))).expect("writable");
        assert_eq!(recorder.finish().expect("there is room").frames, 0);
        assert!(matches!(
            files::load_clip(&path).expect_err("empty").source,
            crate::wav::ReadError::NoFrames
        ));
    }

    #[test]
    fn a_file_that_cannot_be_is_said_at_the_start() {
        let error = Recorder::start(Path::new("/no/such/take.wav"), 48_000, Box::new(ramp(1)))
            .expect_err("no directory");
        assert!(error.to_string().contains("/no/such/take.wav"), "{error}");
    }
}
