//! What cannot be measured is refused by the option and its range, before anything is done.

use crate::run;
use crate::support::program::{Desk, stderr, stdout};

#[test]
fn what_cannot_be_measured_is_refused_with_the_option() {
    for (args, said) in [
        (
            &["--azimuth=361"][..],
            "--azimuth 361: must be -360 to 360 degrees",
        ),
        (
            &["--azimuth=left"],
            "--azimuth <LIST>': must be numbers and ranges",
        ),
        (&["--azimuth=0:10"], "FROM:TO:STEP"),
        (&["--azimuth=0:1e6:1"], "at most 10000 numbers"),
        (
            &["--azimuth=0:360:0.1", "--elevation=-90:90:1"],
            "at most 100000 places",
        ),
        (
            &["--elevation=-91"],
            "--elevation -91: must be -90 to 90 degrees",
        ),
        (
            &["--distance=-1"],
            "--distance -1: must be 0 to 1000 metres",
        ),
        (&["--distance=nan"], "--distance <LIST>': must be numbers"),
        (
            &["--measured", "--head=sphere"],
            "--measured: the head sphere was not measured",
        ),
        (&["--measured", "--azimuth=0"], "cannot be used with"),
        (&["--motion=orbit", "--azimuth=0"], "cannot be used with"),
        (&["--motion=orbit", "--plot=x.svg"], "cannot be used with"),
        (
            &["--motion=circle"],
            "--motion circle: there is no such file",
        ),
        (
            &["--motion=orbit:1"],
            "--motion orbit:1: orbit takes 2 or 3 numbers",
        ),
        (
            &["--motion=orbit", "--tone=10"],
            "--tone 10: must be 20 to 20000 hertz",
        ),
        (
            &["--motion=orbit", "--tone=4000", "--sample-rate=8000"],
            "--tone 4000: must be below 3600 hertz at this --sample-rate",
        ),
        (
            &["--motion=orbit", "--updates=0"],
            "--updates 0: must be 1 to 1000 hertz",
        ),
        (
            &["--motion=orbit", "--seconds=0.5"],
            "--seconds 0.5: must be 1 to 600 seconds",
        ),
        (
            &["--sample-rate=7999"],
            "--sample-rate 7999: must be 8000 to ",
        ),
        (&["--head=x"], "--head x: there is no such file"),
    ] {
        let output = run(&[&["measure"], args].concat());
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {text}");
        assert_eq!(text.matches("error: ").count(), 1, "{args:?}: {text}");
        assert!(text.contains(said), "{args:?}: no {said:?} in {text}");
        assert_eq!(stdout(&output), "", "{args:?}");
    }
}

#[test]
fn a_head_that_is_none_is_refused() {
    for args in [
        &["head", "x"][..],
        &["head", ""],
        &["head", "no/such/file.sofa"],
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        let said = stderr(&output);
        let reasons = [
            "must be sphere, kemar or a SOFA file",
            "there is no such file",
        ];
        assert!(reasons.iter().any(|why| said.contains(why)), "{said}");
    }
    assert_eq!(run(&["head"]).status.code(), Some(2));
}

#[test]
fn a_picture_that_cannot_be_written_is_refused_before_anything_is_measured() {
    let desk = Desk::new();
    let file = desk.arg("missing/picture.svg");
    for args in [&["measure"][..], &["head", "sphere"]] {
        let output = run(&[args, &["--plot", &file]].concat());
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(
            text.contains("--plot ") && text.contains("no such directory"),
            "{text}"
        );
        assert_eq!(stdout(&output), "");
    }
}
