//! `kassa demo`: a server with a made-up company, and lines to paste.

use std::path::{Path, PathBuf};

use acquirers::simulator::TEST_CARDS;
use anyhow::{Context, bail};
use dialects::{DIALECTS, Dialect};
use domain::customers::{self, Customer, Details, EmailRule};
use domain::money::{Currency, Money};
use domain::payments::{ID_IN_ADDRESS, Payment};
use domain::text::{Email, Name};
use domain::{Mode, Scope, installation};
use serde_json::Value;

use super::{checkout, find, merchant};
use crate::open;
use crate::options::Config;
use crate::serve::{self, Server};
use crate::terminal;

const COMPANY: &str = "Demo Shop";
const EMAIL: &str = "grace@example.com";

pub(super) async fn run(config: &Config, all: bool) -> anyhow::Result<()> {
    if !config.listen.ip().is_loopback() {
        bail!("demo serves on loopback only; use kassa serve for {}", config.listen);
    }
    // Data that was given a place is kept; otherwise it goes with the demo.
    let temporary = if config.is_default("data") { Some(Folder::new()?) } else { None };
    let config = match &temporary {
        Some(folder) => &config.with_data(folder.0.clone()),
        None => config,
    };
    let looked = async || refuse_what_is_used(config).await;
    let server = serve::prepare(config, installation::Server::Trial, looked).await?;
    if server.opened.db.is_new() {
        server.opened.app.note_trial().await?;
    }
    terminal::print(format_args!("kassa is ready at {}\n", server.address));
    introduce(&server, config, temporary.as_ref().map(|folder| folder.0.as_path()), all).await?;
    server.run().await
}

/// A demo adds a company and its buyer, so it needs an installation of its own, or one that a demo made. Looks and changes nothing,
/// and brings no older one up to date.
async fn refuse_what_is_used(config: &Config) -> anyhow::Result<()> {
    let app = match open::installation(config).await {
        Ok(opened) => opened.app,
        Err(error) if error.is::<open::Absent>() => return Ok(()),
        Err(error) => return Err(error),
    };
    let merchants = find::merchants(&app).await?;
    // A demo of an older Kassa left no note.
    let is_of_older_demo = !merchants.is_empty() && merchants.iter().all(|merchant| merchant.name == COMPANY);
    if is_of_older_demo || app.read(installation::is_trial).await? {
        return Ok(());
    }
    bail!(
        "no demo made the Kassa in {}, and one would add {COMPANY} to it; give the demo another folder with --data, or none, \
         and use kassa serve for what is there",
        open::place(config)
    )
}

