//! Where a turning server is heard after an outage.

use crate::busy::{expect, once_more};
use crate::checks::expect_back_in_time;
use crate::daemon::{RATE, Studio};
use crate::ears::{Law, WINDOW, windows};
use crate::path::{Fit, Path, STEP, seconds_between};
use crate::python::PythonServer;
use crate::rig::Rig;
use crate::scenario::Playing;

/// How much is listened to after the outage, and from where on it is measured, in seconds.
const LISTEN_S: (f64, f64) = (4.0, 0.3);

/// While there is nothing to play to, the source goes on turning; it is heard where it is by then.
pub(crate) fn it_is_heard_where_it_is_by_then<R: Rig>(rig: impl Fn() -> R) {
    let studio = Studio::new();
    let law = Law::measure(&studio);
    once_more(|| follow_through(&studio, &law, rig()));
}

fn follow_through(studio: &Studio, law: &Law, mut rig: impl Rig) -> Result<(), String> {
    let server = PythonServer::start(&["--degrees", &STEP.0.to_string(), "--log"]);
    let (playing, before) = Playing::start(&rig, studio, &server.address());
    let began = playing.began;
    let outage = playing.go_through(&mut rig, before, || {}, LISTEN_S.0);
    expect_back_in_time(&outage)?;
    let path = Path::of(&server, began);

    let after = outage.after;
    assert_eq!(after.rate, RATE, "the law was measured at this rate");
    let first_frame_s = seconds_between(began, after.first_frame);
    let at = |seconds: f64| after.onset + (seconds * f64::from(RATE)) as usize;
    let angles: Vec<(f64, f64)> = windows(&after.ears, at(LISTEN_S.1), at(LISTEN_S.0), WINDOW / 2)
        .iter()
        .map(|window| {
            let seconds = first_frame_s + window.middle / f64::from(RATE);
            (seconds, law.lateral(window.delay))
        })
        .collect();
    let Fit { error, late_s } = path.fit(&angles, -1.0);
    println!(
        "{} windows: {error:.2} degrees r.m.s., {:.0} ms late",
        angles.len(),
        late_s * 1e3
    );
    // The motion delay, at most one and a half steps and a little, and the device's latency.
    expect((0.0..0.6).contains(&late_s) && error < 3.0, || {
        let log = &outage.log;
        format!("{error} degrees r.m.s. when taken for {late_s} s late:\n{log}")
    })
}
