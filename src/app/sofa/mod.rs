//! SOFA files, read by a process of their own: a damaged one may make its reader fail in any way,
//! and the daemon lives on.

mod packed;
mod reader;

use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::cli::ReadSofaArgs;
use crate::files;
use crate::head::{self, MeasuredSet};

use super::{Failure, fault};

pub use reader::load_sofa_with;

/// Memory that reading may take, in bytes: what an address space may grow to.
const MAX_MEMORY: u64 = 1 << 30;

/// Reads the SOFA file at `path`: in another process, in which this program starts itself. It takes
/// 10 s at most, and is to be called where it may block.
///
/// # Errors
/// With the file and the reason when it cannot be used as a head.
pub fn load_sofa(path: &Path) -> Result<MeasuredSet, Failure> {
    let program = reader::this_program().map_err(Failure::runtime)?;
    load_sofa_with(&program, path)
}

/// `binaurald read-sofa`: reads a SOFA file and writes what is in it to standard output, for
/// [`load_sofa`].
///
/// # Errors
/// With the reason when it cannot be used as a head.
pub fn read(args: &ReadSofaArgs) -> Result<(), Failure> {
    limit_memory();
    let bytes = files::load_bytes(&args.file, head::MAX_FILE_BYTES).map_err(Failure::usage)?;
    let set = fault::silently(|| head::read_sofa(&bytes)).map_err(Failure::usage)?;
    let mut out = BufWriter::new(io::stdout().lock());
    packed::write(&set, &mut out)
        .and_then(|()| out.flush())
        .map_err(|error| Failure::runtime(format!("cannot write to standard output: {error}")))
}

/// From here on, asking for more memory than [`MAX_MEMORY`] ends this process, without a core file.
///
/// The address space is bounded, not what is resident: the system knows no limit for that. What
/// cannot be set (macOS has no such limit) stays as it is; time is limited all the same.
#[cfg(unix)]
fn limit_memory() {
    use rlimit::Resource;
    for (resource, limit) in [(Resource::AS, MAX_MEMORY), (Resource::CORE, 0)] {
        if let Ok((_, hard)) = resource.get() {
            let limit = limit.min(hard);
            let _ = resource.set(limit, limit);
        }
    }
}

#[cfg(not(unix))]
fn limit_memory() {}
