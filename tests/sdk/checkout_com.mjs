// Checkout.com's official Node client against Kassa: a customer is made, read, changed and deleted.
//
// Arguments: the folder of the packages, the base URL, the secret key, the OAuth client id, the OAuth client secret.
// It prints `done` at its end.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [packages, host, secretKey, client, clientSecret] = process.argv.slice(2);
const { resolve } = createRequire(pathToFileURL(`${packages}/`));
const load = (name) => import(pathToFileURL(resolve(name)));
const { Checkout } = await load("checkout-sdk-node");
const errors = await load("checkout-sdk-node/dist/services/errors.js");

/** A client with a token. Its library asks the vendor's own host for it unless it is told another. */
function withToken(secret, options) {
  const api = new Checkout(secret, { host, client, scope: ["vault"], ...options });
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

// Its two transports differ: `fetch` sends the method of an update in lower case.
for (const httpClient of ["fetch", "axios"]) {
  await walk(new Checkout(secretKey, { host, httpClient }), `bruce+${httpClient}@example.com`);
  await walk(withToken(clientSecret, { httpClient }), `bruce+oauth+${httpClient}@example.com`);

  const narrow = withToken(clientSecret, { httpClient, scope: ["gateway"] });
  await refused(narrow.customers.get("bruce@example.com"), errors.ActionNotAllowed, ["insufficient_scope"]);
  const stranger = new Checkout(`sk_sbox_${"a".repeat(27)}`, { host, httpClient });
  await refused(stranger.customers.get("bruce@example.com"), errors.AuthenticationError);
}

// Only this transport keeps the answer to a token that was refused.
const wrong = await refused(withToken("wrong").customers.get("bruce@example.com"), errors.AuthenticationError);
assert.equal(wrong.body.error, "invalid_client");
console.log("done");
