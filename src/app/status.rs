//! `binaurald status`: asks a running daemon how it is, and prints that on one screen.

mod ask;
mod screen;

use std::io::{IsTerminal, stdout};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::cli::StatusArgs;

use super::printer::{Printer, Reader, print_line};
use super::{Failure, off_runtime, shutdown};
use ask::{Address, Answer, NoAnswer};

/// How often `--watch` asks.
const EVERY: Duration = Duration::from_millis(500);

/// What makes a terminal forget what it shows, and begin at its top; what it does at the end of
/// each line, and below the last: nothing of what was there before is left.
const CLEAR: &str = "\x1b[2J";
const TOP: &str = "\x1b[H";
const END_OF_LINE: &str = "\x1b[K";
const BELOW: &str = "\x1b[J";

/// Does what `args` says.
///
/// # Errors
/// When the address cannot be used; without `--watch` also when no daemon answers.
pub async fn status(args: &StatusArgs) -> Result<(), Failure> {
    let address = Address::new(&args.metrics).map_err(Failure::usage)?;
    if args.watch {
        return watch(address, args.json).await;
    }
    let answer = asked(&address).await?;
    let answer = answer.map_err(|error| Failure::runtime(address.told(&error)))?;
    print_line(&shown(&answer, args.json))?;
    Ok(())
}

/// Asks on a thread where that holds up nobody.
async fn asked(address: &Address) -> Result<Result<Answer, NoAnswer>, Failure> {
    let address = address.clone();
    off_runtime(move || address.ask()).await
}

fn shown(answer: &Answer, as_json: bool) -> String {
    if as_json {
        answer.json.clone()
    } else {
        screen::screen(&answer.status)
    }
}

/// Prints again and again, until interrupted or nobody reads it.
async fn watch(address: Address, as_json: bool) -> Result<(), Failure> {
    let shutdown = shutdown::on_signals()?;
    let mut printer = Printer::start();
    let mut pages = Pages::new(as_json);
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let watching = async {
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                ended = printer.ended() => return ended.map(drop),
            }
            let page = match asked(&address).await? {
                Ok(answer) => Some(pages.of_answer(&answer)),
                Err(error) => pages.of_silence(&address.told(&error)),
            };
            if let Some(page) = page
                && printer.print(page).await? == Reader::Gone
            {
                return Ok(());
            }
        }
    };
    tokio::select! {
        result = watching => result,
        () = shutdown.cancelled() => Ok(()),
    }
}

/// What `--watch` prints, one page after the other.
struct Pages {
    as_json: bool,
    /// Each in the place of the one before.
    in_place: bool,
    first: bool,
    /// Since when nothing has answered, and why.
    silent: Option<(Instant, String)>,
}

impl Pages {
    fn new(as_json: bool) -> Self {
        let is_dumb = std::env::var_os("TERM").is_none_or(|name| name == "dumb");
        Self {
            as_json,
            in_place: !as_json && stdout().is_terminal() && !is_dumb,
            first: true,
            silent: None,
        }
    }

    fn of_answer(&mut self, answer: &Answer) -> String {
        self.silent = None;
        let page = shown(answer, self.as_json);
        if self.as_json { page } else { self.page(&page) }
    }

    /// That nothing answers: in place each time, and else once for each reason. JSON has no words for
    /// it, so that then it is logged.
    fn of_silence(&mut self, reason: &str) -> Option<String> {
        let since = self
            .silent
            .as_ref()
            .map_or_else(Instant::now, |(at, _)| *at);
        let told = self.silent.replace((since, reason.to_owned()));
        let is_news = told.is_none_or(|(_, told)| told != reason);
        if self.in_place {
            let seconds = since.elapsed().as_secs();
            return Some(self.page(&format!("{reason}\n\nasking again, for {seconds} s now\n")));
        }
        if is_news && self.as_json {
            tracing::warn!("{reason}; asking again");
        }
        (is_news && !self.as_json).then(|| self.page(&format!("{reason}; asking again\n")))
    }

    /// A page as it is printed; its last line is ended by the printer.
    fn page(&mut self, text: &str) -> String {
        let is_first = std::mem::replace(&mut self.first, false);
        let text = text.trim_end();
        if !self.in_place {
            return format!("{text}\n");
        }
        let lines: Vec<String> = text
            .lines()
            .map(|line| format!("{line}{END_OF_LINE}"))
            .collect();
        let clear = if is_first { CLEAR } else { "" };
        format!("{clear}{TOP}{}{BELOW}", lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(as_json: bool, in_place: bool) -> Pages {
        Pages {
            as_json,
            in_place,
            first: true,
            silent: None,
        }
    }

    #[test]
    fn on_a_terminal_each_page_takes_the_place_of_the_one_before() {
        let mut pages = pages(false, true);
        assert_eq!(
            pages.page("one\ntwo\n"),
            "\x1b[2J\x1b[Hone\x1b[K\ntwo\x1b[K\x1b[J"
        );
        assert_eq!(pages.page("three\n"), "\x1b[Hthree\x1b[K\x1b[J");
        let away = pages.of_silence("nobody is there").expect("it is said");
        assert!(
            away.contains("nobody is there") && away.contains("for 0 s"),
            "{away}"
        );
        assert!(pages.of_silence("nobody is there").is_some());
    }

    #[test]
    fn elsewhere_pages_follow_each_other_and_silence_is_told_once_for_each_reason() {
        let mut pages = pages(false, false);
        assert_eq!(pages.page("one\n"), "one\n");
        let told = pages.of_silence("nobody is there");
        assert_eq!(told.as_deref(), Some("nobody is there; asking again\n"));
        assert_eq!(pages.of_silence("nobody is there"), None);
        assert!(pages.of_silence("it is starting").is_some());
    }

    #[test]
    fn among_json_there_are_no_words() {
        assert_eq!(pages(true, false).of_silence("nobody is there"), None);
    }
}
