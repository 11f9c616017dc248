//! Options from a file and the environment: which wins, what is refused and how, and that the
//! example file is true to its last line.

#[path = "config/asked.rs"]
mod asked;
#[path = "config/example.rs"]
mod example;
#[path = "config/layers.rs"]
mod layers;
#[path = "config/printed.rs"]
mod printed;
#[path = "support/program.rs"]
mod program;
#[path = "config/refused.rs"]
mod refused;
#[path = "support/signal.rs"]
mod signal;
