"""Every field of every request that Checkout.com's official Python client has a model of, for what Kassa serves, is a field
that Kassa knows: it has an effect, or is shown, or the answer says that it does nothing. None is called unknown.

A field is sent alone beside what its request needs, by the client itself and with a value of its type. Arguments: the base URL,
the secret key, the public key, the OAuth client id, the OAuth client secret. It prints `done` at its end.
"""

import logging
import sys
from datetime import datetime, timezone
from enum import Enum
from typing import Union, get_args, get_origin

from checkout_sdk.checkout_sdk import CheckoutSdk
from checkout_sdk.common import common
from checkout_sdk.customers.customers import CustomerRequest
from checkout_sdk.environment import Environment
from checkout_sdk.exception import CheckoutApiException
from checkout_sdk.instruments import instruments
from checkout_sdk.payments import payments
from checkout_sdk.payments.hosted.hosted_payments import HostedPaymentsSessionRequest
from checkout_sdk.payments.links.payments_links import PaymentLinkRequest
from checkout_sdk.payments.payments_previous import BillingInformation
from checkout_sdk.tokens import tokens

# It logs each refusal, and there are many.
logging.disable()
base_url, secret_key, public_key, *_ = sys.argv[1:]
base = base_url + "/"
kassa = Environment(base, base + "connect/token", base, base, base, base, base, True)
api = CheckoutSdk.builder().environment(kassa).use_legacy_domain()
api = api.secret_key(secret_key).public_key(public_key).build()

# What the elements of a list are stands in the client's comments alone.
ELEMENTS = {
    "items": payments.Product, "products": common.Product, "amount_allocations": common.AmountAllocations,
    "sub_entities": common.MarketplaceDataSubEntity, "airline_data": payments.AirlineData,
    "flight_leg_details": payments.FlightLegDetails, "passenger": payments.Passenger,
    "accommodation_data": payments.AccommodationData, "guests": payments.AccommodationGuest,
    "room": payments.AccommodationRoom, "attempts": payments.PaymentRoutingAttempt,
    "tracking_info": payments.TrackingInfo,
}
SENDERS = [payments.PaymentIndividualSender, payments.PaymentCorporateSender]


def fields(model):
    """The fields of a model and of those that it stands on, with their types."""
    for kind in reversed(model.__mro__):
        yield from getattr(kind, "__annotations__", {}).items()


def made(model):
    """One of a model, whatever its constructor wants."""
    try:
        return model()
    except TypeError:
        return model.__new__(model)


def values(name, kind, depth=0):
    """Values of a field, with each field that is in it in one of them."""
    if kind in (str, "str"):
        return ["x"]
    if kind in (int, float, bool, dict, datetime):
        text = dict.fromkeys(["publicKeyHash", "ephemeralPublicKey", "transactionId"] if name == "header" else "a", "x")
        known = {int: 1, float: 1.5, bool: True, dict: text, datetime: datetime.now(timezone.utc)}
        return [known[kind]]
    if kind is list:
        element = ELEMENTS.get(name)
        return [[value] for value in objects(element, depth)] if element else [["x"]]
    if get_origin(kind) is Union:
        return values(name, get_args(kind)[0], depth)
    if isinstance(kind, Enum):
        return [kind]
    if issubclass(kind, Enum):
        return [list(kind)[0]]
    if kind is payments.PaymentSender:
        return [value for sender in SENDERS for value in objects(sender, depth)]
    return objects(kind, depth)


def objects(model, depth):
    """Objects of a model, each with one of its fields."""
    assert depth < 6, model
    for name, kind in fields(model):
        for value in values(name, kind, depth + 1):
            one = made(model)
            setattr(one, name, value)
            yield one


sent = 0
unknown = set()


def each_is_known(call, model, **needed):
    """Sends each field of a model beside what the request needs."""
    global sent
    for name, kind in fields(model):
        for value in values(name, kind):
            body = made(model)
            for field, given in needed.items():
                setattr(body, field, given)
            setattr(body, name, value)
            try:
                answer = call(body)
                status = answer.http_metadata.status_code
                headers = answer.http_metadata.headers
            except CheckoutApiException as error:
                status, headers = error.http_metadata.status_code, error.http_metadata.headers
            assert status in (200, 201, 202, 204, 400, 403, 422), (model, name, status)
            told = {key.lower(): text for key, text in headers.items()}.get("kassa-warning", "")
            sent += 1
            if "unknown field" in told:
                unknown.add(f"{model.__name__}: {told.split(';')[0]}")


