//! Systems that give their audio threads what they need by themselves: nothing is asked of them, and
//! nothing is known.

/// Whether a thread can ask for it.
pub(super) const CAN_BE_ASKED: bool = false;

pub(super) fn thread() -> i32 {
    0
}

pub(super) fn is_real_time() -> bool {
    false
}

pub(super) fn ask() -> bool {
    false
}

pub(super) fn worked_nanos() -> u64 {
    0
}

pub(super) fn level(_thread: i32) -> Option<u8> {
    None
}
