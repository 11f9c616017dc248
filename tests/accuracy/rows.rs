//! The rows of `docs/accuracy.md`: what is held, how it is measured, what is known of others.
//!
//! To fill a row: its command, and a function of `runs.rs` that makes its figure from what the
//! command prints.

use super::runs;

/// The heads of which the document tells.
pub(crate) const HEADS: &[&str] = &["sphere", "kemar", "data/kemar/mit_kemar_normal_44k.sofa"];

/// A row.
pub(crate) struct Row {
    pub(crate) what: &'static str,
    pub(crate) target: &'static str,
    /// What measures it, as it is typed.
    pub(crate) command: &'static str,
    /// Runs the command and makes the figure of what it prints.
    pub(crate) figure: fn(&str) -> String,
    pub(crate) others: &'static str,
}

/// The places of the targets.
const SPHERE: &str = "binaurald measure --check --head sphere --azimuth 0:355:5 --elevation -60,-35,0,20,60 \
                      --distance 0.25,0.35,0.5,1,2,5,10";

/// A measured head as it is, at all 710 directions.
const MEASURED: &str =
    "binaurald measure --check --measured --head data/kemar/mit_kemar_normal_44k.sofa";

pub(crate) const ROWS: &[Row] = &[
    Row {
        what: "ITD, sphere, 0.25 to 10 m, all round, at 44.1, 48 and 96 kHz",
        target: "within 5 us of the exact rigid sphere at 250, 500, 1000 and 3000 Hz",
        command: SPHERE,
        figure: runs::sphere_delay,
        others: "a one-pole head shadow with Woodworth's delay (Brown and Duda 1998, the usual \
                 model): 80 to 90 us too much at the side, by its formula",
    },
    Row {
        what: "the same ITD, over the azimuth",
        target: "moves without a kink",
        command: "cargo test --test sphere -- --nocapture",
        figure: runs::delay_slope,
        others: "not known",
    },
    Row {
        what: "level of each ear, and ILD, sphere, the same places and rates",
        target: "within 0.5 dB of the exact rigid sphere, 250 Hz to 8 kHz, the bright spot included",
        command: SPHERE,
        figure: runs::sphere_level,
        others: "the same shelf: 0.15 dB r.m.s. off at 250 Hz to 5.0 dB at 8 kHz far away, 2.3 to \
                 3.2 dB at 0.25 m, by its formula",
    },
    Row {
        what: "level of each ear 1 m in front, octaves of 125 to 500 Hz: sphere",
        target: "0 +- 0.7 dB of the dry source",
        command: "binaurald measure --head sphere --azimuth 0 --distance 1",
        figure: runs::level_in_front,
        others: "not known",
    },
    Row {
        what: "the same: kemar",
        target: "0 +- 0.7 dB of the dry source",
        command: "binaurald measure --head kemar --azimuth 0 --distance 1",
        figure: runs::level_in_front,
        others: "not known",
    },
    Row {
        what: "law of the distance, 1 to 2 m",
        target: "within 0.1 dB, over what the head's near field adds",
        command: "cargo test --test render levels_in_front -- --nocapture",
        figure: runs::distance_law,
        others: "not known",
    },
    Row {
        what: "measured heads, at all measured directions, at 44.1, 48 and 96 kHz",
        target: "each ear within 0.5 dB of the file's response in every sixth of an octave from \
                 100 Hz to 16 kHz, up to one gain for the set; ITD within 5 us at 500 and 1000 Hz",
        command: MEASURED,
        figure: runs::measured_heads,
        others: "crate `sofar` 0.4, tried by us at another radius than the file's: 2.8 dB r.m.s., up \
                 to 18 dB, and 20 us off",
    },
    Row {
        what: "between measured directions: those left out of the grid of 710, 200 Hz to 16 kHz",
        target: "no worse, within 2 %, than the best published interpolation of the same grid: \
                 levels blended apart from phases (Arend et al. 2023), or time-aligned responses",
        command: "cargo test --test measured left_out -- --nocapture",
        figure: runs::between_directions,
        others: "crate `sofar` 0.4, tried by us against a grid of 1 degree: 2.2 dB r.m.s. and 28 us \
                 r.m.s.",
    },
    Row {
        what: "distances that were not measured, 0.25 to 10 m: a set that is the exact sphere at \
               1.4 m",
        target: "within 1 dB of the exact rigid sphere, 250 Hz to 4 kHz; ITD within 12 us",
        command: "cargo test --test measured distances_that_were_not -- --nocapture",
        figure: runs::other_distances,
        others: "not known",
    },
    Row {
        what: "built-in heads, mirrored places: sphere",
        target: "the mirrored samples, to the last bit",
        command: "cargo test --lib a_mirrored_source",
        figure: runs::passes,
        others: "not known",
    },
    Row {
        what: "the same: kemar",
        target: "the mirrored samples, to the last bit",
        command: "cargo test --test measured mirrored -- --nocapture",
        figure: runs::passes,
        others: "not known",
    },
    Row {
        what: "fractional delay at 48 kHz, any fraction",
        target: "flat within 0.1 dB to 16 kHz",
        command: "cargo test --lib every_fraction_is_flat -- --nocapture",
        figure: runs::flatness,
        others: "by their formulas: straight lines between samples lose 6.0 dB at 16 kHz, 4-point \
                 cubics 1.1 dB, 8 sinc taps 0.12 dB",
    },
    Row {
        what: "orbits of 0.1 to 1 turn/s, sphere and kemar, 440 Hz and 4 kHz, exact and with 5 to \
               100 positions/s, jitter and one in ten lost",
        target: "off the tone at least 70 dB below it",
        command: "binaurald measure --check --motion orbit:1,1 --tone 4000 --updates 60",
        figure: runs::calm_motion,
        others: "crates `sofar` and `hrtf` change filters from block to block, which clicks; their \
                 figures are not known",
    },
    Row {
        what: "orbits of 2 and 5 turns/s, and within the head, the same heads and tones, exact",
        target: "off the tone at least 60 dB below it",
        command: "binaurald measure --check --motion orbit:1,0.2",
        figure: runs::wild_motion,
        others: "not known",
    },
    Row {
        what: "5 turns/s with 60 and 100 positions/s, jitter and one in ten lost",
        target: "off the tone at least 60 dB below it",
        command: "binaurald measure --check --motion orbit:1,0.2 --tone 4000 --updates 60",
        figure: runs::fast_live_motion,
        others: "not known",
    },
    Row {
        what: "the same with 5, 10 and 20 positions/s",
        target: "none: with a whole, a half or a quarter turn from one position to the next, they \
                 do not say any more where the source was, and nothing could follow it",
        command: "cargo test --test motion positions -- --nocapture",
        figure: runs::not_told,
        others: "not known",
    },
    Row {
        what: "flights close by and through the head, 0.5 to 2 m/s, exact and with 20 and 60 \
               positions/s",
        target: "off the tone at least 60 dB below it",
        command: "cargo test --test motion flights -- --nocapture",
        figure: runs::flights,
        others: "not known",
    },
    Row {
        what: "jumps, starts and ends",
        target: "no step above that of a 5 ms fade of the same tone",
        command: "cargo test --test motion no_jump_start_or_end -- --nocapture",
        figure: runs::steps,
        others: "not known",
    },
    Row {
        what: "another head while the sound goes on, standing and turning",
        target: "no step above that of a 5 ms fade of the same tone",
        command: "cargo test --test motion a_head_is_switched -- --nocapture",
        figure: runs::steps,
        others: "not known",
    },
    Row {
        what: "direction of the live path: 10 steps of 5 degrees a second, polled at 60 Hz",
        target: "below 1 degree r.m.s. after the motion delay, which is at most 1.5 intervals \
                 (150 ms)",
        command: "cargo test --test run a_turning_server -- --nocapture",
        figure: runs::live_direction,
        others: "not known",
    },
    Row {
        what: "latency added to the sound, at 44.1, 48 and 96 kHz",
        target: "a constant below 1 ms, the same for all directions",
        command: SPHERE,
        figure: runs::latency,
        others: "not known",
    },
];
