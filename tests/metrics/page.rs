//! A page of metrics, read as strictly as it is needed here.

use std::collections::BTreeMap;

/// What a page says.
#[derive(Debug)]
pub(crate) struct Page {
    /// Families by name: type and help.
    pub(crate) families: BTreeMap<String, Family>,
    /// Values by name and labels, as they stand there.
    samples: Vec<(String, f64)>,
}

#[derive(Debug, Default)]
pub(crate) struct Family {
    pub(crate) kind: String,
    pub(crate) help: String,
}

impl Page {
    /// Reads a page.
    ///
    /// # Panics
    /// When it is none.
    pub(crate) fn read(text: &str) -> Self {
        let body = text.strip_suffix("# EOF\n").expect("the end is marked");
        let mut page = Self {
            families: BTreeMap::new(),
            samples: Vec::new(),
        };
        for line in body.lines() {
            let words: Vec<&str> = line.splitn(4, ' ').collect();
            match words[..] {
                ["#", "HELP", name, help] => {
                    let family = page.families.entry(name.to_owned()).or_default();
                    assert_eq!(family.help, "", "two of {name}");
                    family.help.push_str(help);
                }
                ["#", "TYPE", name, kind] => {
                    let family = page.families.entry(name.to_owned()).or_default();
                    assert_eq!(family.kind, "", "two of {name}");
                    family.kind.push_str(kind);
                }
                ["#", "UNIT", name, unit] => assert!(name.ends_with(unit), "{line}"),
                [sample, value] => {
                    let value = value.parse().unwrap_or_else(|_| panic!("{line}"));
                    page.samples.push((sample.to_owned(), value));
                }
                _ => panic!("neither a comment nor a sample: {line:?}"),
            }
        }
        page
    }

    /// The value of a sample, if it is there: its name without the prefix, and its labels.
    pub(crate) fn find(&self, sample: &str) -> Option<f64> {
        let name = format!("binaurald_{sample}");
        let found = self.samples.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| *value)
    }

    /// The value of a sample.
    ///
    /// # Panics
    /// When it is not there.
    pub(crate) fn value(&self, sample: &str) -> f64 {
        self.find(sample)
            .unwrap_or_else(|| panic!("no {sample} in {self:#?}"))
    }

    /// All samples, without the prefix.
    pub(crate) fn samples(&self) -> impl Iterator<Item = (&str, f64)> {
        self.samples.iter().map(|(name, value)| {
            let name = name.strip_prefix("binaurald_").expect("our prefix");
            (name, *value)
        })
    }

    /// The counts of a histogram up to each of its bounds, as they stand there.
    pub(crate) fn buckets(&self, name: &str) -> Vec<(f64, f64)> {
        let start = format!("{name}_bucket{{le=\"");
        let bounds = self.samples().filter_map(|(sample, count)| {
            let bound = sample.strip_prefix(&start)?.strip_suffix("\"}")?;
            let bound = bound.parse().expect("a bound is a number");
            Some((bound, count))
        });
        bounds.collect()
    }
}
