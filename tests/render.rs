//! `binaurald render`, driven as people drive it: what is in the files that it writes.

use std::fs;
use std::path::Path;

use binaurald::dsp::QUANTUM;

use support::measure::{
    Sound, db, impulse, interaural_delay_s, largest_step, level_db, noise, off_tone, peak,
    read_wav, response_at, sine, write_wav,
};
use support::program::{Desk, Running, binaurald, stderr, wait_until, without_options};
use support::sphere_oracle::{Source, Sphere};

mod support {
    pub mod measure;
    pub(crate) mod program;
    pub(crate) mod signal;
    pub mod sphere_oracle;
}

/// -1 dBFS.
const CEILING: f32 = 0.891_250_9;

/// Frames after which a sound has passed every delay line and filter, at 96 kHz too.
const SETTLED: usize = 1024;

/// A source file of one channel.
fn source(desk: &Desk, name: &str, sample_rate: u32, samples: Vec<f32>) -> String {
    let sound = Sound {
        sample_rate,
        channels: vec![samples],
    };
    write_wav(&desk.path(name), &sound);
    desk.arg(name)
}

/// Renders `arguments` into a file of `desk`, which must succeed; returns its path.
fn render_file(desk: &Desk, arguments: &[&str]) -> String {
    let output = desk.arg("out.wav");
    // What is held to formulas is held to the exact sphere.
    let render = ["render", "--head", "sphere", "--output", &output];
    let done = binaurald(&[&render, arguments].concat())
        .output()
        .expect("the program starts");
    assert!(done.status.success(), "{arguments:?}: {}", stderr(&done));
    assert!(done.stdout.is_empty(), "{arguments:?}: {done:?}");
    output
}

/// The bytes of what `arguments` render to.
fn render_bytes(desk: &Desk, arguments: &[&str]) -> Vec<u8> {
    fs::read(render_file(desk, arguments)).expect("a readable file")
}

/// The sound of what `arguments` render to.
fn render(desk: &Desk, arguments: &[&str]) -> Sound {
    let sound = read_wav(Path::new(&render_file(desk, arguments)));
    assert_eq!(sound.channels.len(), 2, "{arguments:?}");
    sound
}

/// Both ears of what `source` renders to from a place.
fn from_place(desk: &Desk, source: &str, place: &str, more: &[&str]) -> [Vec<f32>; 2] {
    let trajectory = format!("static:{place}");
    let arguments = [&["--source", source, "--trajectory", &trajectory], more].concat();
    both(render(desk, &arguments))
}

fn both(sound: Sound) -> [Vec<f32>; 2] {
    <[Vec<f32>; 2]>::try_from(sound.channels).expect("two ears")
}

/// Fails at the first frame where the two are further apart than `tolerance`.
fn assert_same(got: &[Vec<f32>; 2], expected: &[Vec<f32>; 2], tolerance: f32, what: &str) {
    for (ear, (got, expected)) in ["left", "right"].iter().zip(got.iter().zip(expected)) {
        assert_eq!(got.len(), expected.len(), "{what}: lengths, {ear} ear");
        for (frame, (got, expected)) in got.iter().zip(expected).enumerate() {
            assert!(
                (got - expected).abs() <= tolerance,
                "{what}: {got} and not {expected} at frame {frame} of the {ear} ear"
            );
        }
    }
}

/// The frames of a range, both ears.
fn cut(ears: &[Vec<f32>; 2], frames: std::ops::Range<usize>) -> [Vec<f32>; 2] {
    [0, 1].map(|ear| ears[ear][frames.clone()].to_vec())
}

/// Whether the two differ by more than rounding.
fn differ(a: &[Vec<f32>; 2], b: &[Vec<f32>; 2]) -> bool {
    (0..2).any(|ear| {
        a[ear]
            .iter()
            .zip(&b[ear])
            .any(|(a, b)| (a - b).abs() > 1e-3)
    })
}

/// What the law of the defaults does at a distance, in decibels.
fn law_db(distance_m: f64) -> f64 {
    -db(distance_m.max(0.2))
}

