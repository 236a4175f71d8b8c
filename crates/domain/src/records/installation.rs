//! What an installation remembers of its server for the commands that run beside it. It is no configuration: whatever is
//! configured comes first.

use db::Tx;

use crate::app::App;
use crate::kernel::error::Error;

statements! {
    READ = "select value from settings where name = 'public_url'";
    WRITE = "insert into settings (name, value) values ('public_url', $1)
        on conflict (name) do update set value = excluded.value";
}

/// Where clients reach the server that was started last, or none.
pub fn public_url(tx: &mut Tx<'_>) -> Result<Option<String>, Error> {
    Ok(tx.optional(&READ, &[])?)
}

impl App {
    /// Notes where clients reach this server. Links and base URLs that commands print begin with it.
    pub async fn remember_public_url(&self) -> Result<(), Error> {
        if self.read(public_url).await?.as_deref() == Some(self.public_url()) {
            return Ok(());
        }
        let url = self.public_url().to_owned();
        self.write(move |tx| Ok(tx.execute(&WRITE, &[(&url).into()]).map(|_| ())?)).await
    }
}
