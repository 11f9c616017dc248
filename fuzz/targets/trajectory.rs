//! Any bytes as the rows of a trajectory: refused in words, or a place at any time.

#![no_main]

use binaurald::trajectory::Trajectory;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match Trajectory::from_csv(bytes) {
        Ok(trajectory) => {
            let ends = trajectory.segments().map(|segment| segment.to_s);
            let jumps = trajectory.jumps().iter().copied();
            for seconds in ends.chain(jumps).chain([-1.0, 0.0, 0.5, 1e9]).take(64) {
                let place = trajectory.position_at(seconds);
                assert!(place.iter().all(|coordinate| coordinate.is_finite()));
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
