//! What answers look like: the customer object in the key order of the documents, and its three wrappers.

use domain::customers::Customer;
use domain::idempotency::Reply;
use domain::phone::Phone;
use domain::text::{Email, Name};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::id;
use crate::json::reply;

/// Clients may compare the two messages, which are the documents'.
const CREATED: &str = "Customer saved successfully!";
const UPDATED: &str = "Customer updated successfully!";

/// Every key is present, and null where nothing is known. The vendor's table has `country`, and none of its
/// samples has it; its place here is the table's.
#[derive(Serialize, ToSchema)]
#[schema(as = Customer)]
pub(super) struct CustomerObject<'a> {
    id: String,
    name: Option<&'a str>,
    #[schema(extensions(("x-fidelity" = json!("documented – null where another API made the customer without one"))))]
    email: Option<&'a str>,
    phone: Option<String>,
    city: Option<&'a str>,
    state: Option<&'a str>,
    #[schema(extensions(("x-fidelity" = json!("documented – in the table and in no sample"))))]
    country: Option<&'a str>,
    zip_code: Option<&'a str>,
    street: Option<&'a str>,
    house_number: Option<&'a str>,
    currency: Option<&'a str>,
    tax_number: Option<&'a str>,
    company_number: Option<&'a str>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = CustomerAnswer)]
pub(super) struct One<'a> {
    #[schema(extensions(("x-fidelity" = json!("documented – for a create and a change"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
    customer: CustomerObject<'a>,
}

#[derive(Serialize)]
struct Wrapped<T> {
    customers: T,
}

/// A list whose client did not ask for pages.
#[derive(Serialize)]
struct Newest<'a> {
    data: &'a [Box<RawValue>],
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_url: Option<String>,
}

/// The framework's simple paginator, which does not count.
#[derive(Serialize)]
struct Page<'a> {
    current_page: usize,
    data: &'a [Box<RawValue>],
    first_page_url: String,
    from: Option<usize>,
    next_page_url: Option<String>,
    path: &'a str,
    per_page: usize,
    prev_page_url: Option<String>,
    to: Option<usize>,
}

/// Which part of a list an answer is.
pub(super) struct Part<'a> {
    /// The list's address without a query.
    pub(super) path: &'a str,
    pub(super) page: usize,
    pub(super) per_page: usize,
    /// Customers on the pages before.
    pub(super) before: usize,
    pub(super) has_more: bool,
}

pub(super) fn customer(customer: &Customer) -> Reply {
    reply(200, &One { message: None, customer: object(customer) })
}

pub(super) fn created(customer: &Customer) -> Reply {
    reply(200, &One { message: Some(CREATED), customer: object(customer) })
}

pub(super) fn updated(customer: &Customer) -> Reply {
    reply(200, &One { message: Some(UPDATED), customer: object(customer) })
}

/// The newest customers, and where the others are.
pub(super) fn newest(customers: &[Box<RawValue>], next_page_url: Option<String>) -> Reply {
    reply(200, &Wrapped { customers: Newest { data: customers, next_page_url } })
}

/// One page of customers. `address` gives the address of a page.
pub(super) fn page(customers: &[Box<RawValue>], part: &Part<'_>, address: impl Fn(usize) -> String) -> Reply {
    let Part { path, page, per_page, before, has_more } = *part;
    let is_any = !customers.is_empty();
    reply(
        200,
        &Wrapped {
            customers: Page {
                current_page: page,
                data: customers,
                first_page_url: address(1),
                from: is_any.then_some(before + 1),
                next_page_url: has_more.then(|| address(page + 1)),
                path,
                per_page,
                prev_page_url: (page > 1).then(|| address(page - 1)),
                to: is_any.then_some(before + customers.len()),
            },
        },
    )
}

pub(super) fn object(customer: &Customer) -> CustomerObject<'_> {
    let details = &customer.details;
    CustomerObject {
        id: id::write(customer.id),
        name: details.name.as_ref().map(Name::whole),
        email: details.email.as_ref().map(Email::as_str),
        phone: details.phone.as_ref().map(Phone::text),
        city: details.city.as_deref(),
        state: details.state.as_deref(),
        country: details.country.as_deref(),
        zip_code: details.zip_code.as_deref(),
        street: details.street.as_deref(),
        house_number: details.house_number.as_deref(),
        currency: details.currency.as_deref(),
        tax_number: details.tax_number.as_deref(),
        company_number: details.company_number.as_deref(),
    }
}
