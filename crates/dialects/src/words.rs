//! What the properties of the vendors' documents mean, where their declaration says nothing of its own.
//!
//! A name means the same in whatever request or answer it stands, so it is explained once. Where it does not, its schema
//! stands before it. A test fails for a property that nobody explains.

mod shown;

use utoipa::openapi::schema::ArrayItems;
use utoipa::openapi::{OpenApi, RefOr, Schema};

use crate::openapi::Json;

/// A name, or a schema with a name, and what it means.
type Words = [(&'static str, &'static str)];

/// Payments of every kind, and their pages.
const PAYMENTS: &Words = &[
    ("checkout_id", "The checkout's id: 32 hex digits."),
    ("identifier", "The merchant's own reference; the checkout's id where none was sent."),
    ("amount", "A whole number of the currency's smallest unit: 24900 is SEK 249.00."),
    ("Refund.amount", "How much was given back, in the currency's smallest unit."),
    ("amount_captured", "How much was captured, in the currency's smallest unit."),
    ("amount_refunded", "How much was given back, in the currency's smallest unit."),
    ("currency", "A code of ISO 4217, such as SEK."),
    ("Customer.currency", "The customer's currency, a code of ISO 4217."),
    ("Details.currency", "The customer's currency, a code of ISO 4217."),
    ("Checkout.message", "What the buyer reads on the page."),
    ("description", "What the buyer reads."),
    ("capture", "Whether the payment is captured as soon as it is authorized."),
    ("allowSaveCard", "Whether the page offers to save the card."),
    ("template", "`iframe` for a page that stands in a frame of the shop's; otherwise null."),
    ("returnUrl", "Where the buyer goes after the checkout, as the client sent it."),
    ("returnUrlCancel", "Where the buyer goes after giving up, as the client sent it."),
    ("customer_id", "The customer's id: 32 hex digits."),
    ("card_id", "The saved card's id: 32 hex digits."),
    ("checkout_page", "The address of the page on which the buyer pays."),
    ("url", "The same address as `checkout_page`."),
    ("metaData", "The merchant's own keys and values."),
    ("metadata", "The merchant's own keys and values."),
    ("paymentMethods", "As it was sent. It has no effect here."),
    ("refunds", "What was given back or released so far, the oldest first."),
    ("reason", "Why the money is given back."),
    ("Revoked.reason", "Why the instrument is out of use."),
    ("refundDetails", "A free comment."),
    ("created_at", "When it was made, in UTC."),
    ("updated_at", "When it was changed last, in UTC."),
    ("status_changed", "When the status changed last, in UTC."),
    ("reference", "The merchant's own reference."),
    ("payment_id", "The payment's id, once it was paid."),
    ("action_id", "The id of what was done."),
    ("requested_on", "When the client requested the payment, in UTC."),
    ("processed_on", "When it was done, in UTC."),
    ("approved", "Whether the card's bank approved it."),
    ("auth_code", "The bank's code of the approval, six digits."),
    ("response_code", "10000 where it was approved; 200NN says why it was declined."),
    ("response_summary", "The response code in words."),
    ("expires_on", "Until when it can be used, in UTC."),
    ("3ds", "Whether the buyer confirms at the card's bank (3-D Secure)."),
    ("enrolled", "Whether the card takes part in 3-D Secure: Y, N or U."),
    ("authentication_response", "What the bank said of the buyer: Y, N, A or U."),
    ("cryptogram", "The proof of an authentication that was done elsewhere."),
    ("xid", "The id of an authentication that was done elsewhere."),
    ("version", "The version of 3-D Secure."),
    ("challenged", "Whether the bank asked the buyer to confirm."),
    ("downgraded", "Whether the payment went on without 3-D Secure although the request wanted it."),
    ("risk", "What is known of the payment's risk."),
    ("flagged", "Whether the payment looked risky. Always false here."),
    ("source", "The card that pays."),
    ("balances", "The sums of the payment."),
    ("total_authorized", "How much the card's bank holds or held."),
    ("total_voided", "How much of that was released."),
    ("available_to_void", "How much can still be released."),
    ("total_captured", "How much was captured."),
    ("available_to_capture", "How much can still be captured."),
    ("total_refunded", "How much was given back."),
    ("available_to_refund", "How much can still be given back."),
    ("payment_type", "The kind of payment, such as Regular or Recurring."),
    ("processing", "What the acquirer calls the operation."),
    ("retrieval_reference_number", "Twelve digits by which a bank finds the operation."),
    ("acquirer_transaction_id", "The acquirer's own id of the operation."),
    ("eci", "How sure the card's bank was of the buyer: 05 where it was."),
    ("scheme_id", "The card scheme's id of the payment."),
    ("_links", "Addresses of what can be done next."),
    ("href", "The address."),
    ("self", "This object itself."),
    ("actions", "What was done with the payment."),
    ("payment", "The payment."),
    ("payment_actions", "What was done with the payment."),
    ("redirect", "Where to send the buyer."),
    ("void", "Releases what was authorized."),
    ("refund", "Gives back what was captured."),
    ("authorize", "Authorizes more."),
    ("Links.capture", "Captures what was authorized."),
    ("PaymentAction.type", "What was done."),
    ("PaymentActionSummary.type", "What was done."),
    ("authorization_type", "Final, or Estimated where the client may request more later."),
    ("billing", "Who pays, and where they live."),
    ("address", "The address of who pays."),
    ("products", "What is bought."),
    ("quantity", "How many of it."),
    ("success_url", "Where the buyer goes after paying."),
    ("failure_url", "Where the buyer goes after a refusal."),
    ("cancel_url", "Where the buyer goes after giving up."),
    ("return_url", "Where the buyer goes after paying."),
    ("created_on", "When it was made, in UTC."),
    ("Checkout.status", "Where the checkout is; docs/states.md says which word is final."),
    ("decline_code", "Why the last try was declined, while the status is `failed`; otherwise null."),
    ("Payment.status", "Where the payment is; docs/states.md says which word is final."),
    ("PendingPayment.status", "Pending: the buyer has to confirm, or the outcome is not known yet."),
    (
        "HostedPage.status",
        "Whether the page waits for the buyer (a link is Active meanwhile), was paid, or is over.",
    ),
    ("Revoked.status", "That it is out of use."),
    ("limit", "How many there are on a page of the list."),
    ("skip", "How many were left out before it."),
    ("total_count", "How many there are in all."),
];

