// Checkout.com's pages in a browser: a payment link, a hosted payment, and the bank of a payment without a form. Each
// with scripts and without.

import assert from 'node:assert/strict';
import { fill, pay, press, words } from './checkout.mjs';

/** What the browser's console says of a form that was refused. */
const REFUSED = [/status of 422/];

const ORDER = {
  amount: 24900,
  currency: 'SEK',
  description: 'Order 1042: two bags of coffee',
  billing: { address: { country: 'SE' } },
};

/** Makes an order's object through the API; `path` says of which kind. */
async function create(tools, path, changes, expected = 201) {
  return send(tools, path, { ...ORDER, ...changes }, expected);
}

/** Makes an object of these fields alone. */
async function send({ checkoutCom }, path, fields, expected = 201) {
  const { status, json } = await checkoutCom('POST', path, fields);
  assert.equal(status, expected, `${path} answered ${JSON.stringify(json)}`);
  return json;
}

/** The object as the API tells it now. */
async function read({ checkoutCom }, path) {
  const { status, json } = await checkoutCom('GET', path);
  assert.equal(status, 200, `${path} answered ${JSON.stringify(json)}`);
  return json;
}

/** Checks that the API tells of one payment of the whole amount. */
async function assertCaptured(tools, id) {
  const payment = await read(tools, `/payments/${id}`);
  assert.deepEqual([payment.status, payment.balances.total_captured], ['Captured', ORDER.amount]);
}

/** The addresses of a shop that the buyer goes to. */
function shopUrls({ shop }) {
  return { success_url: `${shop.origin}/thanks`, failure_url: `${shop.origin}/sorry`, cancel_url: `${shop.origin}/cart` };
}

/** Waits until the page has left for the shop, and answers the session that the shop is told. */
async function comesBack(page, address) {
  await page.waitForURL((url) => url.href.startsWith(`${address}?cko-session-id=sid_`));
  return new URL(page.url()).searchParams.get('cko-session-id');
}