#[test]
fn an_impulse_from_the_left_is_that_of_the_exact_sphere_at_all_distances_and_rates() {
    let desk = Desk::new();
    let oracle = Sphere::default();
    let itd_at = [250.0, 500.0, 1000.0, 3000.0];
    let level_at = [250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0];
    let (mut worst_us, mut worst_db) = (0.0_f64, 0.0_f64);
    for rate in [44_100, 48_000, 96_000] {
        let file = source(&desk, "impulse.wav", rate, impulse(2048));
        for distance in [0.25, 0.5, 1.0, 2.0, 10.0] {
            let [left, right] = from_place(&desk, &file, &format!("0,{distance},0"), &[]);
            let place = Source::horizontal(distance, 90.0);
            let at = |f| [response_at(&left, rate, f), response_at(&right, rate, f)];
            for f in itd_at {
                let exact = oracle.itd_s(f, place) * 1e6;
                let got = interaural_delay_s(at(f), f, exact / 1e6) * 1e6;
                worst_us = worst_us.max((got - exact).abs());
                assert!(
                    (got - exact).abs() < 5.0,
                    "ITD {got:.2} us, exact {exact:.2} us: {f} Hz, {distance} m, rate {rate}"
                );
            }
            for f in level_at {
                let (got, exact) = (at(f), oracle.ears(f, place));
                for ear in [0, 1] {
                    let got = db(got[ear].norm());
                    let exact = law_db(distance) + db(exact[ear].norm());
                    worst_db = worst_db.max((got - exact).abs());
                    assert!(
                        (got - exact).abs() < 0.5,
                        "{got:.3} dB, exact {exact:.3} dB: ear {ear}, {f} Hz, {distance} m, \
                         rate {rate}"
                    );
                }
            }
        }
    }
    println!("worst ITD error {worst_us:.3} us, worst level error {worst_db:.4} dB");
}

#[test]
fn tones_at_another_rate_than_the_sources_are_those_of_the_exact_sphere() {
    let desk = Desk::new();
    let oracle = Sphere::default();
    let tones = [250.0, 500.0, 1000.0, 2000.0, 3000.0, 4000.0, 8000.0];
    let amplitude = 0.1;
    let samples = (0..48_000)
        .map(|n| {
            let at = |f: f64| (std::f64::consts::TAU * (f64::from(n) * f / 48_000.0).fract()).sin();
            (amplitude * tones.iter().map(|f| at(*f)).sum::<f64>()) as f32
        })
        .collect();
    let file = source(&desk, "tones.wav", 48_000, samples);
    let (mut worst_us, mut worst_db) = (0.0_f64, 0.0_f64);
    for rate in [44_100_u32, 96_000] {
        for (distance, azimuth) in [(0.3, 90.0), (1.0, 90.0), (2.0, -40.0)] {
            let place = Source::horizontal(distance, azimuth);
            let [x, y, z] = place.position();
            let rate_option = rate.to_string();
            let more = ["--sample-rate", rate_option.as_str()];
            let ears = from_place(&desk, &file, &format!("{x},{y},{z}"), &more);
            // Half a second holds whole periods of every tone, so that none leaks into another.
            let half = rate as usize / 2;
            let [left, right] = cut(&ears, half / 2..half / 2 + half);
            for f in tones {
                let got = [response_at(&left, rate, f), response_at(&right, rate, f)];
                let exact = oracle.itd_s(f, place) * 1e6;
                let itd = interaural_delay_s(got, f, exact / 1e6) * 1e6;
                let exact_ears = oracle.ears(f, place);
                for ear in [0, 1] {
                    let level = db(2.0 * got[ear].norm() / half as f64 / amplitude);
                    let exact = law_db(distance) + db(exact_ears[ear].norm());
                    worst_db = worst_db.max((level - exact).abs());
                    assert!(
                        (level - exact).abs() < 0.5,
                        "{level:.3} dB, exact {exact:.3} dB: ear {ear}, {f} Hz, {distance} m, \
                         {azimuth} degrees, rate {rate}"
                    );
                }
                if f <= 3000.0 {
                    worst_us = worst_us.max((itd - exact).abs());
                    assert!(
                        (itd - exact).abs() < 5.0,
                        "ITD {itd:.2} us, exact {exact:.2} us: {f} Hz, {distance} m, {azimuth} \
                         degrees, rate {rate}"
                    );
                }
            }
        }
    }
    println!("worst ITD error {worst_us:.3} us, worst level error {worst_db:.4} dB");
}

