//! Whether a file is still the one that was read.

use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::cli::Effective;

/// Options whose values name files that are read.
const FILES: [&str; 6] = [
    "source",
    "head",
    "tls-ca",
    "tls-cert",
    "tls-key",
    "token-file",
];

/// What tells a file from another one, and from itself before it was written to: device, number,
/// length, and when it was changed last. None: there is no such file.
type Stamp = Option<(u64, u64, u64, i64, i64)>;

/// Those of the files that settings name, by the option.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamps(Vec<(String, Stamp)>);

impl Stamps {
    /// Of the files as they are now.
    pub(super) fn of(settings: &[Effective]) -> Self {
        let named = settings.iter().filter_map(|setting| {
            let is_file = FILES.contains(&setting.option.as_str());
            let name = setting.text.as_ref().filter(|_| is_file)?;
            Some((setting.option.clone(), stamp(name)))
        });
        Self(named.collect())
    }

    /// Whether the file that the option names is not the one that it was.
    pub(super) fn differ(&self, before: &Self, option: &str) -> bool {
        self.find(option) != before.find(option)
    }

    fn find(&self, option: &str) -> Stamp {
        let found = self.0.iter().find(|(name, _)| name == option);
        found.and_then(|(_, stamp)| *stamp)
    }
}

fn stamp(name: &str) -> Stamp {
    let file = fs::metadata(name).ok()?;
    let changed = (file.ctime(), file.ctime_nsec());
    Some((file.dev(), file.ino(), file.len(), changed.0, changed.1))
}
