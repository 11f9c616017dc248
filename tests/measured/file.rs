//! A SOFA file as it is: at a measured direction its own responses are heard.

use binaurald::head::{Head, MeasuredOptions};

use crate::heard::{bands, heard, itd_s, kemar_file, measured};

#[test]
fn a_measured_direction_is_heard_as_it_was_measured_at_any_rate() {
    let set = kemar_file();
    for rate in [44_100, 48_000, 96_000] {
        let head = Head::measured(&set, MeasuredOptions::default(), rate).expect("a head");
        assert!(head.is_measured(), "the sphere was prepared");
        assert_eq!(head.name(), "KEMAR, normal pinna");
        let sources: Vec<usize> = (0..set.sources.len()).step_by(11).collect();
        let mut differences = Vec::new();
        let mut worst_itd = 0.0_f64;
        for source in &sources {
            let (ours, file) = (heard(&head, set.sources[*source]), measured(&set, *source));
            for hz in [500.0, 1000.0] {
                let expected = itd_s(&file, hz, 0.0);
                let error = (itd_s(&ours, hz, expected) - expected).abs() * 1e6;
                assert!(
                    error < 5.0,
                    "{error} us at {hz} Hz, source {source}, {rate} Hz"
                );
                worst_itd = worst_itd.max(error);
            }
            for (ours, file) in ours.iter().zip(&file) {
                differences.extend(bands().map(|hz| (ours.band_db(hz) - file.band_db(hz), hz)));
            }
        }
        // Up to one gain for all.
        let gain = differences.iter().map(|(d, _)| d).sum::<f64>() / differences.len() as f64;
        let (worst, at_hz) = differences
            .iter()
            .map(|(d, hz)| ((d - gain).abs(), *hz))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .expect("differences");
        println!(
            "{rate} Hz: {worst:.2} dB ({at_hz:.0} Hz), {worst_itd:.1} us, {} taps",
            head.taps()
        );
        assert!(worst < 0.5, "{worst} dB at {at_hz} Hz, {rate} Hz");
    }
}

#[test]
fn diffuse_field_equalisation_takes_out_what_all_directions_have_in_common() {
    let set = kemar_file();
    let options = MeasuredOptions {
        diffuse_field_eq: true,
        ..MeasuredOptions::default()
    };
    let plain = Head::measured(&set, MeasuredOptions::default(), 48_000).expect("a head");
    let equalised = Head::measured(&set, options, 48_000).expect("a head");
    let spread = |head: &Head| {
        let levels: Vec<f64> = bands()
            .filter(|hz| (200.0..15_000.0).contains(hz))
            .step_by(2)
            .map(|hz| {
                let power = |source: &usize| {
                    let [left, right] = heard(head, set.sources[*source]);
                    left.response(hz).norm_sqr() + right.response(hz).norm_sqr()
                };
                // Every direction has the same part of the sphere, nearly: as it was measured.
                let sources: Vec<usize> = (0..set.sources.len()).step_by(9).collect();
                10.0 * (sources.iter().map(power).sum::<f64>() / sources.len() as f64).log10()
            })
            .collect();
        let (low, high) = levels.iter().fold((f64::MAX, f64::MIN), |(low, high), x| {
            (low.min(*x), high.max(*x))
        });
        high - low
    };
    let (plain, equalised) = (spread(&plain), spread(&equalised));
    println!("diffuse field from 200 Hz to 15 kHz: {plain:.1} dB, equalised {equalised:.1} dB");
    assert!(plain > 10.0 && equalised < 4.0);
}
