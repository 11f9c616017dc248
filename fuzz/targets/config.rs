//! Any bytes as the configuration file: refused in words that name the file or the option, or a
//! configuration.

#![no_main]

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use binaurald::cli::{Cli, Command};
use binaurald::config::RunConfig;
use libfuzzer_sys::fuzz_target;

/// How the name of the file ends, by which errors call it.
const NAME: &str = "binaurald-fuzz.toml";

/// The file, which only this process has; it is gone after each run.
static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
    let name = format!("{}-{NAME}", std::process::id());
    std::env::temp_dir().join(name)
});

fuzz_target!(|bytes: &[u8]| {
    fs::write(&*FILE, bytes).expect("a file can be written");
    let words: [OsString; 4] = [
        "binaurald".into(),
        "--config".into(),
        FILE.clone().into(),
        "run".into(),
    ];
    let read = Cli::from_words(words, []);
    fs::remove_file(&*FILE).expect("the file is ours");
    let (cli, settings) = match read {
        Ok(read) => read,
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains(NAME) || text.contains("--"), "{text}");
            return;
        }
    };
    let Command::Run(args) = &cli.command else {
        panic!("the file chose another command");
    };
    if let Err(error) = RunConfig::new(args) {
        let text = settings.explain(&error.to_string());
        assert!(text.contains("--") && text.contains(NAME), "{text}");
    }
});
