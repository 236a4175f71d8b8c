"""Checkout.com's official Python client against Kassa: customers and cards are made, read, changed and deleted, and
payments made, captured, refunded and voided, by the client and by buyers on pages.

Arguments: the base URL, the secret key, the public key, the OAuth client id, the OAuth client secret. It prints `done`
at its end.
"""

import re
import sys
import time
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode
from urllib.request import urlopen

from checkout_sdk.checkout_sdk import CheckoutSdk
from checkout_sdk.common.common import AccountHolder, Address, Phone, Product, UpdateCustomerRequest
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
from checkout_sdk.payments.hosted.hosted_payments import HostedPaymentsSessionRequest
from checkout_sdk.payments.links.payments_links import PaymentLinkRequest
from checkout_sdk.payments.payments import (
    AmountVariability,
    AuthorizationRequest,
    AuthorizationType,
    CancelScheduledRetryRequest,
    CaptureRequest,
    CaptureType,
    Exemption,
    PaymentCustomerRequest,
    PaymentRequest,
    PaymentRequestCardSource,
    PaymentRequestIdSource,
    PaymentRequestNetworkTokenSource,
    PaymentRequestTokenSource,
    PaymentsQueryFilter,
    PaymentsSearchRequest,
    PaymentType,
    PlanRecurring,
    RefundRequest,
    RequestCustomerSource,
    ThreeDsRequest,
    VoidRequest,
)
from checkout_sdk.payments.payments_previous import BillingInformation
from checkout_sdk.tokens.tokens import (
    ApplePayTokenData,
    ApplePayTokenRequest,
    CardTokenRequest,
    GooglePayTokenData,
    GooglePayTokenRequest,
)

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
        card = filled(CardTokenRequest(), number=number, expiry_month=12, expiry_year=2099, **fields)
        return page.tokens.request_card_token(card)

    token = handed_in("4242424242424242", cvv="123", name="Bruce Wayne", phone=phone)
    assert token.http_metadata.status_code == 201
    facts = (token.type, token.bin, token.last4, token.scheme, token.card_type, token.name)
    assert facts == ("card", "42424242", "4242", "VISA", "CREDIT", "Bruce Wayne"), facts
    known = api.tokens.get_token_metadata(token.token)
    assert (known.token, known.name, known.expires_on) == (token.token, "Bruce Wayne", token.expires_on)

    for of_wallet, data in (
        (ApplePayTokenRequest(), filled(ApplePayTokenData(), version="EC_v1", data="", signature="", header={})),
        (GooglePayTokenRequest(), filled(GooglePayTokenData(), protocolVersion="ECv1", signature="", signedMessage="")),
    ):
        handed = page.tokens.request_wallet_token(filled(of_wallet, token_data=data))
        card = api.instruments.create(filled(CreateTokenInstrumentRequest(), token=handed.token))
        assert (handed.card_wallet_type, card.card_wallet_type) == (handed.type, of_wallet.type.value)

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
    assert (read.expiry_month, read.expiry_year, read.name) == (1, 2099, "Batman")
    other = filled(UpdateTokenInstrumentRequest(), token=handed_in("5555555555554444").token)
    assert api.instruments.update(made.id, other).fingerprint != made.fingerprint
    assert api.instruments.get(made.id).last4 == "4444"

    card = CreateInstrumentRequest(InstrumentType.CARD)
    known = filled(CreateCustomerInstrumentRequest(), id=made.customer.id)
    card = filled(card, number="4242424242424242", expiry_month=12, expiry_year=2099, customer=known)
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


# What the vendor's own tests of this client require of a card payment.
OF_A_PAYMENT = """id processed_on reference action_id response_code scheme_id response_summary status amount approved
auth_code currency source customer processing""".split()
OF_A_SOURCE = """type id avs_check cvv_check bin card_category card_type expiry_month expiry_year last4 scheme name
fingerprint issuer_country product_id product_type""".split()
OF_PROCESSING = ["acquirer_transaction_id", "retrieval_reference_number"]


def has(made, names):
    for name in names:
        assert getattr(made, name, None) is not None, name


