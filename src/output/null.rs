//! No device: blocks are taken by the clock, and dropped. Nobody hears them late: the thread that
//! takes them has no priority over others.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use super::counters::{StreamCounters, StreamErrorKind};
use super::error::OutputError;
use super::feed::{Fill, PIECE_FRAMES};
use super::running::OpenOutput;
use super::{OutputRequest, StreamInfo};
use crate::audio::StereoFrame;

/// Sample rate when none is asked for, in hertz.
pub(super) const DEFAULT_RATE: u32 = 48_000;
/// How much is made good after a stall, at once; what is beyond is left out and counted as an xrun.
const MAX_BEHIND: Duration = Duration::from_millis(200);
/// Bounds of a block, in frames: the greatest is what devices are filled by too.
pub(super) const BLOCK_FRAMES: (u32, u32) = (1, PIECE_FRAMES as u32);
/// Its id.
pub(super) const ID: &str = "null";

pub(super) fn open(request: &OutputRequest) -> OpenOutput {
    let buffer_frames = request.buffer_frames.clamp(BLOCK_FRAMES.0, BLOCK_FRAMES.1);
    OpenOutput::null(StreamInfo {
        host: "null".to_owned(),
        device: "no device".to_owned(),
        device_id: ID.to_owned(),
        sample_rate: request.sample_rate.unwrap_or(DEFAULT_RATE).max(1),
        channels: 2,
        buffer_frames,
        sample_format: "f32".to_owned(),
    })
}

/// The running clock; it stops when this is dropped.
#[derive(Debug)]
pub(super) struct Clock {
    stop: SyncSender<()>,
    stopped: Receiver<()>,
}

impl Clock {
    pub(super) fn start(
        info: &StreamInfo,
        counters: &Arc<StreamCounters>,
        fill: Fill,
    ) -> Result<Self, OutputError> {
        let (stop, stopping) = mpsc::sync_channel(0);
        let (ending, stopped) = mpsc::sync_channel(0);
        let counters = Arc::clone(counters);
        let (rate, frames) = (info.sample_rate, info.buffer_frames as usize);
        thread::Builder::new()
            .name("output-null".to_owned())
            .spawn(move || {
                run(rate, frames, &counters, &stopping, fill);
                drop(counters);
                // Last: whoever waits for the end finds nothing of this thread any more.
                drop::<SyncSender<()>>(ending);
            })?;
        Ok(Self { stop, stopped })
    }

    /// Stops the clock and waits for it, at most `limit`.
    pub(super) fn stop(self, limit: Duration) {
        let Self { stop, stopped } = self;
        drop(stop);
        // Its end of the channel goes away with the thread; nothing is ever sent.
        let _ = stopped.recv_timeout(limit);
    }
}

/// Takes a block at a time, each when the one before it would have been played.
fn run(
    rate: u32,
    block_frames: usize,
    counters: &StreamCounters,
    stopping: &Receiver<()>,
    mut fill: Fill,
) {
    let mut block = vec![StereoFrame::SILENCE; block_frames];
    let mut began = Instant::now();
    let mut frames = 0_u64;
    loop {
        called(&mut fill, &mut block, counters);
        frames += block_frames as u64;
        // Counted from the beginning, so that nothing adds up.
        let due = began + played_in(frames, rate);
        let now = Instant::now();
        let behind = now.saturating_duration_since(due);
        if behind > MAX_BEHIND {
            counters.error(StreamErrorKind::Xrun);
            began += behind;
        }
        let wait = due.saturating_duration_since(now);
        if stopping.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected) {
            return;
        }
    }
}

/// What stands for a device's callback: all that runs in it begins here.
#[cfg_attr(binaurald_rtsan, sanitize(realtime = "nonblocking"), inline(never))]
fn called(fill: &mut Fill, block: &mut [StereoFrame], counters: &StreamCounters) {
    let began = Instant::now();
    fill(block);
    counters.block(block.len(), began);
}

/// How long `frames` take at `rate` hertz.
fn played_in(frames: u64, rate: u32) -> Duration {
    let rate = u64::from(rate);
    let nanos = frames % rate * 1_000_000_000 / rate;
    Duration::from_secs(frames / rate) + Duration::from_nanos(nanos)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::super::{DeviceChoice, open};
    use super::*;

    fn request(sample_rate: Option<u32>, buffer_frames: u32) -> OutputRequest {
        OutputRequest {
            device: DeviceChoice::Null,
            host: None,
            sample_rate,
            buffer_frames,
            realtime: false,
        }
    }

    #[test]
    fn it_keeps_the_time_of_its_rate() {
        for (rate, block) in [(None, 512), (Some(44_100), 64), (Some(96_000), 4_096)] {
            let output = open(&request(rate, block)).expect("null can always be opened");
            let rate = f64::from(output.info().sample_rate);
            let began = Instant::now();
            let running = output
                .start(|frames| frames.fill(StereoFrame::SILENCE))
                .expect("a thread");
            thread::sleep(Duration::from_millis(600));
            let snapshot = running.counters().snapshot();
            let elapsed = began.elapsed().as_secs_f64();
            let seconds = snapshot.frames as f64 / rate;
            // Behind by what one stall of the machine may take; never ahead by more than a block.
            let ahead = seconds - elapsed;
            assert!(
                ahead <= f64::from(block) / rate,
                "{seconds} s of sound in {elapsed} s"
            );
            assert!(ahead > -0.25, "{seconds} s of sound in {elapsed} s");
            assert_eq!(snapshot.frames, snapshot.callbacks * u64::from(block));
        }
    }

    #[test]
    fn after_a_stall_it_makes_good_no_more_than_its_bound() {
        let output = open(&request(Some(48_000), 480)).expect("null can always be opened");
        let calls = Arc::new(Mutex::new(Vec::new()));
        let times = Arc::clone(&calls);
        let mut count = 0;
        let running = output
            .start(move |_| {
                count += 1;
                if count == 5 {
                    thread::sleep(Duration::from_secs(1));
                }
                times
                    .lock()
                    .expect("no one panics with it")
                    .push(Instant::now());
            })
            .expect("a thread");
        thread::sleep(Duration::from_millis(1_400));
        let snapshot = running.counters().snapshot();
        running.stop();
        let calls = calls.lock().expect("no one panics with it");
        let stall = calls[4];
        let burst = calls
            .iter()
            .filter(|&&at| at > stall && at < stall + Duration::from_millis(20))
            .count();
        assert!(
            snapshot.xruns >= 1,
            "the stall was not counted: {snapshot:?}"
        );
        // 100 blocks were missed; 200 ms are 20 blocks, and 20 ms are 2.
        assert!(burst <= 24, "{burst} blocks at once after the stall");
    }

    #[test]
    fn it_stops_at_once_even_within_a_long_block() {
        let output = open(&request(Some(8_000), 65_536)).expect("null can always be opened");
        let info = output.info();
        assert_eq!(info.buffer_frames, 4_096, "what devices are filled by too");
        assert_eq!(info.block_time(), Duration::from_millis(512));
        let running = output.start(|_| {}).expect("a thread");
        let began = Instant::now();
        let counters = Arc::clone(running.counters());
        running.stop();
        assert!(
            began.elapsed() < Duration::from_millis(500),
            "{:?}",
            began.elapsed()
        );
        assert_eq!(Arc::strong_count(&counters), 1, "the thread is still there");
    }

    #[test]
    fn time_is_exact_after_days() {
        let day = 86_400;
        assert_eq!(
            played_in(44_100 * day * 30 + 22_050, 44_100),
            Duration::from_millis(day * 30_000 + 500)
        );
    }
}
