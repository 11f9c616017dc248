//! The daemon seen from outside: the program itself, real servers, and whoever may ask its port.
#![cfg(target_os = "linux")]

#[path = "metrics/counted.rs"]
mod counted;
#[path = "metrics/hostile.rs"]
mod hostile;
#[path = "support/json_doc.rs"]
mod json_doc;
#[path = "metrics/page.rs"]
mod page;
#[path = "metrics/port.rs"]
mod port;
#[path = "support/program.rs"]
mod program;
#[path = "support/python.rs"]
mod python;
#[path = "support/signal.rs"]
mod signal;
#[path = "metrics/status.rs"]
mod status;
#[path = "metrics/watched.rs"]
mod watched;
