"""Checkout.com's official Python client against Kassa: customers and cards are made, read, changed and
deleted.

Arguments: the base URL, the secret key, the public key, the OAuth client id, the OAuth client secret. It prints `done`
at its end.
"""

import sys

from checkout_sdk.checkout_sdk import CheckoutSdk
from checkout_sdk.common.common import AccountHolder, Phone, UpdateCustomerRequest
from checkout_sdk.common.enums import InstrumentType
from checkout_sdk.customers.customers import CustomerRequest
from checkout_sdk.environment import Environment
from checkout_sdk.exception import CheckoutApiException, CheckoutAuthorizationException
from checkout_sdk.instruments.instruments import (
    CreateCustomerInstrumentRequest,
    CreateInstrumentRequest,
    CreateTokenInstrumentRequest,
    UpdateCardInstrumentRequest,
    UpdateTokenInstrumentRequest,
)
from checkout_sdk.oauth_scopes import OAuthScopes
from checkout_sdk.tokens.tokens import CardTokenRequest

base_url, secret_key, public_key, client_id, client_secret = sys.argv[1:]


def kassa(builder):
    """Points any builder of the client at Kassa."""
    base = base_url + "/"
    environment = Environment(
        base_uri=base,
        authorization_uri=base + "connect/token",
        files_uri=base,
        transfers_uri=base,
        balances_uri=base,
        forward_uri=base,
        identity_uri=base,
        is_sandbox=True,
    )
    return builder.environment(environment).use_legacy_domain()


def refused(call, status, codes):
    """The call fails with this status and these codes, and names its request."""
    try:
        call()
    except CheckoutApiException as error:
        assert error.http_metadata.status_code == status, error
        assert error.error_details == codes, error.error_details
        assert error.request_id, "the error names no request"
        return error
    raise AssertionError("it was not refused")


def filled(made, **fields):
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def request(**fields):
    return filled(CustomerRequest(), **fields)


def walk(api, email):
    phone = Phone()
    phone.country_code = "+1"
    phone.number = "415 555 2671"
    metadata = {"coupon_code": "NY2018", "partner_id": 123989}
    bruce = request(email=email, name="Bruce Wayne", phone=phone, metadata=metadata)
    created = api.customers.create(bruce)
    assert created.http_metadata.status_code == 201
    assert created.http_metadata.headers.get("Cko-Request-Id")

    for named in (created.id, email, email.upper()):
        read = api.customers.get(named)
        assert (read.id, read.email, read.name) == (created.id, email, "Bruce Wayne")
        assert (read.phone.country_code, read.phone.number) == ("+1", "415 555 2671")
        assert (read.metadata.coupon_code, read.metadata.partner_id) == ("NY2018", 123989)
        assert read.instruments == []

    changed = api.customers.update(created.id, request(name="Batman", metadata={"cave": True}))
    assert changed.http_metadata.status_code == 204
    read = api.customers.get(created.id)
    assert (read.email, read.name, read.metadata.cave) == (email, "Batman", True)
    assert not hasattr(read.metadata, "partner_id"), "metadata is replaced as a whole"
    assert read.phone.number == "415 555 2671"

    error = refused(lambda: api.customers.create(request(email=email)), 422, ["customer_already_exists"])
    assert error.error_type == "request_invalid"
    refused(lambda: api.customers.create(request(name="Nobody")), 422, ["email_required"])
    refused(lambda: api.customers.update(created.id, request(email="no address")), 422, ["email_invalid"])

    deleted = api.customers.delete(created.id)
    assert deleted.http_metadata.status_code == 204
    refused(lambda: api.customers.get(created.id), 404, None)
    refused(lambda: api.customers.get(email), 404, None)
    refused(lambda: api.customers.delete(created.id), 404, None)
    refused(lambda: api.customers.update("cus_" + "x" * 26, request(name="x")), 404, None)


