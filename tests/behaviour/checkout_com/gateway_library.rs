//! What a gateway library sends, `active_merchant` with its gateway `checkout_v2`, and what it reads of the answers. Its bodies
//! stand here field by field as it makes them, what is null too, and what it takes for success is written down as it does.

use kassa_tests::drivers::buyer::{APPROVED, Buyer};
use kassa_tests::drivers::checkout_com::Client;
use kassa_tests::drivers::neuro_pay::{with, without};
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Server, on_each_engine, on_one_engine};
use serde_json::{Value, json};

use super::access::base64;
use super::hosted_payments::session;

on_each_engine!(
    it_purchases_authorizes_captures_voids_and_refunds,
    it_stores_a_card_charges_it_and_unstores_it,
    it_raises_an_estimated_authorization,
);
on_one_engine!(
    it_says_what_is_stored_and_who_began,
    it_charges_the_tokens_of_networks_and_wallets,
    it_hands_on_what_an_authentication_said_and_asks_for_one,
    it_reads_why_something_failed,
    what_it_reads_of_answers_is_there,
);

/// The gateway, with a secret key or with an access token.
struct Gateway<'a> {
    shop: &'a Client,
    authorization: String,
}

/// What the library makes of an answer.
#[derive(Debug)]
struct Response {
    succeeded: bool,
    message: String,
    error_code: Option<String>,
    authorization: Option<String>,
    params: Value,
}

impl<'a> Gateway<'a> {
    /// With the secret key, as it is.
    fn of(shop: &'a Client) -> Self {
        Self { shop, authorization: shop.credential("secret_key").to_owned() }
    }

    /// With a token, for which it names no scope.
    #[track_caller]
    fn by_token(shop: &'a Client) -> Self {
        let (id, secret) = (shop.credential("oauth_client_id"), shop.credential("oauth_client_secret"));
        let answer = access_token(shop, &format!("{id}:{secret}")).ok();
        assert!(answer["expires_in"].is_i64(), "{answer}");
        let token = answer["access_token"].as_str().expect("a token");
        Self { shop, authorization: format!("Bearer {token}") }
    }

    #[track_caller]
    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.send_as(&self.authorization, method, path, body, None)
    }

    #[track_caller]
    fn send_as(
        &self,
        authorization: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> Answer {
        let body = body.map(Value::to_string).unwrap_or_default();
        let headers = [("authorization", authorization), ("content-type", "application/json;charset=UTF-8")];
        let key = key.map(|key| ("cko-idempotency-key", key));
        let headers: Vec<_> = headers.into_iter().chain(key).collect();
        self.shop.send_with(method, path, &headers, body.as_bytes())
    }

    /// Sends a body to a path, and reads the answer.
    #[track_caller]
    fn commit(&self, path: &str, body: &Value) -> Response {
        let answer = self.send("POST", path, Some(body));
        let mut read = read(&answer);
        // Of an operation it takes the payment's id out of the link.
        if let Some(link) = read.params["_links"]["payment"]["href"].as_str() {
            read.authorization = link.rsplit('/').next().map(str::to_owned);
        }
        read
    }

    #[track_caller]
    fn purchase(&self, body: &Value) -> Response {
        self.commit("/payments", body)
    }

    #[track_caller]
    fn authorize(&self, body: &Value) -> Response {
        self.commit("/payments", &with(body.clone(), &[("capture", json!(false))]))
    }

    #[track_caller]
    fn capture(&self, amount: Option<&str>, authorization: &str, capture_type: &str) -> Response {
        let body = with(invoice(amount), &[("capture_type", json!(capture_type))]);
        self.commit(&format!("/payments/{authorization}/captures"), &body)
    }

    #[track_caller]
    fn refund(&self, amount: Option<&str>, authorization: &str) -> Response {
        self.commit(&format!("/payments/{authorization}/refunds"), &invoice(amount))
    }

    #[track_caller]
    fn void(&self, authorization: &str) -> Response {
        self.commit(
            &format!("/payments/{authorization}/voids"),
            &json!({ "metadata": { "coupon_code": "NY2018" } }),
        )
    }
}

fn access_token(shop: &Client, pair: &str) -> Answer {
    shop.connect(&[("authorization", &format!("Basic {}", base64(pair)))], "grant_type=client_credentials")
}

