//! The command line.

mod tips;
mod values;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use dialects::Setting;
use domain::{Mode, UnknownFields};

pub(crate) use self::values::{Statuses, duration_or_off};
use self::values::{
    api_names, hours, key_id, mode, rows, smallest_units, status_words, statuses, switch, unknown_fields,
};
use crate::options::Options;
use crate::terminal;

/// Customers, saved cards and checkouts of a company, behind the wire formats of its payment vendors.
#[derive(Parser)]
#[command(name = "kassa", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) options: Options,
    /// Print data as JSON; lists print one object a line
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// Reads the command line; a wrong use of it ends the process with its words and the exit code 2.
pub(crate) fn parse() -> Cli {
    let mut command = Cli::command();
    // Only then does each command have the shared options, which its own help is not to repeat.
    command.build();
    let mut command = command.mut_subcommands(without_shared_options);
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let matches = match command.try_get_matches_from_mut(&arguments) {
        Ok(matches) => matches,
        Err(error) => {
            // The words quote what is wrong, which must not steer a terminal.
            let harmless = arguments.iter().map(|argument| terminal::plain(&argument.to_string_lossy()));
            let error = command.try_get_matches_from_mut(harmless).err().unwrap_or(error);
            tips::add(error, &arguments).exit()
        }
    };
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    if cli.json && matches!(cli.command, Command::Demo { .. } | Command::Serve) {
        let why = "--json is for commands that print data; a server prints one line when it is ready";
        Cli::command().error(ErrorKind::ArgumentConflict, why).exit();
    }
    if let Command::Key(Key::Create { api, scope, .. }) = &cli.command
        && let Some(why) = wrong_scope(api, scope)
    {
        Cli::command().error(ErrorKind::InvalidValue, why).exit();
    }
    cli
}

/// Has the help of a command show what is its own, and say where the rest is.
fn without_shared_options(command: clap::Command) -> clap::Command {
    let prints_no_data = ["serve", "demo"].contains(&command.get_name());
    let hidden = |option: Arg| {
        let is_shared = option.is_global_set() && (option.get_id() != "json" || prints_no_data);
        match (is_shared, option.is_global_set()) {
            (true, _) => option.hide(true),
            (false, true) => option.help_heading(None::<&str>),
            (false, false) => option,
        }
    };
    let command =
        command.mut_args(hidden).after_help("Shared options, such as --data and --listen: kassa --help");
    command.mut_subcommands(without_shared_options)
}

/// What is wrong with the scopes of a credential of an API.
fn wrong_scope(api: &str, scopes: &[String]) -> Option<String> {
    let known = dialects::by_name(api).and_then(|dialect| dialect.scoped.as_ref());
    let known = known.map_or(&[][..], |scoped| scoped.words);
    let wrong = scopes.iter().find(|scope| !known.contains(&scope.as_str()))?;
    Some(match known {
        [] => format!("the API {api} has no scopes"),
        known => format!("{wrong:?} is not a scope of {api}; it has {}", known.join(", ")),
    })
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve on loopback with a made-up company, and print what to try
    Demo {
        /// Print the credentials and lines of every API
        #[arg(long)]
        all: bool,
    },
    /// Serve; creates and migrates the database where needed
    Serve,
    /// Merchants: the companies that use this installation, and their settings
    #[command(subcommand, alias = "merchants")]
    Merchant(Merchant),
    /// API credentials
    #[command(subcommand, alias = "keys")]
    Key(Key),
    /// Hosted checkouts
    #[command(subcommand, alias = "checkouts")]
    Checkout(Checkout),
    /// Payments
    #[command(subcommand, alias = "payment")]
    Payments(Payments),
    /// Customers
    #[command(subcommand, alias = "customer")]
    Customers(Customers),
    /// The configuration in effect
    #[command(subcommand)]
    Config(Config),
    /// Check configuration, database, keys, clock and disk, and say what to fix
    Doctor,
    /// The database
    #[command(subcommand)]
    Db(Db),
}