def filled(model, **given):
    body = made(model)
    for name, value in given.items():
        setattr(body, name, value)
    return body


number = dict(number="4242424242424242", expiry_month=12, expiry_year=2039)
card = filled(payments.PaymentRequestCardSource, **number)
pays = dict(source=card, amount=1000, currency="EUR")
paid = api.payments.request_payment(filled(payments.PaymentRequest, **pays))
reserved = api.payments.request_payment(filled(payments.PaymentRequest, capture=False, **pays))
owner = filled(instruments.CreateCustomerInstrumentRequest, email="bruce@example.com")
saved = api.instruments.create(filled(instruments.CreateCardInstrumentRequest, customer=owner, **number))

# Without a currency nothing is charged, which makes no difference for what is told.
each_is_known(api.payments.request_payment, payments.PaymentRequest, source=card, amount=1000)
for source, needed in (
    (payments.PaymentRequestCardSource, number),
    (payments.PaymentRequestTokenSource, dict(token="tok_" + "a" * 26)),
    (payments.PaymentRequestIdSource, dict(id=saved.id)),
    (payments.RequestCustomerSource, dict(id=saved.customer.id)),
    (payments.PaymentRequestNetworkTokenSource, dict(token="4242424242424242", expiry_month=12, expiry_year=2039)),
):
    def charge(body):
        return api.payments.request_payment(filled(payments.PaymentRequest, source=body, amount=1000))
    each_is_known(charge, source, **needed)
each_is_known(lambda plan: api.payments.request_payment(filled(payments.PaymentRequest, payment_plan=plan, **pays)),
              payments.PlanRecurring)
each_is_known(lambda plan: api.payments.request_payment(filled(payments.PaymentRequest, payment_plan=plan, **pays)),
              payments.PlanInstallment)
part = dict(amount=1, capture_type="NonFinal")
each_is_known(lambda body: api.payments.capture_payment(reserved.id, body), payments.CaptureRequest, **part)
each_is_known(lambda body: api.payments.increment_payment_authorization(reserved.id, body),
              payments.AuthorizationRequest)
each_is_known(lambda body: api.payments.refund_payment(paid.id, body), payments.RefundRequest, amount=1)
each_is_known(lambda body: api.payments.void_payment(reserved.id, body), payments.VoidRequest)

address = filled(common.Address, country="GB")
page = dict(amount=1000, currency="EUR", billing=filled(BillingInformation, address=address))
shop = "https://shop.example/"
urls = dict(success_url=shop, cancel_url=shop, failure_url=shop)
each_is_known(api.hosted_payments.create_hosted_payments_page_session, HostedPaymentsSessionRequest, **page, **urls)
each_is_known(api.payments_links.create_payment_link, PaymentLinkRequest, **page)

each_is_known(api.customers.create, CustomerRequest)
each_is_known(lambda body: api.customers.update(saved.customer.id, body), CustomerRequest)
each_is_known(api.tokens.request_card_token, tokens.CardTokenRequest, **number)
each_is_known(api.tokens.request_wallet_token, tokens.ApplePayTokenRequest)
each_is_known(api.tokens.request_wallet_token, tokens.GooglePayTokenRequest)
each_is_known(api.instruments.create, instruments.CreateCardInstrumentRequest, **number)
each_is_known(api.instruments.create, instruments.CreateTokenInstrumentRequest, token="tok_" + "a" * 26)
each_is_known(lambda body: api.instruments.update(saved.id, body), instruments.UpdateCardInstrumentRequest)
each_is_known(lambda body: api.instruments.update(saved.id, body), instruments.UpdateTokenInstrumentRequest)

assert sent > 300, f"{sent} fields are few"
assert not unknown, "\n".join(sorted(unknown))
print("done")