def sums(payment):
    of = payment.balances
    return (of.total_authorized, of.total_voided, of.total_captured, of.available_to_capture, of.total_refunded)


def buyer(page, **fields):
    """Sends what a buyer types; the page leads to its result."""
    return urlopen(page, urlencode(fields).encode()).read().decode()


def buys(page):
    form = re.search('name="form" value="([0-9a-f]{32})"', urlopen(page).read().decode()).group(1)
    return buyer(page, form=form, number="4242424242424242", expiry="12/99", code="123")


def walk_payments(api, page, email):
    """A card is charged as a token, by its number, by its id and as its owner's default."""
    number = dict(number="4242424242424242", expiry_month=12, expiry_year=2099, name="Bruce Wayne", cvv="123")
    payer = filled(PaymentCustomerRequest(), email=email, name="Bruce Wayne")

    def charged(source, key=None, **fields):
        made = filled(PaymentRequest(), source=source, amount=1000, currency="EUR", reference=email, **fields)
        return api.payments.request_payment(made, key)

    def stands(made):
        read = api.payments.get_payment_details(made.id)
        return (read.status, *sums(read))

    token = page.tokens.request_card_token(filled(CardTokenRequest(), **number)).token
    by_token = filled(PaymentRequestTokenSource(), token=token)
    first = charged(by_token, customer=payer, capture=False)
    assert first.http_metadata.status_code == 201
    has(first, OF_A_PAYMENT)
    has(first.source, OF_A_SOURCE)
    has(first.processing, OF_PROCESSING)
    has(first.customer, ["id", "name"])
    assert (first.approved, first.status, first.response_code) == (True, "Authorized", "10000")
    assert first.source.type == "card" and first._links.capture.href and first._links.void.href
    assert refused(lambda: charged(by_token), 422, ["token_used"]).error_type == "processing_error"

    part = filled(CaptureRequest(), amount=300, capture_type=CaptureType.NON_FINAL, reference="part")
    captured = api.payments.capture_payment(first.id, part)
    assert (captured.http_metadata.status_code, captured.reference) == (202, "part")
    assert captured._links.payment.href == first._links.self.href
    assert stands(first) == ("Partially Captured", 1000, 0, 300, 700, 0)
    error = refused(lambda: api.payments.capture_payment(first.id, filled(CaptureRequest(), amount=701)), 422,
                    ["capture_value_greater_than_remaining_authorized"])
    assert error.error_type == "request_invalid"
    api.payments.capture_payment(first.id, filled(CaptureRequest(), amount=200))
    assert stands(first) == ("Captured", 1000, 500, 500, 0, 0)
    refused(lambda: api.payments.void_payment(first.id), 403, None)
    refunded = api.payments.refund_payment(first.id, filled(RefundRequest(), amount=100, reference="back"))
    assert (refunded.http_metadata.status_code, refunded.reference) == (202, "back")
    api.payments.refund_payment(first.id)
    assert stands(first) == ("Refunded", 1000, 500, 500, 0, 500)
    actions = api.payments.get_payment_actions(first.id).items
    kinds = [(action.type, action.amount) for action in reversed(actions)]
    assert kinds == [("Authorization", 1000), ("Capture", 300), ("Capture", 200), ("Void", 500), ("Refund", 100),
                     ("Refund", 400)], kinds
    assert actions[-1].id == first.action_id and actions[1].id == refunded.action_id

    card = filled(PaymentRequestCardSource(), **number)
    second = charged(card, email)
    again = charged(card, email)
    assert (second.id, second.action_id) == (again.id, again.action_id), "one key charges once"
    assert stands(second) == ("Captured", 1000, 0, 1000, 0, 0)
    assert len(api.payments.get_payment_actions(second.id).items) == 2
    third = charged(filled(PaymentRequestIdSource(), id=first.source.id), capture=False)
    api.payments.void_payment(third.id, filled(VoidRequest(), reference="gone"))
    assert stands(third) == ("Voided", 1000, 1000, 0, 0, 0)
    soon = datetime.now(timezone.utc) + timedelta(seconds=3)
    fourth = charged(filled(RequestCustomerSource(), id=first.customer.id), capture_on=soon)
    assert (fourth.source.id, fourth.customer.id) == (first.source.id, first.customer.id)
    assert stands(fourth) == ("Authorized", 1000, 0, 0, 1000, 0)

    found = api.payments.get_payments_list(filled(PaymentsQueryFilter(), reference=email, limit=2, skip=1))
    assert [payment.id for payment in found.data] == [third.id, second.id]
    assert (found.limit, found.skip, found.total_count) == (2, 1, 4)

    declined = api.payments.request_payment(filled(PaymentRequest(), source=card, amount=12305, currency="EUR"))
    assert (declined.http_metadata.status_code, declined.status, declined.response_code) == (201, "Declined", "20005")
    checked = api.payments.request_payment(filled(PaymentRequest(), source=card, currency="EUR"))
    assert (checked.status, checked.approved) == ("Card Verified", True)
    pending = charged(card, three_ds=filled(ThreeDsRequest(), enabled=True), success_url="https://shop.example/yes",
                      failure_url="https://shop.example/no")
    assert (pending.http_metadata.status_code, pending.status) == (202, "Pending")
    left = buyer(pending._links.redirect.href + "/bank", answer="accept")
    session = re.search("https://shop.example/yes\\?cko-session-id=(sid_[a-z2-7]{26})", left).group(1)
    back = api.payments.get_payment_details(session)
    assert (back.id, back.status) == (pending.id, "Captured")
    assert [action.type for action in back.actions] == ["Capture", "Authorization"]
    elsewhere = filled(ThreeDsRequest(), enabled=True, eci="05", cryptogram="AgAAAAAAAIR8CQrXcIhbQAAAAAA=", xid="MDAw",
                       version="2.0.1")
    known = charged(card, three_ds=elsewhere)
    assert (known.http_metadata.status_code, known.status, known.eci) == (201, "Authorized", "05")
    estimated = charged(card, capture=False, authorization_type=AuthorizationType.ESTIMATED)
    more = filled(AuthorizationRequest(), amount=10, reference="more")
    raised = api.payments.increment_payment_authorization(estimated.id, more)
    has(raised, ["amount", "action_id", "currency", "response_code", "response_summary", "expires_on", "processed_on",
                 "balances", "risk", "_links"])
    assert stands(estimated) == ("Authorized", 1010, 0, 0, 1010, 0)

    # One key does it once.
    for call, body in (
        (api.payments.capture_payment, filled(CaptureRequest(), amount=10, capture_type=CaptureType.NON_FINAL)),
        (api.payments.refund_payment, filled(RefundRequest(), amount=5)),
        (api.payments.void_payment, None),
    ):
        key = email + call.__name__
        assert call(estimated.id, body, key).action_id == call(estimated.id, body, key).action_id, key
    assert stands(estimated) == ("Partially Refunded", 1010, 1000, 10, 0, 5)
    refused(lambda: api.payments.increment_payment_authorization(first.id, more), 403, None)
    network = filled(PaymentRequestNetworkTokenSource(), token=number["number"], expiry_month=12, expiry_year=2039,
                     token_type="vts", cryptogram="AgAAAAAAAIR8CQrXcIhbQAAAAAA=", eci="05")
    by_network = charged(network)
    assert (by_network.status, by_network.eci, hasattr(by_network.source, "id")) == ("Authorized", "05", False)
    wishes = filled(ThreeDsRequest(), enabled=False, exemption=Exemption.LOW_VALUE)
    wished = api.payments.get_payment_details(charged(card, three_ds=wishes).id)
    assert getattr(wished, "3ds").exemption == "low_value"
    agreed = charged(card, payment_type=PaymentType.RECURRING, merchant_initiated=True, previous_payment_id=first.id,
                      payment_plan=filled(PlanRecurring(), amount_variability=AmountVariability.FIXED))
    read = api.payments.get_payment_details(agreed.id)
    shown = (read.payment_type, read.merchant_initiated, read.previous_payment_id, read.payment_plan.amount_variability)
    assert shown == ("Recurring", True, first.id, "Fixed"), shown
    # What is not here is answered like any other address that is not there.
    refused(lambda: api.payments.reverse_payment(first.id), 404, None)
    refused(lambda: api.payments.cancel_scheduled_retry(first.id, CancelScheduledRetryRequest()), 404, None)
    search = filled(PaymentsSearchRequest(), query="id:x")
    refused(lambda: api.payments.search_payments(search), 405, ["request_method_not_allowed"])

    nobody = filled(PaymentCustomerRequest(), id="cus_" + "x" * 26)
    refused(lambda: charged(card, customer=nobody), 422, ["customer_not_found"])
    refused(lambda: charged(None), 422, ["payment_source_required"])
    refused(lambda: api.payments.get_payment_details("pay_" + "x" * 26), 404, None)
    deadline = time.monotonic() + 30
    while api.payments.get_payment_details(fourth.id).status != "Captured":
        assert time.monotonic() < deadline, "it was not captured at its time"
        time.sleep(0.1)


