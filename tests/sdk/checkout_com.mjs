// Checkout.com's official Node client against Kassa: customers and cards are made, read, changed and deleted.
//
// Arguments: the folder of the packages, the base URL, the secret key, the public key, the OAuth client id, the OAuth
// client secret.
// It prints `done` at its end.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [packages, host, secretKey, pk, client, clientSecret] = process.argv.slice(2);
const { resolve } = createRequire(pathToFileURL(`${packages}/`));
const load = (name) => import(pathToFileURL(resolve(name)));
const { Checkout } = await load("checkout-sdk-node");
const errors = await load("checkout-sdk-node/dist/services/errors.js");

/** A client with a token. Its library asks the vendor's own host for it unless it is told another. */
function withToken(secret, options) {
  const api = new Checkout(secret, { host, pk, client, scope: ["vault"], ...options });
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
  const card = { number: "4242424242424242", expiry_month: 12, expiry_year: 2039 };
  const phone = { country_code: "+1", number: "415 555 2671" };
  const handedIn = () => api.tokens.request({ ...card, cvv: "123", name: "Bruce Wayne", phone });
  const token = await handedIn();
  const facts = [token.type, token.bin, token.last4, token.scheme, token.card_type, token.name];
  assert.deepEqual(facts, ["card", "424242", "4242", "VISA", "CREDIT", "Bruce Wayne"]);
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

// Its two transports differ: `fetch` sends the method of an update in lower case.
for (const httpClient of ["fetch", "axios"]) {
  const withKey = new Checkout(secretKey, { host, pk, httpClient });
  for (const api of [withKey, withToken(clientSecret, { httpClient })]) {
    await walk(api, `bruce+${httpClient}@example.com`);
    await walkCards(api, withKey, `bruce+${httpClient}@example.com`);
  }

  const narrow = withToken(clientSecret, { httpClient, scope: ["gateway"] });
  await refused(narrow.customers.get("bruce@example.com"), errors.ActionNotAllowed, ["insufficient_scope"]);
  const stranger = new Checkout(`sk_sbox_${"a".repeat(27)}`, { host, httpClient });
  await refused(stranger.customers.get("bruce@example.com"), errors.AuthenticationError);
}

// Only this transport keeps the answer to a token that was refused.
const wrong = await refused(withToken("wrong").customers.get("bruce@example.com"), errors.AuthenticationError);
assert.equal(wrong.body.error, "invalid_client");
console.log("done");