#[test]
fn left_mirrors_right_and_front_and_back_are_alike_to_the_bit() {
    let desk = Desk::new();
    let file = source(&desk, "noise.wav", 48_000, noise(4800, 0.5, 1));
    let place = |place| from_place(&desk, &file, place, &[]);
    for (left, right) in [("0,1,0", "0,-1,0"), ("-0.3,0.7,0.2", "-0.3,-0.7,0.2")] {
        let mut mirrored = place(right);
        mirrored.reverse();
        assert_same(&place(left), &mirrored, 0.0, &format!("{left} and {right}"));
    }
    let (front, back) = (place("1,0,0"), place("-1,0,0"));
    assert_eq!(front[0], front[1], "both ears in front");
    assert_same(&front, &back, 0.0, "front and back");
    assert!(peak(&front[0]) > 0.2, "nothing was heard");
}

#[test]
fn levels_in_front_follow_the_law_and_begin_at_that_of_the_source() {
    let desk = Desk::new();
    let file = source(&desk, "impulse.wav", 48_000, impulse(2048));
    let level = |place: &str, f| {
        let [left, right] = from_place(&desk, &file, place, &[]);
        [left, right].map(|ear| db(response_at(&ear, 48_000, f).norm()))
    };
    for f in [125.0, 250.0, 500.0] {
        let (near, far) = (level("1,0,0", f), level("2,0,0", f));
        println!("{f} Hz: 1 m {near:?} dB, 2 m {far:?} dB");
        for ear in [0, 1] {
            assert!(
                near[ear].abs() <= 0.7,
                "{} dB at 1 m, ear {ear}, {f} Hz",
                near[ear]
            );
            // Beyond the law, the exact sphere itself differs between the two distances.
            let fall = near[ear] - far[ear];
            assert!(
                (fall - 6.02).abs() < 0.1,
                "{fall} dB from 1 to 2 m, ear {ear}, {f} Hz"
            );
        }
    }
}

#[test]
fn the_centre_of_the_head_is_heard_in_both_ears_alike_and_no_louder_than_the_law() {
    let desk = Desk::new();
    let samples = noise(9600, 0.1, 2);
    let dry = level_db(&samples);
    let file = source(&desk, "noise.wav", 48_000, samples);
    let ears = from_place(&desk, &file, "0,0,0", &[]);
    assert!(ears.iter().flatten().all(|sample| sample.is_finite()));
    assert_eq!(ears[0], ears[1], "the ears at the centre");
    let level = level_db(&ears[0]) - dry;
    let most = db(1.0 / 0.2);
    println!("at the centre {level:.2} dB over the source; the law says {most:.2}");
    assert!(
        level > 0.0 && level <= most + 0.1,
        "{level} dB, the law says {most}"
    );
    let nearer = from_place(&desk, &file, "0,0,0", &["--min-distance", "0.4"]);
    let fall = level - (level_db(&nearer[0]) - dry);
    assert!((fall - 6.02).abs() < 0.01, "--min-distance 0.4: {fall} dB");
}

#[test]
fn the_same_bytes_come_out_again_whatever_the_block() {
    let desk = Desk::new();
    let file = source(&desk, "noise.wav", 44_100, noise(11_025, 0.3, 3));
    let walk = desk.write(
        "walk.csv",
        "t,x,y,z\n0,1,0,0\n0.1,0,1,0\n0.1,-1,0,0\n0.2,0,-0.3,0\n0.201,50,0,0\n",
    );
    for (trajectory, bits) in [
        ("orbit:1,0.5", "32"),
        (walk.as_str(), "32"),
        ("orbit:0.5,-0.3,0.2", "24"),
        (walk.as_str(), "16"),
    ] {
        let render = |frames: &str| {
            let arguments = ["--source", &file, "--trajectory", trajectory];
            let more = ["--bits", bits, "--buffer-frames", frames];
            render_bytes(&desk, &[arguments, more].concat())
        };
        let expected = render("512");
        for frames in ["512", "1", "7", "64", "480", "4096"] {
            let got = render(frames);
            assert_eq!(got.len(), expected.len(), "{trajectory}, {bits}, {frames}");
            let other = got.iter().zip(&expected).position(|(a, b)| a != b);
            assert_eq!(
                other, None,
                "byte that differs: {trajectory}, {bits} bit, blocks of {frames} frames"
            );
        }
    }
}

