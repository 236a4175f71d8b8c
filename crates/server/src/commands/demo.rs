//! `kassa demo`: a server with a made-up company, and lines to paste.

use std::path::{Path, PathBuf};

use acquirers::simulator::TEST_CARDS;
use anyhow::{Context, bail};
use dialects::Dialect;
use domain::customers::{self, Customer, Details, EmailRule};
use domain::merchants;
use domain::metadata::Metadata;
use domain::money::{Currency, Money};
use domain::payments::{Payment, checkout};
use domain::text::{Email, Name};
use domain::{Id, Mode};
use serde_json::Value;

use super::merchant;
use crate::options::Config;
use crate::serve::{self, Server};
use crate::terminal;

const COMPANY: &str = "Demo Shop";

pub(super) async fn run(config: &Config) -> anyhow::Result<()> {
    if !config.listen.ip().is_loopback() {
        bail!("demo serves on loopback only; use kassa serve for {}", config.listen);
    }
    // Data that was given a place is kept; otherwise it goes with the demo.
    let temporary = if config.is_default("data") { Some(Folder::new()?) } else { None };
    let config = match &temporary {
        Some(folder) => &config.with_data(folder.0.clone()),
        None => config,
    };
    let server = serve::prepare(config).await?;
    terminal::print(format_args!("kassa is ready at {}\n", server.address));
    introduce(&server, temporary.as_ref().map(|folder| folder.0.as_path())).await?;
    server.run().await
}

async fn introduce(server: &Server, temporary: Option<&Path>) -> anyhow::Result<()> {
    let made = merchant::create(&server.opened, COMPANY, Mode::Test).await?;
    let page = open_checkout(server, &made).await?;
    for dialect in dialects::DIALECTS {
        let set = made[dialect.name.replace('-', "_")].as_object().into_iter().flatten();
        let text = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
        terminal::print((dialect.curl)(&set.filter_map(text).collect(), page.id));
    }
    terminal::print(format_args!(
        "A checkout that is open already, to be paid in a browser:\n\n{}\n",
        page.address
    ));
    terminal::print(format_args!(
        "Its customer's own page, where cards are kept:\n\n{}\n",
        page.customer_page
    ));
    terminal::print(format_args!("What each API can do:\n\n{}/docs", server.opened.app.public_url()));
    terminal::print(
        "\nTest cards, with any future date and any security code (three digits, American Express four):\n",
    );
    for (number, outcome) in TEST_CARDS {
        terminal::print(format_args!("  {number:<16}  {outcome}"));
    }
    terminal::print(DECLINING_SUMS);
    match temporary {
        Some(folder) => terminal::print(format_args!(
            "\nThe data is in {} and goes when the demo ends; --data DIR keeps it. Stop with Ctrl-C.",
            folder.display()
        )),
        None => terminal::print("\nStop with Ctrl-C."),
    }
    Ok(())
}

/// What is declined beside the cards, by an API that says so.
const DECLINING_SUMS: &str = "\nCheckout.com's API declines sums that end in 05, 12, 14, 51, 54, 57, 59, 61 or 62 as well, with any card.";

struct OpenCheckout {
    id: Id<Payment>,
    address: String,
    customer_page: String,
}

/// One customer with one open checkout.
async fn open_checkout(server: &Server, made: &Value) -> anyhow::Result<OpenCheckout> {
    let app = &server.opened.app;
    let dialect = dialects::DIALECTS.first().context("there is no API")?;
    let caller = credentials(app, dialect.name, first_secret(made, dialect)?).await?;
    let email = Email::parse("email", "grace@example.com")?;
    let name = Name::from_parts("Grace".to_owned(), "Hopper".to_owned());
    let details = Details { name: Some(name), email: Some(email), ..Details::default() };
    let (drawn, scope) = (app.draw(), caller.scope);
    let customer: Customer =
        app.write(move |tx| customers::create(tx, scope, &details, EmailRule::Shared, &drawn)).await?;
    let customer_page = customer.page(app, scope);
    let new = checkout::Create {
        money: Money::new(24_900, Currency::parse("SEK").context("SEK is a currency")?)?,
        description: "Winter boots, size 38".to_owned(),
        reference: None,
        captures_itself: true,
        capture_at: None,
        may_grow: false,
        return_url: "https://shop.example/thanks".to_owned(),
        cancel_url: "https://shop.example/cart".to_owned(),
        failure_url: None,
        framed: false,
        offers_saving: true,
        customer: Some(customer.id),
        customer_named: true,
        asks_code: false,
        authenticates: false,
        metadata: Metadata::default(),
        extras: None,
        life: None,
        card: None,
    };
    let (drawn, inside) = (app.draw(), std::sync::Arc::clone(app));
    let (payment, _) = app.write(move |tx| checkout::create(tx, &inside, &caller, &new, &drawn)).await?;
    Ok(OpenCheckout { id: payment.id, address: payment.page_address(app), customer_page })
}

async fn credentials(
    app: &std::sync::Arc<domain::App>,
    api: &'static str,
    key: &str,
) -> anyhow::Result<domain::Caller> {
    Ok(merchants::credentials::authenticate(app, api, key, domain::Channel::Private).await?)
}

/// The first secret of a dialect's set, which stands after its address.
fn first_secret<'a>(made: &'a Value, dialect: &Dialect) -> anyhow::Result<&'a str> {
    let set = made[dialect.name.replace('-', "_")].as_object();
    let secret = set.and_then(|set| set.iter().find(|(name, _)| *name != merchant::BASE_URL)?.1.as_str());
    secret.with_context(|| format!("{} has no credential", dialect.name))
}

/// A folder of our own that goes with the demo.
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