/// Customers and their cards.
const CUSTOMERS: &Words = &[
    ("name", "The whole name."),
    ("Product.name", "What it is called."),
    ("Category.name", "The category's name."),
    ("CreateCategory.name", "The category's name."),
    ("first_name", "The first name."),
    ("last_name", "The last name."),
    ("email", "The e-mail address."),
    ("phone", "The phone number."),
    ("country_code", "The calling code, such as +46."),
    ("number", "The number without the calling code."),
    ("street", "The street, without the house number."),
    ("house_number", "The house number."),
    ("address1", "Street and house number."),
    ("address_line1", "Street and house number."),
    ("address_line2", "Other lines of the address."),
    ("billing_address", "Where the holder of the card lives."),
    ("city", "The city."),
    ("state", "The state or province."),
    ("zip_code", "The postcode."),
    ("zip", "The postcode."),
    ("postcode", "The postcode."),
    ("country", "Two letters of ISO 3166, such as SE."),
    ("tax_number", "The tax number."),
    ("company_number", "The company number."),
    ("client_page", "The address of the customer's own page, where cards are added and removed."),
    ("savedCards", "The saved cards, the newest first."),
    ("brand", "The card's brand in small letters, such as visa."),
    ("last4", "The last four digits of the card."),
    ("exp_month", "The last month in which the card is good."),
    ("exp_year", "The year of that month, four digits."),
    ("expiry_month", "The last month in which the card is good."),
    ("expiry_year", "The year of that month, four digits."),
    ("default", "Whether this card is the one that is charged and shown first."),
    ("Customer.default", "The id of the instrument that is charged first."),
    ("customer", "The customer."),
    ("instruments", "The customer's saved cards."),
    ("account_holder", "Who holds the card."),
    ("card_wallet_type", "The wallet that the card came out of: applepay or googlepay."),
    ("fingerprint", "Equal for the same card number of one merchant."),
    ("scheme", "The card's brand, such as Visa."),
    ("bin", "The first digits of the card number."),
    ("card_type", "Credit, Debit, Prepaid or Charge."),
    ("card_category", "Consumer or Commercial."),
    ("issuer", "The bank that gave out the card."),
    ("issuer_country", "The bank's country, two letters of ISO 3166."),
    ("product_id", "The scheme's code of the kind of card."),
    ("product_type", "The kind of card in words."),
    ("avs_check", "What the bank said of the address: G where it did not look."),
    ("cvv_check", "What the bank said of the security code: Y right, N wrong, X none sent."),
    ("cvv", "The card's security code. It is never stored on a disk."),
    ("type", "The kind of source: card, token, id or customer."),
    ("Instrument.type", "Always card."),
    ("CustomerInstrument.type", "Always card."),
    ("Updated.type", "Always card."),
    ("Token.type", "Where the card came from: card, applepay or googlepay."),
    ("CreateInstrument.type", "token or card."),
    ("UpdateInstrument.type", "token, beside a `token`."),
    ("token", "A card for one use, within 15 minutes."),
    ("id", "The id."),
    ("UpdateNamedCustomer.id", "The customer's id; without it the `email` says who is meant."),
    ("sort_order", "Where it stands in a list: small numbers first."),
    ("is_active", "1 where it is in use, else 0."),
    ("CreateCategory.is_active", "Whether it is in use."),
];

