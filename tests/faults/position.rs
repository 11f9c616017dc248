//! Faults of the position side: what is heard while the server is wrong, and when it is followed
//! again.

use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

use crate::busy::expect;
use crate::daemon::{FADED_IN, Log, RATE};
use crate::fault::Fault;
use crate::follower::{Follower, Story};
use crate::proxy::Mode;
use crate::puppet::Answer;
use crate::row::Row;
use crate::scenes::{BadWay, Flapping, Frozen, Killed, Renamed, Scene, Wrong};
use crate::summary::summary_count;
use crate::timeline::{Cuts, Place, seconds};

/// A server that is back is followed within this, in seconds.
const FOLLOWED_S: f64 = 1.0;

/// How long is listened to afterwards: until then, half a second more to be sure, and some.
const AFTER: Duration = Duration::from_millis(1_900);

/// How long a fade out and a fade in take, in seconds.
const FADES_S: [f64; 2] = [1.0, 0.25];

/// How late a fade may begin and be over: the daemon's own turn, and a window of listening.
const LATE_S: f64 = 0.2;

/// A fade and a crossfade of places add this to the steps of a sound, at most.
const STEP: f64 = 1.25;

/// Half way through a fade out, it is softer than in full by this at least and at most, in decibels.
const HALF_FADED_DB: Range<f64> = 1.0..40.0;

/// A server that takes 240 ms for each answer is asked so many times a second.
const SLOW_PER_S: Range<f64> = 2.0..5.0;

/// Of a server that comes and goes, the log has this many lines at most in six seconds.
const FLAP_LINES: usize = 6;

/// What the daemon is to do, and to say.
struct Case {
    /// `--stale-after` and `--stale`.
    stale: (f64, Stale),
    /// How long the server is wrong.
    lasts: Duration,
    said: Said,
}

/// What is heard of a position that is stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stale {
    Hold,
    Fade,
    Front,
}

/// What the log says of a fault.
#[derive(Clone, Copy, Debug)]
enum Said {
    /// That the server is lost, and that it is back; one of these reasons is told while it is away.
    Lost(&'static [&'static str]),
    /// That answers are no positions, for this reason.
    Bad(&'static str),
    /// That it is lost and back, not every time.
    Flaps,
    /// Nothing.
    Nothing,
}

const HOLD: (f64, Stale) = (5.0, Stale::Hold);

/// A fault of three seconds, in which the position is held.
const fn short(said: Said) -> Case {
    Case {
        stale: HOLD,
        lasts: Duration::from_secs(3),
        said,
    }
}

const SILENCE: Said = Said::Lost(&["no answer within 250 ms"]);
/// It depends on the moment whether the end is seen or that nobody is there any more.
const KILLED: Said = Said::Lost(&["closed the connection", "connection refused"]);
/// The old connection is cut before; it depends on the moment how much of the nonsense is read.
const NONSENSE: Said = Said::Lost(&["does not speak gRPC", "closes the connection"]);

/// All of them.
pub(crate) const FAULTS: &[Fault] = &[
    Fault::new("position server killed, and started again", || {
        run(Killed::new(), &short(KILLED))
    }),
    Fault::new("killed for 7.5 s, `--stale fade`", || {
        let stale = (5.0, Stale::Fade);
        run(Killed::new(), &stale_case(stale, 7_500))
    }),
    Fault::new("killed, `--stale-after 1 --stale hold`", || {
        run(Killed::new(), &stale_case((1.0, Stale::Hold), 3_000))
    }),
    Fault::new("killed, `--stale-after 1 --stale front`", || {
        run(Killed::new(), &stale_case((1.0, Stale::Front), 4_000))
    }),
    Fault::new("frozen (SIGSTOP)", || run(Frozen::new(), &short(SILENCE))),
    Fault::new("unreachable: takes connections, never answers", || {
        run(BadWay::new(Mode::Swallow), &short(SILENCE))
    }),
    Fault::new("unreachable: does not even take connections", || {
        run(BadWay::new(Mode::Vanish), &short(SILENCE))
    }),
    Fault::new("slow: answers after 240 ms", || {
        run(BadWay::new(SLOW), &short(Said::Nothing))
    }),
    Fault::new("flapping: 0.3 s there, 0.3 s away", || {
        let lasts = Duration::from_secs(4);
        let said = Said::Flaps;
        let stale = HOLD;
        run(Flapping::new(), &Case { stale, lasts, said })
    }),
    Fault::new("answers garbage", || {
        run(BadWay::new(Mode::Say(GARBAGE)), &short(NONSENSE))
    }),
    Fault::new("answers HTTP/1", || {
        run(BadWay::new(Mode::Say(HTTP_1)), &short(NONSENSE))
    }),
    Fault::new("answers 10 kB a message", || {
        let said = Said::Bad("its answer is too long");
        run(Wrong::new(Answer::Long), &short(said))
    }),
    Fault::new("answers NaN", || {
        run(Wrong::new(Answer::NotFinite), &short(Said::Bad("NaN")))
    }),
    Fault::new("back under the other name of the service", || {
        run(Renamed::new(), &short(KILLED))
    }),
];

