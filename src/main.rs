//! The `binaurald` binary: parse, start logging, run, exit code.

use std::io::IsTerminal;
use std::panic;
use std::process::ExitCode;

use binaurald::app::log::Log;
use binaurald::app::{self, Failure};
use binaurald::cli::{Cli, Command, LogFormat, Settings};
use tokio::runtime::Builder;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;

fn main() -> ExitCode {
    let log = Log::start(std::io::stderr());
    app::fault::on_panic(log.clone());
    let (cli, settings) = match Cli::read() {
        Ok(read) => read,
        Err(end) => return end_early(&end, &log),
    };
    start_logging(levels(&cli), cli.log_format, log.clone());
    if let Command::Bench(args) = &cli.command {
        app::bench::prepare(args);
    }
    for warning in settings.warnings() {
        tracing::warn!("{warning}");
    }
    let result = panic::catch_unwind(|| run(&cli.command, &settings));
    let code = match result {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => {
            // Behind the lines that came before it.
            log.error(&settings.explain(&failure.to_string()));
            ExitCode::from(failure.exit_code())
        }
        // The hook has said what it was.
        Err(_) => ExitCode::FAILURE,
    };
    Log::flush(&log);
    code
}

/// Ends with help that was asked for, or with what is wrong with the usage or the configuration.
fn end_early(end: &clap::Error, log: &Log) -> ExitCode {
    if !end.use_stderr() || !Cli::asks_for_json() {
        end.exit();
    }
    start_logging(
        Targets::new().with_default(Level::ERROR),
        LogFormat::Json,
        log.clone(),
    );
    let text = end.render().to_string();
    log.error(text.trim_start_matches("error: ").trim_end());
    Log::flush(log);
    ExitCode::from(2)
}

/// What is said, and what is not.
fn levels(cli: &Cli) -> Targets {
    // What the libraries say is for who looks for a fault in them.
    let (ours, others) = match (cli.verbose, cli.quiet) {
        (0, 0) => (Level::INFO, Level::WARN),
        (0, 1) => (Level::WARN, Level::WARN),
        (0, _) => (Level::ERROR, Level::ERROR),
        (1, _) => (Level::DEBUG, Level::WARN),
        _ => (Level::TRACE, Level::DEBUG),
    };
    // Peers can make these warn as often as they like.
    let protocols = if others == Level::WARN {
        Level::ERROR
    } else {
        others
    };
    Targets::new()
        .with_default(others)
        .with_targets(["h2", "hyper", "tonic", "rustls"].map(|name| (name, protocols)))
        .with_target("binaurald", ours)
}

fn start_logging(levels: Targets, format: LogFormat, log: Log) {
    if format == LogFormat::Json {
        log.speak_json();
    }
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(move || log.clone())
        .with_target(false)
        // It would report a standard error that nobody reads there, and panic.
        .log_internal_errors(false);
    let lines = match format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines
            .with_ansi(false)
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .boxed(),
    };
    tracing_subscriber::registry()
        .with(lines.with_filter(levels))
        .init();
}

fn run(command: &Command, settings: &Settings) -> Result<(), Failure> {
    let mut runtime = match command {
        // Without threads beside it, whose memory would count against its limit.
        Command::ReadSofa(_) => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    let runtime = runtime.enable_all().build().map_err(Failure::runtime)?;
    let result = runtime.block_on(async {
        match command {
            Command::Demo(args) => app::demo::demo(args).await,
            Command::Run(args) => Box::pin(app::run::run(args, settings)).await,
            Command::Serve(args) => app::serve::serve(args).await,
            Command::Render(args) => app::render::render(args).await,
            Command::Devices(args) => app::devices::devices(args),
            Command::Bench(args) => app::bench::bench(args).await,
            Command::Head(args) => app::head::head(args),
            Command::Measure(args) => app::measure::measure(args),
            Command::Position(args) => app::position::position(args).await,
            Command::Status(args) => app::status::status(args).await,
            Command::Completions(args) => app::manual::completions(args),
            Command::Man(args) => app::manual::man(args),
            Command::ReadSofa(args) => app::sofa::read(args),
        }
    });
    // A thread that hangs in an audio library must not hold up the end.
    runtime.shutdown_background();
    result
}
