//! A fault that the script knows, and how it is tried.

use std::io::{Write as _, stderr};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::row::Row;

/// How often a fault is tried at most.
const ATTEMPTS: usize = 3;

/// A fault.
pub(crate) struct Fault {
    /// What it is called in the table.
    pub(crate) name: &'static str,
    run: fn() -> Result<Row, String>,
}

/// What came of a fault.
pub(crate) struct Tried {
    /// What was seen, or what was wrong the last time.
    pub(crate) result: Result<Row, String>,
    /// Whether the first time was not as it should be.
    pub(crate) twice: bool,
}

impl Fault {
    pub(crate) const fn new(name: &'static str, run: fn() -> Result<Row, String>) -> Self {
        Self { name, run }
    }

    /// Tries it, and up to twice more when what is seen is wrong: a busy machine may spoil it. What was
    /// wrong each time is told on standard error, whether the test passes or not.
    pub(crate) fn try_out(&self) -> Tried {
        let mut result = self.once();
        let twice = result.is_err();
        for _ in 1..ATTEMPTS {
            let Err(spoilt) = &result else { break };
            let name = self.name;
            // Not by a macro that a test's harness listens to: it keeps what a test that passes says.
            let _ = writeln!(
                stderr(),
                "{name}: once more, as the machine may be busy: {spoilt}"
            );
            result = self.once();
        }
        Tried { result, twice }
    }

    fn once(&self) -> Result<Row, String> {
        // What a rig asserts is about this fault alone.
        catch_unwind(AssertUnwindSafe(self.run)).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            Err(text.unwrap_or_else(|| "a check of the rig failed: see above".to_owned()))
        })
    }
}
