// Checkout.com's official Node client against Kassa: customers and cards are made, read, changed and deleted, and
// payments made, captured, refunded and voided, by the client and by buyers on pages.
//
// Arguments: the folder of the packages, the base URL, the secret key, the public key, the OAuth client id, the OAuth
// client secret.
// It prints `done` at its end.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";

const [packages, host, secretKey, pk, client, clientSecret] = process.argv.slice(2);
const { resolve } = createRequire(pathToFileURL(`${packages}/`));
const load = (name) => import(pathToFileURL(resolve(name)));
const { Checkout } = await load("checkout-sdk-node");
const errors = await load("checkout-sdk-node/dist/services/errors.js");

/** A client with a token. Its library asks the vendor's own host for it unless it is told another. */
function withToken(secret, options) {
  const api = new Checkout(secret, { host, pk, client, scope: ["vault", "gateway"], ...options });
  api.config.environment.oAuthAuthorizationApi = `${host}/connect/token`;
  return api;
}

/** The call fails with the library's class for the status, and with these codes in its body if it has any. */
async function refused(call, kind, codes) {
  const error = await call.then(() => assert.fail("it was not refused"), (error) => error);
  assert.ok(error instanceof kind, `${error.name} ${error.http_code} ${JSON.stringify(error.body)}`);
  assert.deepEqual(error.body?.error_codes, codes);
  if (codes) assert.ok(error.body.request_id, "the error names no request");
  return error;
}

async function walk(api, email) {
  const { NotFoundError, ValidationError } = errors;
  const phone = { country_code: "+1", number: "415 555 2671" };
  const metadata = { coupon_code: "NY2018", partner_id: 123989 };
  const { id } = await api.customers.create({ email, name: "Bruce Wayne", phone, metadata });

  for (const named of [id, email, email.toUpperCase()]) {
    const read = await api.customers.get(named);
    assert.deepEqual(read, { id, email, name: "Bruce Wayne", phone, metadata, instruments: [] });
  }

  assert.deepEqual(await api.customers.update(id, { name: "Batman", metadata: { cave: true } }), {});
  const changed = { id, email, name: "Batman", phone, metadata: { cave: true }, instruments: [] };
  assert.deepEqual(await api.customers.get(id), changed);

  const again = await refused(api.customers.create({ email }), ValidationError, ["customer_already_exists"]);
  assert.equal(again.body.error_type, "request_invalid");
  await refused(api.customers.create({ name: "Nobody" }), ValidationError, ["email_required"]);
  await refused(api.customers.update(id, { email: "no address" }), ValidationError, ["email_invalid"]);

  assert.deepEqual(await api.customers.delete(id), {});
  await refused(api.customers.get(id), NotFoundError);
  await refused(api.customers.get(email), NotFoundError);
  await refused(api.customers.delete(id), NotFoundError);
  await refused(api.customers.update(`cus_${"x".repeat(26)}`, { name: "x" }), NotFoundError);
}

/** A page hands in a card, and the shop saves it, changes it, puts it out of use and deletes it. */
async function walkCards(api, withKey, email) {
  const { NotFoundError, ValidationError } = errors;
  const card = { number: "4242424242424242", expiry_month: 12, expiry_year: 2099 };
  const phone = { country_code: "+1", number: "415 555 2671" };
  const handedIn = () => api.tokens.request({ ...card, cvv: "123", name: "Bruce Wayne", phone });
  const token = await handedIn();
  const facts = [token.type, token.bin, token.last4, token.scheme, token.card_type, token.name];
  assert.deepEqual(facts, ["card", "42424242", "4242", "VISA", "CREDIT", "Bruce Wayne"]);
  assert.ok(new Date(token.expires_on) > new Date());
  // With an OAuth token in hand the client would send `[object Object]` here.
  assert.deepEqual(await withKey.tokens.getTokenMetadata(token.token), token);

  const made = await api.instruments.create({ token: token.token, customer: { email, name: "Bruce Wayne" } });
  const { id, fingerprint, customer } = made;
  assert.deepEqual([made.type, customer.email, customer.name], ["card", email, "Bruce Wayne"]);
  const again = api.instruments.create({ token: token.token });
  assert.equal((await refused(again, ValidationError, ["token_used"])).body.error_type, "processing_error");
  await refused(api.instruments.create({ token: `tok_${"x".repeat(26)}` }), ValidationError, ["token_invalid"]);
  await refused(api.tokens.request({ ...card, number: "4242424242424241" }), ValidationError, ["card_number_invalid"]);
  const read = await api.instruments.get(id);
  const holder = { name: "Bruce Wayne", account_holder: { phone } };
  assert.deepEqual(read, { ...made, ...holder, customer: { ...customer, default: true } });

  const change = { type: "card", expiry_month: 1, name: "Batman", customer: { id: customer.id, default: true } };
  assert.deepEqual(await api.instruments.update(id, change), { type: "card", fingerprint });
  assert.deepEqual(await api.instruments.get(id), { ...read, expiry_month: 1, name: "Batman" });
  const other = await api.tokens.request({ ...card, number: "5555555555554444" });
  const replaced = await api.instruments.update(id, { type: "token", token: other.token });
  assert.notEqual(replaced.fingerprint, fingerprint);
  assert.equal((await api.instruments.get(id)).last4, "4444");

  const second = await api.instruments.create({ ...card, type: "card", customer: { id: customer.id } });
  const wallet = await api.customers.get(customer.id);
  assert.deepEqual([wallet.default, ...wallet.instruments.map((card) => card.id)], [id, id, second.id]);
  const revoked = { id, status: "INVALID", reason: "revoked_by_merchant" };
  assert.deepEqual(await api.instruments.revoke(id), revoked);
  assert.equal((await api.customers.get(customer.id)).default, second.id);

  assert.deepEqual(await api.instruments.delete(second.id), {});
  await refused(api.instruments.get(second.id), NotFoundError);
  await api.customers.delete(customer.id);
  await refused(api.instruments.get(id), NotFoundError);
}