#[test]
fn the_file_is_as_long_as_the_source_or_as_was_asked_for() {
    let desk = Desk::new();
    let file = source(&desk, "noise.wav", 44_100, noise(1000, 0.3, 4));
    for (options, rate, frames) in [
        (&[][..], 44_100, 1000),
        // 1000 * 48000 / 44100 = 1088.4, 1000 * 96000 / 44100 = 2176.9, 1000 / 2 = 500
        (&["--sample-rate", "48000"], 48_000, 1088),
        (&["--sample-rate", "96000"], 96_000, 2177),
        (&["--sample-rate", "22050"], 22_050, 500),
        (&["--duration", "0.1"], 44_100, 4410),
        (&["--duration", "0.01"], 44_100, 441),
        (
            &["--duration", "0.12345", "--sample-rate", "48000"],
            48_000,
            5926,
        ),
        (&["--duration", "0.1", "--loop"], 44_100, 4410),
        (&["--loop"], 44_100, 1000),
        (&["--loop", "--sample-rate", "48000"], 48_000, 1088),
    ] {
        let sound = render(&desk, &[&["--source", &file], options].concat());
        assert_eq!(
            (sound.sample_rate, sound.channels[0].len()),
            (rate, frames),
            "{options:?}"
        );
    }
    let built_in = render(&desk, &["--duration", "0.5"]);
    assert_eq!(
        built_in.channels[0].len(),
        built_in.sample_rate as usize / 2
    );
}

#[test]
fn silence_comes_after_the_source_unless_it_is_looped() {
    let desk = Desk::new();
    let file = source(&desk, "noise.wav", 48_000, noise(2400, 0.3, 5));
    let long = ["--duration", "0.2"];
    let once = from_place(&desk, &file, "1,1,0", &long);
    for ear in &once {
        assert!(peak(&ear[..2400]) > 0.1, "nothing was heard");
        let late = ear[2400 + SETTLED..].iter().position(|x| *x != 0.0);
        assert_eq!(late, None, "sound after the source");
    }
    let short = from_place(&desk, &file, "1,1,0", &[]);
    assert_same(
        &cut(&once, 0..2400),
        &short,
        0.0,
        "a longer file begins alike",
    );
    let looped = from_place(&desk, &file, "1,1,0", &[&long[..], &["--loop"]].concat());
    // Not to the bit: it begins elsewhere in a quantum, and what filters by frequency leave over there
    // is 80 dB below the noise.
    assert_same(
        &cut(&looped, SETTLED..7200),
        &cut(&looped, SETTLED + 2400..9600),
        3e-5,
        "the next turn of the loop",
    );
}

#[test]
fn a_loop_has_no_seam() {
    let desk = Desk::new();
    // Whole periods at both rates: 0.1 s of 440 Hz.
    let file = source(&desk, "tone.wav", 48_000, sine(4800, 48_000, 440.0, 0.5));
    for rate in [48_000_u32, 44_100] {
        let rate_option = rate.to_string();
        let more = [
            "--loop",
            "--duration",
            "3",
            "--sample-rate",
            rate_option.as_str(),
        ];
        for ear in from_place(&desk, &file, "0.6,0.8,0", &more) {
            let settled = &ear[SETTLED..];
            let off = off_tone(settled, rate, 440.0, 100.0);
            println!("{rate} Hz: {off:?}");
            assert!(off.worst_db < -100.0, "{off:?} at {rate} Hz");
        }
    }
}

/// What a table of places renders to.
fn along(desk: &Desk, source: &str, rows: &str, more: &[&str]) -> [Vec<f32>; 2] {
    let path = desk.write("path.csv", format!("t,x,y,z\n{rows}"));
    let arguments = [&["--source", source, "--trajectory", &path], more].concat();
    both(render(desk, &arguments))
}

