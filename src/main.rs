//! The `binaurald` binary: parse, start logging, run, exit code.

fn main() {}