/// What is approved, or what is an operation that was accepted.
fn read(answer: &Answer) -> Response {
    let params: Value = serde_json::from_slice(&answer.body).unwrap_or_else(|_| {
        // What is no JSON it makes an error of.
        json!({ "error_type": answer.status.to_string(), "error_codes": ["no JSON"] })
    });
    let is_there = |name: &str| params.get(name).is_some();
    let succeeded = params["response_summary"] == "Approved"
        || params["approved"] == true
        || !is_there("response_summary") && is_there("action_id");
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let message = if succeeded {
        "Succeeded".to_owned()
    } else if let Some(kind) = text(&params["error_type"]) {
        format!("{kind}: {}", params["error_codes"][0].as_str().expect("a code"))
    } else {
        let words = ["response_summary", "response_code", "status"].map(|name| text(&params[name]));
        words.into_iter().flatten().next().expect("it says why")
    };
    let by_code = match params["response_code"].as_str() {
        Some("20014") => Some("invalid_number".to_owned()),
        Some("20005") => Some("card_declined".to_owned()),
        _ => None,
    };
    let error_code = if succeeded { None } else { by_code.or_else(|| text(&params["error_type"])) };
    Response { succeeded, message, error_code, authorization: text(&params["id"]), params }
}

/// Of a capture or a refund. An e-mail address that nobody gave is null, as is a reference.
fn invoice(amount: Option<&str>) -> Value {
    json!({
        "amount": amount, "reference": null, "currency": "USD", "metadata": { "udf5": "ActiveMerchant" },
        "customer": { "email": null },
    })
}

fn address() -> Value {
    json!({
        "address_line1": "456 My Street", "address_line2": "Apt 1", "city": "Ottawa", "state": "ON", "country": "CA",
        "zip": "K1C2N6",
    })
}

/// The source of a card, with the months and years that it writes as texts.
fn card(number: &str) -> Value {
    json!({
        "type": "card", "name": "Longbob Longsen", "number": number, "cvv": "100", "expiry_year": "2039",
        "expiry_month": "06", "billing_address": address(), "phone": { "number": "(555)555-5555" },
    })
}

fn purchase(source: &Value) -> Value {
    json!({
        "amount": "200", "reference": "1", "currency": "USD", "metadata": { "udf5": "ActiveMerchant" },
        "source": source, "customer": { "email": "longbob.longsen@example.com", "name": "Longbob Longsen" },
        "shipping": { "address": address() }, "processing_channel_id": "pc_lxgl7aqahkzubkundd2l546hdm",
    })
}

#[track_caller]
fn succeeded(response: Response) -> Value {
    assert!(response.succeeded, "{response:?}");
    assert_eq!((response.message.as_str(), &response.error_code), ("Succeeded", &None));
    response.params
}

#[track_caller]
fn authorization(response: &Response) -> &str {
    assert!(response.succeeded, "{response:?}");
    response.authorization.as_deref().expect("an authorization")
}

fn it_purchases_authorizes_captures_voids_and_refunds(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let body = purchase(&card(APPROVED));
    for gateway in [Gateway::of(&shop), Gateway::by_token(&shop)] {
        let bought = gateway.purchase(&body);
        let id = authorization(&bought);
        let sums = |id: &str| gateway.shop.stands(id);
        assert_eq!(sums(id), ("Captured".to_owned(), [200, 0, 0, 200, 0, 0, 200]));
        let given_back = gateway.refund(Some("199"), id);
        assert_eq!(authorization(&given_back), id);
        assert_eq!(sums(id).0, "Partially Refunded");

        let reserved = gateway.authorize(&body);
        let id = authorization(&reserved);
        assert_eq!(authorization(&gateway.capture(Some("100"), id, "NonFinal")), id);
        assert_eq!(sums(id).0, "Partially Captured");
        succeeded(gateway.refund(Some("50"), id));
        succeeded(gateway.capture(Some("100"), id, "Final"));
        assert_eq!(sums(id).1, [200, 0, 0, 200, 0, 50, 150]);
        let details = gateway.send("GET", &format!("/payments/{id}"), None);
        assert_eq!((read(&details).succeeded, details.json()["reference"].clone()), (true, json!("1")));

        let reserved = gateway.authorize(&body);
        let id = authorization(&reserved);
        assert_eq!(authorization(&gateway.void(id)), id);
        assert_eq!(sums(id).0, "Voided");
        let verified = succeeded(gateway.authorize(&with(body.clone(), &[("amount", json!("0"))])));
        assert_eq!((&verified["status"], &verified["amount"]), (&json!("Card Verified"), &json!(0)));
        // Without an amount it sends null. That is no amount, and what it would move is everything.
        let reserved = gateway.authorize(&body);
        let refused = gateway.capture(None, authorization(&reserved), "Final");
        assert_eq!(refused.message, "request_invalid: amount_invalid");
        let once =
            || gateway.send_as(&gateway.authorization, "POST", "/payments", Some(&body), Some("test123"));
        assert_eq!(read(&once()).authorization, read(&once()).authorization);
    }
}

