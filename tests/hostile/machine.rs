//! What else the machine does: a figure in milliseconds says something of the server only while the
//! processors are there for it.

use std::fs;

/// The processor time of the whole machine, and of some processes in it, in ticks.
pub(crate) struct Machine {
    all: u64,
    /// Idle, or spent on interrupts: those of the network are mostly this test's own doing, and those
    /// of devices are no program's.
    spare: u64,
    ours: u64,
}

impl Machine {
    /// As it is now; `ours` are this test's processes.
    pub(crate) fn now(ours: &[u32]) -> Self {
        let stat = fs::read_to_string("/proc/stat").expect("the system counts its time");
        let line = stat.lines().next().unwrap_or_default();
        let ticks: Vec<u64> = line.split_whitespace().flat_map(str::parse).collect();
        Self {
            // The times of guests, at the end, are in the others already.
            all: ticks.iter().take(8).sum(),
            // Idle, waiting for disks, interrupts, and what they leave for later.
            spare: ticks[3..7].iter().sum(),
            ours: ours.iter().map(|process| used(*process)).sum(),
        }
    }

    /// The part of all processors that others used since `before`, 0 to 1.
    pub(crate) fn others_since(&self, before: &Self) -> f64 {
        let all = self.all - before.all;
        // The time of waiting for disks may go back; that of interrupts may be in ours as well.
        let spare = self.spare.saturating_sub(before.spare) + (self.ours - before.ours);
        all.saturating_sub(spare) as f64 / all.max(1) as f64
    }
}

/// The ticks that a process has used.
fn used(process: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("it runs");
    // Behind its name, which may hold anything.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.flat_map(str::parse::<u64>).sum()
}
