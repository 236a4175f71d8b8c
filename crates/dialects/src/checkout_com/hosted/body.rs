//! The fields of a hosted payment and of a payment link as this API sends them, read into parsed types.

use std::time::Duration;

use domain::money::Money;
use domain::payments::checkout;
use domain::text::MESSAGE_MAX;
use serde_json::value::RawValue;

use super::Kind;
use crate::checkout_com::codes::{Code, code_of};
use crate::checkout_com::contact;
use crate::checkout_com::error::Failure;
use crate::checkout_com::fields::{self, Fields, string};
use crate::checkout_com::named_customer::{self, NamedCustomer};
use crate::checkout_com::payments::body as payment_body;

/// How long a page is open where nothing else is said, and at most.
const LIFE: Duration = Duration::from_secs(24 * 60 * 60);
const LIFE_MAX: i64 = 90 * 24 * 60 * 60;

/// What is kept as it was sent and shown when the page is read.
const ECHOED: [&str; 10] = [
    "description",
    "billing",
    "shipping",
    "products",
    "locale",
    "success_url",
    "failure_url",
    "cancel_url",
    "return_url",
    "customer",
];

/// What a page is made of.
pub(super) struct New {
    pub(super) page: checkout::Create,
    pub(super) customer: Option<NamedCustomer>,
    /// What is echoed.
    pub(super) request: String,
}

/// Reads the body.
pub(super) fn new(body: &[u8], kind: Kind) -> Result<New, Failure> {
    let mut fields = Fields::parse(body)?;
    // fidelity: documented – required here for both kinds, by our choice
    let amount = fields.required("amount", "amount_invalid", |raw| payment_body::amount(raw, 1));
    // fidelity: documented
    let currency = fields.required("currency", "currency_required", payment_body::currency);
    // fidelity: documented – its address has a country
    fields.required("billing", "address_invalid", billing);
    let (return_url, cancel_url) = addresses(&mut fields, kind);
    // fidelity: documented – in seconds; a day where it is left out
    let life = fields.optional("expires_in", |raw| {
        let seconds: i64 = serde_json::from_str(raw).map_err(|_| "parameter_invalid")?;
        let fits = (1..=LIFE_MAX).contains(&seconds);
        u64::try_from(seconds).ok().filter(|_| fits).map(Duration::from_secs).ok_or("parameter_invalid")
    });
    // fidelity: documented – one without an address is nobody that is known
    let customer = match fields.optional("customer", |raw| fields::object(raw, "customer_id_invalid")) {
        Some(object) if object.get("id").is_some() || object.get("email").is_some() => {
            fields.optional("customer", named_customer::read)
        }
        Some(_) | None => None,
    };
    let reference = payment_body::reference(&mut fields);
    let described = |raw: &str| fields::free(raw, "description", MESSAGE_MAX, "description_invalid");
    // fidelity: documented
    let description = fields.optional("description", described);
    // fidelity: documented – their names are what the buyer reads where no description is
    let products = fields.optional("products", products).filter(|names| !names.is_empty());
    // fidelity: documented
    let capture = fields.optional("capture", fields::boolean);
    // fidelity: documented
    let metadata = fields.optional("metadata", payment_body::metadata).unwrap_or_default();
    // fidelity: documented – stored, and shown when the page is read
    let request = fields.echoed(&ECHOED).unwrap_or_default();
    let said = description.filter(|text| !text.is_empty());
    let description = said.or(products).or_else(|| reference.clone()).unwrap_or_default();
    let money = amount.zip(currency).and_then(|(amount, currency)| Money::new(amount, currency).ok());
    let page = money.map(|money| checkout::Create {
        money,
        description,
        reference,
        captures_itself: capture.unwrap_or(true),
        return_url,
        cancel_url,
        framed: false,
        offers_saving: false,
        customer: None,
        customer_named: customer.as_ref().is_some_and(NamedCustomer::is_by_id),
        // Whoever is handed a link can hand it on.
        asks_code: kind == Kind::Link,
        metadata,
        extras: None,
        life: Some(life.unwrap_or(LIFE)),
        card: None,
    });
    fields.finish(page.map(|page| New { page, customer, request }))
}

/// Where the buyer goes when done, and after giving up.
fn addresses(fields: &mut Fields, kind: Kind) -> (String, String) {
    match kind {
        Kind::Page => {
            // fidelity: documented
            let success = fields.required("success_url", "success_url_invalid", |raw| {
                payment_body::address(raw, "success_url_invalid")
            });
            // fidelity: documented
            let cancel = fields.required("cancel_url", "cancel_url_invalid", |raw| {
                payment_body::address(raw, "cancel_url_invalid")
            });
            // fidelity: documented – a decline leaves the page open for another try, by our choice
            fields.required("failure_url", "fail_url_invalid", |raw| {
                payment_body::address(raw, "fail_url_invalid")
            });
            (success.unwrap_or_default(), cancel.unwrap_or_default())
        }
        Kind::Link => {
            // fidelity: documented
            let back = fields.optional("return_url", |raw| payment_body::address(raw, "success_url_invalid"));
            let back = back.unwrap_or_default();
            (back.clone(), back)
        }
    }
}

fn billing(raw: &str) -> Result<(), Code> {
    let billing = fields::object(raw, "address_invalid")?;
    let address = contact::address(billing.get("address").ok_or("address_invalid")?.get())?;
    address.country.map(|_| ()).ok_or("country_invalid")
}

/// The names of what is bought, as many as the buyer is shown.
fn products(raw: &str) -> Result<String, Code> {
    let products: Vec<&RawValue> = serde_json::from_str(raw).map_err(|_| "parameter_invalid")?;
    let name = |product: &&RawValue| {
        let product = fields::object(product.get(), "parameter_invalid").ok()?;
        string(product.get("name")?.get())
    };
    let names: Vec<String> = products.iter().filter_map(name).collect();
    let text: String = names.join(", ").chars().take(MESSAGE_MAX).collect();
    domain::text::free("products", &text, MESSAGE_MAX)
        .map_err(|error| code_of(&error, "products", "parameter_invalid"))
}