def walk_pages(api):
    """Buyers pay on a hosted page and on a payment link."""
    billing = filled(BillingInformation(), address=filled(Address(), country="GB"))
    fields = dict(amount=1000, currency="EUR", reference="pages", billing=billing)
    boots = filled(Product(), name="Winter boots", quantity=1, price=1000)
    shop = "https://shop.example/"
    urls = dict(success_url=shop + "yes", failure_url=shop + "no", cancel_url=shop + "cart")
    session = filled(HostedPaymentsSessionRequest(), products=[boots], **fields, **urls)
    made = api.hosted_payments.create_hosted_payments_page_session(session)
    assert (made.http_metadata.status_code, made.reference) == (201, "pages")
    read = api.hosted_payments.get_hosted_payments_page_details(made.id)
    assert (read.status, hasattr(read, "payment_id")) == ("Payment Pending", False)
    assert shop + "yes" in buys(made._links.redirect.href)
    paid = api.hosted_payments.get_hosted_payments_page_details(made.id)
    assert (paid.status, paid.id) == ("Payment Received", made.id)
    assert paid._links.payment.href.endswith(paid.payment_id) and paid._links.payment_actions.href
    assert api.payments.get_payment_details(paid.payment_id).status == "Captured"

    request = filled(PaymentLinkRequest(), expires_in=3600, return_url=shop + "back", **fields)
    made = api.payments_links.create_payment_link(request)
    assert made.http_metadata.status_code == 201 and made.expires_on
    assert api.payments_links.get_payment_link(made.id).status == "Active"
    assert shop + "back" in buys(made._links.redirect.href)
    paid = api.payments_links.get_payment_link(made.id)
    assert (paid.status, paid.amount, paid.expires_on) == ("Payment Received", 1000, made.expires_on)
    assert api.payments.get_payment_details(paid.payment_id).status == "Captured"


with_key = kassa(CheckoutSdk.builder()).secret_key(secret_key).public_key(public_key).build()
walk(with_key, "bruce+wayne@example.com")
walk_cards(with_key, with_key, "bruce+wayne@example.com")
walk_payments(with_key, with_key, "bruce+pays@example.com")
# The client does not do this with a token.
walk_pages(with_key)

oauth = kassa(CheckoutSdk.builder().oauth()).client_credentials(client_id, client_secret)
with_token = oauth.scopes([OAuthScopes.VAULT, OAuthScopes.GATEWAY]).build()
walk(with_token, "bruce+oauth@example.com")
# The client hands in no card with a token: that is the public key's business.
walk_cards(with_token, with_key, "bruce+oauth@example.com")
walk_payments(with_token, with_key, "bruce+pays+oauth@example.com")

# Without a scope it is all that the client may do.
kassa(CheckoutSdk.builder().oauth()).client_credentials(client_id, client_secret).build().customers
# What the vendor has and Kassa has not is granted too, and allows nothing.
kassa(CheckoutSdk.builder().oauth()).client_credentials(client_id, client_secret).scopes(list(OAuthScopes)).build()
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
