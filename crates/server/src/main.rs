//! The binary `kassa`: reads the command line, runs one command, turns its end into an exit code.
//!
//! 0 is done, 1 is failed, 2 is a wrong use of the command line or the configuration.

mod below;
mod bins;
mod cli;
mod commands;
mod docs;
mod exposed;
mod front;
mod hosts;
mod jobs;
mod log_lines;
mod open;
mod options;
mod portions;
mod process;
mod proxies;
mod ready;
mod root_key;
mod serve;
mod served;
mod telemetry;
mod terminal;
mod text_file;

use std::process::ExitCode;
use std::time::Duration;

/// How long the threads have to end once the command has.
const LAST_MOMENT: Duration = Duration::from_millis(250);

fn main() -> ExitCode {
    let cli = cli::parse();
    // Before anything secret is read, the root key in the environment included.
    let root_key = match process::harden()
        .and_then(|()| root_key::leave_environment())
        .and_then(|()| root_key::inherited())
    {
        Ok(key) => key,
        Err(error) => {
            terminal::complain(&error);
            return ExitCode::FAILURE;
        }
    };
    let config = match options::Config::load(&cli.options, root_key.as_deref().map(String::as_str)) {
        Ok(config) => config,
        Err(error) => {
            terminal::complain(&error);
            return ExitCode::from(2);
        }
    };
    // Who runs a command reads what it prints. Only what moves money has its line in a log, whoever moved it.
    let is_quiet = config.is_default("log_level") && !cli.command.tells_the_log();
    let log_level = if is_quiet { tracing::Level::WARN } else { config.log_level };
    let lines = match log_lines::Lines::start() {
        Ok(lines) => lines,
        Err(error) => {
            terminal::complain(&anyhow::Error::from(error).context("cannot start the thread of the log"));
            return ExitCode::FAILURE;
        }
    };
    telemetry::init(log_level, lines.clone());
    for words in options::Config::unknown_variables() {
        tracing::warn!("{words}");
    }
    let ended = start(&cli, &config);
    let is_read = lines.flush();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where nobody reads, the words would keep the process.
            if is_read {
                terminal::complain(&error);
            }
            if error.is::<commands::Usage>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

fn start(cli: &cli::Cli, config: &options::Config) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .on_thread_start(db::keep_snapshots_on_this_thread)
        .on_thread_park(db::before_sleep)
        .build()?;
    let end = runtime.block_on(async {
        process::ignore_file_size_signal()?;
        commands::run(cli, config).await
    });
    // What still waits for a disk or another process is not waited for.
    runtime.shutdown_timeout(LAST_MOMENT);
    end
}
