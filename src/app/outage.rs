//! The time without a device: it is tried again and again until there is one.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::output::{self, OpenOutput, OutputError};

use super::playing::Playing;
use super::stage::{Prepared, Stage};
use super::{Failure, off_runtime};

/// The first pause between two attempts, and the longest: each is twice the one before.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(1)];

/// A stream that has lived for so long was well: when it is lost, it is tried again at once.
const WELL: Duration = Duration::from_secs(5);

/// A device that is there and cannot be used is spoken of when that has gone on for so long.
const UNFIT_FOR: Duration = Duration::from_secs(5);

type Attempt = Result<(Prepared, OpenOutput), Refusal>;

/// Why an attempt failed.
enum Refusal {
    /// There is still nothing to play to.
    Absent(OutputError),
    /// There is, and it cannot be used as it is.
    Unfit(Failure),
}

/// The pauses between attempts, over several outages: a device that comes and goes is not tried
/// without end.
#[derive(Debug, Default)]
pub(super) struct Patience {
    pause: Duration,
}

impl Patience {
    /// The pause before the next attempt, after a stream that lived for `age`.
    pub(super) fn after(&mut self, age: Duration) -> Duration {
        if age >= WELL {
            self.pause = Duration::ZERO;
            return Duration::ZERO;
        }
        self.longer()
    }

    /// The pause after another attempt that failed.
    fn longer(&mut self) -> Duration {
        let [first, longest] = PAUSES;
        self.pause = (2 * self.pause).clamp(first, longest);
        self.pause
    }
}

/// A time without a device, as it goes on.
pub(super) struct Outage {
    stage: Arc<Stage>,
    /// What was prepared last: good for a device of the same rate.
    prepared: Prepared,
    attempt: JoinHandle<Result<Attempt, Failure>>,
    /// What had been played when the device was lost, in seconds, and when that was.
    played_s: f64,
    since: Instant,
    told: bool,
    /// Whether the stage has changed since the attempt began.
    is_other: bool,
}

impl Outage {
    /// Gives up `dead`, and tries again after `pause`. Both at once in the background: what hangs
    /// there holds up nothing else.
    pub(super) fn begin(
        stage: &Arc<Stage>,
        prepared: &Prepared,
        dead: Playing,
        pause: Duration,
    ) -> Self {
        let (played_s, since) = dead.played();
        let closing = move || drop(dead);
        Self {
            attempt: tokio::spawn(attempt(Arc::clone(stage), prepared.clone(), pause, closing)),
            stage: Arc::clone(stage),
            prepared: prepared.clone(),
            played_s,
            since,
            told: false,
            is_other: false,
        }
    }

    /// The next device is for another stage, prepared for the same rate as the one before.
    pub(super) fn change(&mut self, stage: &Arc<Stage>, prepared: &Prepared) {
        self.stage = Arc::clone(stage);
        self.prepared = prepared.clone();
        self.is_other = true;
    }

    /// The time since the very beginning, in seconds: it goes on without a device.
    pub(super) fn now_s(&self) -> f64 {
        self.played_s + self.length().as_secs_f64()
    }

    /// How long there has been no device.
    pub(super) fn length(&self) -> Duration {
        self.since.elapsed()
    }

    /// Waits until a device was opened, and all is prepared for it. May be dropped and called again.
    ///
    /// # Errors
    /// When a helper thread failed.
    pub(super) async fn over(
        &mut self,
        patience: &mut Patience,
    ) -> Result<(Prepared, OpenOutput), Failure> {
        loop {
            let attempt = (&mut self.attempt).await;
            match attempt.map_err(|_| Failure::helper_thread())?? {
                Ok((_, output)) if std::mem::take(&mut self.is_other) => {
                    let (stage, prepared) = (Arc::clone(&self.stage), self.prepared.clone());
                    let fit = off_runtime(move || fit(&stage, prepared, output));
                    self.attempt = tokio::spawn(fit);
                    continue;
                }
                Ok((prepared, output)) => {
                    self.prepared = prepared.clone();
                    return Ok((prepared, output));
                }
                Err(refusal) => self.tell(&refusal),
            }
            self.try_again(patience);
        }
    }

    /// The device that was opened would not start: tries again after a while.
    pub(super) fn refused(&mut self, failure: Failure, patience: &mut Patience) {
        self.tell(&Refusal::Unfit(failure));
        self.try_again(patience);
    }

    fn try_again(&mut self, patience: &mut Patience) {
        let (stage, prepared) = (Arc::clone(&self.stage), self.prepared.clone());
        self.is_other = false;
        self.attempt = tokio::spawn(attempt(stage, prepared, patience.longer(), || {}));
    }

    /// That nothing is there is what an outage is. That something is and cannot be used is said
    /// once, when it lasts: while a server comes back, devices may be in its way for a moment.
    fn tell(&mut self, refusal: &Refusal) {
        match refusal {
            Refusal::Absent(error) => tracing::debug!("still no device: {error}"),
            Refusal::Unfit(failure) if self.told || self.length() < UNFIT_FOR => {
                tracing::debug!("the device cannot be used: {failure}");
            }
            Refusal::Unfit(failure) => {
                tracing::warn!("the device is there, and cannot be used: {failure}; still trying");
                self.told = true;
            }
        }
    }
}

impl Drop for Outage {
    fn drop(&mut self) {
        self.attempt.abort();
    }
}

/// One attempt: after `first` was done and `pause` has passed.
async fn attempt(
    stage: Arc<Stage>,
    prepared: Prepared,
    pause: Duration,
    first: impl FnOnce() + Send + 'static,
) -> Result<Attempt, Failure> {
    off_runtime(first).await?;
    tokio::time::sleep(pause).await;
    off_runtime(move || open(&stage, prepared)).await
}

/// Opens a device, and prepares all for its rate.
fn open(stage: &Stage, prepared: Prepared) -> Attempt {
    let output = output::open(&stage.config.output).map_err(|error| match error {
        unfit @ (OutputError::SampleRate { .. }
        | OutputError::NoFormat { .. }
        | OutputError::Busy { .. }) => Refusal::Unfit(Failure::output(unfit)),
        absent => Refusal::Absent(absent),
    })?;
    fit(stage, prepared, output)
}

/// Prepares all for the rate of a device.
fn fit(stage: &Stage, prepared: Prepared, output: OpenOutput) -> Attempt {
    let rate = output.info().sample_rate;
    let prepared = if prepared.sample_rate() == rate {
        prepared
    } else {
        stage.prepare(rate).map_err(Refusal::Unfit)?
    };
    Ok((prepared, output))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_become_rarer_until_there_is_one_a_second() {
        let mut patience = Patience::default();
        let ms = |pause: Duration| pause.as_millis();
        assert_eq!(ms(patience.after(WELL)), 0);
        let pauses: Vec<u128> = (0..6).map(|_| ms(patience.longer())).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1000, 1000]);
    }

    #[test]
    fn a_device_that_comes_and_goes_is_tried_as_rarely() {
        let mut patience = Patience::default();
        let soon = Duration::from_millis(300);
        let pauses: Vec<u128> = (0..5).map(|_| patience.after(soon).as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1000]);
        assert_eq!(patience.after(WELL), Duration::ZERO);
        assert_eq!(patience.after(soon).as_millis(), 100);
    }
}
