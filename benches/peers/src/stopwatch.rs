//! The processor's time of a thread: what others take of a busy machine is not in it.

use std::sync::LazyLock;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Times that are taken to know what that costs.
const TRIALS: usize = 1001;

/// What is in every time though nothing was done: it is a system call.
static COST: LazyLock<Duration> = LazyLock::new(|| {
    let mut trials = [(); TRIALS].map(|()| {
        let began = thread_time();
        thread_time().saturating_sub(began)
    });
    trials.sort_unstable();
    trials[TRIALS / 2]
});

/// Runs on the thread that started it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch {
    began: Duration,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        LazyLock::force(&COST);
        Self {
            began: thread_time(),
        }
    }

    pub(crate) fn elapsed(self) -> Duration {
        let elapsed = thread_time().saturating_sub(self.began);
        elapsed.saturating_sub(*COST)
    }
}

fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}
