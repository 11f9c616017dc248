//! Any bytes as a WAV file: refused in words, or a sound of finite samples.

#![no_main]

use std::io::Cursor;

use binaurald::wav::read_clip;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match read_clip(Cursor::new(bytes)) {
        Ok(loaded) => {
            assert!(loaded.channels > 0);
            assert!(loaded.clip.samples.iter().all(|sample| sample.is_finite()));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
