//! The daemon's last line: what all came to.

use crate::daemon::Log;

/// How many of `what` the last line counts.
///
/// # Panics
/// When there is no such line.
pub(crate) fn summary_count(log: &Log, what: &str) -> u64 {
    let (_, line) = log.only(" without a device (");
    let counted = line.split_once(&format!(" {what}"));
    let (before, _) = counted.unwrap_or_else(|| panic!("no {what} is counted: {line}"));
    let number = before.rsplit([' ', '(']).next().unwrap_or_default();
    number
        .parse()
        .unwrap_or_else(|_| panic!("{number:?} is no count: {line}"))
}
