//! `binaurald demo`: the bundled server and the daemon in one process.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::cli::DemoArgs;
use crate::config::{RenderConfig, RunConfig};
use crate::geometry::Position;
use crate::output::{DeviceChoice, OutputError, OutputRequest};
use crate::server::{self, ServerConfig};
use crate::trajectory::{Orbit, Trajectory};

use super::direction::describe;
use super::printer::{Printer, print_line};
use super::reload::Reload;
use super::run::Opening;
use super::{Failure, daemon, render, run, shutdown};

/// What is written where there is nothing to play to.
const FILE: &str = "binaurald-demo.wav";

/// It is said where the sound is when it comes this close to a quarter of the circle, in degrees.
const NEAR_QUARTER: f64 = 2.4;

/// And elsewhere after this long.
const SAY_EVERY: Duration = Duration::from_secs(5);

/// Plays until the sound is over or a signal ends it. Where there is nothing to play to, renders
/// one turn to a file.
///
/// # Errors
/// When an option cannot be used, or the file cannot be written.
pub async fn demo(args: &DemoArgs) -> Result<(), Failure> {
    let config = RunConfig::for_demo(args).map_err(Failure::usage)?;
    run::check(&config)?;
    let shutdown = shutdown::on_signals()?;
    let asked_for = config.output.clone();
    let mut ready = match run::open(config, &shutdown).await? {
        Opening::Ready(ready) => ready,
        Opening::Refused(error) if is_without_sound(&error, &asked_for) => {
            return render_turn(args, &error, &shutdown).await;
        }
        Opening::Refused(error) => return Err(Failure::output(error)),
        Opening::Interrupted => return Ok(()),
    };
    let bound = server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .map_err(Failure::runtime)?;
    let address = bound.local_addr();
    ready.stage.config.client.server = address.to_string().parse().map_err(Failure::runtime)?;

    let over = shutdown.child_token();
    let server = ServerConfig::new(Trajectory::Orbit(Orbit::default()));
    let serving = tokio::spawn(bound.serve(server, over.clone()));
    let mut printer = Printer::start();
    let lines = printer.lines();
    lines.offer(format!("position server on {address}"));
    lines.offer("headphones on: the sound walks round your head; Ctrl-C ends it".to_owned());
    let mut narrator = Narrator::default();
    let narrate = move |position| {
        if let Some(line) = narrator.line(position, Instant::now()) {
            lines.offer(line);
        }
    };
    let mut playing = Box::pin(daemon::run(*ready, Reload::never(), narrate, &over));
    let played = tokio::select! {
        played = &mut playing => played,
        // Nobody reads any more: a clean end.
        _ = printer.ended() => {
            over.cancel();
            playing.await
        }
    };
    over.cancel();
    let served = serving.await.map_err(|_| Failure::helper_thread())?;
    played.and(served.map_err(Failure::runtime))
}

/// Whether there is nothing to play to here, and not only nothing of what was asked for.
fn is_without_sound(error: &OutputError, asked_for: &OutputRequest) -> bool {
    let is_any = asked_for.device == DeviceChoice::Default && asked_for.host.is_none();
    let is_absence = matches!(
        error,
        OutputError::NoDevice { .. }
            | OutputError::HostUnavailable { .. }
            | OutputError::Busy { .. }
            | OutputError::Refused { .. }
            | OutputError::Timeout { .. }
    );
    is_any && is_absence
}

/// Renders one turn round the head, where nothing can be played.
async fn render_turn(
    args: &DemoArgs,
    error: &OutputError,
    shutdown: &CancellationToken,
) -> Result<(), Failure> {
    let config = RenderConfig::for_demo(args, FILE.into()).map_err(Failure::usage)?;
    print_line(&format!("nothing can be played here: {}", error.reason()))?;
    print_line(&format!(
        "rendering one turn round the head to {FILE} instead"
    ))?;
    if args.play.record.is_some() {
        tracing::warn!("--record: nothing is played, so nothing is recorded");
    }
    render::to_file(config, "the file", &[], shutdown).await?;
    print_line(&format!("listen to {FILE} with headphones"))?;
    Ok(())
}

/// Says now and then where the sound is.
#[derive(Default)]
struct Narrator {
    said: Option<Said>,
    /// The quarter that was nearest at the last position, and how far beyond it that was, in
    /// degrees.
    last: Option<(i32, f64)>,
}

struct Said {
    quarter: i32,
    at: Instant,
}

impl Narrator {
    /// What to say of a new position: at each quarter of the circle, and elsewhere now and then.
    fn line(&mut self, position: Position, now: Instant) -> Option<String> {
        let azimuth = position.azimuth_degrees();
        let quarter = (azimuth / 90.0).round() as i32;
        let beyond = azimuth - 90.0 * f64::from(quarter);
        let quarter = quarter.rem_euclid(4);
        // A busy machine may leave positions out: it may be there, or just have been.
        let passed = self
            .last
            .replace((quarter, beyond))
            .is_some_and(|(last, before)| last == quarter && before * beyond < 0.0);
        let is_near = beyond.abs() < NEAR_QUARTER || passed;
        let due = self.said.as_ref().is_none_or(|said| {
            let another = is_near && said.quarter != quarter;
            another || now.duration_since(said.at) >= SAY_EVERY
        });
        due.then(|| {
            self.said = Some(Said { quarter, at: now });
            describe(position)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(azimuth_degrees: f64) -> Position {
        let (sin, cos) = azimuth_degrees.to_radians().sin_cos();
        Position::new(cos, sin, 0.0)
    }

    #[test]
    fn a_turn_is_told_quarter_by_quarter() {
        let mut narrator = Narrator::default();
        let start = Instant::now();
        // A turn and a half in 7.2 s a turn, from the front to the left first.
        let told: Vec<String> = (0..650)
            .filter_map(|n| {
                let seconds = f64::from(n) / 60.0;
                let now = start + Duration::from_secs_f64(seconds);
                narrator.line(at(seconds * 50.0), now)
            })
            .collect();
        let turn = ["in front, 0", "left, 90", "behind, 180", "right, 90"];
        let expected: Vec<String> = turn
            .iter()
            .chain(&turn[..3])
            .map(|quarter| format!("{quarter} degrees"))
            .collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn a_quarter_is_told_although_no_position_is_near_it() {
        let mut narrator = Narrator::default();
        let now = Instant::now();
        let told: Vec<String> = (0..24)
            .filter_map(|n| narrator.line(at(5.0 + 20.0 * f64::from(n)), now))
            .collect();
        let expected = [
            "in front, 5",
            "left, 105",
            "behind, 175",
            "right, 75",
            "in front, 5",
        ];
        let expected = expected.map(|quarter| format!("{quarter} degrees"));
        assert_eq!(told[..5], expected);
    }

    #[test]
    fn what_moves_elsewhere_is_told_now_and_then() {
        let mut narrator = Narrator::default();
        let start = Instant::now();
        let told = |narrator: &mut Narrator, seconds, azimuth| {
            narrator.line(at(azimuth), start + Duration::from_secs(seconds))
        };
        let first = told(&mut narrator, 0, -45.0);
        assert_eq!(first.as_deref(), Some("front right, 45 degrees"));
        assert_eq!(told(&mut narrator, 1, -50.0), None);
        let later = told(&mut narrator, 5, -135.0);
        assert_eq!(later.as_deref(), Some("back right, 135 degrees"));
        let jumped = told(&mut narrator, 6, 92.0);
        assert_eq!(jumped.as_deref(), Some("left, 90 degrees"));
    }
}
