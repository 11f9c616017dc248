//! `completions`

use clap::Args;
use clap_complete::Shell;

use super::command;

/// `binaurald completions`
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// For which shell.
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

impl CompletionsArgs {
    /// What the shell is to read.
    pub fn script(&self) -> Vec<u8> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command::shown(), "binaurald", &mut script);
        script
    }
}