#[test]
fn a_table_is_held_before_its_first_row_and_after_its_last() {
    let desk = Desk::new();
    let file = source(&desk, "noise.wav", 48_000, noise(48_000, 0.3, 6));
    let place = |place| from_place(&desk, &file, place, &[]);
    let (a, b) = (place("1,0.5,0"), place("0.2,-1.5,0.3"));
    let one = along(&desk, &file, "7,1,0.5,0\n", &[]);
    assert_same(&one, &a, 0.0, "one row");

    let walk = along(&desk, &file, "0.25,1,0.5,0\n0.5,0.2,-1.5,0.3\n", &[]);
    // It sets off within a quantum.
    let before = 0..12_000 / QUANTUM * QUANTUM;
    assert_same(
        &cut(&walk, before.clone()),
        &cut(&a, before),
        0.0,
        "before the first row",
    );
    let after = 24_000 + SETTLED..48_000;
    assert_same(
        &cut(&walk, after.clone()),
        &cut(&b, after),
        1e-6,
        "after the last row",
    );
    let between = 14_000..24_000;
    assert!(differ(
        &cut(&walk, between.clone()),
        &cut(&a, between.clone())
    ));
    assert!(differ(
        &cut(&walk, between.clone()),
        &cut(&b, between.clone())
    ));

    // Where the path goes on does not matter before the row, and the row stands where it says.
    let on = along(
        &desk,
        &file,
        "0.25,1,0.5,0\n0.5,0.2,-1.5,0.3\n0.75,0.2,-1.5,0.3\n0.9,3,0,0\n",
        &[],
    );
    let common = 0..36_000 / QUANTUM * QUANTUM;
    assert_same(
        &cut(&on, common.clone()),
        &cut(&walk, common),
        0.0,
        "rows in the middle",
    );
}

#[test]
fn a_path_passes_through_its_rows_at_their_times() {
    // A row in the middle of a straight line changes nothing, wherever between two quanta it is.
    let desk = Desk::new();
    let file = source(&desk, "noise.wav", 48_000, noise(24_000, 0.3, 7));
    let plain = along(&desk, &file, "0,1,2,0\n0.5,1,-2,0\n", &[]);
    let rows = "0,1,2,0\n0.1,1,1.2,0\n0.2001,1,0.3992,0\n0.37,1,-0.96,0\n0.5,1,-2,0\n";
    assert_same(
        &along(&desk, &file, rows, &[]),
        &plain,
        1e-6,
        "rows on the line",
    );
    // With a row 10 ms later it is another path.
    let late = rows.replace("0.2001,", "0.2101,");
    assert!(differ(&along(&desk, &file, &late, &[]), &plain));
}

#[test]
fn a_jump_is_crossfaded_and_too_fast_a_line_is_one() {
    let desk = Desk::new();
    let file = source(&desk, "tone.wav", 48_000, sine(48_000, 48_000, 440.0, 0.5));
    let place = |place| from_place(&desk, &file, place, &[]);
    let (a, b) = (place("0,0.5,0"), place("0,-0.5,0"));
    let steady = |ears: &[Vec<f32>; 2]| {
        let ears = cut(ears, SETTLED..48_000);
        [0, 1].map(|ear| (largest_step(&ears[ear]), peak(&ears[ear])))
    };
    for (jump, what) in [
        ("0,0,0.5,0\n0.5,0,0.5,0\n0.5,0,-0.5,0\n", "two rows at once"),
        (
            "0,0,0.5,0\n0.495,0,0.5,0\n0.5,0,-0.5,0\n",
            "a line of 200 m/s",
        ),
    ] {
        let jumped = along(&desk, &file, jump, &[]);
        let before = 0..24_000;
        assert_same(
            &cut(&jumped, before.clone()),
            &cut(&a, before),
            0.0,
            &format!("before {what}"),
        );
        // The crossfade takes 20 ms.
        let after = 24_000 + 960 + SETTLED..48_000;
        assert_same(
            &cut(&jumped, after.clone()),
            &cut(&b, after),
            1e-6,
            &format!("after {what}"),
        );
        let around = cut(&jumped, SETTLED..48_000);
        for ear in [0, 1] {
            // A fade of 5 ms from the one to the other: the steps of both, and of the fade.
            let [(step_a, peak_a), (step_b, peak_b)] = [steady(&a)[ear], steady(&b)[ear]];
            let most = step_a.max(step_b) + (peak_a + peak_b) / (0.005 * 48_000.0);
            let step = largest_step(&around[ear]);
            println!("{what}: ear {ear}: largest step {step}, a 5 ms fade's {most}");
            assert!(step <= most, "{what}: ear {ear}: {step}, at most {most}");
        }
    }
    // Positive control: cut hard, the same jump does step.
    let hard = [0, 1].map(|ear: usize| [&a[ear][..24_030], &b[ear][24_030..]].concat());
    assert!(
        (0..2).any(|ear| {
            let [(step_a, peak_a), (step_b, peak_b)] = [steady(&a)[ear], steady(&b)[ear]];
            largest_step(&hard[ear][SETTLED..])
                > step_a.max(step_b) + (peak_a + peak_b) / (0.005 * 48_000.0)
        }),
        "the limit would let a hard cut pass"
    );
    // Allowed to be as fast, it is flown.
    let rows = "0,0,0.5,0\n0.45,0,0.5,0\n0.5,0,-0.5,0\n";
    let flown = along(&desk, &file, rows, &[]);
    assert!(differ(
        &cut(&flown, 22_000..24_000),
        &cut(&a, 22_000..24_000)
    ));
    let jumped = along(&desk, &file, rows, &["--max-speed", "10"]);
    assert_same(
        &cut(&jumped, 0..24_000),
        &cut(&a, 0..24_000),
        0.0,
        "--max-speed 10",
    );
}

