//! The follower and the one-shot calls against Python servers.

use std::time::Duration;

use binaurald::position::{CallError, Event, Link, ServiceName, check_answer};
use tokio::time::Instant;

use crate::python::PythonServer;
use crate::support::{Follower, Log, config};

async fn follows_the_changes(service: &str, name: ServiceName) {
    let server = PythonServer::start(&["--service", service, "--degrees", "5"]);
    let mut follower = Follower::start(config(&server.address()));
    assert_eq!(follower.next().await, Event::Connected(name));
    let mut last = follower.next_position().await;
    for _ in 0..8 {
        let position @ [x, y, z] = follower.next_position().await;
        assert!((x.hypot(y) - 1.0).abs() < 1e-6 && z == 0.0, "{position:?}");
        let step = (last[0] * y - last[1] * x).asin().to_degrees();
        let steps = step / 5.0;
        assert!(
            steps > 0.5 && (steps - steps.round()).abs() < 1e-3,
            "{step} degrees from {last:?} to {position:?}"
        );
        last = position;
    }
    let (polls, positions) = (
        follower.counters.polls.get(),
        follower.counters.positions.get(),
    );
    assert!(
        polls >= 2 * positions,
        "{polls} polls, {positions} positions: equal answers were sent as positions"
    );
    assert_eq!(follower.counters.reconnects.get(), 0);
    follower.cancel.cancel();
    follower.task.await.unwrap();
}

#[tokio::test]
async fn it_follows_a_python_server() {
    follows_the_changes("PositionService", ServiceName::Contract).await;
}

#[tokio::test]
async fn it_follows_a_python_server_under_the_misprinted_name() {
    follows_the_changes("PositinService", ServiceName::Misprint).await;
}

#[tokio::test]
async fn it_asks_and_publishes_under_either_name() {
    for service in ["PositionService", "PositinService"] {
        let server = PythonServer::start(&["--service", service]);
        let config = config(&server.address());
        let mut link = Link::new(&config);
        assert_eq!(link.publish([2.0, -3.0, 0.5]).await.unwrap().msg, "thanks");
        let answer = link.ask().await.unwrap();
        assert_eq!(check_answer(&answer), Ok([2.0, -3.0, 0.5]));
        assert_eq!(answer.msg, "here");
        assert_eq!(link.service().to_string(), format!("posXYZ.{service}"));
    }
}

#[tokio::test]
async fn bad_answers_are_counted_and_told_and_the_last_good_one_stays() {
    let (log, _guard) = Log::start();
    let modes = "good,status,missing,nan,far,error,good,origin";
    let server = PythonServer::start(&["--modes", modes]);
    let mut follower = Follower::start(config(&server.address()));
    assert_eq!(
        follower.next().await,
        Event::Connected(ServiceName::Contract)
    );
    // Twice through the modes: of bad and equal answers there is never an event.
    for _ in 0..2 {
        assert_eq!(follower.next_position().await, [1.0, 0.0, 0.0]);
        assert_eq!(follower.next_position().await, [0.0, 0.0, 0.0]);
    }
    let rejected = &follower.counters.rejected;
    for (reason, count) in [
        ("status", &rejected.status),
        ("missing", &rejected.missing),
        ("not finite", &rejected.not_finite),
        ("too far", &rejected.too_far),
        ("failed", &rejected.failed),
    ] {
        assert!(count.get() >= 2, "{reason}: {}", count.get());
    }
    for told in [
        "status is -1, not 0 (the server says \"no tracker\")",
        "position is missing (the server says \"nothing\")",
        "position.x is NaN, not a finite number",
        "it answers Internal (the server says \"tracker on fire\")",
    ] {
        assert_eq!(log.lines(told).len(), 1, "{told}");
    }
    assert_eq!(log.lines("lost").len(), 0);
}

#[tokio::test]
async fn a_server_that_goes_and_comes_back_under_the_other_name_is_followed_within_a_second() {
    let (log, _guard) = Log::start();
    let server = PythonServer::start(&[]);
    let port = server.port.to_string();
    let mut follower = Follower::start(config(&server.address()));
    assert_eq!(
        follower.next().await,
        Event::Connected(ServiceName::Contract)
    );
    assert_eq!(follower.next_position().await, [1.0, 0.0, 0.0]);

    drop(server);
    let Event::Lost(_) = follower.next().await else {
        panic!("the loss was not told");
    };
    // Long enough away that the waits between the attempts have grown to their longest.
    let polls = follower.counters.polls.get();
    follower
        .wait_for(|counters| counters.polls.get() >= polls + 8)
        .await;

    let arguments = ["--port", &port, "--service", "PositinService"].map(String::from);
    let server = tokio::task::spawn_blocking(move || {
        PythonServer::start(&arguments.each_ref().map(String::as_str))
    })
    .await
    .unwrap();
    let back = Instant::now();
    assert_eq!(
        follower.next().await,
        Event::Connected(ServiceName::Misprint)
    );
    assert!(
        back.elapsed() < Duration::from_secs(1),
        "found again after {:?}",
        back.elapsed()
    );
    assert_eq!(follower.counters.reconnects.get(), 1);
    // The position is the same as before: nothing to tell, but that it is asked for again.
    let answers = follower.counters.answers.get();
    follower
        .wait_for(|counters| counters.answers.get() > answers + 5)
        .await;
    assert_eq!(follower.counters.positions.get(), 1);
    for part in [
        "waiting for http",
        "connected to http",
        "lost http",
        "is back after",
    ] {
        assert_eq!(log.lines(part).len(), 1, "{part}");
    }
    drop(server);
}

#[tokio::test]
async fn a_server_that_hangs_in_a_call_is_told_by_the_deadline() {
    let server = PythonServer::start(&["--modes", "good,never"]);
    let mut config = config(&server.address());
    let mut link = Link::new(&config);
    assert!(link.ask().await.is_ok());
    config.deadline = Duration::from_millis(100);
    let mut link = Link::new(&config);
    assert_eq!(link.ask().await, Err(CallError::Deadline(config.deadline)));
}
