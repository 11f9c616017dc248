//! `binaurald position`: ask or tell a server from the shell.

use std::sync::Arc;

use serde::Serialize;

use crate::cli::{PositionAction, PositionArgs, PositionClientArgs, PositionSetArgs};
use crate::config::{DEFAULT_POLL_HZ, client};
use crate::geometry::check_coordinates;
use crate::position::{
    CallError, ClientConfig, Counters, Link, Poller, check_answer, line_of, quoted_after,
};

use super::printer::{Printer, Reader, print_line};
use super::{Failure, shutdown};

/// Does what `args` says.
///
/// # Errors
/// When an option cannot be used, or the server gives no good answer.
pub async fn position(args: &PositionArgs) -> Result<(), Failure> {
    match &args.action {
        PositionAction::Get(client) => get(client).await,
        PositionAction::Watch(watch_args) => {
            watch(&watch_args.client, watch_args.poll.poll_hz).await
        }
        PositionAction::Set(set_args) => set(set_args).await,
    }
}

async fn get(args: &PositionClientArgs) -> Result<(), Failure> {
    let config = config(args, DEFAULT_POLL_HZ)?;
    let answer = Link::new(&config)
        .ask()
        .await
        .map_err(|error| no_answer(&config, &error))?;
    let position = check_answer(&answer).map_err(|error| {
        Failure::runtime(format!("{} gives no position: {error}", config.server))
    })?;
    print_line(&show(position, &answer.msg, args.json)?)?;
    Ok(())
}

async fn watch(args: &PositionClientArgs, poll_hz: f64) -> Result<(), Failure> {
    let config = config(args, poll_hz)?;
    let shutdown = shutdown::on_signals()?;
    let mut printer = Printer::start();
    let mut poller = Poller::new(&config, Arc::new(Counters::default()));
    let watching = async {
        loop {
            let answer = tokio::select! {
                poll = poller.poll() => poll.answer,
                ended = printer.ended() => return ended.map(drop),
            };
            if let Some(answer) = answer {
                let line = show(answer.position, &answer.msg, args.json)?;
                if printer.print(line).await? == Reader::Gone {
                    return Ok(());
                }
            }
        }
    };
    tokio::select! {
        result = watching => result,
        () = shutdown.cancelled() => Ok(()),
    }
}

async fn set(args: &PositionSetArgs) -> Result<(), Failure> {
    let config = config(&args.client, DEFAULT_POLL_HZ)?;
    let position = [args.x, args.y, args.z];
    check_coordinates(position.map(f64::from))
        .map_err(|error| Failure::usage(format!("position set: {error}")))?;
    let answer = Link::new(&config)
        .publish(position)
        .await
        .map_err(|error| no_answer(&config, &error))?;
    if answer.status != 0 {
        return Err(Failure::runtime(format!(
            "{} refuses the position: status is {}, not 0{}",
            config.server,
            answer.status,
            quoted_after(&answer.msg)
        )));
    }
    if args.client.json {
        print_line(&json(&Published {
            status: answer.status,
            msg: &answer.msg,
        })?)?;
    } else if !answer.msg.is_empty() {
        print_line(&line_of(&answer.msg))?;
    }
    Ok(())
}

fn config(args: &PositionClientArgs, poll_hz: f64) -> Result<ClientConfig, Failure> {
    client(&args.server, poll_hz).map_err(Failure::usage)
}

fn no_answer(config: &ClientConfig, error: &CallError) -> Failure {
    let way_out = error.way_out().map(|hint| format!("; {hint}"));
    let way_out = way_out.unwrap_or_default();
    Failure::runtime(format!("{}: {error}{way_out}", config.server))
}

/// A good answer as `--json` shows it.
#[derive(Serialize)]
struct Shown<'a> {
    x: f32,
    y: f32,
    z: f32,
    status: i32,
    msg: &'a str,
}

/// The answer to a publication as `--json` shows it.
#[derive(Serialize)]
struct Published<'a> {
    status: i32,
    msg: &'a str,
}

fn show([x, y, z]: [f32; 3], msg: &str, as_json: bool) -> Result<String, Failure> {
    if as_json {
        json(&Shown {
            x,
            y,
            z,
            status: 0,
            msg,
        })
    } else {
        Ok(format!("{x:.6} {y:.6} {z:.6}"))
    }
}

fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(Failure::runtime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_shown_with_six_decimals_or_as_one_json_object() {
        let position = [-1.0, 0.1, 1e6];
        assert_eq!(
            show(position, "", false).unwrap(),
            "-1.000000 0.100000 1000000.000000"
        );
        assert_eq!(
            show(position, "a \"b\"", true).unwrap(),
            r#"{"x":-1.0,"y":0.1,"z":1000000.0,"status":0,"msg":"a \"b\""}"#
        );
    }
}
