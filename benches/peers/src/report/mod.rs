//! What was measured, beside the bar: text in Markdown.

mod bar;
mod document;
mod machine;
mod times;

use std::sync::Arc;

use crate::bar::server::Rates;
use crate::bar::tail::Tail;
use crate::bar::{latency, memory, server, tail};
use crate::measure::{Course, Plan};
use crate::peers::{Kind, Workshop};
pub(crate) use document::write;
pub(crate) use machine::Machine;
pub(crate) use times::times;

/// All that was measured.
pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) plan: Plan,
    pub(crate) courses: Vec<Course>,
    /// Who is not in it, and why.
    pub(crate) left_out: Vec<(Kind, String)>,
    pub(crate) others: Others,
}

/// The rows of the bar that no other renderer has.
pub(crate) struct Others {
    quiet: Tail,
    flooded: Tail,
    /// By head: what the callback adds and what the head says, in frames.
    latency: [(f64, usize); 2],
    /// By head.
    bytes_a_source: [f64; 2],
    rates: Rates,
}

impl Others {
    pub(crate) fn measure(workshop: &Workshop, told: impl Fn(&str)) -> Result<Self, String> {
        let heads = [&workshop.measured, &workshop.sphere];
        let added = |head: &Arc<_>| latency::added_frames(head);
        let bytes = |head: &Arc<_>| memory::bytes_a_source(head);
        told("the slowest blocks");
        let quiet = tail::quiet(&workshop.measured)?;
        told("the slowest blocks under a flood");
        let flooded = tail::flooded(&workshop.measured)?;
        told("servers");
        let rates = server::rates()?;
        Ok(Self {
            quiet,
            flooded,
            latency: [
                (added(heads[0])?, heads[0].latency_frames()),
                (added(heads[1])?, heads[1].latency_frames()),
            ],
            bytes_a_source: [bytes(heads[0])?, bytes(heads[1])?],
            rates,
        })
    }
}

impl Report {
    /// All of it.
    pub(crate) fn text(&self) -> String {
        let tables = format!(
            "{}\n\n{}\n\n{}\n\n## The times\n\n{}\n\n{}",
            self.machine.text(),
            bar::ratios(&self.courses),
            bar::others(&self.others),
            times::renderers(&self.courses),
            times(&self.courses),
        );
        let mut notes = vec![format!(
            "Medians of {} turns of {} ms for each renderer, number of sources and size of block.",
            self.plan.turns,
            self.plan.time.as_millis()
        )];
        for course in &self.courses {
            let Some(taken) = course.positions_a_block().filter(|taken| *taken < 0.999) else {
                continue;
            };
            let line = format!(
                "{} took {taken:.2} positions of each source in each block, and not 1, with {} sources \
                 and blocks of {} frames: sources took turns.",
                course.kind, course.scene.sources, course.scene.frames
            );
            notes.push(line);
        }
        for (kind, reason) in &self.left_out {
            notes.push(format!("{kind} is left out: {reason}."));
        }
        format!("{tables}\n\n{}\n", notes.join("\n\n"))
    }
}
