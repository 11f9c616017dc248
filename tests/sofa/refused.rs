//! Well-formed files that hold no head that can be used.

use binaurald::head::{MAX_FILE_BYTES, read_sofa};

use super::builder::{SAMPLES, Sofa};
use super::refusal;

/// Asserts that a file is refused with these words.
fn assert_refused(sofa: &Sofa, words: &[&str]) {
    let error = refusal(sofa);
    for word in words {
        assert!(error.contains(word), "{word} is not in {error:?}");
    }
}

#[test]
fn what_is_no_hdf5_is_told_by_what_it_seems_to_be() {
    for (bytes, seems) in [
        (&b""[..], "empty"),
        (b"t,x,y,z\n0,1,0,0\n", "a text"),
        (b"\x89HDF", "cut off"),
        (b"CDF\x02\0\0\0\0", "old netCDF"),
        (b"MATLAB 5.0 MAT-file, Platform: GLNXA64", "MATLAB"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "WAV"),
        (b"PK\x03\x04\x14\0", "ZIP"),
        (b"\x1f\x8b\x08\0\0", "gzip"),
        (&[0; 2_000], "something else"),
    ] {
        let error = read_sofa(bytes).expect_err("no file").to_string();
        assert!(error.contains(seems), "{error}");
    }
}

#[test]
fn a_file_of_more_than_is_read_is_refused_by_its_size() {
    let error = read_sofa(&vec![0; MAX_FILE_BYTES + 1]).expect_err("too large");
    assert!(error.to_string().contains("more than 256 MiB"), "{error}");
}

#[test]
fn another_hdf5_file_is_told_as_such() {
    for sofa in [
        Sofa::four().without("Conventions"),
        Sofa::four().text("Conventions", "CF-1.6"),
    ] {
        assert_refused(&sofa, &["not a SOFA file", "another HDF5 file"]);
    }
}

#[test]
fn other_conventions_are_refused_by_name_and_with_the_way_out() {
    for (name, way_out) in [
        ("MultiSpeakerBRIR", "free-field"),
        ("SingleRoomDRIR", "free-field"),
        ("SimpleFreeFieldHRSOS", "SOFA Toolbox"),
        ("SimpleHeadphoneIR", "headphones"),
        ("FreeFieldDirectivityTF", "radiates"),
        ("GeneralTF", "SOFA Toolbox"),
        ("AnnotatedEmitterAudio", "SimpleFreeFieldHRIR"),
    ] {
        let sofa = Sofa::four().text("SOFAConventions", name);
        assert_refused(&sofa, &[&format!("its convention is {name}"), way_out]);
    }
    assert_refused(
        &Sofa::four().without("SOFAConventions"),
        &["SOFAConventions is missing"],
    );
}

#[test]
fn what_nothing_can_stand_for_must_be_there() {
    for name in ["Data.IR", "Data.SamplingRate", "SourcePosition"] {
        assert_refused(&Sofa::four().without(name), &[name, "missing"]);
    }
}

#[test]
fn sampling_rates_that_cannot_be_are_refused() {
    for rate in [
        0.0,
        1.0,
        -48_000.0,
        7_999.0,
        192_001.0,
        f64::INFINITY,
        f64::NAN,
        1e300,
    ] {
        let sofa = Sofa::four().table("Data.SamplingRate", &[1], &[rate]);
        assert_refused(&sofa, &["sampling rate is", "8000 to 192000"]);
    }
    let rates = [48_000.0, 48_000.0, 44_100.0, 48_000.0];
    let sofa = Sofa::four().table("Data.SamplingRate", &[4], &rates);
    assert_refused(&sofa, &["different sampling rates", "44100"]);
}

#[test]
fn responses_of_another_size_are_refused() {
    let ir = |shape: &[usize]| {
        let values = vec![1.0; shape.iter().product()];
        let mut sofa = Sofa::four().table("Data.IR", shape, &values);
        for name in ["M", "R", "N"] {
            sofa = sofa.without(name);
        }
        sofa
    };
    assert_refused(&ir(&[4, 1, SAMPLES]), &["1 receivers", "2"]);
    assert_refused(&ir(&[4, 3, SAMPLES]), &["3 receivers", "2"]);
    assert_refused(&ir(&[4, 2, SAMPLES, 6]), &["6 emitters"]);
    assert_refused(&ir(&[4, 2 * SAMPLES]), &["Data.IR has the size 4 x 64"]);
    assert_refused(&ir(&[4, 2, 1]), &["have 1 samples"]);
    assert_refused(&ir(&[1, 2, 70_000]), &["have 70000 samples"]);
    assert_refused(
        &ir(&[3, 2, SAMPLES]),
        &["SourcePosition has the size 4 x 3", "3 x 3"],
    );
}

#[test]
fn sizes_that_disagree_with_the_files_own_dimensions_are_damage() {
    for (name, length) in [("M", 5), ("R", 3), ("N", 512)] {
        let sofa = Sofa::four().table(name, &[length], &vec![0.0; length]);
        assert_refused(
            &sofa,
            &[
                "damaged",
                "Data.IR",
                &format!("dimension {name} is {length}"),
            ],
        );
    }
}

#[test]
fn numbers_that_are_none_are_refused_with_their_place() {
    for (value, shown) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (1e300, "inf")] {
        let at = 2 * 2 * SAMPLES + 5;
        let sofa = Sofa::four().change("Data.IR", |values| values[at] = value);
        assert_refused(&sofa, &["Data.IR holds", shown, "measurement 3"]);
    }
    let sofa = Sofa::four().change("Data.IR", |values| values[5] = -1e9);
    assert_refused(&sofa, &["Data.IR holds -1000000000", "measurement 1"]);
    for name in [
        "SourcePosition",
        "ListenerPosition",
        "ListenerView",
        "ReceiverPosition",
    ] {
        let sofa = Sofa::four().change(name, |values| values[1] = f64::NAN);
        assert_refused(&sofa, &[name, "NaN", "measurement 1"]);
    }
}

#[test]
fn an_ear_without_sound_is_refused() {
    let sofa = Sofa::four().change("Data.IR", |values| {
        for pair in values.chunks_exact_mut(2 * SAMPLES) {
            pair[SAMPLES..].fill(0.0);
        }
    });
    assert_refused(&sofa, &["right ear is silent"]);
}

#[test]
fn delays_that_cannot_be_are_refused() {
    for delay in [2_401.0, -2_401.0, f64::NAN, f64::INFINITY] {
        let sofa = Sofa::four().table("Data.Delay", &[1, 2], &[0.0, delay]);
        assert_refused(&sofa, &["Data.Delay is", "50 ms"]);
    }
    let sofa = Sofa::four().table("Data.Delay", &[3, 2], &[0.0; 6]);
    assert_refused(
        &sofa,
        &["Data.Delay has the size 3 x 2, not 1 x 2 or 4 x 2"],
    );
}

#[test]
fn sources_without_any_direction_are_refused() {
    let sofa = Sofa::four()
        .table("SourcePosition", &[4, 3], &[0.0; 12])
        .of_kind("cartesian", "metre");
    assert_refused(&sofa, &["centre of the head"]);
}
