//! The path of a server that turns, and how far from it a sound is heard.

use std::time::Instant;

use crate::python::PythonServer;

/// Degrees of one step of the server, and seconds between two.
pub(crate) const STEP: (f64, f64) = (5.0, 0.1);

/// The server's path: its steps, joined by straight lines, as it logged them.
pub(crate) struct Path {
    /// Seconds since the path's beginning, and degrees without end.
    steps: Vec<(f64, f64)>,
}

impl Path {
    pub(crate) fn of(server: &PythonServer, began: Instant) -> Self {
        let printed = server.printed();
        let mut arrivals = Vec::new();
        let mut steps: Vec<(f64, f64)> = Vec::new();
        for (n, (arrived, line)) in printed.iter().enumerate() {
            let words: Vec<&str> = line.split(' ').collect();
            let [_, time, angle] = words[..] else {
                panic!("the server printed {line:?}")
            };
            let (time, angle): (f64, f64) = (time.parse().unwrap(), angle.parse().unwrap());
            let degrees = (n + 1) as f64 * STEP.0;
            assert!((degrees % 360.0 - angle).abs() < 1e-6, "step {n}: {line}");
            arrivals.push(seconds_between(began, *arrived) - time);
            steps.push((time, degrees));
        }
        // No line comes before it was printed: the soonest tells how the two clocks stand.
        let clock = arrivals.into_iter().fold(f64::INFINITY, f64::min);
        for step in &mut steps {
            step.0 += clock;
        }
        Self { steps }
    }

    /// Degrees from the front at a time, in seconds since the beginning.
    pub(crate) fn at(&self, seconds: f64) -> f64 {
        let after = self.steps.partition_point(|step| step.0 < seconds);
        let after = after.clamp(1, self.steps.len() - 1);
        let [(t0, a0), (t1, a1)] = [self.steps[after - 1], self.steps[after]];
        if seconds < t0 || seconds > t1 {
            // Before the first step and after the last it goes on as it should.
            let (t, a) = if seconds < t0 { (t0, a0) } else { (t1, a1) };
            return a + (seconds - t) * STEP.0 / STEP.1;
        }
        a0 + (a1 - a0) * (seconds - t0) / (t1 - t0)
    }

    /// The lateral angle at that time, in degrees: the sphere hears the front and the back alike.
    pub(crate) fn lateral_at(&self, seconds: f64) -> f64 {
        let sine = self.at(seconds).to_radians().sin();
        sine.asin().to_degrees()
    }

    /// How late these lateral angles are that were heard at these times, in seconds, and the root
    /// mean square of the error that remains, in degrees. Looked for are `earliest_s` and all of a
    /// turn from there: a path that is mirrored or turned fits best far away from what is plausible.
    pub(crate) fn fit(&self, heard: &[(f64, f64)], earliest_s: f64) -> Fit {
        let turn_ms = (360.0 / STEP.0 * STEP.1 * 1e3) as i32;
        (0..turn_ms)
            .map(|ms| earliest_s + f64::from(ms) / 1e3)
            .map(|late_s| Fit {
                error: self.error_when_late(heard, late_s),
                late_s,
            })
            .min_by(|a, b| a.error.total_cmp(&b.error))
            .expect("there are candidates")
    }

    fn error_when_late(&self, heard: &[(f64, f64)], late_s: f64) -> f64 {
        let square = |&(seconds, lateral): &(f64, f64)| {
            (lateral - self.lateral_at(seconds - late_s)).powi(2)
        };
        (heard.iter().map(square).sum::<f64>() / heard.len() as f64).sqrt()
    }
}

/// How a path fits what was heard.
pub(crate) struct Fit {
    /// Root mean square of the error of the lateral angle, in degrees.
    pub(crate) error: f64,
    /// How late it was heard, in seconds.
    pub(crate) late_s: f64,
}

pub(crate) fn seconds_between(from: Instant, to: Instant) -> f64 {
    to.saturating_duration_since(from).as_secs_f64()
        - from.saturating_duration_since(to).as_secs_f64()
}
