//! What may not be done in the audio callback, done there: shows that the sanitizer sees it.
//!
//! Only in programs that `scripts/rtsan` builds, and only when they are asked to; no other program
//! contains this.

use std::env;
use std::fs::File;
use std::hint::black_box;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use crate::audio::StereoFrame;

/// The environment variable that names a violation.
pub const VARIABLE: &str = "RTSAN_VIOLATION";

/// Held for ever by a thread of its own once `lock` is asked for.
static HELD: Mutex<()> = Mutex::new(());

/// The violation of this name: `allocation`, `lock`, `system-call` or `sleep`.
///
/// # Panics
/// When there is none of that name.
pub fn named(name: &str) -> fn() {
    match name {
        "allocation" => || drop(black_box(Box::new(1_u8))),
        "lock" => {
            hold();
            || drop(HELD.lock().unwrap_or_else(PoisonError::into_inner))
        }
        "system-call" => || drop(File::open("/dev/null")),
        "sleep" => || thread::sleep(Duration::from_millis(1)),
        other => panic!("{other} is no violation"),
    }
}

/// Has another thread hold the lock, so that who wants it has to wait.
fn hold() {
    let (holds, held) = mpsc::channel();
    thread::spawn(move || {
        let _guard = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = holds.send(());
        loop {
            thread::park();
        }
    });
    // It comes, or the thread is gone, and the test fails by that.
    let _ = held.recv();
}

/// `fill`, and before it the violation that the environment names, if it does.
pub(super) fn before(
    mut fill: impl FnMut(&mut [StereoFrame]) + Send + 'static,
) -> impl FnMut(&mut [StereoFrame]) + Send + 'static {
    let violation = env::var(VARIABLE).ok().map(|name| named(&name));
    move |block| {
        if let Some(violation) = violation {
            violation();
        }
        fill(block);
    }
}
