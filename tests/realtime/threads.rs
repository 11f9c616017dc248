//! Threads and their priorities, as the kernel lists them, and processes that are refused them.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};

/// The kernel's number of the policy `SCHED_FIFO`.
const FIFO: u32 = 1;

/// Whether the limits of the tester allow real-time priority. In most containers they do not.
pub(crate) fn may_be_real_time() -> bool {
    let asked = Command::new("chrt")
        .args(["-f", "10", "true"])
        .stderr(Stdio::null())
        .status();
    asked.expect("chrt is a part of every Linux").success()
}

/// The real-time priorities of all threads of a process that have one.
pub(crate) fn real_time_threads(process: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).expect("the process runs");
    tasks
        .filter_map(|task| {
            // It may end while it is looked at.
            let text = fs::read_to_string(task.ok()?.path().join("stat")).ok()?;
            let (_, numbers) = text.rsplit_once(") ").expect("its name stands in brackets");
            let numbers: Vec<&str> = numbers.split(' ').collect();
            // The fields count from 1, and the first of these is the third.
            let field = |n: usize| numbers[n - 3].trim().parse::<u32>().expect("a number");
            let (priority, policy) = (field(40), field(41));
            (policy == FIFO).then_some(priority)
        })
        .collect()
}

/// The same command as a process that may not give itself real-time priority, whoever tests.
pub(crate) fn refused(command: &Command) -> Command {
    let owner = fs::metadata("/proc/self").expect("a process of the tester");
    let is_root = owner.uid() == 0;
    let mut limited = Command::new("setpriv");
    if is_root {
        // What root is allowed, whatever the limits.
        limited.args(["--bounding-set=-sys_nice", "--inh-caps=-sys_nice"]);
    } else {
        limited.arg("--no-new-privs");
    }
    limited.args(["prlimit", "--rtprio=0:0"]);
    limited.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited
}
