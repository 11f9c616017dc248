//! The priority of a thread, as Linux has it.

use std::fs;

use preempt_rt::sched::{
    Pid, PreemptRtError, Scheduler, SchedulerParams, get_scheduler, set_scheduler,
};
use rustix::thread::gettid;
use rustix::time::{ClockId, clock_gettime};

use super::REALTIME_PRIORITY;

/// Whether a thread can ask for it.
pub(super) const CAN_BE_ASKED: bool = true;

/// `SCHED_RESET_ON_FORK`: threads and processes that this one starts have ordinary priority. The
/// kernel tells it with the policy.
const RESET_ON_FORK: i32 = 0x4000_0000;

/// The kernel's number of the thread that calls.
pub(super) fn thread() -> i32 {
    gettid().as_raw_nonzero().get()
}

/// Whether the thread that calls has it already.
pub(super) fn is_real_time() -> bool {
    let policy = match get_scheduler(Pid::current_thread()) {
        Err(PreemptRtError::UnknownScheduler(policy)) => {
            Scheduler::try_from(policy & !RESET_ON_FORK)
        }
        known => known,
    };
    matches!(policy, Ok(Scheduler::SCHED_FIFO | Scheduler::SCHED_RR))
}

/// Asks for it, for the thread that calls. Returns whether it was given.
pub(super) fn ask() -> bool {
    let priority = i32::from(REALTIME_PRIORITY);
    let params = SchedulerParams { priority };
    set_scheduler(Pid::current_thread(), Scheduler::SCHED_FIFO, params).is_ok()
}

/// The processor time that the thread that calls has taken.
pub(super) fn worked_nanos() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(time.tv_nsec).unwrap_or(0);
    seconds * 1_000_000_000 + nanos
}

/// The real-time priority of a thread of this process; none: it has an ordinary one, or has ended.
/// Reads a file.
pub(super) fn level(thread: i32) -> Option<u8> {
    let stat = fs::read_to_string(format!("/proc/self/task/{thread}/stat")).ok()?;
    in_stat(&stat)
}

/// As it stands in the text of a thread's `stat`.
fn in_stat(stat: &str) -> Option<u8> {
    // The name of the thread comes second, in brackets, and may hold anything. The fields after it
    // count from 3; the real-time priority is the 40th, and that of ordinary threads is 0.
    let (_, fields) = stat.rsplit_once(") ")?;
    let priority = fields.split(' ').nth(40 - 3)?.parse().ok()?;
    (priority > 0).then_some(priority)
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_thread_that_was_lent_it_by_rtkit_knows_so() {
        assert!(!is_real_time());
        assert_eq!(level(thread()), None);
        // As rtkit lends it; the tester may not be allowed to.
        let lent = Command::new("chrt")
            .args(["-R", "-f", "-p", "5", &thread().to_string()])
            .stderr(Stdio::null())
            .status();
        let lent = lent.expect("chrt is a part of every Linux").success();
        assert_eq!(is_real_time(), lent);
        assert_eq!(level(thread()), lent.then_some(5));
    }

    #[test]
    fn the_priority_is_found_behind_any_name_of_a_thread() {
        let numbers = ["0"; 36].join(" ");
        for (priority, expected) in [("0", None), ("10", Some(10)), ("x", None)] {
            let stat = format!("7 (a) b (c) S {numbers} {priority} 1 0");
            assert_eq!(in_stat(&stat), expected, "{stat}");
        }
        assert_eq!(in_stat("7 (a) S 0"), None);
        assert_eq!(level(i32::MAX), None);
    }
}