// What the vendor's own tests of its clients require of a card payment.
const OF_A_PAYMENT = `id processed_on reference action_id response_code scheme_id response_summary status amount approved
  auth_code currency source customer processing`.split(/\s+/);
const OF_A_SOURCE = `type id avs_check cvv_check bin card_category card_type expiry_month expiry_year last4 scheme name
  fingerprint issuer_country product_id product_type`.split(/\s+/);
const OF_PROCESSING = ["acquirer_transaction_id", "retrieval_reference_number"];

function has(made, names) {
  for (const name of names) assert.ok(made[name] !== undefined && made[name] !== null, `there is no ${name}`);
}

/** Sends what a buyer types; the page leads to its result. */
async function buyer(page, fields) {
  const answer = await fetch(page, { method: "POST", body: new URLSearchParams(fields) });
  assert.equal(answer.status, 200);
  return answer.text();
}

async function buys(page) {
  const shown = await (await fetch(page)).text();
  const [, form] = /name="form" value="([0-9a-f]{32})"/.exec(shown);
  return buyer(page, { form, number: "4242424242424242", expiry: "12/99", code: "123" });
}

/** A card is charged as a token, by its number, by its id and as its owner's default. */
async function walkPayments(api, withKey, email) {
  const { ActionNotAllowed, NotFoundError, ValidationError } = errors;
  const card = { number: "4242424242424242", expiry_month: 12, expiry_year: 2099, name: "Bruce Wayne", cvv: "123" };
  const payment = { amount: 1000, currency: "EUR", reference: email };
  const charged = (fields, key) => api.payments.request({ ...payment, ...fields }, key);
  const stands = async ({ id }) => {
    const { status, balances } = await api.payments.get(id);
    const { total_authorized, total_voided, total_captured, available_to_capture, total_refunded } = balances;
    return [status, total_authorized, total_voided, total_captured, available_to_capture, total_refunded];
  };

  const { token } = await withKey.tokens.request({ ...card });
  const first = await charged({ source: { token }, customer: { email, name: "Bruce Wayne" }, capture: false });
  has(first, OF_A_PAYMENT);
  has(first.source, OF_A_SOURCE);
  has(first.processing, OF_PROCESSING);
  has(first.customer, ["id", "name"]);
  assert.deepEqual([first.approved, first.status, first.response_code], [true, "Authorized", "10000"]);
  assert.deepEqual([first.requiresRedirect, first.redirectLink, first.source.type], [false, undefined, "card"]);
  assert.ok(first._links.capture.href && first._links.void.href);
  const used = await refused(charged({ source: { token } }), ValidationError, ["token_used"]);
  assert.equal(used.body.error_type, "processing_error");

  const part = { amount: 300, capture_type: "NonFinal", reference: "part" };
  const captured = await api.payments.capture(first.id, part);
  assert.deepEqual([captured.reference, captured._links.payment], ["part", first._links.self]);
  assert.deepEqual(await stands(first), ["Partially Captured", 1000, 0, 300, 700, 0]);
  const tooMuch = ["capture_value_greater_than_remaining_authorized"];
  await refused(api.payments.capture(first.id, { amount: 701 }), ValidationError, tooMuch);
  await api.payments.capture(first.id, { amount: 200 });
  assert.deepEqual(await stands(first), ["Captured", 1000, 500, 500, 0, 0]);
  await refused(api.payments.void(first.id), ActionNotAllowed);
  const refunded = await api.payments.refund(first.id, { amount: 100, reference: "back" });
  await api.payments.refund(first.id);
  assert.deepEqual(await stands(first), ["Refunded", 1000, 500, 500, 0, 500]);
  const actions = await api.payments.getActions(first.id);
  const kinds = actions.map((action) => [action.type, action.amount]).reverse();
  assert.deepEqual(kinds, [["Authorization", 1000], ["Capture", 300], ["Capture", 200], ["Void", 500],
    ["Refund", 100], ["Refund", 400]]);
  assert.deepEqual([actions[5].id, actions[1].id], [first.action_id, refunded.action_id]);

  const second = await charged({ source: { ...card } }, email);
  const again = await charged({ source: { ...card } }, email);
  assert.deepEqual([again.id, again.action_id], [second.id, second.action_id], "one key charges once");
  assert.deepEqual(await stands(second), ["Captured", 1000, 0, 1000, 0, 0]);
  assert.equal((await api.payments.getActions(second.id)).length, 2);
  const third = await charged({ source: { id: first.source.id }, capture: false });
  await api.payments.void(third.id, { reference: "gone" });
  assert.deepEqual(await stands(third), ["Voided", 1000, 1000, 0, 0, 0]);
  const soon = new Date(Date.now() + 3000);
  const fourth = await charged({ source: { id: first.customer.id }, capture_on: soon });
  assert.deepEqual([fourth.source.id, fourth.customer.id], [first.source.id, first.customer.id]);
  assert.deepEqual(await stands(fourth), ["Authorized", 1000, 0, 0, 1000, 0]);

  // The client puts the reference into the address as it is, where a plus is a space.
  const found = await api.payments.getPaymentList({ reference: encodeURIComponent(email), limit: 2, skip: 1 });
  assert.deepEqual(found.data.map(({ id }) => id), [third.id, second.id]);
  assert.deepEqual([found.limit, found.skip, found.total_count], [2, 1, 4]);

  const declined = await charged({ source: { ...card }, amount: 12305, reference: "declined" });
  assert.deepEqual([declined.approved, declined.status, declined.response_code], [false, "Declined", "20005"]);
  const checked = await api.payments.request({ source: { ...card }, currency: "EUR" });
  assert.deepEqual([checked.approved, checked.status], [true, "Card Verified"]);
  const success_url = "https://shop.example/yes", failure_url = "https://shop.example/no";
  const pending = await charged({ source: { ...card }, "3ds": { enabled: true }, success_url, failure_url });
  assert.deepEqual([pending.status, pending.requiresRedirect], ["Pending", true]);
  const left = await buyer(`${pending.redirectLink}/bank`, { answer: "accept" });
  const [, session] = left.match(/https:\/\/shop.example\/yes\?cko-session-id=(sid_[a-z2-7]{26})/);
  const back = await api.payments.get(session);
  assert.deepEqual([back.id, back.status, back["3ds"].enrolled], [pending.id, "Captured", "Y"]);
  assert.deepEqual(back.actions.map(({ type }) => type), ["Capture", "Authorization"]);
  const elsewhere = { enabled: true, eci: "05", cryptogram: "AgAAAAAAAIR8CQrXcIhbQAAAAAA=", xid: "MDAw", version: "2.0.1" };
  const known = await charged({ source: { ...card }, "3ds": elsewhere });
  assert.deepEqual([known.status, known.eci, known.requiresRedirect], ["Authorized", "05", false]);

  const estimated = await charged({ source: { ...card }, capture: false, authorization_type: "Estimated" });
  const raised = await api.payments.increment(estimated.id, { amount: 10, reference: "more" }, `${email} raises`);
  has(raised, ["id", "action_id", "amount", "currency", "approved", "status", "response_code", "expires_on", "balances"]);
  assert.deepEqual(await stands(estimated), ["Authorized", 1010, 0, 0, 1010, 0]);
  // One key does it once.
  for (const [what, body] of [["capture", { amount: 10, capture_type: "NonFinal" }], ["refund", { amount: 5 }], ["void"]]) {
    const once = () => api.payments[what](estimated.id, body, `${email} ${what}`);
    assert.equal((await once()).action_id, (await once()).action_id, what);
  }
  assert.deepEqual(await stands(estimated), ["Partially Refunded", 1010, 1000, 10, 0, 5]);
  await refused(api.payments.increment(first.id, { amount: 10 }), ActionNotAllowed);
  const network = { type: "network_token", token: card.number, expiry_month: 12, expiry_year: 2039, token_type: "mdes",
    cryptogram: "AgAAAAAAAIR8CQrXcIhbQAAAAAA=", eci: "05" };
  const byNetwork = await charged({ source: network });
  assert.deepEqual([byNetwork.status, byNetwork.eci, byNetwork.source.id], ["Authorized", "05", undefined]);
  const wishes = { enabled: false, exemption: "low_value", challenge_indicator: "no_preference" };
  const wished = await api.payments.get((await charged({ source: { ...card }, "3ds": wishes })).id);
  assert.deepEqual(wished["3ds"], { exemption: "low_value", challenge_indicator: "no_preference" });
  const agreed = { payment_type: "Recurring", merchant_initiated: true, previous_payment_id: first.id };
  const read = await api.payments.get((await charged({ source: { id: first.source.id }, ...agreed })).id);
  for (const name of Object.keys(agreed)) assert.equal(read[name], agreed[name], name);
  for (const type of ["applepay", "googlepay"]) {
    const { token } = await withKey.tokens.request({ type, token_data: { signature: "x" } });
    const paid = await charged({ source: { type: "token", token } });
    assert.deepEqual([paid.source.type, paid.source.card_wallet_type], ["card", type]);
  }
  // What is not here is answered like any other address that is not there.
  await refused(api.payments.reverse(first.id, {}), NotFoundError);
  await refused(api.payments.cancelScheduledRetry(first.id, {}), NotFoundError);

  const nobody = { id: `cus_${"x".repeat(26)}` };
  await refused(charged({ source: { ...card }, customer: nobody }), ValidationError, ["customer_not_found"]);
  await refused(charged({}), ValidationError, ["payment_source_required"]);
  await refused(api.payments.get(`pay_${"x".repeat(26)}`), NotFoundError);
  const deadline = Date.now() + 30000;
  while ((await api.payments.get(fourth.id)).status !== "Captured") {
    assert.ok(Date.now() < deadline, "it was not captured at its time");
    await setTimeout(100);
  }
}