async fn introduce(
    server: &Server,
    config: &Config,
    temporary: Option<&Path>,
    all: bool,
) -> anyhow::Result<()> {
    let app = &server.opened.app;
    let made = merchant::create(&server.opened, COMPANY, Mode::Test).await?;
    let (payment, customer_page) = open_checkout(server).await?;
    let address = payment.page_address(app);
    terminal::print(format_args!(
        "A checkout to be paid in a browser, with 4242 4242 4242 4242, any future date and any three digits:\n\n{address}\n"
    ));
    // Other commands look for the data in a folder of their own unless they are told.
    let of_this_data = match &config.database_url {
        None => format!(" --data {}", terminal::quoted(&config.data.display().to_string())),
        Some(_) => String::new(),
    };
    let program = terminal::program();
    // The page at `/` leads to it.
    let merchant_create = format!("{program} merchant create --name NAME --mode test{of_this_data}");
    let _ = server.demo.set(pages::Demo { checkout: address.clone(), merchant_create });
    let shown = |dialect: &Dialect| {
        let set = made[dialect.name.replace('-', "_")].as_object().into_iter().flatten();
        let text = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
        set.filter_map(text).collect()
    };
    let (lines, shared) = if all { (DIALECTS.len(), DIALECTS.len()) } else { (1, 1) };
    for dialect in &DIALECTS[..lines] {
        terminal::print((dialect.curl)(&shown(dialect), payment.id));
    }
    terminal::print("One customer, four APIs: the buyer of that checkout, read through another one:\n");
    let others = DIALECTS.iter().filter_map(|dialect| Some((dialect.find?)(&shown(dialect), EMAIL)));
    others.take(shared).for_each(|line| terminal::print(format_args!("{line}\n")));
    terminal::print(format_args!("The customer's own page, where cards are kept:\n\n{customer_page}\n"));
    terminal::print(format_args!("What each API can do:\n\n{}/docs\n", app.public_url()));
    if !all {
        terminal::print(
            "The curl commands of the other APIs: stop this one with Ctrl-C, and start the demo again with --all, as in\n\n\
             cargo run --release -- demo --all\n",
        );
    }
    terminal::print(
        "Test cards, with any future date and any security code (three digits, American Express four). Any other number\n\
         without a typing mistake is approved:\n",
    );
    let cards: Vec<_> =
        if all { TEST_CARDS.iter().collect() } else { FIRST_CARDS.iter().filter_map(card).collect() };
    for (number, outcome) in cards {
        terminal::print(format_args!("  {number:<16}  {outcome}"));
    }
    if all {
        terminal::print(DECLINING_SUMS);
    } else {
        terminal::print("\nThe checkout's page lists all of them.");
    }
    if !of_this_data.is_empty() {
        terminal::print(format_args!(
            "\nThe payments as an operator sees them:\n\n{program} payments list{of_this_data}"
        ));
    }
    if let Some(folder) = temporary {
        terminal::print(format_args!(
            "\nThe data is in {} and is deleted when the demo ends; --data DIR keeps it.",
            terminal::plain(&folder.display().to_string())
        ));
    }
    // What came first has left the screen by now.
    terminal::print(format_args!(
        "\nBegin with the checkout, in a browser:\n\n{address}\n\nStop with Ctrl-C."
    ));
    Ok(())
}

/// The cards that somebody tries first: approved, declined for three reasons, and confirmed at the bank.
const FIRST_CARDS: [&str; 5] =
    ["4242424242424242", "4000000000000002", "4000000000009995", "4000000000000069", "4000000000003220"];

/// A card of the simulator, by its number.
fn card(number: &&str) -> Option<&'static (&'static str, &'static str)> {
    TEST_CARDS.iter().find(|(known, _)| known == number)
}

/// What is declined beside the cards, where a request says so. No page declines by the sum.
const DECLINING_SUMS: &str = "\nCheckout.com's POST /payments and POST /payments/{id}/authorizations also decline amounts that end in 05, \
    12, 14, 51, 54, 57,\n59, 61 or 62, with any card. Its hosted payments and payment links do not.";

/// One customer with one open checkout: that, and the customer's page.
async fn open_checkout(server: &Server) -> anyhow::Result<(Payment, String)> {
    let app = &server.opened.app;
    let scope = Scope { merchant: find::merchant(app, COMPANY).await?.key, mode: Mode::Test };
    let name = Name::from_parts("Grace".to_owned(), "Hopper".to_owned());
    let email = Email::parse("email", EMAIL)?;
    let details = Details { name: Some(name), email: Some(email), ..Details::default() };
    let drawn = app.draw();
    let customer: Customer =
        app.write(move |tx| customers::create(tx, scope, &details, EmailRule::Shared, &drawn)).await?;
    // There is no shop here, so the buyer comes back to this server's own page.
    let back = format!("{}/?checkout={ID_IN_ADDRESS}", app.public_url());
    let money = Money::new(24_900, Currency::parse("SEK").context("SEK is a currency")?)?;
    let new = checkout::plain(money, "Winter boots, size 38".to_owned(), back, Some(customer.id));
    let payment = checkout::make(app, COMPANY, Mode::Test, new).await?;
    Ok((payment, customer.page(app, scope)))
}

/// A folder of our own that is deleted with the demo.
struct Folder(PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        let mut random = [0; 8];
        domain::time::Random::fill(&domain::time::SystemRandom, &mut random);
        let name = format!("kassa-demo-{}", data_encoding::HEXLOWER.encode(&random));
        let path = std::env::temp_dir().join(name);
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .with_context(|| format!("cannot make the folder {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed lies in the system's folder for such things.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
