//! What the bundled server is told.

use std::time::Duration;

use crate::trajectory::Trajectory;

use super::{Limits, Security};

/// What the bundled server answers, and what it puts up with.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Where the source is while nothing is published. Its time begins when the server does.
    pub trajectory: Trajectory,
    /// How long a publication stands in its place; `None`: for ever.
    pub pub_hold: Option<Duration>,
    /// What one peer, and all together, can take of the server.
    pub limits: Limits,
    /// Whom it lets in.
    pub security: Security,
}

impl ServerConfig {
    /// Answers with `trajectory`: publications stand for ever, the limits are the default ones,
    /// and everybody is let in, without TLS.
    pub fn new(trajectory: Trajectory) -> Self {
        Self {
            trajectory,
            pub_hold: None,
            limits: Limits::default(),
            security: Security::default(),
        }
    }
}
