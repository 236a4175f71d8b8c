"""Signs what goes to NeroPay, as its clients do: the bytes are known only once a request is ready to be sent."""

import hashlib
import hmac
import os
import time

import requests
import schemathesis


class Signed(requests.auth.AuthBase):
    def __call__(self, request):
        key = os.environ["NEROPAY_KEY"]
        request.headers["Authorization"] = f"Bearer {key}"
        if request.method in ("POST", "PATCH"):
            timestamp = str(int(time.time()))
            body = request.body or b""
            signed = f"{timestamp}.".encode() + (body.encode() if isinstance(body, str) else body)
            request.headers["X-NeroPay-Timestamp"] = timestamp
            request.headers["X-NeroPay-Signature"] = hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()
        return request


@schemathesis.hook
def before_call(context, case, kwargs):
    kwargs["auth"] = Signed()