fn it_stores_a_card_charges_it_and_unstores_it(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let gateway = Gateway::of(&shop);
    let store = |gateway: &Gateway<'_>| {
        let source = card("5436031030606378");
        let made = gateway.send_as(shop.credential("public_key"), "POST", "/tokens", Some(&source), None);
        let token = made.expect(201).json()["token"].clone();
        assert!(token.as_str().is_some_and(|token| token.starts_with("tok_")), "{token}");
        let body = json!({
            "type": "token", "token": token, "customer": { "email": "longbob.longsen@example.com" },
            "shipping": { "address": address() },
        });
        let stored = gateway.send("POST", "/instruments/", Some(&body)).expect(201).json();
        stored["id"].as_str().filter(|id| id.starts_with("src_")).expect("an id").to_owned()
    };
    for gateway in [&gateway, &Gateway::by_token(&shop)] {
        let id = store(gateway);
        let by_id = json!({ "type": "id", "id": id, "phone": { "number": "(555)555-5555" }, "billing_address": address() });
        let without_name = json!({ "email": "longbob.longsen@example.com" });
        let bought = gateway.purchase(&with(purchase(&by_id), &[("customer", without_name)]));
        let params = succeeded(bought);
        assert_eq!((&params["source"]["id"], &params["source"]["last4"]), (&json!(id), &json!("6378")));
        gateway.send("DELETE", &format!("/instruments/{id}"), None).expect(204);
        gateway.send("DELETE", &format!("/instruments/{id}"), None).expect(404);
    }
    // What a purchase saved can be taken out of the store as well.
    let saved = succeeded(gateway.purchase(&purchase(&card(APPROVED))))["source"]["id"].clone();
    let saved = saved.as_str().expect("an id");
    gateway.send("DELETE", &format!("/instruments/{saved}"), None).expect(204);
    // A gateway with a token alone has no public key, and says so.
    let refused = gateway.send_as("", "POST", "/tokens", Some(&card(APPROVED)), None).expect(401);
    assert_eq!(read(&refused).message, "401: no JSON");
}

fn it_raises_an_estimated_authorization(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let body = with(purchase(&card(APPROVED)), &[("authorization_type", json!("Estimated"))]);
    for gateway in [Gateway::of(&shop), Gateway::by_token(&shop)] {
        let reserved = gateway.authorize(&body);
        let id = authorization(&reserved);
        // It sends all that a payment has.
        let more = with(purchase(&card(APPROVED)), &[("capture", json!(false)), ("amount", json!("50"))]);
        let raised = succeeded(gateway.commit(&format!("/payments/{id}/authorizations"), &more));
        assert_eq!((&raised["id"], &raised["balances"]["total_authorized"]), (&json!(id), &json!(250)));
        succeeded(gateway.capture(Some("250"), id, "Final"));
        assert_eq!(shop.stands(id).0, "Captured");
    }
}

