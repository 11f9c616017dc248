//! Numbers next to zero.
//!
//! A sound that dies away, or a source of next to nothing, leads to numbers so small that a
//! processor handles them apart, tens of times slower than others (denormals: below 1.2e-38 for
//! `f32`, some 760 dB below full scale). Processors have a mode in which these are zero; it is that
//! of a thread, and is set for as long as frames are rendered.

/// Does `work` with numbers next to zero taken for zero, on `x86_64` and `aarch64`; elsewhere as it
/// is. Afterwards, and after a panic, the thread is as it was before.
///
/// All that renders what is heard goes through here, in the audio callback and into files, so that
/// it is the same to the bit.
///
/// Real-time: reads and writes a register of the processor.
pub fn without_denormals<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    {
        #[expect(
            unsafe_code,
            reason = "the only function of the crate is unsafe; see below"
        )]
        // SAFETY: the register holds for this thread alone, and is restored on return and when it
        // unwinds. The compiler takes it for untouched: it may do arithmetic beforehand, or move it
        // in or out. What becomes of a number next to zero is the one thing that depends on it:
        // that number or zero, and nothing here relies on which. A call that is not inlined keeps
        // all arithmetic of `work` inside all the same.
        unsafe {
            no_denormals::no_denormals(|| apart(work))
        }
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    apart(work)
}

/// Keeps the compiler from moving arithmetic across the call.
#[inline(never)]
fn apart<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[cfg(test)]
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod tests {
    use std::hint::black_box;
    use std::panic::catch_unwind;
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    /// A half of the least number that is not next to zero.
    fn next_to_zero() -> f32 {
        black_box(f32::MIN_POSITIVE) * black_box(0.5)
    }

    /// The greatest number next to zero, made great.
    fn made_great() -> f32 {
        black_box(f32::from_bits(0x007f_ffff)) * black_box(1e30)
    }

    #[test]
    fn results_and_operands_next_to_zero_are_zero_within_and_only_there() {
        let both = || (next_to_zero(), made_great());
        let outside = both();
        assert!(outside.0.is_subnormal() && outside.1 > 0.0, "{outside:?}");
        assert_eq!(without_denormals(both), (0.0, 0.0));
        assert_eq!(both(), outside);
    }

    #[test]
    fn a_panic_leaves_the_thread_as_it_was() {
        let panicked = catch_unwind(|| without_denormals(|| panic!("on purpose")));
        assert!(panicked.is_err());
        assert!(next_to_zero().is_subnormal());
    }

    #[test]
    fn within_itself_it_changes_nothing() {
        let inner = without_denormals(|| {
            without_denormals(|| ());
            next_to_zero()
        });
        assert_eq!(inner, 0.0);
        assert!(next_to_zero().is_subnormal());
    }

    #[test]
    fn other_threads_are_left_alone() {
        // A thread begins in the mode of the one that starts it, so this one is there before.
        let (ask, asked) = mpsc::channel();
        let other = thread::spawn(move || asked.recv().map_or(0.0, |()| next_to_zero()));
        let other = without_denormals(|| {
            ask.send(()).expect("it waits for this");
            other.join()
        });
        assert!(other.is_ok_and(f32::is_subnormal));
    }
}
