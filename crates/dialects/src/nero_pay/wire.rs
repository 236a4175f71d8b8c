//! What answers look like: the vendor's envelope around an object or a bare array. Of a customer every key is always
//! there, a superset of what the document's samples show.

use domain::categories::Category;
use domain::customers::Customer;
use domain::idempotency::Reply;
use domain::phone::Phone;
use domain::time::Time;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::json;

const TIME: &str = "%Y-%m-%dT%H:%M:%SZ";

#[derive(Serialize, ToSchema)]
pub(super) struct Envelope<T> {
    success: bool,
    data: T,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Customer)]
pub(super) struct CustomerObject<'a> {
    id: i64,
    name: Option<&'a str>,
    email: Option<&'a str>,
    phone: Option<String>,
    #[schema(extensions(("x-fidelity" = json!("ours – as in the request; no sample shows it, nor `city` and `postcode`"))))]
    address1: Option<String>,
    city: Option<&'a str>,
    postcode: Option<&'a str>,
    created_at: String,
    #[schema(extensions(("x-fidelity" = json!("ours"))))]
    updated_at: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Category)]
pub(super) struct CategoryObject<'a> {
    id: i64,
    name: &'a str,
    sort_order: i64,
    is_active: u8,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Deleted {
    #[schema(extensions(("x-fidelity" = json!("ours"))))]
    id: i64,
    #[schema(extensions(("x-fidelity" = json!("ours"))))]
    deleted: bool,
}

pub(super) fn made_customer(customer: &Customer) -> Reply {
    reply(201, customer_object(customer))
}

pub(super) fn customer(customer: &Customer) -> Reply {
    reply(200, customer_object(customer))
}

/// Customers, written already.
pub(super) fn customers(customers: &[Box<RawValue>]) -> Reply {
    reply(200, customers)
}

pub(super) fn made_category(category: &Category) -> Reply {
    reply(201, category_object(category))
}

pub(super) fn categories(categories: &[Category]) -> Reply {
    reply(200, categories.iter().map(category_object).collect::<Vec<_>>())
}

/// The answer to a deletion, whose body no document shows.
pub(super) fn deleted(id: i64) -> Reply {
    reply(200, Deleted { id, deleted: true })
}

pub(super) fn customer_object(customer: &Customer) -> CustomerObject<'_> {
    let details = &customer.details;
    CustomerObject {
        id: customer.number(),
        name: details.name.as_ref().map(|name| name.whole()),
        email: details.email.as_ref().map(|email| email.as_str()),
        phone: details.phone.as_ref().map(Phone::text),
        address1: details.address_line(),
        city: details.city.as_deref(),
        postcode: details.zip_code.as_deref(),
        created_at: time(customer.created_at),
        updated_at: time(customer.changed_at),
    }
}

fn category_object(category: &Category) -> CategoryObject<'_> {
    CategoryObject {
        id: category.number,
        name: &category.name,
        sort_order: category.sort_order,
        is_active: category.is_active.into(),
    }
}

fn time(time: Time) -> String {
    time.format(TIME)
}

fn reply(status: u16, data: impl Serialize) -> Reply {
    json::reply(status, &Envelope { success: true, data })
}
