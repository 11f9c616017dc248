//! All troubles in a row, while the machine has too much to do.

use std::process::{Child, Command, Stdio};
use std::thread::available_parallelism;
use std::time::Duration;

use crate::busy::expect;
use crate::fault::Fault;
use crate::row::Row;
use crate::soaking::Soak;

/// Which troubles come.
const SEED: u64 = 2;

/// How long they go on.
const LASTS: Duration = Duration::from_secs(40);

/// All is well again within this, in seconds.
const WELL_S: f64 = 2.0;

/// Crossfades of places and another rate add this to the steps of a sound, at most.
const STEP: f64 = 1.25;

/// It alone.
pub(crate) const FAULTS: &[Fault] = &[Fault::new("all in a row, at random, every core busy", run)];

/// A process for each core that never waits; all end on drop.
struct Load(Vec<Child>);

impl Load {
    fn start() -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        let busy = |_| {
            Command::new("nice")
                .args(["sh", "-c", "while :; do :; done"])
                .stdin(Stdio::null())
                .spawn()
                .expect("a shell can be started")
        };
        Self((0..cores).map(busy).collect())
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn run() -> Result<Row, String> {
    let _load = Load::start();
    let mut soak = Soak::start(SEED);
    soak.go_through_outages();
    soak.go_through_any(LASTS, |_, _| {});
    let outcome = soak.finish();
    let (recovered_s, step) = (outcome.worst_s(), outcome.step());
    expect(recovered_s < WELL_S, || {
        format!("well again after {recovered_s} s: {:?}", outcome.seen)
    })?;
    expect(step < STEP, || format!("a step {step} times the sound's"))?;
    Ok(Row {
        behaviour: format!(
            "{} troubles, each over as above and counted once; the longest is shown",
            outcome.troubles()
        ),
        recovered_s,
        lost_frames: outcome.silent_frames(),
        step,
    })
}
