//! A head by its name: prepared, with what it is held to.

use std::sync::Arc;

use crate::head::{Head, HeadShape, Reference};

use super::{Failure, scene};

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

/// Prepares the head of this name, which was checked, for `sample_rate` hertz.
///
/// # Errors
/// When there can be no such head.
pub fn choose(name: &str, sample_rate: u32) -> Result<Subject, Failure> {
    let shape = HeadShape::default();
    Ok(Subject {
        name: name.to_owned(),
        head: Arc::new(scene::prepare_head(shape, sample_rate)?),
        reference: Reference::Sphere(shape),
    })
}
