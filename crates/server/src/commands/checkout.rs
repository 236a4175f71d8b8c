//! `kassa checkout revoke`.

use anyhow::Context;
use domain::payments::{Payment, checkout};
use domain::{Error, Id, Mode, Scope, payments};
use serde_json::json;

use super::merchant::all;
use crate::cli;
use crate::open;
use crate::options::Config;
use crate::terminal;

pub(super) async fn run(command: &cli::Checkout, config: &Config, as_json: bool) -> anyhow::Result<()> {
    let cli::Checkout::Revoke { id } = command;
    let id = Id::<Payment>::from_hex(id).context("a checkout's id has 32 hex digits")?;
    let app = open::installation(config).await?.app;
    // An id is unique for a merchant and a mode, so each of them is asked.
    for merchant in all(&app).await? {
        for mode in [Mode::Test, Mode::Live] {
            let scope = Scope { merchant: merchant.key, mode };
            let drawn = app.draw();
            let revoked = app.write(move |tx| {
                let mut payment = payments::get(tx, scope, id)?;
                checkout::revoke(tx, &mut payment, &drawn)
            });
            match revoked.await {
                Err(Error::NotFound(_)) => {}
                Err(error) => return Err(error.into()),
                Ok(()) if as_json => {
                    terminal::print(json!({ "checkout_id": id.hex(), "status": "revoked" }));
                    return Ok(());
                }
                Ok(()) => {
                    terminal::print(format_args!("revoked {}", id.hex()));
                    return Ok(());
                }
            }
        }
    }
    anyhow::bail!("there is no checkout {}", id.hex())
}
