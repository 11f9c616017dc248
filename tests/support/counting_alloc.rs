//! A global allocator that counts what a piece of code asks of it, for the rule that the audio
//! callback neither takes nor gives back memory. Including this file installs it.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test includes this file and uses its own part of it"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

thread_local! {
    // Without a destructor and made at compile time: using it neither allocates nor ever fails.
    static COUNTS: Cell<Option<Counts>> = const { Cell::new(None) };
}

/// How often memory was asked for, given back, and resized.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Blocks taken.
    pub allocations: u64,
    /// Blocks given back.
    pub deallocations: u64,
    /// Blocks resized, in place or not.
    pub reallocations: u64,
}

impl Counts {
    /// No call of the allocator at all.
    pub const NONE: Self = Self {
        allocations: 0,
        deallocations: 0,
        reallocations: 0,
    };
}

/// Runs `code` and counts what it asks of the allocator on this thread. Other threads, and what
/// ran before and after, do not count.
///
/// # Panics
/// When it is nested in another count.
pub fn count<R>(code: impl FnOnce() -> R) -> (R, Counts) {
    /// Stops the count also when `code` panics.
    struct Disarm;
    impl Drop for Disarm {
        fn drop(&mut self) {
            COUNTS.set(None);
        }
    }

    assert!(COUNTS.get().is_none(), "a count within a count");
    COUNTS.set(Some(Counts::NONE));
    let disarm = Disarm;
    let result = code();
    let counts = COUNTS.get().expect("nothing else ends a count");
    drop(disarm);
    (result, counts)
}

/// The system's allocator, with a count of its calls while a thread is in [`count`].
struct CountingAllocator;

fn note(change: impl FnOnce(&mut Counts)) {
    if let Some(mut counts) = COUNTS.get() {
        change(&mut counts);
        COUNTS.set(Some(counts));
    }
}

#[allow(
    unsafe_code,
    reason = "the trait of allocators is unsafe; every call is handed on to the system's unchanged"
)]
// SAFETY: all requirements of the trait are met by `System`, to which each call goes as it came;
// counting neither allocates nor panics.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(|counts| counts.allocations += 1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(|counts| counts.allocations += 1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        note(|counts| counts.deallocations += 1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        note(|counts| counts.reallocations += 1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(block, layout, new_size) }
    }
}
