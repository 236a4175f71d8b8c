//! One file a command, each a few lines around calls of the domain.

mod check;
mod checkout;
mod customers;
mod demo;
mod doctor;
mod find;
mod key;
pub(crate) mod merchant;
mod payments;

use domain::installation;
use serde_json::Value;

use crate::cli::{self, Cli, Command};
use crate::options::Config;
use crate::{serve, terminal};

/// The command line names nothing, or more than one thing: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(String);

/// Runs the command.
pub(crate) async fn run(cli: &Cli, config: &Config) -> anyhow::Result<()> {
    match &cli.command {
        Command::Demo { all } => demo::run(config, *all).await,
        Command::Serve => {
            let server = serve::prepare(config, installation::Server::Real, async || Ok(())).await?;
            terminal::print(format_args!("kassa is ready at {}", server.address));
            server.run().await
        }
        Command::Merchant(command) => merchant::run(command, config, cli.json).await,
        Command::Key(command) => key::run(command, config, cli.json).await,
        Command::Checkout(command) => checkout::run(command, config, cli.json).await,
        Command::Payments(command) => payments::run(command, config, cli.json).await,
        Command::Customers(command) => customers::run(command, config, cli.json).await,
        Command::Config(cli::Config::Show) => {
            if cli.json {
                terminal::json(&config.to_json());
            } else {
                terminal::print(config.to_text().trim_end());
            }
            Ok(())
        }
        Command::Doctor => doctor::run(config, cli.json).await,
        Command::Db(command) => check::run(command, config, cli.json).await,
    }
}

fn print(object: &Value, as_json: bool) {
    if as_json { terminal::json(object) } else { table_of(object) }
}

/// Prints an object for people: a line for each value that says something.
fn table_of(object: &Value) {
    let said = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => Some(value.to_string()),
    };
    let fields = object.as_object().into_iter().flatten();
    let row = |(name, value): (&String, &Value)| Some(vec![name.replace('_', " "), said(value)?]);
    terminal::table(&[], &fields.filter_map(row).collect::<Vec<_>>());
}