const SLOW: Mode = Mode::Slow(Duration::from_millis(240));
const GARBAGE: &[u8] = &[0xA5; 512];
const HTTP_1: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

fn stale_case(stale: (f64, Stale), lasts_ms: u64) -> Case {
    Case {
        stale,
        lasts: Duration::from_millis(lasts_ms),
        said: KILLED,
    }
}

fn run(mut scene: impl Scene, case: &Case) -> Result<Row, String> {
    let (after_s, stale) = case.stale;
    let word = format!("{stale:?}").to_lowercase();
    let asked = ["--stale-after", &after_s.to_string(), "--stale", &word];
    let more: &[&str] = if case.stale == HOLD { &[] } else { &asked };
    let follower = Follower::start(&scene.address(), more);
    let wrong = Instant::now();
    scene.begin();
    let good_before = scene.good_answers();
    thread::sleep(case.lasts);
    let good = scene.good_answers() - good_before;
    let well = scene.end();
    thread::sleep(AFTER);
    let story = follower.finish();
    let answers = Answers {
        good_per_s: good as f64 / (well - wrong).as_secs_f64(),
        bad: scene.bad_answers(),
    };
    let row = judge(&story, [wrong, well], case, &answers);
    row.map_err(|wrong| format!("{wrong}\n{}", story.log))
}

/// What the server gave meanwhile, as it counts itself.
struct Answers {
    good_per_s: f64,
    bad: u64,
}

fn judge(
    story: &Story,
    [wrong, well]: [Instant; 2],
    case: &Case,
    answers: &Answers,
) -> Result<Row, String> {
    let times = [story.settled, story.frame(wrong), story.frame(well)];
    let [settled, wrong, well] = times;
    let meant = expect_policy(story, times, case.stale)?;
    let heard = &story.heard;
    let right = heard.settles(Place::Right, well);
    let right = right.ok_or("it is not heard on the right any more")?;
    let recovered_s = seconds(right - well);
    expect(recovered_s < FOLLOWED_S, || {
        format!("followed again after {recovered_s} s")
    })?;
    let said = expect_said(&story.log, case, answers)?;
    let own = heard.largest_step(settled..wrong, Cuts::Counted);
    // Nothing may be cut here: what falls silent fades out.
    let all = heard.largest_step(FADED_IN..story.end(), Cuts::Counted);
    let step = f64::from(all / own);
    expect(step < STEP, || format!("a step {step} times the sound's"))?;
    let silent = heard.missing(FADED_IN..story.end()) - heard.missing(meant);
    expect(silent == 0, || format!("{silent} frames of silence"))?;
    Ok(Row {
        behaviour: format!("{}; {said}", told(case.stale, case.lasts)),
        recovered_s,
        lost_frames: silent,
        step,
    })
}