#[test]
fn axes_listener_and_scale_apply_to_static_places_and_tables() {
    let desk = Desk::new();
    let file = source(&desk, "noise.wav", 48_000, noise(4800, 0.3, 8));
    let expected = from_place(&desk, &file, "2,0.5,-0.25", &[]);
    // The same place as other programs and other listeners write it; rotated ones are rounded.
    for (place, options, tolerance) in [
        ("-0.5,-0.25,2", &["--axes", "unity"][..], 0.0),
        ("200,-50,-25", &["--axes", "unreal"], 0.0),
        ("-0.5,-0.25,-2", &["--axes", "opengl"], 0.0),
        ("1,0.25,-0.125", &["--scale", "2"], 0.0),
        ("12,20.5,29.75", &["--listener", "10,20,30"], 0.0),
        ("1,0.5,-0.25", &["--listener", "-1,0,0"], 0.0),
        ("9.5,22,29.75", &["--listener", "10,20,30,90"], 1e-6),
        ("0.5,-2,-0.25", &["--listener=0,0,0,-90"], 1e-6),
        ("-1,-0.5,4", &["--axes", "unity", "--scale", "0.5"], 0.0),
    ] {
        let what = format!("{place} {options:?}");
        let got = from_place(&desk, &file, place, options);
        assert_same(&got, &expected, tolerance, &what);
        let got = along(&desk, &file, &format!("0,{place}\n"), options);
        assert_same(&got, &expected, tolerance, &format!("table: {what}"));
    }
}

#[test]
fn integer_files_stay_below_minus_1_dbfs_and_float_files_keep_all() {
    let desk = Desk::new();
    let file = source(&desk, "tone.wav", 48_000, sine(9600, 48_000, 997.0, 0.9));
    let loud = |more: &[&str]| {
        let more = [&["--gain", "30"], more].concat();
        let [left, right] = from_place(&desk, &file, "0.3,0.4,0", &more);
        peak(&left).max(peak(&right))
    };
    let minus_1_dbfs = 10.0_f32.powf(-1.0 / 20.0);
    for bits in ["24", "16"] {
        let peak = loud(&["--bits", bits]);
        println!("{bits} bit: peak {peak}");
        assert!(
            peak <= minus_1_dbfs && peak > 0.88,
            "peak {peak} in a file of {bits} bit"
        );
        assert!(loud(&["--bits", bits, "--limiter", "off"]) > 0.999);
    }
    let free = loud(&[]);
    assert!(free > 20.0, "a float file was limited to {free}");
    assert_eq!(loud(&["--limiter", "off"]), free);
    assert!(loud(&["--limiter", "on"]) <= CEILING);
}

#[test]
fn the_limiter_and_clipped_samples_are_told() {
    let desk = Desk::new();
    let file = source(&desk, "tone.wav", 48_000, sine(4800, 48_000, 997.0, 0.9));
    for (options, words) in [
        (&["--bits", "16"][..], "the limiter held"),
        (
            &["--bits", "16", "--limiter", "off"],
            "samples were clipped",
        ),
    ] {
        let output = desk.arg("out.wav");
        let arguments = ["render", "--output", &output, "--source", &file];
        let done = binaurald(&[&arguments[..], &["--gain", "20"], options].concat())
            .output()
            .expect("the program starts");
        let log = stderr(&done);
        assert!(
            done.status.success() && log.contains(words) && log.contains("--gain"),
            "{options:?}: {log}"
        );
    }
}

