//! `kassa customers list|find|show|renew-link`.

use domain::customers::{self, Customer};
use domain::instruments::{self, Instrument};
use domain::merchants::Merchant;
use domain::{App, Error, Id, Scope, Tx};
use serde_json::{Value, json};

use super::find::{self, Found};
use super::{Usage, table_of};
use crate::cli::{self, Whose};
use crate::open;
use crate::options::Config;
use crate::served;
use crate::terminal;

/// Customers of one address that are shown of each merchant and mode.
const FOUND_MAX: i64 = 100;
const AT: &str = "%Y-%m-%dT%H:%M:%SZ";

pub(super) async fn run(command: &cli::Customers, config: &Config, as_json: bool) -> anyhow::Result<()> {
    match command {
        cli::Customers::List { whose, limit } => {
            let app = open::installation(config).await?.app;
            let limit = i64::from(*limit);
            let newest = move |tx: &mut Tx<'_>, scope| customers::newest(tx, scope, None, limit, 0);
            list(&app, whose, "customers", as_json, newest).await
        }
        cli::Customers::Find { email, whose } => {
            let app = open::installation(config).await?.app;
            let email = email.clone();
            let hint = if email.contains('@') { "" } else { "; give the whole address" };
            let none = format!("customer has the e-mail address {email}{hint}");
            list(&app, whose, &none, as_json, move |tx, scope| {
                customers::with_email(tx, scope, &email, FOUND_MAX, 0)
            })
            .await
        }
        cli::Customers::Show { id, whose } => {
            let named = Named::read(id)?;
            let app = open::installation(config).await?.app;
            show(&app, &named.find(&app, id, whose).await?, as_json).await
        }
        cli::Customers::RenewLink { id, whose } => {
            let named = Named::read(id)?;
            let opened = open::installation(config).await?;
            let app = &opened.app;
            renew_link(app, named.find(app, id, whose).await?, as_json).await?;
            served::tell(&opened, config).await;
            Ok(())
        }
    }
}

/// What a person wrote to name a customer.
#[derive(Clone, Copy)]
enum Named {
    Id(Id<Customer>),
    /// The integer that one API shows.
    Number(i64),
}

impl Named {
    fn read(text: &str) -> Result<Self, Usage> {
        let number = || text.parse().ok().map(Self::Number);
        let named = find::id(text, "cus_").map(Self::Id).or_else(number);
        named.ok_or_else(|| Usage(format!("`{text}` is not a customer id of any API")))
    }

    async fn find(self, app: &App, text: &str, whose: &Whose) -> anyhow::Result<Found<Customer>> {
        find::one(app, whose, &format!("customer {text}"), move |tx, scope| match self {
            Self::Id(id) => customers::get(tx, scope, id),
            Self::Number(number) => customers::by_number(tx, scope, number),
        })
        .await
    }
}

/// Prints the customers that `read` finds in the data of each merchant and mode; `none` says what was not found.
async fn list<F>(app: &App, whose: &Whose, none: &str, as_json: bool, read: F) -> anyhow::Result<()>
where
    F: Fn(&mut Tx<'_>, Scope) -> Result<Vec<Customer>, Error> + Clone + Send + 'static,
{
    let mut rows = Vec::new();
    for (merchant, scope) in find::places(app, whose).await? {
        let read = read.clone();
        let page = app.read(move |tx| read(tx, scope)).await?;
        for customer in page {
            if as_json {
                terminal::json(&in_json(&merchant, scope, &customer));
            } else {
                let Customer { details, created_at, .. } = &customer;
                rows.push(vec![
                    customer.id.hex(),
                    details.name.as_ref().map(|name| name.whole().to_owned()).unwrap_or_default(),
                    details.email.as_ref().map(|email| email.as_str().to_owned()).unwrap_or_default(),
                    created_at.format("%Y-%m-%d"),
                    scope.mode.as_str().to_owned(),
                    merchant.name.clone(),
                ]);
            }
        }
    }
    if !as_json {
        terminal::list(none, &["CUSTOMER", "NAME", "E-MAIL", "SINCE", "MODE", "MERCHANT"], &rows);
    }
    Ok(())
}

async fn show(app: &App, found: &Found<Customer>, as_json: bool) -> anyhow::Result<()> {
    let Found { merchant, scope, object: customer } = found;
    let inside = customer.clone();
    let cards = app.read(move |tx| instruments::of_customer(tx, &inside)).await?;
    let mut shown = in_json(merchant, *scope, customer);
    if as_json {
        shown["cards"] = cards.iter().map(card).collect();
        terminal::json(&shown);
    } else {
        shown["cards"] = cards.iter().map(face).collect::<Vec<_>>().join(", ").into();
        table_of(&shown);
    }
    Ok(())
}

fn in_json(merchant: &Merchant, scope: Scope, customer: &Customer) -> Value {
    let details = &customer.details;
    json!({
        "customer_id": customer.id.hex(), "number": customer.number(), "merchant": merchant.name,
        "mode": scope.mode.as_str(), "name": details.name.as_ref().map(|name| name.whole()),
        "email": details.email.as_ref().map(|email| email.as_str()), "phone": details.phone.as_ref().map(|phone| phone.text()),
        "street": details.address_line(), "city": details.city, "state": details.state, "zip_code": details.zip_code,
        "country": details.country, "currency": details.currency, "tax_number": details.tax_number,
        "company_number": details.company_number, "created_at": customer.created_at.format(AT),
        "changed_at": customer.changed_at.format(AT),
    })
}

fn card(card: &Instrument) -> Value {
    json!({
        "card_id": card.id.hex(), "brand": card.face.brand, "last_four": card.face.last_four,
        "expires": expires(card), "default": card.is_default,
    })
}

fn face(card: &Instrument) -> String {
    format!("{} …{} until {}", card.face.brand, card.face.last_four, expires(card))
}

fn expires(card: &Instrument) -> String {
    format!("{:02}/{}", card.expiry.month, card.expiry.year)
}

async fn renew_link(app: &App, found: Found<Customer>, as_json: bool) -> anyhow::Result<()> {
    let Found { merchant, scope, object: Customer { id, .. } } = found;
    let renewed = app.write(move |tx| {
        let customer = customers::get(tx, scope, id)?;
        customers::renew_link(tx, scope, &customer)
    });
    let renewed = renewed.await?;
    let link = renewed.page(app, scope);
    if as_json {
        terminal::json(&json!({
            "customer_id": renewed.id.hex(), "merchant": merchant.name, "mode": scope.mode.as_str(), "link": link,
        }));
    } else {
        terminal::print(link);
    }
    Ok(())
}
