//! A head by its name: prepared, with what it is held to.

use std::sync::Arc;

use crate::config::HeadConfig;
use crate::head::{Head, Reference};

use super::Failure;
use super::heads::LoadedHead;

/// A head that was chosen.
#[derive(Clone, Debug)]
pub struct Subject {
    /// As it was asked for.
    pub name: String,
    /// What it is prepared to.
    pub head: Arc<Head>,
    /// What it is prepared from.
    pub reference: Reference,
}

/// Loads and prepares the head of this name for `sample_rate` hertz. Blocks while a file is read.
///
/// # Errors
/// When there can be no such head.
pub fn choose(name: &str, sample_rate: u32) -> Result<Subject, Failure> {
    let config = HeadConfig::named(name).map_err(Failure::usage)?;
    let loaded = LoadedHead::load(&config)?;
    Ok(Subject {
        name: name.to_owned(),
        head: Arc::new(loaded.prepare(sample_rate)?),
        reference: loaded.reference(),
    })
}
