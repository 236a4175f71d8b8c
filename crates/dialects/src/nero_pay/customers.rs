//! Customers: list, create, retrieve, update. This API deletes none.

use domain::customers::{self, Change, Details, EmailRule, Patch};
use domain::merchants;
use domain::phone::Phone;
use domain::text::{self, Email, NAME_MAX, Name};
use domain::{Error, Missing};

use super::error::Failure;
use super::fields::{Fields, Flaws};
use super::list::{self, Wanted};
use super::request::{Asked, Entered};
use super::{openapi, wire};
use crate::idempotency::{Answered, once};
use crate::openapi::IdempotencyKey;

/// Characters of a postcode.
const POSTCODE_MAX: usize = 20;

/// Lists customers, newest first.
#[utoipa::path(
    get,
    // fidelity: documented
    path = "/v2/customers",
    operation_id = "listCustomers",
    tag = "Customers",
    params(openapi::CustomersWanted, openapi::Page, openapi::Account),
    responses((status = 200, description = "Customers", body = wire::Envelope<Vec<wire::CustomerObject>>), openapi::Errors)
)]
pub(super) async fn list(Asked { app, caller, query, .. }: Asked) -> Result<Answered, Failure> {
    let mut flaws = Flaws::default();
    let page = query.page(&mut flaws);
    let mut text = |name| {
        let text = text::plain(name, query.get(name)?, NAME_MAX);
        text.inspect_err(|_| flaws.note(name, "must be a text of at most 255 characters")).ok()
    };
    let wanted = Wanted {
        // fidelity: ours
        email: text("email"),
        // fidelity: seen – for another list of the vendor; over name, email and phone by our choice
        text: text("q"),
    };
    flaws.check()?;
    let found = list::page(&app, caller.scope, wanted, page).await?;
    Ok(Answered::first(wire::customers(&found)))
}

/// Makes a customer.
#[utoipa::path(
    post,
    // fidelity: documented
    path = "/v2/customers",
    operation_id = "createCustomer",
    tag = "Customers",
    params(openapi::Signature, openapi::Account, IdempotencyKey),
    request_body = openapi::CreateCustomer,
    responses((status = 201, description = "The customer", body = wire::Envelope<wire::CustomerObject>), openapi::Errors)
)]
pub(super) async fn create(entered: Entered) -> Result<Answered, Failure> {
    let written = match entered.fields().and_then(|fields| customer_fields(fields, true)) {
        Ok(written) => written,
        Err(failure) => return Err(entered.refuse(failure).await),
    };
    let details = written.details();
    let Entered { app, caller, request, .. } = entered;
    let drawn = app.draw();
    let answered = app.write(move |tx| {
        once(tx, &caller, &request, &drawn, |tx| {
            let customer = customers::create(tx, caller.scope, &details, EmailRule::Shared, &drawn)?;
            let reply = wire::made_customer(&customer);
            Ok((reply, customer.about()))
        })
    });
    Ok(answered.await?)
}

/// Reads a customer, where the merchant's settings allow it.
#[utoipa::path(
    get,
    // fidelity: documented – where enabled, which the merchant's settings say
    path = "/v2/customers/{id}",
    operation_id = "getCustomer",
    tag = "Customers",
    params(("id" = i64, Path), openapi::Account),
    responses((status = 200, description = "The customer", body = wire::Envelope<wire::CustomerObject>), openapi::Errors)
)]
pub(super) async fn retrieve(asked: Asked) -> Result<Answered, Failure> {
    let id = asked.id().ok_or(Error::NotFound(Missing::Customer))?;
    let scope = asked.caller.scope;
    let customer = asked.app.read(move |tx| {
        if !merchants::of_scope(tx, scope)?.settings.customers_readable {
            return Err(Error::NotFound(Missing::Customer));
        }
        customers::by_number(tx, scope, id)
    });
    Ok(Answered::first(wire::customer(&customer.await?)))
}

