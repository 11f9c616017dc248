//! `read-sofa`, which the program itself calls

use std::path::PathBuf;

use clap::Args;

/// `binaurald read-sofa`
#[derive(Args, Debug)]
pub struct ReadSofaArgs {
    /// The file.
    pub file: PathBuf,
}
