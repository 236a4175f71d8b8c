"""Checkout.com's official Python client against Kassa: a customer is made, read, changed and deleted.

Arguments: the base URL, the secret key, the OAuth client id, the OAuth client secret. It prints `done` at its end.
"""

import sys

from checkout_sdk.checkout_sdk import CheckoutSdk
from checkout_sdk.common.common import Phone
from checkout_sdk.customers.customers import CustomerRequest
from checkout_sdk.environment import Environment
from checkout_sdk.exception import CheckoutApiException, CheckoutAuthorizationException
from checkout_sdk.oauth_scopes import OAuthScopes

base_url, secret_key, client_id, client_secret = sys.argv[1:]


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


def request(**fields):
    made = CustomerRequest()
    for name, value in fields.items():
        setattr(made, name, value)
    return made


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


with_key = kassa(CheckoutSdk.builder()).secret_key(secret_key).build()
walk(with_key, "bruce+wayne@example.com")

oauth = kassa(CheckoutSdk.builder().oauth()).client_credentials(client_id, client_secret)
with_token = oauth.scopes([OAuthScopes.VAULT]).build()
walk(with_token, "bruce+oauth@example.com")

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
