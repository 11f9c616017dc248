//! What is played as a source of frames for the recorder: of every stream there was, and the
//! silences between them.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

use crate::audio::StereoFrame;
use crate::bridge::{Chunk, Counters, RecordTap};
use crate::output::FrameSource;
use crate::wav::StreamResampler;

/// Frames that are converted at once.
const PIECE_FRAMES: usize = 1024;

/// From when on a stream plays, or nothing does.
pub(super) struct Take {
    /// Since the very beginning, in seconds. From the end of the take before until then, there is
    /// silence.
    pub(super) begin_s: f64,
    /// What the stream plays; none: nothing plays any more.
    pub(super) played: Option<Played>,
}

/// What a stream plays.
pub(super) struct Played {
    pub(super) tap: RecordTap,
    pub(super) counters: Arc<Counters>,
    pub(super) sample_rate: u32,
}

/// All takes one after the other, at the rate of the file.
pub(super) struct Takes {
    arriving: Receiver<Take>,
    next: Option<Take>,
    current: Option<Reading>,
    sample_rate: u32,
    /// Frames that were handed out.
    given: u64,
    /// Up to this frame there is silence before the current take.
    silent_until: u64,
    /// Frames that earlier takes have lost.
    lost: u64,
}

impl Takes {
    /// For a file of `sample_rate` hertz. A take is to be sent when nothing comes any more of the
    /// one before it.
    pub(super) fn new(sample_rate: u32) -> (Sender<Take>, Self) {
        let (sender, arriving) = mpsc::channel();
        let takes = Self {
            arriving,
            next: None,
            current: None,
            sample_rate,
            given: 0,
            silent_until: 0,
            lost: 0,
        };
        (sender, takes)
    }

    fn read_next(&mut self, out: &mut [StereoFrame]) -> usize {
        loop {
            let silence = self.silent_until.saturating_sub(self.given);
            if silence > 0 {
                return give_silence(out, silence);
            }
            // Looked for before reading: what was played before it is then read for certain.
            self.next = self.next.take().or_else(|| self.arriving.try_recv().ok());
            let count = self.current.as_mut().map_or(0, |take| take.read(out));
            if count > 0 || self.next.is_none() {
                return count;
            }
            self.go_on();
        }
    }

    /// Ends the current take; the next one begins when nothing is left of it.
    fn go_on(&mut self) {
        match &mut self.current {
            Some(take) if !take.is_closed => take.close(),
            _ => {
                self.lost += self.current.take().map_or(0, |take| take.tap.lost);
                if let Some(next) = self.next.take() {
                    let begin = next.begin_s * f64::from(self.sample_rate);
                    self.silent_until = begin.round() as u64;
                    let to = self.sample_rate;
                    self.current = next.played.map(|played| Reading::new(played, to));
                }
            }
        }
    }
}

impl FrameSource for Takes {
    fn read(&mut self, out: &mut [StereoFrame]) -> usize {
        let count = self.read_next(out);
        self.given += count as u64;
        count
    }

    fn close(&mut self) {
        if let Some(take) = &mut self.current {
            take.close();
        }
    }

    fn lost(&self) -> u64 {
        self.lost + self.current.as_ref().map_or(0, |take| take.tap.lost)
    }
}

/// A take while it is read, at the rate of the file.
struct Reading {
    tap: TapReader,
    /// Where the stream has another rate than the file.
    resampler: Option<StreamResampler>,
    is_closed: bool,
}

impl Reading {
    fn new(played: Played, to: u32) -> Self {
        let from = played.sample_rate;
        Self {
            resampler: (from != to).then(|| StreamResampler::new(from, to)),
            tap: TapReader::new(played),
            is_closed: false,
        }
    }

    fn read(&mut self, out: &mut [StereoFrame]) -> usize {
        let Some(resampler) = &mut self.resampler else {
            return self.tap.read(out);
        };
        let mut piece = [StereoFrame::SILENCE; PIECE_FRAMES];
        loop {
            let ready = resampler.pull(out);
            if ready > 0 {
                return ready;
            }
            match self.tap.read(&mut piece) {
                0 => return 0,
                count => resampler.push(&piece[..count]),
            }
        }
    }

    /// Nothing more is played: what was held back until now may be read.
    fn close(&mut self) {
        self.is_closed = true;
        self.tap.close();
        if let Some(resampler) = &mut self.resampler {
            let mut piece = [StereoFrame::SILENCE; PIECE_FRAMES];
            while let count @ 1.. = self.tap.read(&mut piece) {
                resampler.push(&piece[..count]);
            }
            resampler.finish();
        }
    }
}

/// Reads a tap; what was lost becomes silence of the same length.
struct TapReader {
    tap: RecordTap,
    counters: Arc<Counters>,
    /// Silence still to be given for frames that were lost.
    silence: u64,
    lost: u64,
}

impl TapReader {
    fn new(played: Played) -> Self {
        Self {
            tap: played.tap,
            counters: played.counters,
            silence: 0,
            lost: 0,
        }
    }

    fn read(&mut self, out: &mut [StereoFrame]) -> usize {
        if self.silence == 0 {
            match self.tap.read(out) {
                Chunk::Frames(count) => return count,
                Chunk::Lost(frames) => self.lose(frames),
            }
        }
        let count = give_silence(out, self.silence);
        self.silence -= count as u64;
        count
    }

