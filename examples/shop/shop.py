"""A small shop that is paid through Kassa. Python's standard library, nothing else.

It makes a customer and a checkout, learns that it was paid, captures when it ships, and gives money back. Orders are kept in
memory and nobody signs in: a real shop has a database and a login here.
"""

import json
import os
import secrets
import sys
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

API_URL = os.environ.get("NEURO_PAY_URL")  # such as http://127.0.0.1:8080/neuro-pay
API_KEY = os.environ.get("NEURO_PAY_API_KEY")
if not API_URL or not API_KEY:
    sys.exit('Set NEURO_PAY_URL and NEURO_PAY_API_KEY: eval "$(kassa merchant create --name Boots --mode test --env)"')
PRICE = 24900  # öre, the smallest unit of the Swedish krona

ORDERS = {}  # our order number -> the id of its checkout
LAST_KNOWN = {}  # our order number -> the checkout as it was when we asked last


# The API

class Refused(Exception):
    """Why a request failed. Never show it to a buyer as it is; it is written for whoever works on the shop."""


# Which variable is wrong.
HINTS = {
    401: "NEURO_PAY_API_KEY is no key of this server. Was it made for the data that the server has?",
    404: "Is NEURO_PAY_URL the whole base URL, with /neuro-pay at its end?",
}


def ask(path, body, once=None):
    """One request. A write that carries a key is safe to send again after a timeout: it is done once."""
    headers = {"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"}
    if once:
        headers["Idempotency-Key"] = once
    request = urllib.request.Request(API_URL + path, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        text = error.read().decode(errors="replace").strip()
        hint = HINTS.get(error.code)
        raise Refused(f"{path}: {error.code} {text}" + (f"\n{hint}" if hint else "")) from error
    except (OSError, ValueError) as error:
        raise Refused(f"{path}: {error}\nIs `kassa serve` running at {API_URL}? NEURO_PAY_URL says where it is.") from error


def buy(shop, email, first_name, last_name):
    """Makes an order. Returns where to send the buyer."""
    order = secrets.token_hex(4)
    names = {"first_name": first_name, "last_name": last_name, "email": email}
    customer = ask("/checkout/create-customer", names, f"{order}-customer")
    checkout = ask("/checkout/create", {
        "identifier": order,
        "amount": PRICE,
        "currency": "SEK",
        "message": "Winter boots, size 38",
        "capture": False,  # only reserve it now; it is taken when the boots leave the house
        "customer_id": customer["customer_id"],
        "returnUrl": shop + "/thanks?checkout={CHECKOUT_ID}",  # the id is filled in when the buyer comes back
        "returnUrlCancel": shop + "/",
    }, f"{order}-checkout")
    ORDERS[order] = checkout["checkout_id"]
    LAST_KNOWN[order] = checkout
    return checkout["url"]


def look(order):
    """What became of an order. Only the server's answer counts: anybody can type the address of a page."""
    LAST_KNOWN[order] = ask("/checkout/retrieve", {"checkout_id": ORDERS[order]})
    return LAST_KNOWN[order]


def ship(order):
    """Takes the reserved money."""
    LAST_KNOWN[order] = ask("/checkout/capture", {"checkout_id": ORDERS[order]}, f"{order}-capture")


def give_back(order):
    """Gives back all that was taken; before that, it releases what is reserved."""
    body = {"checkout_id": ORDERS[order], "reason": "requested_by_customer"}
    LAST_KNOWN[order] = ask("/checkout/refund", body, f"{order}-refund")


# The web pages

FORM = """<form method="post" action="/buy">
<p><label>First name<br><input name="first_name" value="Grace"></label></p>
<p><label>Last name<br><input name="last_name" value="Hopper"></label></p>
<p><label>E-mail<br><input name="email" value="grace@example.com"></label></p>
<button>Buy winter boots for SEK 249</button></form>"""


BACK = '<p><a href="/">Back to the shop</a></p>'


def row(order):
    checkout = LAST_KNOWN[order]
    ship_it, release, refund = ("ship", "ship"), ("refund", "release"), ("refund", "refund")
    actions = {"reserved": [ship_it, release], "paid": [refund]}.get(checkout["status"], [])
    buttons = " &nbsp; ".join(f'<button formaction="/orders/{order}/{path}">{word}</button>' for path, word in actions)
    return f"<tr><td>{order}<td>{checkout['status']}<td><form method='post'>{buttons}</form>"


class Shop(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(self.get)

    def do_POST(self):
        self.answer(self.post)

    def answer(self, handle):
        """A buyer reads that it did not work, and the terminal says why."""
        try:
            handle()
        except Refused as error:
            print(error, file=sys.stderr, flush=True)
            self.page(502, f"<p>Payments do not work at the moment. Please try again later.</p>{BACK}")

    def get(self):
        address = urllib.parse.urlsplit(self.path)
        if address.path == "/":
            # Some buyers pay and never come back, so the shop asks. A real one does it in the background.
            for order in ORDERS:
                look(order)
            self.page(200, FORM + "<table>" + "".join(row(order) for order in ORDERS) + "</table>")
        elif address.path == "/thanks":
            named = urllib.parse.parse_qs(address.query).get("checkout", [""])[0]
            order = next((order for order, checkout in ORDERS.items() if checkout == named), None)
            if order is None:
                self.page(404, "<p>We have no such order.</p>")
            elif look(order)["status"] in ("reserved", "paid"):
                self.page(200, f"<p>Thank you. Order {order} is paid for.</p>{BACK}")
            else:
                self.page(200, f"<p>Order {order} is not paid.</p>{BACK}")
        else:
            self.page(404, "<p>There is no such page.</p>")

    def post(self):
        size = min(int(self.headers.get("Content-Length") or 0), 64 * 1024)
        form = dict(urllib.parse.parse_qsl(self.rfile.read(size).decode()))
        match self.path.split("/"):
            case ["", "buy"]:
                self.go(buy(self.server.address, form["email"], form["first_name"], form["last_name"]))
            case ["", "orders", order, "ship"] if order in ORDERS:
                ship(order)
                self.go("/")
            case ["", "orders", order, "refund"] if order in ORDERS:
                give_back(order)
                self.go("/")
            case _:
                self.page(404, "<p>There is no such page.</p>")

    def page(self, status, text):
        body = f"<!doctype html><title>Boots</title><link rel='icon' href='data:,'><h1>Boots</h1>{text}".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def go(self, place):
        self.send_response(303)
        self.send_header("Location", place)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    port = int(os.environ.get("SHOP_PORT", "3000"))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Shop)
    except OSError as error:
        sys.exit(f"Cannot listen on port {port}: {error.strerror}. SHOP_PORT chooses another one.")
    server.address = f"http://127.0.0.1:{server.server_port}"
    print(f"The shop is open at {server.address}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
