//! What an installation remembers of its server for the commands that run beside it. It is no configuration: whatever is
//! configured comes first.

use db::Tx;

use crate::app::App;
use crate::kernel::error::Error;

statements! {
    READ = "select value from settings where name = 'public_url'";
    WRITE = "insert into settings (name, value) values ('public_url', $1)
        on conflict (name) do update set value = excluded.value";
    IS_TRIAL = "select value from settings where name = 'trial'";
    BECOME_TRIAL = "insert into settings (name, value) values ('trial', 'yes') on conflict (name) do nothing";
}

/// Where clients reach the server that was started last, or none.
pub fn public_url(tx: &mut Tx<'_>) -> Result<Option<String>, Error> {
    Ok(tx.optional(&READ, &[])?)
}

/// Whether it was made to be tried.
pub fn is_trial(tx: &mut Tx<'_>) -> Result<bool, Error> {
    Ok(tx.optional::<String>(&IS_TRIAL, &[])?.is_some())
}

/// Who says where clients reach a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// One for good.
    Real,
    /// One that is tried: it is remembered where no other one is.
    Trial,
}

impl App {
    /// Notes that this installation was made to be tried, and is nobody's who serves.
    pub async fn note_trial(&self) -> Result<(), Error> {
        self.write(|tx| Ok(tx.execute(&BECOME_TRIAL, &[]).map(|_| ())?)).await
    }

    /// Notes where clients reach this server. Links and base URLs that commands print begin with it.
    pub async fn remember_public_url(&self, server: Server) -> Result<(), Error> {
        let (before, now) = (self.read_to_write(public_url).await?, self.public_url());
        match (before.as_deref(), server) {
            (Some(before), _) if before == now => return Ok(()),
            (Some(before), Server::Real) => {
                tracing::warn!(
                    before,
                    now,
                    "the public URL changed: links that commands print begin with the new one now"
                );
            }
            (Some(before), Server::Trial) => {
                tracing::warn!(
                    before,
                    now,
                    "this server has another public URL; links that commands print begin as before"
                );
                return Ok(());
            }
            (None, Server::Real | Server::Trial) => {}
        }
        let url = self.public_url().to_owned();
        self.write(move |tx| Ok(tx.execute(&WRITE, &[(&url).into()]).map(|_| ())?)).await
    }
}
