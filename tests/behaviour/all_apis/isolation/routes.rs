//! The table: every route of the four APIs, and each way in which a request to it names an object.

mod hosted;
mod instruments;
mod payments;
mod raise;

use kassa_tests::drivers::neuro_pay::{checkout, with};
use kassa_tests::drivers::shop::Api;
use serde_json::{Value, json};

use super::shops::{Objects, card_body};

/// What the id in a request is the id of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// There is no id.
    Nothing,
    Customer,
    /// A customer, by its e-mail address.
    Email,
    Card,
    /// A card of no customer's.
    Loose,
    /// A token of a card.
    Token,
    /// A checkout, which is a payment; in this status the request has its effect.
    Checkout(&'static str),
    /// A payment whose amount is an estimate, and which is reserved.
    Estimated,
    /// Payments, by the shop's own reference.
    Reference,
    /// A hosted payment's page.
    Page,
    /// A payment link.
    Link,
    Category,
}

/// One way of a request to name an object.
pub(super) struct Way {
    pub(super) names: Names,
    /// The status where nobody has the id.
    pub(super) unknown: u16,
    /// The status where the id is none, if that is not answered as an id that nobody has.
    pub(super) malformed: Option<u16>,
    /// Whether there is an id with which the request has an effect.
    pub(super) has_effect: bool,
    /// The path, and the body if there is one, of a request with this id by a shop that has these objects.
    pub(super) request: fn(&str, &Objects) -> (String, Option<Value>),
}

pub(super) struct Route {
    pub(super) api: Api,
    pub(super) method: &'static str,
    /// As the OpenAPI document writes it.
    pub(super) path: &'static str,
    /// Whether an idempotency key has an effect.
    pub(super) writes: bool,
    pub(super) ways: &'static [Way],
}

const fn read(api: Api, method: &'static str, path: &'static str, ways: &'static [Way]) -> Route {
    Route { api, method, path, writes: false, ways }
}

const fn write(api: Api, method: &'static str, path: &'static str, ways: &'static [Way]) -> Route {
    Route { api, method, path, writes: true, ways }
}

type Request = fn(&str, &Objects) -> (String, Option<Value>);

const fn plain(request: Request) -> Way {
    // No request without an id can name an unknown one.
    Way { names: Names::Nothing, unknown: 0, malformed: None, has_effect: true, request }
}

const fn named(names: Names, unknown: u16, request: Request) -> Way {
    Way { names, unknown, malformed: None, has_effect: true, request }
}

const fn checked(names: Names, unknown: u16, malformed: u16, request: Request) -> Way {
    Way { malformed: Some(malformed), ..named(names, unknown, request) }
}

const fn futile(names: Names, unknown: u16, request: Request) -> Way {
    Way { has_effect: false, ..named(names, unknown, request) }
}

fn bare(path: impl Into<String>) -> (String, Option<Value>) {
    (path.into(), None)
}

fn send(path: impl Into<String>, body: Value) -> (String, Option<Value>) {
    (path.into(), Some(body))
}

const CREATED: Names = Names::Checkout("created");
const RESERVED: Names = Names::Checkout("reserved");
const PAID: Names = Names::Checkout("paid");