impl Command {
    /// Whether its log is wanted where nobody asked for one: that of a server, and of money that is moved by hand.
    pub(crate) const fn tells_the_log(&self) -> bool {
        match self {
            Self::Demo { .. } | Self::Serve => true,
            Self::Payments(command) => match command {
                Payments::Capture { .. } | Payments::Refund { .. } | Payments::Void { .. } => true,
                Payments::List { .. } | Payments::Show { .. } => false,
            },
            Self::Merchant(_)
            | Self::Key(_)
            | Self::Checkout(_)
            | Self::Customers(_)
            | Self::Config(_)
            | Self::Doctor
            | Self::Db(_) => false,
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum Merchant {
    /// Make a merchant, or add a set of credentials to the one of that name
    Create {
        /// The merchant's name, as buyers read it; upper and lower case are told apart
        #[arg(long)]
        name: String,
        /// Which data the credentials reach
        #[arg(long, value_parser = mode())]
        mode: Mode,
        /// Print lines that set the credentials in a shell: eval "$(kassa merchant create … --env)"
        #[arg(long, conflicts_with = "json")]
        env: bool,
    },
    /// List merchants, and which of their settings are not the default; --json prints all of them
    List,
    /// Change a merchant's settings, and print all that are then in effect
    Set {
        /// The merchant's name
        name: String,
        #[command(flatten)]
        settings: SettingsChange,
    },
}

/// What is changed of a merchant's settings.
#[derive(Args, Clone, Default, PartialEq, Eq)]
pub(crate) struct SettingsChange {
    /// Whether pages offer to save cards [default: on]
    #[arg(long, value_name = "on|off", value_parser = switch())]
    pub(crate) save_cards: Option<bool>,
    /// Whether a saved card needs its security code on checkouts; on payment links it always does
    /// [default: off]
    #[arg(long, value_name = "on|off", value_parser = switch())]
    pub(crate) saved_card_code: Option<bool>,
    /// Origin that may show live checkouts in a frame, such as https://shop.example; repeat it for several, and
    /// "none" allows nobody. In test mode every origin may [default: none]
    #[arg(long, value_name = "URL")]
    pub(crate) frame_origin: Vec<String>,
    /// How long an unpaid checkout stays open, such as 24h; "off" keeps it open for ever [default: off]
    #[arg(long, value_name = "DURATION")]
    pub(crate) checkout_life: Option<String>,
    /// What to do with a request that has a misspelt field, in both modes. Until this is set, requests with test keys are refused, and live ones only get a warning
    #[arg(long, value_name = "refuse|warn", value_parser = unknown_fields())]
    pub(crate) unknown_fields: Option<UnknownFields>,
    #[command(flatten)]
    pub(crate) of_apis: OfApis,
}

/// What is changed of the settings that single APIs have: the API's name, the setting and its value.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct OfApis(pub(crate) Vec<(&'static str, &'static str, String)>);

/// The settings that single APIs have, with the name of the API.
pub(crate) fn settings_of_apis() -> impl Iterator<Item = (&'static str, &'static Setting)> {
    dialects::DIALECTS
        .iter()
        .flat_map(|dialect| dialect.settings.iter().map(|setting| (dialect.name, setting)))
}

impl Args for OfApis {
    fn augment_args(command: clap::Command) -> clap::Command {
        settings_of_apis().fold(command, |command, (_, setting)| {
            let takes = |text: &str| match setting.takes(text) {
                true => Ok(text.to_owned()),
                false => Err(format!("it takes {}", setting.choices())),
            };
            let flag = Arg::new(setting.name).long(setting.name).value_name(setting.choices());
            command.arg(flag.help(setting.help).value_parser(takes))
        })
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for OfApis {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = settings_of_apis().filter_map(|(api, setting)| {
            let value = matches.get_one::<String>(setting.name)?;
            Some((api, setting.name, value.clone()))
        });
        Ok(Self(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[derive(Subcommand)]
pub(crate) enum Key {
    /// List credentials: id, API, mode, last four, state
    List {
        /// Only this merchant's
        #[arg(long, value_name = "NAME")]
        merchant: Option<String>,
    },
    /// Make a credential; its secret is shown once
    Create {
        /// The merchant's name
        #[arg(long, value_name = "NAME")]
        merchant: String,
        /// Which data it reaches
        #[arg(long, value_parser = mode())]
        mode: Mode,
        /// Which API it is for
        #[arg(long, value_parser = api_names())]
        api: String,
        /// Scope that an OAuth client may request; repeat it for several. With it, only that client is made
        /// [default: everything]
        #[arg(long, value_name = "SCOPE")]
        scope: Vec<String>,
    },
    /// Make a successor; the old credential keeps working for a while
    Roll {
        /// The credential's id
        #[arg(value_parser = key_id)]
        id: i64,
        /// How many hours the old one keeps working
        #[arg(long, value_name = "HOURS", default_value_t = 24, allow_negative_numbers = true,
            value_parser = hours)]
        overlap: u16,
    },
    /// End a credential at once
    Revoke {
        /// The credential's id
        #[arg(value_parser = key_id)]
        id: i64,
    },
}

/// Whose something is. An id alone may be that of several.
#[derive(Args, Clone, Default)]
pub(crate) struct Whose {
    /// Only this merchant's
    #[arg(long, value_name = "NAME")]
    pub(crate) merchant: Option<String>,
    /// Only this data
    #[arg(long, value_parser = mode())]
    pub(crate) mode: Option<Mode>,
}

#[derive(Subcommand)]
pub(crate) enum Checkout {
    /// Make a checkout, and print the address at which the buyer pays
    Create(NewCheckout),
    /// Withdraw an unpaid checkout
    Revoke {
        /// The id of the checkout or of its payment link, as any API writes it
        id: String,
        #[command(flatten)]
        whose: Whose,
    },
}

/// What is to be paid, and by whom.
#[derive(Args)]
pub(crate) struct NewCheckout {
    /// The merchant's name
    #[arg(long, value_name = "NAME")]
    pub(crate) merchant: String,
    /// Which data it is in
    #[arg(long, value_parser = mode())]
    pub(crate) mode: Mode,
    /// How much, in the currency's smallest unit: 24900 is 249.00 SEK
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = smallest_units)]
    pub(crate) amount: i64,
    /// Three letters of ISO 4217
    #[arg(long, value_name = "CODE")]
    pub(crate) currency: String,
    /// What the buyer reads: lists of payments call it the description
    #[arg(long, value_name = "TEXT")]
    pub(crate) message: String,
    /// Your own name of the payment, such as an order number
    #[arg(long, value_name = "TEXT")]
    pub(crate) reference: Option<String>,
    /// The customer whose saved cards are offered, as any API writes the id
    #[arg(long, value_name = "ID")]
    pub(crate) customer: Option<String>,
    /// Where the buyer goes after paying [default: nowhere]
    #[arg(long, value_name = "URL")]
    pub(crate) return_url: Option<String>,
    /// Where the buyer goes after giving up [default: as after paying]
    #[arg(long, value_name = "URL")]
    pub(crate) cancel_url: Option<String>,
    /// Only reserve the amount, to be captured later
    #[arg(long)]
    pub(crate) no_capture: bool,
}

#[derive(Subcommand)]
pub(crate) enum Payments {
    /// The newest payments
    List {
        #[command(flatten)]
        whose: Whose,
        /// How many
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = rows::<{ u16::MAX }>)]
        limit: u16,
        #[arg(long, value_name = "STATUS", value_parser = statuses, help = format!(
            "Only payments with this status: {}; or an API's own word for it, such as paid", status_words()
        ))]
        status: Option<Statuses>,
        /// Only payments with this reference: the merchant's own name of the payment
        #[arg(long, value_name = "TEXT")]
        reference: Option<String>,
    },
    /// One payment, and what was done with it
    Show {
        /// The id of the payment or of its page, as any API writes it
        id: String,
        #[command(flatten)]
        whose: Whose,
    },
    /// Capture what is reserved, or a part; the rest stays reserved. Each call captures again
    ///
    /// The rest is not released, as it is by a capture through some APIs. Nothing holds a second call back: kassa payments
    /// show says what was done.
    Capture {
        /// The id of the payment or of its page, as any API writes it
        id: String,
        /// How much, in the currency's smallest unit [default: all that is reserved]
        #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = smallest_units)]
        amount: Option<i64>,
        /// Your own name of the capture, shown beside it
        #[arg(long, value_name = "TEXT")]
        reference: Option<String>,
        #[command(flatten)]
        whose: Whose,
    },
    /// Give back what was captured, or a part. Each call gives back again
    ///
    /// Nothing holds a second call back, as an idempotency key does at the APIs: kassa payments show says what was done.
    Refund {
        /// The id of the payment or of its page, as any API writes it
        id: String,
        /// How much, in the currency's smallest unit [default: all that was captured and not given back]
        #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = smallest_units)]
        amount: Option<i64>,
        /// Your own name of the refund, shown beside it
        #[arg(long, value_name = "TEXT")]
        reference: Option<String>,
        #[command(flatten)]
        whose: Whose,
    },
    /// Release all that is reserved and not captured
    Void {
        /// The id of the payment or of its page, as any API writes it
        id: String,
        /// Your own name of the release, shown beside it
        #[arg(long, value_name = "TEXT")]
        reference: Option<String>,
        #[command(flatten)]
        whose: Whose,
    },
}

#[derive(Subcommand)]
pub(crate) enum Customers {
    /// The newest customers
    List {
        #[command(flatten)]
        whose: Whose,
        /// How many of each merchant and mode
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = rows::<100>)]
        limit: u16,
    },
    /// The customers who have one e-mail address
    Find {
        /// The whole address, in any spelling of upper and lower case
        email: String,
        #[command(flatten)]
        whose: Whose,
    },
    /// One customer, with the saved cards
    Show {
        /// The customer's id, as any API writes it
        id: String,
        #[command(flatten)]
        whose: Whose,
    },
    /// Give a customer's page another link; the old links stop working at once
    RenewLink {
        /// The customer's id, as any API writes it
        id: String,
        #[command(flatten)]
        whose: Whose,
    },
}

#[derive(Subcommand)]
pub(crate) enum Config {
    /// Print each value and where it came from; secrets are masked
    Show,
}

#[derive(Subcommand)]
pub(crate) enum Db {
    /// Create the schema or bring it up to date; not while a server runs
    Migrate,
    /// Check integrity, foreign keys, every row, the index of the search, the sums of money and the sealed numbers
    Check,
}