fn it_says_what_is_stored_and_who_began(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let gateway = Gateway::of(&shop);
    let stored = |word: Value| with(card(APPROVED), &[("stored", word)]);
    let bought = |source: &Value, fields: &Value| {
        let fields: Vec<_> = fields.as_object().expect("an object").iter().collect();
        let fields: Vec<(&str, Value)> =
            fields.into_iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        let made = succeeded(gateway.purchase(&with(purchase(source), &fields)));
        let shown = shop.payment(made["id"].as_str().expect("an id")).ok();
        for (name, value) in fields.iter().filter(|(name, _)| !["risk", "processing"].contains(name)) {
            assert_eq!(shown[name], *value, "{name}");
        }
        assert_eq!(shown["source"]["stored"], source["stored"]);
        assert_eq!(shown["shipping"], json!({ "address": address() }));
        made["id"].clone()
    };
    let first = json!({ "merchant_initiated": false, "payment_type": "Recurring" });
    let previous = bought(&card(APPROVED), &first);
    let again = json!({
        "merchant_initiated": true, "payment_type": "Recurring", "previous_payment_id": previous,
    });
    let elsewhere = json!({
        "merchant_initiated": true, "previous_payment_id": "pay_7emayabnrtjkhkrbohn4m2zyoa321",
    });
    bought(&stored(json!(true)), &again);
    bought(&stored(json!(true)), &elsewhere);
    bought(&stored(json!("true")), &json!({ "payment_type": "Recurring", "previous_payment_id": "pay_123" }));
    for fields in [
        json!({ "payment_type": "Unscheduled", "merchant_initiated": true }),
        json!({
            "payment_type": "MOTO",
            "metadata": { "udf5": "ActiveMerchant", "manual_entry": true, "partner_id": "123989" },
        }),
        json!({ "billing_descriptor": { "name": "shop", "city": "london" } }),
        json!({ "payment_ip": "96.125.185.52", "authorization_type": "Final" }),
        json!({ "risk": { "enabled": true, "device_session_id": "12345-abcd" } }),
        json!({
            "marketplace": { "sub_entity_id": "ent_123" },
            "amount_allocations": [{
                "id": "ent_123", "amount": 100, "commission": { "amount": 10, "percentage": 12.125 },
            }],
            "recipient": {
                "dob": "1985-05-15", "account_number": "5555554444", "zip": "SW1A", "first_name": "john",
                "last_name": "johnny", "address": address(),
            },
            "sender": {
                "type": "individual", "dob": "1985-05-15", "first_name": "Jane", "last_name": "Doe",
                "address": address(), "reference": "012345", "reference_type": "other",
                "source_of_funds": "debit",
            },
            "processing": {
                "aft": true, "preferred_scheme": "cartes_bancaires", "shipping_tax_amount": 3_000,
            },
        }),
    ] {
        bought(&card(APPROVED), &fields);
    }
}

fn it_charges_the_tokens_of_networks_and_wallets(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let token = |number: &str, kind: &str| {
        json!({
            "type": "network_token", "token": number, "token_type": kind, "expiry_year": "2039", "expiry_month": "10",
            "cryptogram": "AgAAAAAAAIR8CQrXcIhbQAAAAAA", "eci": "05", "billing_address": address(),
            "phone": { "number": "(555)555-5555" },
        })
    };
    for gateway in [Gateway::of(&shop), Gateway::by_token(&shop)] {
        for (number, kind) in [
            (APPROVED, "vts"),
            ("5436031030606378", "mdes"),
            (APPROVED, "googlepay"),
            ("5436031030606378", "googlepay"),
            (APPROVED, "applepay"),
        ] {
            let made = succeeded(gateway.purchase(&purchase(&token(number, kind))));
            assert_eq!((&made["eci"], &made["source"]["cvv_check"]), (&json!("05"), &json!("X")));
            succeeded(gateway.authorize(&with(purchase(&token(number, kind)), &[("amount", json!("0"))])));
        }
        // A card number that Google keeps has no cryptogram.
        let number_only = without(without(token(APPROVED, "googlepay"), "cryptogram"), "eci");
        succeeded(gateway.purchase(&purchase(&number_only)));
    }
}

fn it_hands_on_what_an_authentication_said_and_asks_for_one(engine: Engine) {
    let kassa = Server::shared(engine);
    let (shop, agent) = (Client::fresh(&kassa), kassa.agent());
    let said = json!({
        "enabled": true, "eci": "06", "cryptogram": "AgAAAAAAAIR8CQrXcIhbQAAAAAA", "version": "1.0.2",
        "xid": "MDAwMDAwMDAwMDAwMDAwMzIyNzY=", "status": "Y",
    });
    let second = [
        ("version", json!("2.0.0")),
        ("attempt_n3d", json!(true)),
        ("challenge_indicator", json!("no_preference")),
        ("exemption", json!("trusted_listing")),
    ];
    for gateway in [Gateway::of(&shop), Gateway::by_token(&shop)] {
        for three_ds in [said.clone(), with(said.clone(), &second)] {
            let reserved = gateway.authorize(&with(purchase(&card(APPROVED)), &[("3ds", three_ds.clone())]));
            let id = authorization(&reserved);
            let shown = shop.payment(id).ok()["3ds"].clone();
            for name in ["cryptogram", "xid", "version", "exemption", "challenge_indicator", "attempt_n3d"] {
                assert_eq!(shown[name], three_ds[name], "{name}");
            }
            assert_eq!(shown["authentication_response"], "Y");
            succeeded(gateway.capture(Some("200"), id, "Final"));
        }
        let address = "https://shop.example/callback";
        let asked = with(
            purchase(&card("4485040371536584")),
            &[
                ("3ds", json!({ "enabled": true })),
                ("success_url", json!(address)),
                ("failure_url", json!(address)),
            ],
        );
        let asked = gateway.authorize(&asked);
        assert_eq!((asked.succeeded, asked.message.as_str()), (false, "Pending"));
        assert_eq!(asked.params["3ds"]["enrolled"], "Y");
        let buyer =
            Buyer::new(&agent, asked.params["_links"]["redirect"]["href"].as_str().expect("a redirect"));
        buyer.tell_the_bank("accept");
        let session = session(&buyer.open().expect(200), address);
        let verified = read(&gateway.send("GET", &format!("/payments/{session}"), None));
        assert_eq!((verified.succeeded, verified.authorization), (true, asked.authorization));
    }
}

