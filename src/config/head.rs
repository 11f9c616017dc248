//! `binaurald head`

use std::path::PathBuf;

use crate::cli::HeadArgs;

use super::ConfigError;
use super::HeadConfig;

/// `binaurald head`
#[derive(Clone, Debug)]
pub struct DescribeConfig {
    /// The head, by its name.
    pub head: String,
    /// The picture to draw.
    pub plot: Option<PathBuf>,
}

impl DescribeConfig {
    /// Checks what was typed.
    ///
    /// # Errors
    /// When the head cannot be used.
    pub fn new(args: &HeadArgs) -> Result<Self, ConfigError> {
        HeadConfig::named(&args.head)?;
        Ok(Self {
            head: args.head.clone(),
            plot: args.plot.clone(),
        })
    }
}
