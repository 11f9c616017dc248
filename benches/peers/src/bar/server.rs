//! Requests a second of the bundled server, beside those of a bare one.

use std::time::Duration;

use crate::measure::median;

use super::grpc::Served;

/// Rounds in which both have their turn.
const TURNS: usize = 5;
const TURN: Duration = Duration::from_millis(1500);

/// Requests a second: medians of the turns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rates {
    pub(crate) bundled: f64,
    pub(crate) bare: f64,
}

pub(crate) fn rates() -> Result<Rates, String> {
    let (mut bundled, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        bundled.push(Served::bundled()?.call(|_| ())?.rate(TURN)?);
        bare.push(Served::bare()?.call(|_| ())?.rate(TURN)?);
    }
    Ok(Rates {
        bundled: median(&mut bundled),
        bare: median(&mut bare),
    })
}