/// That what the position is worth is what is heard. Returns when it is silence that is meant.
fn expect_policy(
    story: &Story,
    [settled, wrong, well]: [usize; 3],
    (after_s, stale): (f64, Stale),
) -> Result<Range<usize>, String> {
    let frames = |seconds: f64| (seconds * f64::from(RATE)) as usize;
    let heard = &story.heard;
    let begins = wrong + frames(after_s);
    if stale == Stale::Hold || begins >= well {
        heard.expect_only(Place::Left, settled..well)?;
        return Ok(well..well);
    }
    // The newest answer is a poll or two older than the fault.
    heard.expect_only(Place::Left, settled..begins - frames(LATE_S))?;
    // Half way it is neither heard in full nor gone.
    let half = begins + frames(FADES_S[0] / 2.0);
    let around = half - frames(0.05)..half + frames(0.05);
    let softer = heard.level_db(settled..wrong) - heard.level_db(around);
    expect(HALF_FADED_DB.contains(&softer), || {
        format!("{softer} dB softer half way through the fade out")
    })?;
    let out = begins + frames(FADES_S[0] + LATE_S);
    // Until it is followed; in front it fades out before that.
    let silent_until = well + frames(FOLLOWED_S);
    if stale == Stale::Fade {
        heard.expect_only(Place::Silent, out..well)?;
        return Ok(begins..silent_until);
    }
    let front = out + frames(FADES_S[1]);
    heard.expect_only(Place::Front, front..well)?;
    Ok(begins..silent_until)
}

/// That each change of state is one line, and counted. Returns that in words.
fn expect_said(log: &Log, case: &Case, answers: &Answers) -> Result<String, String> {
    let count = |part: &str| log.lines(part).len();
    let expect_count = |part: &str, wanted: usize| {
        let found = count(part);
        expect(found == wanted, || {
            format!("{found} lines with {part:?}, not {wanted}")
        })
    };
    let is_stale = case.lasts.as_secs_f64() > case.stale.0;
    let stale = [count("position is stale"), count("position is fresh again")];
    expect(stale == [usize::from(is_stale); 2], || {
        format!("stale and fresh: {stale:?} lines")
    })?;
    let lines = [count("lost http"), count("is back after")];
    let reconnects = summary_count(log, "reconnect");
    match case.said {
        Said::Lost(reasons) => {
            expect_count("lost http", 1)?;
            expect_count("is back after", 1)?;
            let told = reasons.iter().any(|reason| count(reason) > 0);
            expect(told, || format!("the log has none of {reasons:?}"))?;
            expect(reconnects == 1, || {
                format!("{reconnects} reconnects counted")
            })?;
        }
        Said::Bad(reason) => {
            expect(lines == [0, 0], || format!("lost and back: {lines:?}"))?;
            expect_count("gives no position", 1)?;
            expect(count(reason) > 0, || format!("the log has no {reason:?}"))?;
            let bad = answers.bad;
            let told = summary_count(log, "bad answer");
            expect(told == bad, || {
                format!("{told} of {bad} bad answers counted")
            })?;
            return Ok(format!("1 line, {bad} bad answers counted"));
        }
        Said::Flaps => {
            let all = lines[0] + lines[1];
            expect((2..=FLAP_LINES).contains(&all), || format!("{all} lines"))?;
            return Ok(format!("{all} lines, {reconnects} reconnects counted"));
        }
        Said::Nothing => {
            expect(lines == [0, 0], || format!("lost and back: {lines:?}"))?;
            let per_s = answers.good_per_s;
            expect(SLOW_PER_S.contains(&per_s), || {
                format!("followed {per_s} times a second")
            })?;
            return Ok(format!("followed {per_s:.0} times a second, no line"));
        }
    }
    Ok("1 line lost, 1 line back, 1 reconnect counted".to_owned())
}

fn told((after_s, stale): (f64, Stale), lasts: Duration) -> String {
    if lasts.as_secs_f64() < after_s {
        return "stays where it was".to_owned();
    }
    match stale {
        Stale::Hold => "stays where it was".to_owned(),
        Stale::Fade => format!("stays where it was for {after_s} s, then fades out"),
        Stale::Front => format!("stays where it was for {after_s} s, then is 1 m in front"),
    }
}
