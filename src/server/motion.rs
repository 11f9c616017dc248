//! Where the bundled server's source is now.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::trajectory::Trajectory;

/// A trajectory by the clock, and the publication that may stand in its place.
#[derive(Debug)]
pub(super) struct Motion {
    trajectory: Trajectory,
    started: Instant,
    /// How long a publication stands; `None`: for ever.
    pub_hold: Option<Duration>,
    published: Mutex<Option<Publication>>,
}

#[derive(Clone, Copy, Debug)]
struct Publication {
    position: [f32; 3],
    at: Instant,
}

impl Motion {
    /// `trajectory` from now on.
    pub(super) fn new(trajectory: Trajectory, pub_hold: Option<Duration>) -> Self {
        Self {
            trajectory,
            started: Instant::now(),
            pub_hold,
            published: Mutex::new(None),
        }
    }

    /// The coordinates of this moment, as the wire carries them.
    pub(super) fn now(&self) -> [f32; 3] {
        let published = *self.lock();
        match published {
            Some(last) if self.pub_hold.is_none_or(|hold| last.at.elapsed() < hold) => {
                last.position
            }
            _ => self
                .trajectory
                .position_at(self.started.elapsed().as_secs_f64())
                .map(|v| v as f32),
        }
    }

    /// Puts `position` in the trajectory's place.
    pub(super) fn publish(&self, position: [f32; 3]) {
        *self.lock() = Some(Publication {
            position,
            at: Instant::now(),
        });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Publication>> {
        // The value is copied in and out whole: a panic elsewhere cannot have left half of it.
        self.published
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these places are exact")]
mod tests {
    use super::*;
    use crate::files::load_trajectory;

    fn orbit() -> Trajectory {
        load_trajectory("orbit:1,8").unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn it_follows_the_clock_from_its_start() {
        let motion = Motion::new(orbit(), None);
        assert_eq!(motion.now(), [1.0, 0.0, 0.0]);
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(motion.now(), [0.0, 1.0, 0.0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_publication_stands_for_the_hold_after_the_last_one() {
        let motion = Motion::new(orbit(), Some(Duration::from_secs(3)));
        motion.publish([5.0, 6.0, 7.0]);
        tokio::time::advance(Duration::from_secs(2)).await;
        motion.publish([8.0, 9.0, 10.0]);
        tokio::time::advance(Duration::from_millis(2_999)).await;
        assert_eq!(motion.now(), [8.0, 9.0, 10.0]);
        tokio::time::advance(Duration::from_millis(1)).await;
        let [x, y, _] = motion.now();
        let angle = std::f32::consts::TAU * 5.0 / 8.0;
        assert!((x - angle.cos()).hypot(y - angle.sin()) < 1e-6, "{x} {y}");
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_hold_it_stands_for_ever() {
        let motion = Motion::new(orbit(), None);
        motion.publish([5.0, 6.0, 7.0]);
        tokio::time::advance(Duration::from_secs(1_000_000)).await;
        assert_eq!(motion.now(), [5.0, 6.0, 7.0]);
    }
}