/** Buyers pay on a hosted page and on a payment link. */
async function walkPages(api) {
  const fields = { amount: 1000, currency: "EUR", reference: "pages", billing: { address: { country: "GB" } } };
  const shop = "https://shop.example";
  const urls = { success_url: `${shop}/yes`, failure_url: `${shop}/no`, cancel_url: `${shop}/cart` };
  const products = [{ name: "Winter boots", quantity: 1, price: 1000 }];
  const page = await api.hostedPayments.create({ ...fields, ...urls, products });
  assert.equal(page.reference, "pages");
  assert.equal((await api.hostedPayments.get(page.id)).status, "Payment Pending");
  assert.ok((await buys(page._links.redirect.href)).includes(urls.success_url));
  const paid = await api.hostedPayments.get(page.id);
  assert.equal(paid.status, "Payment Received");
  assert.ok(paid._links.payment.href.endsWith(paid.payment_id) && paid._links.payment_actions.href);
  assert.equal((await api.payments.get(paid.payment_id)).status, "Captured");

  const link = await api.paymentLinks.create({ ...fields, expires_in: 3600, return_url: `${shop}/back` });
  assert.ok(new Date(link.expires_on) > new Date());
  assert.equal((await api.paymentLinks.get(link.id)).status, "Active");
  assert.ok((await buys(link._links.redirect.href)).includes(`${shop}/back`));
  const received = await api.paymentLinks.get(link.id);
  assert.deepEqual([received.status, received.expires_on], ["Payment Received", link.expires_on]);
  assert.equal((await api.payments.get(received.payment_id)).status, "Captured");
}

