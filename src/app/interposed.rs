//! What the sanitizer's runtime does not watch, and Rust's standard library calls: sleeping.
//!
//! Only in programs that `scripts/rtsan` builds: there this stands in front of the C library's
//! function, and sleeps by way of one that is watched.
#![expect(
    unsafe_code,
    reason = "a function of the C library is replaced by its own definition"
)]

use std::ffi::{c_int, c_long, c_void};
use std::io;

/// The number of the system call.
const CLOCK_NANOSLEEP: c_long = if cfg!(target_arch = "x86_64") {
    230
} else {
    115 // aarch64 and all architectures that came after it
};

unsafe extern "C" {
    /// Watched.
    fn syscall(number: c_long, ...) -> c_long;
}

/// Sleeps, as POSIX has it; returns 0 or what went wrong.
// SAFETY: it has the name, the arguments and the meaning of the C library's own.
#[unsafe(no_mangle)]
extern "C" fn clock_nanosleep(
    clock: c_int,
    flags: c_int,
    request: *const c_void,
    remaining: *mut c_void,
) -> c_int {
    // SAFETY: these are the system call's arguments, as the caller gave them.
    let slept = unsafe { syscall(CLOCK_NANOSLEEP, clock, flags, request, remaining) };
    match slept {
        0 => 0,
        _ => io::Error::last_os_error().raw_os_error().unwrap_or(0),
    }
}
