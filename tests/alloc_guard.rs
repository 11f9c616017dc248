//! Positive control of the counting allocator: what it is there to catch, it does catch.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};

use support::counting_alloc::{Counts, count};

mod support {
    pub mod counting_alloc;
}

#[test]
fn a_block_taken_and_given_back_is_counted() {
    let ((), counts) = count(|| drop(black_box(Box::new(1_u64))));
    assert_eq!((counts.allocations, counts.deallocations), (1, 1));
}

#[test]
fn taking_and_giving_back_are_told_apart() {
    let (kept, taken) = count(|| black_box(vec![1_u8; 100]));
    assert_eq!((taken.allocations, taken.deallocations), (1, 0));
    let ((), given_back) = count(|| drop(black_box(kept)));
    assert_eq!((given_back.allocations, given_back.deallocations), (0, 1));
}

#[test]
fn a_zeroed_block_is_counted() {
    let (_kept, counts) = count(|| black_box(vec![0_u8; 100]));
    assert_eq!(counts.allocations, 1);
}

#[test]
fn a_vector_that_outgrows_its_memory_is_counted() {
    let mut full = black_box(Vec::<u64>::with_capacity(4));
    full.extend([1, 2, 3, 4]);
    let ((), counts) = count(|| black_box(&mut full).push(5));
    assert_eq!(counts.reallocations, 1);
}

#[test]
fn a_vector_within_its_memory_counts_nothing() {
    let mut roomy = black_box(Vec::<u64>::with_capacity(4));
    let ((), counts) = count(|| black_box(&mut roomy).extend([1, 2, 3, 4]));
    assert_eq!(counts, Counts::NONE);
}

#[test]
fn other_threads_do_not_count() {
    static STARTED: AtomicBool = AtomicBool::new(false);
    static DONE: AtomicBool = AtomicBool::new(false);
    let wait_for = |flag: &AtomicBool| {
        while !flag.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
    };
    let other = std::thread::spawn(move || {
        wait_for(&STARTED);
        let block = black_box(vec![1_u8; 10]);
        DONE.store(true, Ordering::Release);
        block.len()
    });
    let ((), counts) = count(|| {
        STARTED.store(true, Ordering::Release);
        wait_for(&DONE);
    });
    assert_eq!(other.join().expect("no panic"), 10);
    assert_eq!(counts, Counts::NONE);
}

#[test]
fn nothing_counts_before_or_after() {
    let before = black_box(vec![1_u8; 10]);
    let ((), counts) = count(|| ());
    let after = black_box(vec![1_u8; 10]);
    assert_eq!((counts, before.len(), after.len()), (Counts::NONE, 10, 10));
}

#[test]
fn a_panic_ends_the_count() {
    let panicked = std::panic::catch_unwind(|| count(|| panic!("on purpose")));
    assert!(panicked.is_err());
    // Would panic in its turn were the first count still running.
    let ((), counts) = count(|| ());
    assert_eq!(counts, Counts::NONE);
}

#[test]
#[should_panic(expected = "a count within a count")]
fn a_count_within_a_count_is_refused() {
    count(|| count(|| ()));
}