// Its two transports differ: `fetch` sends the method of an update in lower case.
for (const httpClient of ["fetch", "axios"]) {
  const withKey = new Checkout(secretKey, { host, pk, httpClient });
  for (const api of [withKey, withToken(clientSecret, { httpClient })]) {
    await walk(api, `bruce+${httpClient}@example.com`);
    await walkCards(api, withKey, `bruce+${httpClient}@example.com`);
    await walkPayments(api, withKey, `bruce+pays+${api === withKey}+${httpClient}@example.com`);
  }
  // Pages are for the secret key alone.
  await walkPages(withKey);
  const byToken = withToken(clientSecret, { httpClient });
  await refused(byToken.hostedPayments.get("hpp_AAAAAAAAAAAA"), errors.ActionNotAllowed, ["secret_key_required"]);

  const narrow = withToken(clientSecret, { httpClient, scope: ["gateway"] });
  await refused(narrow.customers.get("bruce@example.com"), errors.ActionNotAllowed, ["insufficient_scope"]);
  const stranger = new Checkout(`sk_sbox_${"a".repeat(27)}`, { host, httpClient });
  await refused(stranger.customers.get("bruce@example.com"), errors.AuthenticationError);
}

// Only this transport keeps the answer to a token that was refused.
const wrong = await refused(withToken("wrong").customers.get("bruce@example.com"), errors.AuthenticationError);
assert.equal(wrong.body.error, "invalid_client");
console.log("done");
