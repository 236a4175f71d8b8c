//! One file a command, each a few lines around calls of the domain.

mod check;
mod checkout;
mod customers;
mod demo;
mod doctor;
mod key;
pub(crate) mod merchant;

use crate::cli::{self, Cli, Command};
use crate::options::Config;
use crate::{serve, terminal};

/// The command line names nothing, or more than one thing: exit code 2.
#[derive(Debug)]
pub(crate) struct Usage(String);

impl std::fmt::Display for Usage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// Runs the command.
pub(crate) async fn run(cli: &Cli, config: &Config) -> anyhow::Result<()> {
    match &cli.command {
        Command::Demo => demo::run(config).await,
        Command::Serve => {
            let server = serve::prepare(config).await?;
            terminal::print(format_args!("kassa is ready at {}", server.address));
            server.run().await
        }
        Command::Merchant(command) => merchant::run(command, config, cli.json).await,
        Command::Key(command) => key::run(command, config, cli.json).await,
        Command::Checkout(command) => checkout::run(command, config, cli.json).await,
        Command::Customers(command) => customers::run(command, config, cli.json).await,
        Command::Config(cli::Config::Show) => {
            if cli.json {
                terminal::print(config.to_json());
            } else {
                terminal::print(config.to_text().trim_end());
            }
            Ok(())
        }
        Command::Doctor => doctor::run(config, cli.json).await,
        Command::Db(command) => check::run(command, config, cli.json).await,
    }
}
