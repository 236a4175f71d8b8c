//! Objects that a person names on the command line. An id is unique for a merchant and a mode, so it is looked for in the
//! data of each that the person did not rule out; of more than one nobody guesses which is meant.

use std::fmt::Write as _;

use dialects::DIALECTS;
use domain::merchants::{self, Merchant};
use domain::payments::hosted::{self, PageId};
use domain::payments::{self, Payment};
use domain::{App, Error, Id, Mode, Scope, Tx};

use super::Usage;
use crate::cli::Whose;
use crate::terminal;

/// An object with whose it is.
pub(super) struct Found<T> {
    pub(super) merchant: Merchant,
    pub(super) scope: Scope,
    pub(super) object: T,
}

/// Reads hex digits, a UUID, or a prefix and base32: an id in the spelling of any API.
pub(super) fn id<T>(text: &str, prefix: &str) -> Option<Id<T>> {
    if let Some(letters) = text.strip_prefix(prefix) {
        let bytes = data_encoding::BASE32_NOPAD.decode(letters.to_ascii_uppercase().as_bytes()).ok()?;
        return bytes.try_into().ok().map(Id::from_bytes);
    }
    let is_uuid = text.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    let hex = if is_uuid { text.replace('-', "") } else { text.to_owned() };
    Id::from_hex(&hex)
}

/// What a person wrote to name a payment: its id, or that of the page where it is paid.
#[derive(Clone, Copy)]
pub(super) enum Named {
    Payment(Id<Payment>),
    Page(PageId, &'static str),
}

impl Named {
    pub(super) fn read(text: &str) -> Result<Self, Usage> {
        let page = || DIALECTS.iter().filter_map(|dialect| dialect.page).find_map(|read| read(text));
        let page = || page().map(|(id, kind)| Self::Page(id, kind));
        let named = id(text, "pay_").map(Self::Payment).or_else(page);
        named.ok_or_else(|| {
            Usage(format!(
                "`{text}` is no id of a payment, as any API writes it; by a reference they are found with kassa payments \
                 list --reference {}",
                terminal::quoted(text)
            ))
        })
    }

    /// The one payment that is meant.
    pub(super) async fn find(self, app: &App, text: &str, whose: &Whose) -> anyhow::Result<Found<Payment>> {
        one(app, whose, &format!("payment {text}"), move |tx, scope| match self {
            Self::Payment(id) => payments::get(tx, scope, id),
            Self::Page(id, kind) => Ok(hosted::get(tx, scope, id, kind)?.payment),
        })
        .await
    }
}

/// All merchants.
pub(super) async fn merchants(app: &App) -> anyhow::Result<Vec<Merchant>> {
    let mut found: Vec<Merchant> = Vec::new();
    loop {
        let after = found.last().map_or(0, |merchant| merchant.key);
        let page = app.read(move |tx| merchants::list(tx, after)).await?;
        let Some(last) = page.last() else { return Ok(found) };
        if last.key <= after {
            // Or a damaged table would be read for ever.
            anyhow::bail!("the table of merchants is not in its order; kassa db check says what is wrong");
        }
        found.extend(page);
    }
}

/// The merchant of a name.
pub(super) async fn merchant(app: &App, name: &str) -> anyhow::Result<Merchant> {
    let wanted = name.to_owned();
    match app.read(move |tx| merchants::by_name(tx, &wanted)).await {
        Err(Error::NotFound(_)) => {
            let known = merchants(app).await?;
            let meant = namesake(&known, name).or_else(|| misspelt(&known, name));
            let meant = meant.map(|meant| format!("; there is {}", terminal::quoted(&meant)));
            let (name, meant) = (terminal::quoted(name), meant.unwrap_or_default());
            anyhow::bail!("there is no merchant {name}{meant}; kassa merchant list prints all")
        }
        found => Ok(found?),
    }
}

/// The name of another merchant that differs only in upper and lower case, or in spaces.
pub(super) fn namesake(merchants: &[Merchant], name: &str) -> Option<String> {
    let folded = |name: &str| name.split_whitespace().collect::<String>().to_lowercase();
    let is_alike = |known: &&Merchant| known.name != name && folded(&known.name) == folded(name);
    merchants.iter().find(is_alike).map(|known| known.name.clone())
}

/// The name of a merchant that differs in a letter or two.
fn misspelt(merchants: &[Merchant], name: &str) -> Option<String> {
    let distance = |known: &Merchant| strsim::osa_distance(&known.name.to_lowercase(), &name.to_lowercase());
    let nearest =
        merchants.iter().map(|known| (distance(known), known)).min_by_key(|(distance, _)| *distance);
    let (distance, known) = nearest?;
    (distance <= 2 && distance < name.chars().count()).then(|| known.name.clone())
}

/// The data of each merchant and mode that was not ruled out.
pub(super) async fn places(app: &App, whose: &Whose) -> anyhow::Result<Vec<(Merchant, Scope)>> {
    let merchants = match &whose.merchant {
        Some(name) => vec![merchant(app, name).await?],
        None => merchants(app).await?,
    };
    let modes = match whose.mode {
        Some(mode) => vec![mode],
        None => vec![Mode::Test, Mode::Live],
    };
    let of = |merchant: Merchant| {
        let scope = |mode: &Mode| Scope { merchant: merchant.key, mode: *mode };
        modes.iter().map(scope).map(|scope| (merchant.clone(), scope)).collect::<Vec<_>>()
    };
    Ok(merchants.into_iter().flat_map(of).collect())
}

/// The one object that `read` finds. `what` names it in errors.
pub(super) async fn one<T, F>(app: &App, whose: &Whose, what: &str, read: F) -> anyhow::Result<Found<T>>
where
    T: Send + 'static,
    F: Fn(&mut Tx<'_>, Scope) -> Result<T, Error> + Clone + Send + 'static,
{
    let mut found = Vec::new();
    for (merchant, scope) in places(app, whose).await? {
        let read = read.clone();
        match app.read(move |tx| read(tx, scope)).await {
            Ok(object) => found.push(Found { merchant, scope, object }),
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    match found.pop() {
        None => anyhow::bail!("there is no {what}"),
        Some(one) if found.is_empty() => Ok(one),
        Some(last) => {
            found.push(last);
            Err(choose(what, &found).into())
        }
    }
}

fn choose<T>(what: &str, found: &[Found<T>]) -> Usage {
    let mut text = format!("{what} is more than one; add one of these:");
    for Found { merchant, scope, .. } in found {
        // Writing into a text cannot fail.
        let (name, mode) = (terminal::quoted(&merchant.name), scope.mode.as_str());
        let _ = write!(text, "\n  --merchant {name} --mode {mode}");
    }
    Usage(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_in_every_spelling() {
        let hex = "0192f3a4b5c64d7e8f90a1b2c3d4e5f6";
        let read = |text| id::<()>(text, "cus_").map(|id| id.hex());
        for text in [
            hex,
            "0192F3A4B5C64D7E8F90A1B2C3D4E5F6",
            "0192f3a4-b5c6-4d7e-8f90-a1b2c3d4e5f6",
            "cus_agjphjfvyzgx5d4qugzmhvhf6y",
        ] {
            assert_eq!(read(text).as_deref(), Some(hex), "{text}");
        }
        for text in ["", "cus_", "1001", "ada@example.com", "0192f3a4-b5c64d7e8f90a1b2c3d4e5f6"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
