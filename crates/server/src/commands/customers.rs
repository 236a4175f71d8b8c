//! `kassa customers renew-link`.

use std::fmt::Write as _;

use domain::customers::{self, Customer};
use domain::merchants::Merchant;
use domain::{App, Error, Id, Mode, Scope};
use serde_json::json;

use super::Usage;
use super::merchant::all;
use crate::cli;
use crate::open;
use crate::options::Config;
use crate::terminal;

pub(super) async fn run(command: &cli::Customers, config: &Config, as_json: bool) -> anyhow::Result<()> {
    let cli::Customers::RenewLink { id, merchant, mode } = command;
    let named = Named::read(id).ok_or_else(|| Usage(format!("`{id}` is no customer's id in any API")))?;
    let app = open::installation(config).await?.app;
    let found = find(&app, named, merchant.as_deref(), mode.map(Mode::from)).await?;
    let (merchant, scope, customer) = match found.as_slice() {
        [] => anyhow::bail!("there is no customer {id}"),
        [one] => one,
        several => return Err(choose(id, several).into()),
    };
    let (scope, customer) = (*scope, customer.id);
    let renewed = app.write(move |tx| {
        let customer = customers::get(tx, scope, customer)?;
        customers::renew_link(tx, scope, &customer)
    });
    let renewed = renewed.await?;
    let link = renewed.page(&app, scope);
    if as_json {
        terminal::print(json!({
            "customer_id": renewed.id.hex(), "merchant": merchant.name, "mode": scope.mode.as_str(), "link": link,
        }));
    } else {
        terminal::print(link);
    }
    Ok(())
}

/// What a person wrote to name a customer.
#[derive(Clone, Copy)]
enum Named {
    Id(Id<Customer>),
    /// The integer that one API shows.
    Number(i64),
}

impl Named {
    /// Reads hex digits, a UUID, a prefix and base32, or an integer.
    fn read(text: &str) -> Option<Self> {
        if let Some(letters) = text.strip_prefix("cus_") {
            let bytes = data_encoding::BASE32_NOPAD.decode(letters.to_ascii_uppercase().as_bytes()).ok()?;
            return bytes.try_into().ok().map(|bytes| Self::Id(Id::from_bytes(bytes)));
        }
        let is_uuid = text.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
        let hex = if is_uuid { text.replace('-', "") } else { text.to_owned() };
        Id::from_hex(&hex).map(Self::Id).or_else(|| text.parse().ok().map(Self::Number))
    }
}

/// An id is unique for a merchant and a mode, so each of them is asked that the person did not rule out.
async fn find(
    app: &App,
    named: Named,
    merchant: Option<&str>,
    mode: Option<Mode>,
) -> anyhow::Result<Vec<(Merchant, Scope, Customer)>> {
    let mut found = Vec::new();
    let merchants = all(app).await?;
    if let Some(name) = merchant
        && !merchants.iter().any(|merchant| merchant.name == name)
    {
        anyhow::bail!("there is no merchant {name}");
    }
    for merchant in merchants.into_iter().filter(|known| merchant.is_none_or(|name| known.name == name)) {
        for mode in
            [Mode::Test, Mode::Live].into_iter().filter(|known| mode.is_none_or(|mode| *known == mode))
        {
            let scope = Scope { merchant: merchant.key, mode };
            let read = app.read(move |tx| match named {
                Named::Id(id) => customers::get(tx, scope, id),
                Named::Number(number) => customers::by_number(tx, scope, number),
            });
            match read.await {
                Ok(customer) => found.push((merchant.clone(), scope, customer)),
                Err(Error::NotFound(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(found)
}

fn choose(id: &str, found: &[(Merchant, Scope, Customer)]) -> Usage {
    let mut text = format!("{id} is more than one customer; add one of these:");
    for (merchant, scope, _) in found {
        // Writing into a text cannot fail.
        let _ = write!(text, "\n  --merchant {:?} --mode {}", merchant.name, scope.mode.as_str());
    }
    Usage(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_in_every_spelling() {
        let hex = "0192f3a4b5c64d7e8f90a1b2c3d4e5f6";
        for text in [
            hex,
            "0192F3A4B5C64D7E8F90A1B2C3D4E5F6",
            "0192f3a4-b5c6-4d7e-8f90-a1b2c3d4e5f6",
            "cus_agjphjfvyzgx5d4qugzmhvhf6y",
        ] {
            assert!(matches!(Named::read(text), Some(Named::Id(id)) if id.hex() == hex), "{text}");
        }
        assert!(matches!(Named::read("1001"), Some(Named::Number(1001))));
        for text in
            ["", "cus_", "ada@example.com", "0192f3a4-b5c64d7e8f90a1b2c3d4e5f6", "99999999999999999999"]
        {
            assert!(Named::read(text).is_none(), "{text}");
        }
    }
}
