//! Categories: how a point of sale sorts its products.

use db::Tx;

use crate::checked::Kind;
use crate::kernel::caller::Scope;
use crate::kernel::error::{Error, Missing};
use crate::kernel::id::Id;
use crate::kernel::time::{Drawn, Time};
use crate::records::event::{self, Event};

/// Categories of one page of a list.
pub const PAGE_MAX: i64 = 100;

// `created_at >= 0` holds for all rows, and is how a list says that it is one: PostgreSQL has its index for no other text.
statements! {
    INSERT = "insert into categories (merchant, mode, public_id, name, sort_order, is_active, created_at)
        values ($1, $2, $3, $4, $5, $6, $7) returning id";
    LIST = Category::SELECT, "where merchant = $1 and mode = $2 and created_at >= 0
        order by sort_order, id limit $3 offset $4";
    LIST_OF = Category::SELECT, "where merchant = $1 and mode = $2 and is_active = $3 and created_at >= 0
        order by sort_order, id limit $4 offset $5";
    BY_NUMBER = Category::SELECT, "where id = $1 and merchant = $2 and mode = $3";
    DELETE = "delete from categories where id = $1";
    KEYS = "select id from categories where id >= $1 order by id limit 500";
    ONE = "select merchant, mode, id, public_id, name, sort_order, is_active, created_at from categories where id = $1";
}

/// A category.
#[derive(Debug, Clone)]
pub struct Category {
    /// The integer that the API shows as its id.
    pub number: i64,
    id: Id<Category>,
    /// Its name; several may have the same.
    pub name: String,
    /// Its place among the others.
    pub sort_order: i64,
    /// Whether it is in use.
    pub is_active: bool,
    /// When it was made.
    pub created_at: Time,
}

db::row! {
    Category from "categories" {
        number: "id", id: "public_id", name, sort_order, is_active, created_at,
    }
}

pub(crate) const CHECKED: Kind = Kind {
    name: "category",
    keys: &KEYS,
    look: |tx, _, key, found| found.read(tx.optional::<(Scope, Category)>(&ONE, &[key.into()])).map(|_| ()),
};

/// What a category is made of.
#[derive(Debug, Clone)]
pub struct NewCategory {
    pub name: String,
    pub sort_order: i64,
    pub is_active: bool,
}

/// Makes a category.
pub fn create(tx: &mut Tx<'_>, scope: Scope, new: &NewCategory, drawn: &Drawn) -> Result<Category, Error> {
    let id = Id::<Category>::new(drawn.now, drawn.object);
    let values = [
        scope.merchant.into(),
        scope.mode.into(),
        (&id).into(),
        (&new.name).into(),
        new.sort_order.into(),
        new.is_active.into(),
        drawn.now.into(),
    ];
    let number = tx.insert(&INSERT, &values)?;
    event::append(tx, scope, Event::CategoryCreated, id, 1, drawn)?;
    let NewCategory { name, sort_order, is_active } = new.clone();
    Ok(Category { number, id, name, sort_order, is_active, created_at: drawn.now })
}

/// Categories by their place, at most [`PAGE_MAX`].
pub fn list(tx: &mut Tx<'_>, scope: Scope, limit: i64, skip: i64) -> Result<Vec<Category>, Error> {
    let values = [scope.merchant.into(), scope.mode.into(), limit.min(PAGE_MAX).into(), skip.into()];
    Ok(tx.all(&LIST, &values)?)
}

/// Categories that are in use, or those that are not, by their place, at most [`PAGE_MAX`].
pub fn list_of(
    tx: &mut Tx<'_>,
    scope: Scope,
    is_active: bool,
    limit: i64,
    skip: i64,
) -> Result<Vec<Category>, Error> {
    let limit = limit.min(PAGE_MAX);
    let values = [scope.merchant.into(), scope.mode.into(), is_active.into(), limit.into(), skip.into()];
    Ok(tx.all(&LIST_OF, &values)?)
}

/// Deletes a category.
pub fn delete(tx: &mut Tx<'_>, scope: Scope, number: i64, drawn: &Drawn) -> Result<(), Error> {
    let values = [number.into(), scope.merchant.into(), scope.mode.into()];
    let category: Category = tx.optional(&BY_NUMBER, &values)?.ok_or(Error::NotFound(Missing::Category))?;
    tx.change(&DELETE, &[number.into()])?;
    event::append(tx, scope, Event::CategoryDeleted, category.id, 2, drawn)
}