def walk_cards(api, page, email):
    """A page hands in a card, and the shop saves it, changes it, puts it out of use and deletes it."""
    phone = filled(Phone(), country_code="+1", number="415 555 2671")

    def handed_in(number, **fields):
        card = filled(CardTokenRequest(), number=number, expiry_month=12, expiry_year=2039, **fields)
        return page.tokens.request_card_token(card)

    token = handed_in("4242424242424242", cvv="123", name="Bruce Wayne", phone=phone)
    assert token.http_metadata.status_code == 201
    facts = (token.type, token.bin, token.last4, token.scheme, token.card_type, token.name)
    assert facts == ("card", "424242", "4242", "VISA", "CREDIT", "Bruce Wayne"), facts
    known = api.tokens.get_token_metadata(token.token)
    assert (known.token, known.name, known.expires_on) == (token.token, "Bruce Wayne", token.expires_on)

    owner = filled(CreateCustomerInstrumentRequest(), email=email, name="Bruce Wayne", phone=phone)
    holder = filled(AccountHolder(), first_name="Bruce", last_name="Wayne", phone=phone)
    of_token = filled(CreateTokenInstrumentRequest(), token=token.token, account_holder=holder, customer=owner)
    made = api.instruments.create(of_token)
    assert made.http_metadata.status_code == 201
    assert (made.type, made.last4, made.customer.email) == ("card", "4242", email)
    error = refused(lambda: api.instruments.create(of_token), 422, ["token_used"])
    assert error.error_type == "processing_error"
    nobodys = filled(CreateTokenInstrumentRequest(), token="tok_" + "x" * 26)
    refused(lambda: api.instruments.create(nobodys), 422, ["token_invalid"])
    refused(lambda: handed_in("4242424242424241"), 422, ["card_number_invalid"])
    read = api.instruments.get(made.id)
    assert (read.fingerprint, read.name, read.account_holder.last_name) == (made.fingerprint, "Bruce Wayne", "Wayne")
    assert (read.customer.id, read.customer.default) == (made.customer.id, True)

    chosen = filled(UpdateCustomerRequest(), id=made.customer.id, default=True)
    change = filled(UpdateCardInstrumentRequest(), expiry_month=1, name="Batman", customer=chosen)
    changed = api.instruments.update(made.id, change)
    assert (changed.http_metadata.status_code, changed.type) == (200, "card")
    assert changed.fingerprint == made.fingerprint
    read = api.instruments.get(made.id)
    assert (read.expiry_month, read.expiry_year, read.name) == (1, 2039, "Batman")
    other = filled(UpdateTokenInstrumentRequest(), token=handed_in("5555555555554444").token)
    assert api.instruments.update(made.id, other).fingerprint != made.fingerprint
    assert api.instruments.get(made.id).last4 == "4444"

    card = CreateInstrumentRequest(InstrumentType.CARD)
    known = filled(CreateCustomerInstrumentRequest(), id=made.customer.id)
    card = filled(card, number="4242424242424242", expiry_month=12, expiry_year=2039, customer=known)
    second = api.instruments.create(card)
    wallet = api.customers.get(made.customer.id)
    assert [wallet.default] + [card.id for card in wallet.instruments] == [made.id, made.id, second.id]
    revoked = api.instruments.revoke(made.id)
    assert (revoked.status, revoked.reason) == ("INVALID", "revoked_by_merchant")
    assert api.customers.get(made.customer.id).default == second.id

    assert api.instruments.delete(second.id).http_metadata.status_code == 204
    refused(lambda: api.instruments.get(second.id), 404, None)
    api.customers.delete(made.customer.id)
    refused(lambda: api.instruments.get(made.id), 404, None)


with_key = kassa(CheckoutSdk.builder()).secret_key(secret_key).public_key(public_key).build()
walk(with_key, "bruce+wayne@example.com")
walk_cards(with_key, with_key, "bruce+wayne@example.com")

oauth = kassa(CheckoutSdk.builder().oauth()).client_credentials(client_id, client_secret)
with_token = oauth.scopes([OAuthScopes.VAULT]).build()
walk(with_token, "bruce+oauth@example.com")
# The client hands in no card with a token: that is the public key's business.
walk_cards(with_token, with_key, "bruce+oauth@example.com")

# Without a scope it is all of the vault.
kassa(CheckoutSdk.builder().oauth()).client_credentials(client_id, client_secret).build().customers
narrow = kassa(CheckoutSdk.builder().oauth()).client_credentials(client_id, client_secret)
narrow = narrow.scopes([OAuthScopes.GATEWAY]).build()
refused(lambda: narrow.customers.get("bruce@example.com"), 403, ["insufficient_scope"])
try:
    kassa(CheckoutSdk.builder().oauth()).client_credentials(client_id, "wrong").build()
    raise AssertionError("a wrong secret got a token")
except CheckoutAuthorizationException as error:
    assert "invalid_client" in str(error), error

stranger = kassa(CheckoutSdk.builder()).secret_key("sk_sbox_" + "a" * 27).build()
refused(lambda: stranger.customers.get("bruce@example.com"), 401, None)
print("done")
