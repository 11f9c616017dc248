//! TLS and tokens between our processes, and with those that are not ours: who is let in, who is
//! not, and that both sides say why.
#![cfg(unix)]

#[path = "tls/certificates.rs"]
mod certificates;
#[path = "tls/hostile.rs"]
mod hostile;
#[path = "tls/let_in.rs"]
mod let_in;
#[path = "tls/options.rs"]
mod options;
#[path = "support/program.rs"]
mod program;
#[path = "support/python.rs"]
mod python;
#[path = "tls/refused.rs"]
mod refused;
#[path = "support/signal.rs"]
mod signal;
#[path = "tls/support.rs"]
mod support;
#[path = "tls/tokens.rs"]
mod tokens;
