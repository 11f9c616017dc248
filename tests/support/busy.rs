//! What a busy machine may spoil: blocks come too late, and what is heard has gaps, or is late.

/// What was heard, unless it was spoilt twice: then it is not the machine.
///
/// # Panics
/// When it was.
pub(crate) fn once_more<T>(attempt: impl Fn() -> Result<T, String>) -> T {
    attempt().unwrap_or_else(|spoilt| {
        eprintln!("once more, as the machine may be busy: {spoilt}");
        attempt().unwrap_or_else(|spoilt| panic!("spoilt twice: {spoilt}"))
    })
}

/// That this is heard as it should be; else what is wrong.
pub(crate) fn expect(holds: bool, wrong: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(wrong()) }
}