pub(super) const ROUTES: &[Route] = &[
    write(
        Api::NeuroPay,
        "POST",
        "/checkout/create",
        &[
            plain(|_, _| send("/checkout/create", checkout())),
            named(Names::Customer, 400, |id, _| {
                send("/checkout/create", with(checkout(), &[("customer_id", json!(id))]))
            }),
            named(Names::Card, 400, |id, own| {
                let fields = [("customer_id", json!(own.customer.hex)), ("card_id", json!(id))];
                send("/checkout/create", with(checkout(), &fields))
            }),
        ],
    ),
    read(
        Api::NeuroPay,
        "POST",
        "/checkout/retrieve",
        &[named(PAID, 400, |id, _| send("/checkout/retrieve", json!({ "checkout_id": id })))],
    ),
    write(
        Api::NeuroPay,
        "POST",
        "/checkout/capture",
        &[named(RESERVED, 400, |id, _| send("/checkout/capture", json!({ "checkout_id": id })))],
    ),
    write(
        Api::NeuroPay,
        "POST",
        "/checkout/refund",
        &[
            named(PAID, 400, |id, _| send("/checkout/refund", json!({ "checkout_id": id, "amount": 100 }))),
            named(RESERVED, 400, |id, _| send("/checkout/refund", json!({ "checkout_id": id }))),
        ],
    ),
    write(
        Api::NeuroPay,
        "POST",
        "/checkout/update",
        &[named(PAID, 400, |id, _| {
            send("/checkout/update", json!({ "checkout_id": id, "metaData": { "a": 1 } }))
        })],
    ),
    write(
        Api::NeuroPay,
        "POST",
        "/checkout/delete",
        &[named(CREATED, 400, |id, _| send("/checkout/delete", json!({ "checkout_id": id })))],
    ),
    write(
        Api::NeuroPay,
        "POST",
        "/checkout/create-customer",
        &[plain(|_, _| {
            let body = json!({ "first_name": "New", "last_name": "Person", "email": "new@hex.example" });
            send("/checkout/create-customer", body)
        })],
    ),
    read(
        Api::NeuroPay,
        "POST",
        "/checkout/retrieve-customer",
        &[named(Names::Customer, 400, |id, _| {
            send("/checkout/retrieve-customer", json!({ "customer_id": id }))
        })],
    ),
    write(
        Api::NeuroPay,
        "POST",
        "/checkout/delete-customer",
        &[named(Names::Customer, 400, |id, _| {
            send("/checkout/delete-customer", json!({ "customer_id": id }))
        })],
    ),
    read(
        Api::Neopay,
        "GET",
        "/customers",
        &[
            plain(|_, _| bare("/customers")),
            plain(|_, _| bare("/customers?per_page=100&name=o")),
            named(Names::Email, 200, |email, _| bare(format!("/customers?email={email}"))),
            named(Names::Email, 200, |email, _| bare(format!("/customers?email={email}&name=o&page=1"))),
        ],
    ),
    write(
        Api::Neopay,
        "POST",
        "/customers",
        &[plain(|_, _| send("/customers", json!({ "email": "new@uuid.example" })))],
    ),
    write(
        Api::Neopay,
        "PATCH",
        "/customers",
        &[
            named(Names::Customer, 404, |id, _| send("/customers", json!({ "id": id, "city": "Lyon" }))),
            checked(Names::Email, 404, 422, |email, _| {
                send("/customers", json!({ "email": email, "city": "Lyon" }))
            }),
        ],
    ),
    write(
        Api::Neopay,
        "PUT",
        "/customers",
        &[
            named(Names::Customer, 404, |id, _| send("/customers", json!({ "id": id, "city": "Metz" }))),
            checked(Names::Email, 404, 422, |email, _| {
                send("/customers", json!({ "email": email, "city": "Metz" }))
            }),
        ],
    ),
    read(
        Api::Neopay,
        "GET",
        "/customers/{id}",
        &[named(Names::Customer, 404, |id, _| bare(format!("/customers/{id}")))],
    ),
    write(
        Api::Neopay,
        "PATCH",
        "/customers/{id}",
        &[
            named(Names::Customer, 404, |id, _| send(format!("/customers/{id}"), json!({ "city": "Nice" }))),
            // Beside an id in the path, the one in the body names nobody else.
            named(Names::Customer, 422, |id, own| {
                send(format!("/customers/{}", own.customer.uuid), json!({ "id": id, "city": "Nice" }))
            }),
        ],
    ),
    write(
        Api::Neopay,
        "PUT",
        "/customers/{id}",
        &[named(Names::Customer, 404, |id, _| send(format!("/customers/{id}"), json!({ "city": "Brest" })))],
    ),
    read(
        Api::NeroPay,
        "GET",
        "/customers",
        &[
            plain(|_, _| bare("/customers?limit=100")),
            plain(|_, _| bare("/customers?q=o&page=1")),
            named(Names::Email, 200, |email, _| bare(format!("/customers?email={email}"))),
            named(Names::Email, 200, |email, _| bare(format!("/customers?q={email}"))),
        ],
    ),
    write(
        Api::NeroPay,
        "POST",
        "/customers",
        &[plain(|_, _| send("/customers", json!({ "name": "New Person", "email": "new@int.example" })))],
    ),
    read(
        Api::NeroPay,
        "GET",
        "/customers/{id}",
        &[named(Names::Customer, 404, |id, _| bare(format!("/customers/{id}")))],
    ),
    write(
        Api::NeroPay,
        "PATCH",
        "/customers/{id}",
        &[
            named(Names::Customer, 404, |id, _| send(format!("/customers/{id}"), json!({ "city": "York" }))),
            named(Names::Customer, 404, |id, _| send(format!("/customers/{id}"), json!({}))),
        ],
    ),
    read(
        Api::NeroPay,
        "GET",
        "/categories",
        &[plain(|_, _| bare("/categories")), plain(|_, _| bare("/categories?is_active=1&limit=100"))],
    ),
    write(
        Api::NeroPay,
        "POST",
        "/categories",
        &[plain(|_, _| send("/categories", json!({ "name": "New" })))],
    ),
    write(
        Api::NeroPay,
        "DELETE",
        "/categories/{id}",
        &[named(Names::Category, 404, |id, _| bare(format!("/categories/{id}")))],
    ),
    write(
        Api::CheckoutCom,
        "POST",
        "/customers",
        &[
            plain(|_, _| send("/customers", json!({ "email": "new@base32.example" }))),
            named(Names::Loose, 422, |id, _| {
                let body = json!({ "email": "card@base32.example", "default": id, "instruments": [id] });
                send("/customers", body)
            }),
            // Nobody's card is taken, and no customer's.
            futile(Names::Card, 422, |id, _| {
                send("/customers", json!({ "email": "theirs@base32.example", "default": id }))
            }),
        ],
    ),
    read(
        Api::CheckoutCom,
        "GET",
        "/customers/{key}",
        &[
            named(Names::Customer, 404, |id, _| bare(format!("/customers/{id}"))),
            named(Names::Email, 404, |email, _| bare(format!("/customers/{email}"))),
        ],
    ),
    write(
        Api::CheckoutCom,
        "PATCH",
        "/customers/{key}",
        &[
            named(Names::Customer, 404, |id, _| {
                send(format!("/customers/{id}"), json!({ "phone": { "number": "5552671" } }))
            }),
            named(Names::Card, 422, |id, own| {
                send(format!("/customers/{}", own.customer.cus), json!({ "default": id }))
            }),
            named(Names::Card, 422, |id, own| {
                send(format!("/customers/{}", own.customer.cus), json!({ "instruments": [id] }))
            }),
        ],
    ),
    write(
        Api::CheckoutCom,
        "DELETE",
        "/customers/{key}",
        &[named(Names::Customer, 404, |id, _| bare(format!("/customers/{id}")))],
    ),
    write(Api::CheckoutCom, "POST", "/tokens", &[plain(|_, _| send("/tokens", card_body()))]),
    read(
        Api::CheckoutCom,
        "GET",
        "/tokens/{id}/metadata",
        &[named(Names::Token, 404, |id, _| bare(format!("/tokens/{id}/metadata")))],
    ),
    write(Api::CheckoutCom, "POST", "/instruments", instruments::MAKE),
    read(Api::CheckoutCom, "GET", "/instruments/{id}", instruments::READ),
    write(Api::CheckoutCom, "PATCH", "/instruments/{id}", instruments::CHANGE),
    write(Api::CheckoutCom, "DELETE", "/instruments/{id}", instruments::DELETE),
    write(Api::CheckoutCom, "PATCH", "/instruments/{id}/revoke", instruments::REVOKE),
    write(Api::CheckoutCom, "POST", "/payments", payments::MAKE),
    read(Api::CheckoutCom, "GET", "/payments", payments::LIST),
    read(Api::CheckoutCom, "GET", "/payments/{id}", payments::READ),
    read(Api::CheckoutCom, "GET", "/payments/{id}/actions", payments::ACTIONS),
    write(Api::CheckoutCom, "POST", "/payments/{id}/authorizations", raise::RAISE),
    write(Api::CheckoutCom, "POST", "/payments/{id}/captures", payments::CAPTURE),
    write(Api::CheckoutCom, "POST", "/payments/{id}/refunds", payments::REFUND),
    write(Api::CheckoutCom, "POST", "/payments/{id}/voids", payments::VOID),
    write(Api::CheckoutCom, "POST", "/hosted-payments", hosted::MAKE_PAGE),
    read(Api::CheckoutCom, "GET", "/hosted-payments/{id}", hosted::READ_PAGE),
    write(Api::CheckoutCom, "POST", "/payment-links", hosted::MAKE_LINK),
    read(Api::CheckoutCom, "GET", "/payment-links/{id}", hosted::READ_LINK),
    read(Api::CheckoutCom, "POST", "/connect/token", &[plain(|_, _| bare("/connect/token"))]),
];