/// Changes a customer, where the merchant's settings allow it.
#[utoipa::path(
    patch,
    // fidelity: documented – where enabled, which the merchant's settings say
    path = "/v2/customers/{id}",
    operation_id = "updateCustomer",
    tag = "Customers",
    params(("id" = i64, Path), openapi::Signature, openapi::Account, IdempotencyKey),
    request_body = openapi::UpdateCustomer,
    responses((status = 200, description = "The customer", body = wire::Envelope<wire::CustomerObject>), openapi::Errors)
)]
pub(super) async fn update(entered: Entered) -> Result<Answered, Failure> {
    let written = match entered.fields().and_then(|fields| customer_fields(fields, false)) {
        Ok(written) => written,
        Err(failure) => return Err(entered.refuse(failure).await),
    };
    let id = entered.id();
    let Entered { app, caller, request, .. } = entered;
    let drawn = app.draw();
    let answered = app.write(move |tx| {
        once(tx, &caller, &request, &drawn, |tx| {
            if !merchants::of_scope(tx, caller.scope)?.settings.customers_changeable {
                return Err(Error::NotFound(Missing::Customer));
            }
            let id = id.ok_or(Error::NotFound(Missing::Customer))?;
            let mut customer = customers::by_number(tx, caller.scope, id)?;
            if !written.is_empty() {
                let change = written.change();
                customer =
                    customers::change(tx, caller.scope, &customer, &change, EmailRule::Shared, &drawn)?;
            }
            let reply = wire::customer(&customer);
            Ok((reply, customer.about()))
        })
    });
    Ok(answered.await?)
}

/// What a body says of a customer.
struct Written {
    name: Patch<Name>,
    email: Patch<Email>,
    phone: Patch<Phone>,
    address: Patch<String>,
    city: Patch<String>,
    postcode: Patch<String>,
}

/// Reads a body. A create must give a name, and nothing may take it away.
fn customer_fields(mut fields: Fields, must_be_named: bool) -> Result<Written, Failure> {
    let free = |name, text: &str| text::free(name, text, NAME_MAX);
    // fidelity: documented
    let name = fields.text("name", free);
    let is_missing = match &name {
        Patch::Keep => must_be_named && !fields.is_flawed("name"),
        Patch::Clear => true,
        Patch::Set(text) => text.trim().is_empty(),
    };
    if is_missing {
        fields.missing("name");
    }
    let written = Written {
        name: map(name, Name::from_whole),
        // fidelity: documented – the check of its form is ours
        email: fields.text("email", Email::parse),
        // fidelity: documented
        phone: map(fields.text("phone", |name, text| text::plain(name, text, NAME_MAX)), Phone::Text),
        // fidelity: documented
        address: fields.text("address1", free),
        // fidelity: documented
        city: fields.text("city", free),
        // fidelity: documented
        postcode: fields.text("postcode", |name, text| text::free(name, text, POSTCODE_MAX)),
    };
    fields.check().map(|()| written)
}

impl Written {
    /// Whether the body named no field, so that there is nothing to do.
    const fn is_empty(&self) -> bool {
        matches!(
            self,
            Self {
                name: Patch::Keep,
                email: Patch::Keep,
                phone: Patch::Keep,
                address: Patch::Keep,
                city: Patch::Keep,
                postcode: Patch::Keep,
            }
        )
    }

    fn details(self) -> Details {
        Details {
            name: value(self.name),
            email: value(self.email),
            phone: value(self.phone),
            street: value(self.address),
            city: value(self.city),
            zip_code: value(self.postcode),
            ..Details::default()
        }
    }

    /// The address line becomes the street whole, and the house number goes.
    fn change(&self) -> Change {
        Change {
            name: self.name.clone(),
            email: self.email.clone(),
            phone: self.phone.clone(),
            street: self.address.clone(),
            house_number: match &self.address {
                Patch::Keep => Patch::Keep,
                Patch::Clear | Patch::Set(_) => Patch::Clear,
            },
            city: self.city.clone(),
            zip_code: self.postcode.clone(),
            ..Change::default()
        }
    }
}

fn map<T, U>(patch: Patch<T>, into: impl FnOnce(T) -> U) -> Patch<U> {
    match patch {
        Patch::Keep => Patch::Keep,
        Patch::Clear => Patch::Clear,
        Patch::Set(value) => Patch::Set(into(value)),
    }
}

fn value<T>(patch: Patch<T>) -> Option<T> {
    match patch {
        Patch::Keep | Patch::Clear => None,
        Patch::Set(value) => Some(value),
    }
}
