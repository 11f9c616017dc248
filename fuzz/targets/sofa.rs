//! Any bytes as a SOFA file: refused in words, or a set that can be used.

#![no_main]

use std::panic;

use binaurald::head::read_sofa;
use libfuzzer_sys::fuzz_target;

/// Panics of the libraries that read HDF5 are caught by our code and are no finding; its own are.
fn let_libraries_panic() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |fault| {
        let in_library = |at: &panic::Location| at.file().contains("/registry/src/");
        if !fault.location().is_some_and(in_library) {
            report(fault);
        }
    }));
}

fuzz_target!(init: let_libraries_panic(), |bytes: &[u8]| {
    match read_sofa(bytes) {
        Ok(set) => {
            assert!(set.is_consistent() && !set.sources.is_empty());
            assert!(set.responses.iter().all(|sample| sample.is_finite()));
            assert!(set.sources.iter().all(|source| source.distance().is_finite()));
            assert!(set.delays.iter().flatten().all(|delay| *delay >= 0.0));
        }
        Err(error) => assert!(!error.to_string().contains(char::is_control)),
    }
});
