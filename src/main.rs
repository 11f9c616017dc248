//! The `binaurald` binary: parse, start logging, run, exit code.

use std::io::{IsTerminal, Write};
use std::panic;
use std::process::ExitCode;

use binaurald::app::log::Log;
use binaurald::app::{self, Failure};
use binaurald::cli::{Cli, Command};
use tokio::runtime::Builder;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;

fn main() -> ExitCode {
    let mut log = Log::start(std::io::stderr());
    app::fault::on_panic(log.clone());
    let (cli, settings) = Cli::read();
    start_logging(&cli, log.clone());
    if let Command::Bench(args) = &cli.command {
        app::bench::prepare(args);
    }
    for warning in settings.warnings() {
        tracing::warn!("{warning}");
    }
    let result = panic::catch_unwind(|| run(&cli.command));
    let code = match result {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => {
            // Behind the lines that came before it; it never fails.
            let error = settings.explain(&failure.to_string());
            let _ = log.write_all(format!("error: {error}\n").as_bytes());
            ExitCode::from(failure.exit_code())
        }
        // The hook has said what it was.
        Err(_) => ExitCode::FAILURE,
    };
    Log::flush(&log);
    code
}

fn start_logging(cli: &Cli, log: Log) {
    // What the libraries say is for who looks for a fault in them.
    let (ours, others) = match (cli.verbose, cli.quiet) {
        (0, 0) => (Level::INFO, Level::WARN),
        (0, 1) => (Level::WARN, Level::WARN),
        (0, _) => (Level::ERROR, Level::ERROR),
        (1, _) => (Level::DEBUG, Level::WARN),
        _ => (Level::TRACE, Level::DEBUG),
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(move || log.clone())
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        // It would report a standard error that nobody reads there, and panic.
        .log_internal_errors(false);
    let levels = Targets::new()
        .with_default(others)
        .with_target("binaurald", ours);
    tracing_subscriber::registry()
        .with(lines.with_filter(levels))
        .init();
}

fn run(command: &Command) -> Result<(), Failure> {
    let mut runtime = match command {
        // Without threads beside it, whose memory would count against its limit.
        Command::ReadSofa(_) => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    let runtime = runtime.enable_all().build().map_err(Failure::runtime)?;
    let result = runtime.block_on(async {
        match command {
            Command::Demo(args) => app::demo::demo(args).await,
            Command::Run(args) => app::run::run(args).await,
            Command::Serve(args) => app::serve::serve(args).await,
            Command::Render(args) => app::render::render(args).await,
            Command::Devices(args) => app::devices::devices(args),
            Command::Bench(args) => app::bench::bench(args).await,
            Command::Head(args) => app::head::head(args),
            Command::Measure(args) => app::measure::measure(args),
            Command::Position(args) => app::position::position(args).await,
            Command::ReadSofa(args) => app::sofa::read(args),
        }
    });
    // A thread that hangs in an audio library must not hold up the end.
    runtime.shutdown_background();
    result
}