#[test]
fn distance_models_have_the_levels_of_their_formulas() {
    let desk = Desk::new();
    let file = source(&desk, "noise.wav", 48_000, noise(4800, 0.3, 9));
    let level = |distance: f64, options: &[&str]| {
        let [left, _] = from_place(&desk, &file, &format!("{distance},0,0"), options);
        level_db(&left)
    };
    for distance in [0.5, 1.0, 2.0, 10.0, 60.0] {
        let head_alone = level(distance, &["--distance-model", "none"]);
        let beyond = (distance.min(50.0) - 1.0).max(0.0);
        let near = 1.0 / distance.min(1.0);
        for (model, rolloff, factor) in [
            ("inverse", "1", near / (1.0 + beyond)),
            ("inverse", "0.5", near / (1.0 + 0.5 * beyond)),
            ("linear", "0.9", near * (1.0 - 0.9 * beyond / 49.0)),
            ("exponential", "1.5", near * (1.0 + beyond).powf(-1.5)),
        ] {
            let options = ["--distance-model", model, "--rolloff", rolloff];
            let more = ["--max-distance", "50"];
            let got = level(distance, &[&options[..], &more].concat()) - head_alone;
            assert!(
                (got - db(factor)).abs() < 0.01,
                "{model}, rolloff {rolloff}, {distance} m: {got} dB, the formula says {} dB",
                db(factor)
            );
        }
    }
    let moved = level(3.0, &["--ref-distance", "2"]) - level(3.0, &["--distance-model", "none"]);
    assert!(
        (moved - db(2.0 / 3.0)).abs() < 0.01,
        "--ref-distance 2: {moved} dB"
    );
}

#[test]
fn an_interrupted_render_leaves_nothing_behind_and_touches_nothing() {
    for name in ["INT", "TERM"] {
        let desk = Desk::new();
        for existing in [false, true] {
            let output = desk.arg("out.wav");
            if existing {
                desk.write("out.wav", "a file that was there");
            }
            let before = desk.names();
            let mut child =
                Running::start(binaurald(&["render", "--output", &output, "--loop"]).args([
                    "--duration",
                    "10000",
                    "--sample-rate",
                    "8000",
                ]));
            // It writes beside the file: as soon as something is there, it is under way.
            wait_until("it writes", || {
                desk.names().iter().any(|name| {
                    Path::new(name).extension().is_some_and(|end| end == "part")
                        && fs::metadata(desk.path(name)).is_ok_and(|file| file.len() > 100_000)
                })
            });
            child.signal(name);
            let done = child.end();
            let log = stderr(&done);
            assert_eq!(done.status.code(), Some(1), "SIG{name}: {log}");
            assert!(
                log.contains("error: interrupted: ") && log.contains("out.wav was not written"),
                "SIG{name}: {log}"
            );
            assert_eq!(desk.names(), before, "SIG{name}: files");
            if existing {
                let content = fs::read_to_string(&output).expect("it is still there");
                assert_eq!(content, "a file that was there", "SIG{name}");
            }
        }
    }
}

#[test]
fn a_disk_that_fills_up_leaves_no_file_and_the_old_one_as_it_was() {
    let desk = Desk::new();
    let output = desk.write("out.wav", "a file that was there");
    // A limit on the size of files, whose signal is ignored, is met as a full disk is.
    let script = "trap '' XFSZ; ulimit -f 200; exec \"$0\" \"$@\"";
    let mut shell = std::process::Command::new("sh");
    let done = without_options(&mut shell)
        .args(["-c", script, env!("CARGO_BIN_EXE_binaurald")])
        .args(["render", "--loop", "--duration", "60", "--output", &output])
        .output()
        .expect("the program starts");
    let log = stderr(&done);
    assert_eq!(done.status.code(), Some(1), "{log}");
    let expected = format!("error: --output {output}: cannot be written: ");
    assert!(log.contains(&expected) && !log.contains("panic"), "{log}");
    assert_eq!(desk.names(), ["out.wav"]);
    let content = fs::read_to_string(&output).expect("it is still there");
    assert_eq!(content, "a file that was there");
}
