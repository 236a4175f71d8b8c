//! A payment's page under an id of its own, for an API that tells the two apart.

use db::Tx;

use crate::app::App;
use crate::checked::Kind;
use crate::kernel::caller::{Caller, Scope};
use crate::kernel::error::{Error, Missing};
use crate::kernel::time::Drawn;
use crate::payments::{Payment, checkout, rows};

statements! {
    INSERT = "insert into hosted_pages (merchant, mode, public_id, kind, payment, request)
        values ($1, $2, $3, $4, $5, $6)";
    BY_ID = "select h.payment, case when c.deleted_at is null then h.request end
        from hosted_pages h join payments p on p.id = h.payment left join customers c on c.id = p.customer
        where h.merchant = $1 and h.mode = $2 and h.public_id = $3 and h.kind = $4";
    KEYS = "select id from hosted_pages where id >= $1 order by id limit 500";
    ONE = "select merchant, mode, public_id, kind, payment, request from hosted_pages where id = $1";
}

/// A page's own id: as many bytes as make twelve letters of base64.
pub type PageId = [u8; 9];

/// A page and its payment.
pub struct Hosted {
    /// Its id.
    pub id: PageId,
    /// The payment that is made on it.
    pub payment: Payment,
    /// What the client said of it: JSON that is echoed to it.
    pub request: Option<String>,
}

/// A page's row.
type Stored = (Scope, PageId, String, i64, Option<String>);

pub(crate) const CHECKED: Kind = Kind {
    name: "hosted page",
    keys: &KEYS,
    look: |tx, _, key, found| found.read(tx.optional::<Stored>(&ONE, &[key.into()])).map(|_| ()),
};

/// Makes a payment with a page. `kind` is the API's word for such a page.
pub fn create(
    tx: &mut Tx<'_>,
    app: &App,
    caller: &Caller,
    new: &checkout::NewCheckout,
    (kind, request): (&'static str, &str),
    drawn: &Drawn,
) -> Result<Hosted, Error> {
    let (payment, _) = checkout::create(tx, app, caller, new, drawn)?;
    let mut id = [0; 9];
    id.copy_from_slice(&drawn.action[..9]);
    let Scope { merchant, mode } = caller.scope;
    tx.send(
        &INSERT,
        &[merchant.into(), mode.into(), (&id).into(), kind.into(), payment.key.into(), request.into()],
    )?;
    Ok(Hosted { id, payment, request: Some(request.to_owned()) })
}

/// Reads a page of a kind.
pub fn get(tx: &mut Tx<'_>, scope: Scope, id: PageId, kind: &'static str) -> Result<Hosted, Error> {
    let values = [scope.merchant.into(), scope.mode.into(), (&id).into(), kind.into()];
    let found: Option<(i64, Option<String>)> = tx.optional(&BY_ID, &values)?;
    let (payment, request) = found.ok_or(Error::NotFound(Missing::Page))?;
    Ok(Hosted { id, payment: rows::by_key(tx, payment)?, request })
}
