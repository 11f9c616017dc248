//! The response of an impulse response at one frequency.

use std::f64::consts::TAU;

use super::Complex64;

/// The response at `hz` of a system whose impulse response at `sample_rate` hertz this is.
///
/// The phase counts from the first sample; a delay has a negative phase.
pub fn response_at(impulse_response: &[f32], sample_rate: f64, hz: f64) -> Complex64 {
    let turn = Complex64::cis(-TAU * hz / sample_rate);
    // Horner's rule from the last sample to the first: one product a sample.
    impulse_response
        .iter()
        .rev()
        .fold(Complex64::ZERO, |sum, sample| {
            sum * turn + f64::from(*sample)
        })
}

/// The delay in seconds that has the phase of `response` at `hz`: of all that differ by whole
/// periods, the one nearest to `near_s`.
pub fn delay_s(response: Complex64, hz: f64, near_s: f64) -> f64 {
    let delay = -response.arg() / (TAU * hz);
    delay + ((near_s - delay) * hz).round() / hz
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_response_of_a_delayed_impulse_is_that_delay() {
        let mut signal = vec![0.0_f32; 2000];
        signal[1234] = -0.5;
        for hz in [20.0, 997.0, 15_000.0] {
            let response = response_at(&signal, 44_100.0, hz);
            assert!((response.norm() - 0.5).abs() < 1e-9, "{response} at {hz}");
            let delay = delay_s(-response, hz, 0.028);
            assert!((delay - 1234.0 / 44_100.0).abs() < 1e-10, "{delay} at {hz}");
        }
    }

    #[test]
    fn the_delay_is_the_one_nearest_to_what_is_expected() {
        let quarter = Complex64::cis(-TAU / 4.0);
        assert!((delay_s(quarter, 1000.0, 0.0) - 0.25e-3).abs() < 1e-12);
        assert!((delay_s(quarter, 1000.0, 5.1e-3) - 5.25e-3).abs() < 1e-12);
        assert!((delay_s(quarter, 1000.0, -1e-3) + 0.75e-3).abs() < 1e-12);
    }
}