fn it_reads_why_something_failed(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let of = |number: &str, fields: &[(&str, Value)]| purchase(&with(card(number), fields));
    for gateway in [Gateway::of(&shop), Gateway::by_token(&shop)] {
        let failed = |body: &Value, message: &str, code: &str| {
            let response = gateway.purchase(body);
            assert_eq!((response.succeeded, response.message.as_str()), (false, message));
            assert_eq!(response.error_code.as_deref(), Some(code));
        };
        let ends_in_14 = with(of(APPROVED, &[]), &[("amount", json!("12314"))]);
        failed(&of("4024007181869214", &[]), "Declined - Do Not Honour", "card_declined");
        failed(&ends_in_14, "Invalid Card Number", "invalid_number");
        failed(&of("42424242424242424", &[]), "request_invalid: card_number_invalid", "request_invalid");
        let expired = of(APPROVED, &[("expiry_year", json!("2010"))]);
        failed(&expired, "processing_error: card_expired", "processing_error");
        let canada = with(address(), &[("country", json!("Canada"))]);
        let canada = with(of(APPROVED, &[]), &[("shipping", json!({ "address": canada }))]);
        failed(&canada, "request_invalid: address_country_invalid", "request_invalid");
        // Money that goes out to somebody is none of what Kassa does.
        let credit = json!({
            "amount": "200", "reference": "1", "currency": "USD", "metadata": { "udf5": "ActiveMerchant" },
            "destination": {
                "type": "card", "number": APPROVED, "expiry_year": "2039", "expiry_month": "06",
                "account_holder": { "type": "individual", "first_name": "John", "last_name": "Doe" },
            },
            "source": { "type": "currency_account", "id": "ca_spwmped4qmqenai7hcghquqle4" },
        });
        failed(&credit, "request_invalid: destination_not_supported", "request_invalid");
        // Without an authorization the path has nothing in the middle, and the answer has no body.
        for nothing in [gateway.capture(None, "", "Final"), gateway.refund(None, ""), gateway.void("")] {
            assert_eq!((nothing.succeeded, nothing.message.as_str()), (false, "404: no JSON"));
        }
    }
    let refused = access_token(&shop, "YOUR_CLIENT_ID:YOUR_CLIENT_SECRET").expect(400).json();
    assert_eq!(refused["error"], "invalid_client");
}

fn what_it_reads_of_answers_is_there(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let gateway = Gateway::of(&shop);
    for made in [gateway.purchase(&purchase(&card(APPROVED))), gateway.authorize(&purchase(&card(APPROVED)))]
    {
        let source = &succeeded(made)["source"];
        // The card's bank is outside of the United States.
        assert_eq!((&source["avs_check"], &source["cvv_check"]), (&json!("G"), &json!("Y")));
    }
    // A holder without a name is an empty text, and goes out as one.
    let nameless = with(card(APPROVED), &[("name", json!(""))]);
    let nobody = [("customer", json!({ "email": "longbob.longsen@example.com", "name": "" }))];
    assert_eq!(succeeded(gateway.purchase(&with(purchase(&nameless), &nobody)))["source"]["name"], "");
    // What was not given is null, or an empty object.
    let bare = without(card(APPROVED), "billing_address");
    for (phone, customer) in [
        (json!({ "number": null }), json!({ "email": null, "name": "Longbob Longsen" })),
        (json!({}), json!({ "email": null })),
    ] {
        let body = with(
            purchase(&with(bare.clone(), &[("phone", phone)])),
            &[("reference", Value::Null), ("customer", customer)],
        );
        let made = succeeded(gateway.purchase(&body));
        assert!(made["customer"].is_null() && made["reference"].is_null(), "{made}");
    }
    // An older version gives no name, and a saved card has none to give.
    let stored = json!({ "type": "id", "id": shop.save(APPROVED, &Value::Null) });
    succeeded(gateway.purchase(&with(purchase(&stored), &[("customer", json!({ "email": null }))])));
}
