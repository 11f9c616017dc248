//! Multiplication and addition in one step, where the processor has it.

/// `a * b + c`.
///
/// A processor without the instruction would take dozens of steps for a fused one, so each caller
/// says whether it is compiled for one that has it.
#[inline(always)]
pub(super) fn fused<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// Calls a function for the processor that the function around it is compiled for.
macro_rules! for_this_processor {
    ($name:ident($($argument:expr),* $(,)?)) => {
        if multiversion::target::target_cfg_f!(target_feature = "fma") {
            $name::<true>($($argument),*)
        } else {
            $name::<false>($($argument),*)
        }
    };
}
pub(super) use for_this_processor;
