//! Motion is smooth: whatever comes late, is lost or jumps, whoever's head it is, a tone stays a
//! tone.

#[path = "support/counting_alloc.rs"]
mod counting_alloc;
#[path = "motion/engines.rs"]
mod engines;
#[path = "motion/fades.rs"]
mod fades;
#[path = "motion/flights.rs"]
mod flights;
#[path = "motion/heads.rs"]
mod heads;
#[path = "motion/heads_at_work.rs"]
mod heads_at_work;
#[path = "support/measure.rs"]
mod measure;
#[path = "motion/orbits.rs"]
mod orbits;
#[path = "motion/rig.rs"]
mod rig;
#[path = "motion/silence.rs"]
mod silence;
#[path = "support/stage.rs"]
mod stage;
#[path = "motion/transitions.rs"]
mod transitions;
