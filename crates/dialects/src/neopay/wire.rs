//! What answers look like: the customer object in the key order of the documents, and its three wrappers.

use domain::customers::Customer;
use domain::idempotency::Reply;
use domain::phone::Phone;
use domain::text::{Email, Name};
use serde::Serialize;
use utoipa::ToSchema;

use super::id;

/// Clients may compare the two messages, which are the documents'.
const CREATED: &str = "Customer saved successfully!";
const UPDATED: &str = "Customer updated successfully!";

/// Every key is there, null where nothing is known. `country` is in the documents' table and in none of their
/// samples; it stands where the table has it.
#[derive(Serialize, ToSchema)]
#[schema(as = Customer)]
pub(super) struct CustomerObject<'a> {
    // fidelity: documented
    id: String,
    // fidelity: documented
    name: Option<&'a str>,
    // fidelity: documented – null where another API made the customer without one
    email: Option<&'a str>,
    // fidelity: documented
    phone: Option<String>,
    // fidelity: documented
    city: Option<&'a str>,
    // fidelity: documented
    state: Option<&'a str>,
    // fidelity: documented – in the table and in no sample
    country: Option<&'a str>,
    // fidelity: documented
    zip_code: Option<&'a str>,
    // fidelity: documented
    street: Option<&'a str>,
    // fidelity: documented
    house_number: Option<&'a str>,
    // fidelity: documented
    currency: Option<&'a str>,
    // fidelity: documented
    tax_number: Option<&'a str>,
    // fidelity: documented
    company_number: Option<&'a str>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = CustomerAnswer)]
pub(super) struct One<'a> {
    // fidelity: documented – for a create and a change
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
    // fidelity: documented
    customer: CustomerObject<'a>,
}

#[derive(Serialize)]
struct Wrapped<T> {
    // fidelity: documented
    customers: T,
}

/// A list whose client did not ask for pages.
#[derive(Serialize)]
struct Newest<'a> {
    // fidelity: documented – at most 1,000 by our choice
    data: Vec<CustomerObject<'a>>,
    // fidelity: ours – only where there are more, in the words of the vendor's framework
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_url: Option<String>,
}

/// The framework's simple paginator, which does not count.
#[derive(Serialize)]
struct Page<'a> {
    // fidelity: ours – where pages are asked for, in the words of the vendor's framework
    current_page: usize,
    // fidelity: documented
    data: Vec<CustomerObject<'a>>,
    // fidelity: ours – where pages are asked for, in the words of the vendor's framework
    first_page_url: String,
    // fidelity: ours – where pages are asked for, in the words of the vendor's framework
    from: Option<usize>,
    // fidelity: ours – where pages are asked for, in the words of the vendor's framework
    next_page_url: Option<String>,
    // fidelity: ours – where pages are asked for, in the words of the vendor's framework
    path: &'a str,
    // fidelity: ours – where pages are asked for, in the words of the vendor's framework
    per_page: usize,
    // fidelity: ours – where pages are asked for, in the words of the vendor's framework
    prev_page_url: Option<String>,
    // fidelity: ours – where pages are asked for, in the words of the vendor's framework
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

/// One customer that was read.
pub(super) fn customer(customer: &Customer) -> Reply {
    ok(&One { message: None, customer: object(customer) })
}

/// One customer that was made.
pub(super) fn created(customer: &Customer) -> Reply {
    ok(&One { message: Some(CREATED), customer: object(customer) })
}

/// One customer that was changed.
pub(super) fn updated(customer: &Customer) -> Reply {
    ok(&One { message: Some(UPDATED), customer: object(customer) })
}

/// The newest customers, and where the others are.
pub(super) fn newest(customers: &[Customer], next_page_url: Option<String>) -> Reply {
    ok(&Wrapped { customers: Newest { data: customers.iter().map(object).collect(), next_page_url } })
}

/// One page of customers. `address` gives the address of a page.
pub(super) fn page(customers: &[Customer], part: &Part<'_>, address: impl Fn(usize) -> String) -> Reply {
    let Part { path, page, per_page, before, has_more } = *part;
    let is_any = !customers.is_empty();
    ok(&Wrapped {
        customers: Page {
            current_page: page,
            data: customers.iter().map(object).collect(),
            first_page_url: address(1),
            from: is_any.then_some(before + 1),
            next_page_url: has_more.then(|| address(page + 1)),
            path,
            per_page,
            prev_page_url: (page > 1).then(|| address(page - 1)),
            to: is_any.then_some(before + customers.len()),
        },
    })
}

fn object(customer: &Customer) -> CustomerObject<'_> {
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

fn ok(object: &impl Serialize) -> Reply {
    let body = serde_json::to_vec(object).expect("wire objects have string keys and finite numbers");
    Reply { status: 200, content_type: "application/json".to_owned(), body }
}
