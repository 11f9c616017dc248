//! What lies between a source and the head: what it takes away, and how long the sound travels.

use crate::dsp::air::Air;
use crate::dsp::air_filter::AirFilters;

/// Ways longer than this take no longer, in metres: what is in flight has to be held.
pub const LONGEST_TRAVEL_M: f64 = 1000.0;

/// The part of the longest way within which travel time comes to a standstill behind it.
const EASING: f64 = 0.1;

/// What a medium is built from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MediumConfig {
    /// The air that takes away of the sound; none: nothing is taken away.
    pub air: Option<Air>,
    /// Whether the sound takes the time of its whole way, which is what shifts the pitch of what
    /// moves; otherwise only what the ears differ by.
    pub doppler: bool,
    /// Metres a second, greater than 0.
    pub speed_of_sound_m_s: f64,
    /// Ways longer than this count as this long: metres, 0 or more.
    pub max_m: f64,
}

/// What lies between sources and the head, prepared for one sample rate. The default is nothing:
/// the sound is there at once, as it was.
#[derive(Debug, Default)]
pub struct Medium {
    pub(super) air: Option<AirFilters>,
    pub(super) travel: Option<Travel>,
}

impl Medium {
    /// The medium of `config` for `sample_rate` hertz.
    ///
    /// Air counts for at most 200 m ([`crate::dsp::air_filter::LONGEST_M`]), travel time for at most
    /// [`LONGEST_TRAVEL_M`].
    pub fn new(config: &MediumConfig, sample_rate: u32) -> Self {
        let air = config.air.as_ref();
        let frames_per_m = f64::from(sample_rate) / config.speed_of_sound_m_s;
        Self {
            air: air.map(|air| AirFilters::new(air, sample_rate, config.max_m)),
            travel: config
                .doppler
                .then(|| Travel::new(frames_per_m, config.max_m)),
        }
    }

    /// The frames for which something may be heard of a sound after its end, beyond what the head
    /// takes: the longest travel time, and what the filter of the air looks back.
    pub fn tail_frames(&self) -> usize {
        let travel = self.travel.map_or(0, |travel| travel.longest_frames());
        travel + self.air.as_ref().map_or(0, |air| air.taps() - 1)
    }
}

/// How long sound travels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Travel {
    frames_per_m: f64,
    longest_m: f64,
}

impl Travel {
    fn new(frames_per_m: f64, longest_m: f64) -> Self {
        Self {
            frames_per_m,
            longest_m: longest_m.min(LONGEST_TRAVEL_M),
        }
    }

    /// The time of a way of `distance_m` metres, in frames. Beyond the longest way it grows ever
    /// more slowly, and from 1.2 times that on no more: a source that flies past that mark goes over
    /// into its own pitch.
    pub(super) fn frames(&self, distance_m: f64) -> f64 {
        let easing = EASING * self.longest_m;
        let beyond = (distance_m - self.longest_m).clamp(0.0, 2.0 * easing);
        let eased = beyond - beyond * beyond / (4.0 * easing);
        (distance_m.min(self.longest_m) + eased) * self.frames_per_m
    }

    /// The most that [`Travel::frames`] gives, rounded up.
    pub(super) fn longest_frames(&self) -> usize {
        self.frames(f64::MAX).ceil() as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn travel_time_is_that_of_the_way_and_comes_to_a_standstill_without_a_kink() {
        for longest in [0.5, 100.0, 1e6] {
            let travel = Travel::new(2.0, longest);
            let longest = longest.min(LONGEST_TRAVEL_M);
            for part in [0.0, 0.3, 1.0] {
                let frames = travel.frames(part * longest);
                assert!((frames - 2.0 * part * longest).abs() < 1e-9, "{frames}");
            }
            let end = travel.frames(1.2 * longest);
            assert!((end - 2.2 * longest).abs() < 1e-9, "{end}");
            assert_eq!(travel.frames(1e9).to_bits(), end.to_bits());
            assert_eq!(travel.longest_frames(), end.ceil() as usize);
            let step = longest / 1000.0;
            let slope = |n: u16| {
                let at = longest * f64::from(n) / 1000.0;
                (travel.frames(at + step) - travel.frames(at)) / step
            };
            for n in 0..1400 {
                let change = slope(n + 1) - slope(n);
                assert!((-0.011..1e-9).contains(&change), "{change} at {n}");
            }
        }
    }
}