    fn lose(&mut self, frames: u64) {
        tracing::warn!("--record: {frames} frames came too fast and are silence");
        self.lost += frames;
        self.silence += frames;
    }

    /// The tap tells a gap with the block behind it, and behind the last one there is none.
    fn close(&mut self) {
        let untold = self.counters.unrecorded_frames().saturating_sub(self.lost);
        if untold > 0 {
            self.lose(untold);
        }
    }
}

/// Writes up to `frames` of silence to the beginning of `out`, and returns how many.
fn give_silence(out: &mut [StereoFrame], frames: u64) -> usize {
    let count = out.len().min(usize::try_from(frames).unwrap_or(usize::MAX));
    out[..count].fill(StereoFrame::SILENCE);
    count
}

#[cfg(test)]
mod tests {
    use crate::bridge::{BridgeConfig, Endpoint, MotionDelay, bridge};
    use crate::dsp::distance::{DistanceLaw, DistanceModel};
    use crate::geometry::Position;
    use crate::head::{Head, HeadShape};
    use crate::render::{Edges, Engine, EngineConfig, Voice, VoiceOptions};

    use super::*;

    /// A stream of `sample_rate` hertz whose tap holds `capacity` frames, and where its frames go.
    fn stream(sample_rate: u32, capacity: usize) -> (Endpoint, Played) {
        let head = Arc::new(Head::sphere(HeadShape::default(), sample_rate).expect("a head"));
        let mut engine = Engine::new(EngineConfig {
            head: Arc::clone(&head),
            distance: DistanceLaw {
                model: DistanceModel::None,
                ref_m: 1.0,
                max_m: 100.0,
                rolloff: 1.0,
                min_m: 0.2,
            },
            gain: 1.0,
            limiter: false,
            max_speed_m_s: 100.0,
            sources: 1,
            edges: Edges::default(),
        });
        let clip = crate::audio::Clip {
            samples: vec![0.5; 1000].into(),
            sample_rate,
        };
        let options = VoiceOptions {
            looped: true,
            ..VoiceOptions::default()
        };
        let voice = Voice::new(&head, clip, Position::FRONT, options);
        assert!(engine.add(0, Box::new(voice)).is_ok(), "the place is free");
        let (controller, endpoint, tap) = bridge(
            engine,
            BridgeConfig {
                sources: 1,
                motion_delay: MotionDelay::Auto,
                record_frames: Some(capacity),
            },
        );
        let played = Played {
            tap: tap.expect("it was asked for"),
            counters: Arc::clone(controller.counters()),
            sample_rate,
        };
        (endpoint, played)
    }

    /// All that can be read at present.
    fn read_all(takes: &mut Takes) -> Vec<f32> {
        let mut all = Vec::new();
        let mut block = [StereoFrame::SILENCE; 333];
        while let count @ 1.. = takes.read(&mut block) {
            all.extend(block[..count].iter().map(|frame| frame.left));
        }
        all
    }

    fn send(sender: &Sender<Take>, begin_s: f64, played: Option<Played>) {
        sender
            .send(Take { begin_s, played })
            .expect("it is still read");
    }

    #[test]
    fn what_is_lost_at_the_end_is_silence_too() {
        let (mut endpoint, played) = stream(48_000, 150);
        let (sender, mut takes) = Takes::new(48_000);
        send(&sender, 0.0, Some(played));
        // Two fit; the other ones are lost, and none comes after them to tell it.
        for _ in 0..4 {
            endpoint.fill(&mut [StereoFrame::SILENCE; 70]);
        }
        assert_eq!(read_all(&mut takes).len(), 140);
        takes.close();
        assert_eq!(read_all(&mut takes), [0.0; 140]);
        assert_eq!(takes.lost(), 140);
    }

    #[test]
    fn between_streams_and_after_the_last_one_there_is_as_much_silence_as_there_was() {
        let (mut first, of_first) = stream(48_000, 10_000);
        let (mut second, of_second) = stream(44_100, 10_000);
        let (sender, mut takes) = Takes::new(48_000);
        send(&sender, 0.0, Some(of_first));
        first.fill(&mut vec![StereoFrame::SILENCE; 4_800]);
        let mut all = read_all(&mut takes);
        assert_eq!(all.len(), 4_800);
        first.fill(&mut [StereoFrame::SILENCE; 480]);
        // Silence is told as it goes on.
        send(&sender, 0.2, None);
        send(&sender, 0.3, None);
        all.extend(read_all(&mut takes));
        assert_eq!(all.len(), 14_400);
        // At another rate, half a second after the beginning.
        send(&sender, 0.5, Some(of_second));
        second.fill(&mut vec![StereoFrame::SILENCE; 4_410]);
        all.extend(read_all(&mut takes));
        send(&sender, 1.0, None);
        all.extend(read_all(&mut takes));
        takes.close();
        all.extend(read_all(&mut takes));

        assert_eq!(all.len(), 48_000);
        let is_silent = |range: std::ops::Range<usize>| all[range].iter().all(|x| *x == 0.0);
        let sounds = |range: std::ops::Range<usize>| all[range].iter().all(|x| x.abs() > 0.1);
        assert!(sounds(200..5_280));
        assert!(is_silent(5_280..24_000));
        assert!(sounds(24_400..28_600));
        assert!(is_silent(28_800..48_000));
        assert_eq!(takes.lost(), 0);
    }
}