/// What stands around objects, and errors.
const ENVELOPES: &Words = &[
    ("success", "Whether the request was carried out."),
    ("data", "What the request wanted."),
    ("deleted", "Always true."),
    ("CustomerAnswer.message", "What was done."),
    ("message", "What is wrong, for whoever works on the client."),
    ("error", "What is wrong."),
    ("RefusedObject.error", "Why there is no token, in a word of OAuth 2.0."),
    ("code", "What is wrong, as a program reads it."),
    ("Error.code", "23 where fields are missing, else 0."),
    ("Error.name", "The HTTP status in words."),
    ("Error.status", "The HTTP status."),
    ("details", "What is wrong with each field."),
    ("request_id", "The request's id, as the server's log shows it."),
    ("error_type", "The kind of error."),
    ("error_codes", "What is wrong, a word for each fault."),
    ("customers", "The customers, and where they stand in the whole list."),
    ("current_page", "Which page this is; the first is 1."),
    ("first_page_url", "The address of the first page."),
    ("next_page_url", "The address of the next page; null where there is none."),
    ("prev_page_url", "The address of the page before; null where there is none."),
    ("path", "The list's address."),
    ("per_page", "How many customers a page has."),
    ("from", "The place of the first customer in the whole list; the first is 1."),
    ("to", "The place of the last customer."),
    ("access_token", "The token, which goes into `Authorization: Bearer`."),
    ("token_type", "Always Bearer."),
    ("expires_in", "How many seconds it is good."),
    ("scope", "What the token is good for: words with spaces between them."),
    ("grant_type", "Always client_credentials."),
    ("client_secret", "The client's secret, here or in HTTP Basic."),
];

/// The only words that there are, of properties of answers whose type does not say so.
const CHOICES: &[(&str, &[&str])] = &[
    (
        "Payment.status",
        &[
            "Pending",
            "Authorized",
            "Partially Captured",
            "Captured",
            "Card Verified",
            "Declined",
            "Voided",
            "Partially Refunded",
            "Refunded",
            "Canceled",
            "Expired",
        ],
    ),
    ("PendingPayment.status", &["Pending"]),
    ("PaymentAction.type", &["Authorization", "Card Verification", "Capture", "Void", "Refund"]),
    ("HostedPage.status", &["Payment Pending", "Active", "Payment Received", "Expired"]),
    ("Revoked.status", &["INVALID"]),
    ("Instrument.type", &["card"]),
    ("CustomerInstrument.type", &["card"]),
    ("Updated.type", &["card"]),
    ("Token.type", &["card", "applepay", "googlepay"]),
    ("AccessToken.token_type", &["Bearer"]),
    ("Deleted.status", &["delete"]),
];

/// Explains every property that does not explain itself.
pub(crate) fn explain(document: &mut OpenApi) {
    let schemas = document.components.iter_mut().flat_map(|components| &mut components.schemas);
    for (name, schema) in schemas {
        each(name, schema);
    }
}

fn each(place: &str, schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            for (name, property) in &mut object.properties {
                say(place, name, property);
                choose(place, name, property);
                each(name, property);
            }
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                each(&format!("{place}[]"), items);
            }
        }
        Schema::OneOf(either) => either.items.iter_mut().for_each(|item| each(place, item)),
        Schema::AllOf(all) => all.items.iter_mut().for_each(|item| each(place, item)),
        Schema::AnyOf(any) => any.items.iter_mut().for_each(|item| each(place, item)),
        // There may be others one day, which the test finds.
        _ => {}
    }
}

fn say(place: &str, name: &str, property: &mut RefOr<Schema>) {
    let Some(words) = words(place, name) else { return };
    let own = match property {
        RefOr::Ref(named) => {
            if named.description.is_empty() {
                words.clone_into(&mut named.description);
            }
            return;
        }
        RefOr::T(Schema::Object(object)) => &mut object.description,
        RefOr::T(Schema::Array(array)) => &mut array.description,
        RefOr::T(Schema::OneOf(either)) => &mut either.description,
        RefOr::T(Schema::AllOf(all)) => &mut all.description,
        RefOr::T(Schema::AnyOf(any)) => &mut any.description,
        RefOr::T(_) => return,
    };
    own.get_or_insert_with(|| words.to_owned());
}

fn choose(place: &str, name: &str, property: &mut RefOr<Schema>) {
    let wanted = format!("{place}.{name}");
    let choices = CHOICES.iter().find(|(known, _)| *known == wanted).map(|(_, choices)| *choices);
    if let (Some(choices), RefOr::T(Schema::Object(object))) = (choices, property) {
        object.enum_values.get_or_insert_with(|| choices.iter().map(|word| Json::from(*word)).collect());
    }
}

/// The words for a property: those of its schema first.
fn words(place: &str, name: &str) -> Option<&'static str> {
    let find = |wanted: &str| {
        let mut all = PAYMENTS.iter().chain(CUSTOMERS).chain(ENVELOPES).chain(shown::SHOWN);
        all.find(|(known, _)| *known == wanted).map(|(_, words)| *words)
    };
    find(&format!("{place}.{name}")).or_else(|| find(name))
}
