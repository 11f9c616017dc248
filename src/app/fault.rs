//! What people see of a panic: one line that they can report, and exit code 1.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, PanicHookInfo};

use super::log::Log;

thread_local! {
    /// Whether this thread panics without a word.
    static SILENT: Cell<bool> = const { Cell::new(false) };
}

/// From now on, a panic says one line in `log` in place of the library's text.
pub fn on_panic(log: Log) {
    panic::set_hook(Box::new(move |fault| {
        if SILENT.get() {
            return;
        }
        // It never waits or fails: a log that nobody reads is no reason for a second panic.
        log.error(&line(fault));
    }));
}

/// Does `work`, which catches its own panics: they say nothing.
pub(super) fn silently<T>(work: impl FnOnce() -> T) -> T {
    let before = SILENT.replace(true);
    let result = work();
    SILENT.set(before);
    result
}

fn line(fault: &PanicHookInfo) -> String {
    let place = fault.location().map_or_else(
        || "an unknown place".to_owned(),
        |at| format!("{}:{}", in_package(at.file()), at.line()),
    );
    format!(
        "internal fault at {place}: {}; please report this",
        message(fault.payload())
    )
}

/// A source file as its package names it: not where the packages were when this was built.
fn in_package(file: &str) -> &str {
    let package = file.rfind("/src/").map(|end| {
        let begin = file[..end].rfind('/').map_or(0, |slash| slash + 1);
        &file[begin..]
    });
    package.unwrap_or(file)
}

/// The message, on one line.
fn message(payload: &(dyn Any + Send)) -> String {
    let text = match (
        payload.downcast_ref::<&str>(),
        payload.downcast_ref::<String>(),
    ) {
        (Some(text), _) => text,
        (None, Some(text)) => text.as_str(),
        (None, None) => "no message",
    };
    text.replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn a_panic_becomes_one_line_with_its_place_and_message() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&lines);
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |fault| {
            seen.lock().unwrap().push(line(fault));
        }));
        let number = 7;
        let result = panic::catch_unwind(|| panic!("value {number}\nis odd"));
        panic::set_hook(before);
        assert!(result.is_err());
        let lines = lines.lock().unwrap();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(
            lines[0].starts_with("internal fault at src/app/fault.rs:"),
            "{lines:?}"
        );
        assert!(
            lines[0].ends_with(": value 7 is odd; please report this"),
            "{lines:?}"
        );
    }

    #[test]
    fn silence_lasts_as_long_as_the_work_that_asked_for_it() {
        assert_eq!(silently(|| (SILENT.get(), 7)), (true, 7));
        assert!(!SILENT.get());
    }

    #[test]
    fn a_place_in_another_package_is_named_by_it_alone() {
        for (file, shown) in [
            ("src/app/run.rs", "src/app/run.rs"),
            (
                "/home/me/packages/tonic-0.14.1/src/a/b.rs",
                "tonic-0.14.1/src/a/b.rs",
            ),
            (
                "/rustc/90b35a6/library/core/src/option.rs",
                "core/src/option.rs",
            ),
        ] {
            assert_eq!(in_package(file), shown);
        }
    }
}
