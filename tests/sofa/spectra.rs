//! Transfer functions.

use std::f64::consts::TAU;

use super::builder::Sofa;
use super::{assert_odd, read, refusal};

/// A file of transfer functions at `frequencies`: pulses of height 1 that come after these times,
/// in seconds, for the two ears of the one source, which is on the left.
fn hrtf(frequencies: &[f64], times: [f64; 2]) -> Sofa {
    let angles: Vec<f64> = times
        .iter()
        .flat_map(|time| frequencies.iter().map(move |f| -TAU * f * time))
        .collect();
    let bins = frequencies.len();
    let real: Vec<f64> = angles.iter().map(|angle| angle.cos()).collect();
    let imaginary: Vec<f64> = angles.iter().map(|angle| angle.sin()).collect();
    Sofa::hrir(&[[90.0, 0.0]])
        .without("Data.IR")
        .without("Data.Delay")
        .without("Data.SamplingRate")
        .text("SOFAConventions", "SimpleFreeFieldHRTF")
        .text("DataType", "TF")
        .table("N", &[bins], frequencies)
        .table("Data.Real", &[1, 2, bins], &real)
        .table("Data.Imag", &[1, 2, bins], &imaginary)
}

/// Multiples of `step` from the `first`th to the `last`th.
fn frequencies(first: u32, last: u32, step: f64) -> Vec<f64> {
    (first..=last).map(|n| f64::from(n) * step).collect()
}

fn assert_pulse(response: &[f32], at: usize) {
    for (index, sample) in response.iter().enumerate() {
        let wanted = if index == at { 1.0 } else { 0.0 };
        assert!((sample - wanted).abs() < 1e-5, "{index} of {response:?}");
    }
}

#[test]
fn transfer_functions_become_the_impulse_responses_that_they_are_of() {
    let set = read(&hrtf(&frequencies(0, 32, 500.0), [5.0 / 32e3, 9.0 / 32e3]));
    assert_eq!((set.sample_rate, set.samples), (32_000.0, 64));
    let [left, right] = set.pair(0).expect("it is there");
    assert_pulse(left, 5);
    assert_pulse(right, 9);
    assert_odd(&set, &["32000 Hz"]);
}

#[test]
fn transfer_functions_without_0_hz_get_it() {
    let set = read(&hrtf(&frequencies(1, 32, 500.0), [5.0 / 32e3, 9.0 / 32e3]));
    assert_eq!((set.sample_rate, set.samples), (32_000.0, 64));
    let [left, right] = set.pair(0).expect("it is there");
    assert_pulse(left, 5);
    assert_pulse(right, 9);
    assert!(
        set.oddities[0].contains("begin at 500 Hz"),
        "{:?}",
        set.oddities
    );
}

#[test]
fn responses_that_begin_before_time_0_are_delayed_together() {
    let set = read(&hrtf(&frequencies(0, 32, 500.0), [-5.0 / 32e3, 4.0 / 32e3]));
    let [left, right] = set.pair(0).expect("it is there");
    assert_pulse(left, 16 - 5);
    assert_pulse(right, 16 + 4);
    assert!(
        set.oddities[1].contains("delayed by 0.50 ms"),
        "{:?}",
        set.oddities
    );
}

#[test]
fn frequencies_that_give_no_impulse_response_are_refused() {
    for (frequencies, why) in [
        (
            vec![0.0, 500.0, 1_000.0, 2_000.0, 16_000.0],
            "not in equal steps",
        ),
        (vec![500.0, 0.0, 500.0], "not in equal steps"),
        (vec![f64::NAN, 500.0, 1_000.0], "not in equal steps"),
        (vec![8_000.0], "too few"),
        (frequencies(3, 32, 500.0), "begin too high"),
    ] {
        let error = refusal(&hrtf(&frequencies, [0.0, 0.0]));
        assert!(
            error.contains(why) && error.contains("SimpleFreeFieldHRIR"),
            "{error}"
        );
    }
    let error = refusal(&hrtf(&frequencies(0, 32, 50.0), [0.0, 0.0]));
    assert!(error.contains("sampling rate is 3200 Hz"), "{error}");
}

#[test]
fn transfer_functions_of_which_a_part_is_missing_are_refused() {
    let whole = hrtf(&frequencies(0, 32, 500.0), [0.0, 0.0]);
    for name in ["N", "Data.Real", "Data.Imag"] {
        let error = refusal(&whole.clone().without(name));
        assert!(error.contains(&format!("{name} is missing")), "{error}");
    }
    let error = refusal(&whole.table("Data.Imag", &[1, 2, 32], &[0.0; 64]));
    assert!(
        error.contains("Data.Imag") && error.contains("damaged"),
        "{error}"
    );
}
