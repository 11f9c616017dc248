//! A client that behaves well, and measures how long its answers take.

use std::time::Duration;

use binaurald::position::{ClientConfig, Link};
use tokio::runtime::Runtime;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// Polls a second, as the daemon's default.
const POLL_HZ: f64 = 60.0;

/// 60 polls a second on one connection.
pub(crate) struct Poller {
    link: Link,
    runtime: Runtime,
}

impl Poller {
    /// A client of the server at `address`, which has its first answer.
    pub(crate) fn connect(address: &str) -> Self {
        let config = ClientConfig::new(address, POLL_HZ, 5_000).expect("a good configuration");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let mut link = Link::new(&config);
        runtime.block_on(link.ask()).expect("the first answer");
        Self { link, runtime }
    }

    /// The times to an answer, in milliseconds, of polls for so long.
    ///
    /// # Panics
    /// When a poll fails.
    pub(crate) fn times_ms(&mut self, watched: Duration) -> Vec<f64> {
        let Self { link, runtime } = self;
        runtime.block_on(async {
            let mut polls = interval(Duration::from_secs_f64(1.0 / POLL_HZ));
            polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let began = Instant::now();
            let mut times = Vec::new();
            while began.elapsed() < watched {
                polls.tick().await;
                let asked = Instant::now();
                link.ask().await.expect("every poll has an answer");
                times.push(asked.elapsed().as_secs_f64() * 1e3);
            }
            times
        })
    }
}

/// The 99th percentile: 99 of 100 are not greater.
pub(crate) fn p99(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[(times.len() * 99).div_ceil(100) - 1]
}