export const tests = {
  'a payment link without a shop is paid and ends on its result page': {
    js: 'both',
    async run(tools) {
      const link = await create(tools, '/payment-links');
      const page = await tools.newPage();
      await page.goto(link._links.redirect.href);
      assert.deepEqual(await tools.axe(page), []);
      assert.equal((await read(tools, `/payment-links/${link.id}`)).status, 'Active');
      await pay(page);
      assert.equal(await page.title(), 'Payment complete – Shop');
      assert.equal(page.url(), link._links.redirect.href);
      assert.equal(await page.locator('main a').count(), 0, 'there is no shop to go back to');
      assert.equal(await page.locator('#leaving').count(), 0);
      assert.ok((await words(page.locator('.receipt'))).includes(ORDER.description));
      assert.deepEqual(await tools.axe(page), []);
      const { status, payment_id } = await read(tools, `/payment-links/${link.id}`);
      assert.equal(status, 'Payment Received');
      await assertCaptured(tools, payment_id);
    },
  },

  'a payment link without a shop can be given up, and ends there too': {
    js: 'both',
    async run(tools) {
      const link = await create(tools, '/payment-links');
      const page = await tools.newPage();
      await page.goto(link._links.redirect.href);
      await press(page, 'Cancel');
      assert.equal(page.url(), link._links.redirect.href);
      assert.equal(await page.locator('main a').count(), 0);
      assert.equal((await read(tools, `/payment-links/${link.id}`)).status, 'Expired');
    },
  },

  'a hosted payment is paid and leads to its success_url': {
    js: 'both',
    async run(tools) {
      const urls = shopUrls(tools);
      const hosted = await create(tools, '/hosted-payments', urls);
      const page = await tools.newPage();
      await page.goto(hosted._links.redirect.href);
      await fill(page);
      await press(page, /^Pay /);
      const session = await comesBack(page, urls.success_url);
      const { payment_id } = await read(tools, `/hosted-payments/${hosted.id}`);
      await assertCaptured(tools, payment_id);
      assert.equal((await read(tools, `/payments/${session}`)).id, payment_id);
    },
  },

  'who leaves the bank pays with another card': {
    js: 'both',
    async run(tools) {
      const hosted = await create(tools, '/hosted-payments', { ...shopUrls(tools), '3ds': { enabled: true } });
      const page = await tools.newPage();
      await page.goto(hosted._links.redirect.href);
      await fill(page);
      await press(page, /^Pay /);
      await page.getByRole('link', { name: 'Continue to your bank' }).click();
      await page.goBack();
      assert.deepEqual(await tools.axe(page), []);
      await press(page, 'Pay with another card');
      assert.match(await page.title(), /^Pay /);
      assert.equal(await page.locator('.banner').count(), 0);
      await fill(page, { number: '5555555555554444', expiry: '12/99', code: '123' });
      await press(page, /^Pay /);
      await page.getByRole('link', { name: 'Continue to your bank' }).click();
      await press(page, 'Confirm payment');
      assert.ok((await words(page.locator('.receipt'))).includes('Mastercard ending in 4444'));
      await assertCaptured(tools, (await read(tools, `/hosted-payments/${hosted.id}`)).payment_id);
    },
  },

  'a hosted payment without an amount verifies the card': {
    js: 'both',
    async run(tools) {
      const urls = shopUrls(tools);
      const hosted = await create(tools, '/hosted-payments', { ...urls, amount: undefined });
      const page = await tools.newPage();
      await page.goto(hosted._links.redirect.href);
      assert.match(await page.title(), /^Verify your card/);
      assert.deepEqual(await tools.axe(page), []);
      await fill(page);
      await press(page, 'Verify your card');
      assert.match(await page.title(), /^Card verified/);
      assert.deepEqual(await tools.axe(page), []);
      await comesBack(page, urls.success_url);
      const { payment_id } = await read(tools, `/hosted-payments/${hosted.id}`);
      assert.equal((await read(tools, `/payments/${payment_id}`)).status, 'Card Verified');
    },
  },

  'a saved card on a payment link is paid with once its code is there': {
    js: 'both',
    expected: REFUSED,
    async run(tools) {
      const customer = await send(tools, '/customers', { email: `${crypto.randomUUID()}@example.com` });
      const card = { type: 'card', number: '378282246310005', expiry_month: 12, expiry_year: 2099 };
      await send(tools, '/instruments', { ...card, customer: { id: customer.id } });
      const link = await create(tools, '/payment-links', { customer: { id: customer.id } });
      const page = await tools.newPage();
      await page.goto(link._links.redirect.href);
      const code = page.getByLabel('Security code of the chosen card');
      assert.deepEqual(await tools.axe(page), []);
      await page.getByText('Another card').click();
      assert.equal(await code.isVisible(), false, 'a new card has a field of its own');
      await page.getByText('American Express ending in 0005').click();
      for (const [typed, error] of [['', 'Enter the security code.'], ['123', 'The security code should have 4 digits.']]) {
        await code.fill(typed);
        await press(page, /^Pay /);
        assert.match(await page.title(), /^Error: /);
        assert.equal(await words(page.locator('#saved-code-error')), error);
        assert.equal(await code.inputValue(), '', 'no code is given back');
        assert.ok(await page.getByLabel('American Express ending in 0005').isChecked());
        assert.deepEqual(await tools.axe(page), []);
      }
      assert.equal((await read(tools, `/payment-links/${link.id}`)).status, 'Active');
      await code.fill('1234');
      await press(page, /^Pay /);
      assert.equal(await page.title(), 'Payment complete – Shop');
      await assertCaptured(tools, (await read(tools, `/payment-links/${link.id}`)).payment_id);
    },
  },

  'a payment with 3ds leads through the bank to its success_url': {
    js: 'both',
    async run(tools) {
      const urls = shopUrls(tools);
      const source = { type: 'card', number: '4242424242424242', expiry_month: 12, expiry_year: 2099 };
      const payment = await create(tools, '/payments', { source, '3ds': { enabled: true }, ...urls }, 202);
      const page = await tools.newPage();
      await page.goto(payment._links.redirect.href);
      assert.deepEqual(await tools.axe(page), []);
      assert.equal(await page.getByLabel('Card number').count(), 0, 'the card is known');
      await page.getByRole('link', { name: 'Continue to your bank' }).click();
      await press(page, 'Confirm payment');
      const session = await comesBack(page, urls.success_url);
      assert.equal((await read(tools, `/payments/${session}`)).id, payment.id);
      await assertCaptured(tools, payment.id);
    },
  },
};
