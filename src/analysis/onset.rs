//! When a response begins.

use realfft::RealFftPlanner;

use super::Complex64;

/// How far below its peak a response has begun, in decibels.
pub const ONSET_BELOW_PEAK_DB: f64 = 10.0;

/// Points between two samples at which it is looked for.
const OVERSAMPLING: usize = 8;

/// The frame, with its fraction, at which a response first reaches [`ONSET_BELOW_PEAK_DB`] below
/// its peak; it is oversampled by 8, with straight lines between. None in silence.
pub fn onset_frames(response: &[f32]) -> Option<f64> {
    let fine = oversampled(response);
    let peak = fine.iter().fold(0.0_f64, |peak, x| peak.max(x.abs()));
    let threshold = peak * 10.0_f64.powf(-ONSET_BELOW_PEAK_DB / 20.0);
    let at = fine
        .iter()
        .position(|x| x.abs() >= threshold && *x != 0.0)?;
    let before = at.checked_sub(1).map_or(0.0, |before| fine[before].abs());
    let after = fine[at].abs();
    let back = if at == 0 {
        0.0
    } else {
        (after - threshold) / (after - before)
    };
    Some((at as f64 - back) / OVERSAMPLING as f64)
}

/// The response with [`OVERSAMPLING`] times as many samples, limited to its band.
fn oversampled(response: &[f32]) -> Vec<f64> {
    // Room behind, so that its end does not run into its beginning.
    let size = (2 * response.len().max(32)).next_power_of_two();
    let mut padded: Vec<f64> = response.iter().map(|x| f64::from(*x)).collect();
    padded.resize(size, 0.0);
    let mut planner = RealFftPlanner::new();
    let forward = planner.plan_fft_forward(size);
    let inverse = planner.plan_fft_inverse(size * OVERSAMPLING);
    let mut spectrum = forward.make_output_vec();
    forward
        .process(&mut padded, &mut spectrum)
        .expect("the vectors have the lengths that the plan asks for");
    // The edge of the band stands for both of its sides there.
    spectrum[size / 2] *= 0.5;
    spectrum.resize(size * OVERSAMPLING / 2 + 1, Complex64::ZERO);
    let mut fine = inverse.make_output_vec();
    inverse
        .process(&mut spectrum, &mut fine)
        .expect("the vectors have the lengths that the plan asks for");
    fine.truncate(response.len() * OVERSAMPLING);
    for x in &mut fine {
        *x /= size as f64;
    }
    fine
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    /// A pulse limited to half the band, its middle at `centre`.
    fn pulse(centre: f64, gain: f64) -> Vec<f32> {
        let sample = |n: u16| {
            let x = PI * (f64::from(n) - centre) / 2.0;
            let sinc = if x == 0.0 { 1.0 } else { x.sin() / x };
            let window = (-(x / 20.0).powi(2)).exp();
            (gain * sinc * window) as f32
        };
        (0..200).map(sample).collect()
    }

    #[test]
    fn a_later_pulse_begins_later_by_the_fraction_of_a_frame_whatever_its_level() {
        let first = onset_frames(&pulse(60.0, 1.0)).expect("a pulse");
        assert!((57.0..60.0).contains(&first), "{first}");
        for (centre, gain) in [(60.25, 0.5), (60.5, -0.01), (73.9, 3.0)] {
            let onset = onset_frames(&pulse(centre, gain)).expect("a pulse");
            let error = onset - first - (centre - 60.0);
            assert!(error.abs() < 0.02, "{centre}: off by {error} frames");
        }
    }

    #[test]
    fn silence_never_begins_and_what_is_there_at_once_begins_at_its_first_frame() {
        assert_eq!(onset_frames(&[0.0; 50]), None);
        assert_eq!(onset_frames(&[]), None);
        let onset = onset_frames(&[1.0, 0.0, 0.0]).expect("an impulse");
        assert!(onset.abs() < 1e-9, "{onset}");
    }
}
