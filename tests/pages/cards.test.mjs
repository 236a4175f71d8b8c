// Saved cards in a browser: kept on the checkout, used on the next one, charged without a page, and managed on the
// customer's own page; and the bank that asks the buyer in between. Each with scripts and without.

import assert from 'node:assert/strict';
import { assertChargedOnce, CARD, createCheckout, fill, newFormId, pay, payQuickly, post, press, retrieve, until } from './checkout.mjs';

const CHALLENGED = { ...CARD, number: '4000 0000 0000 3220' };
const LOST = { ...CARD, number: '4000 0000 0000 0341' };
const SECOND = { ...CARD, number: '5555 5555 5555 4444' };
const REFUSED = [/status of 422/];

/** Makes a customer through the API. */
async function createCustomer({ neuroPay }) {
  const request = { first_name: 'Ada', last_name: 'Lovelace', email: 'ada@example.com' };
  const { status, json } = await neuroPay('/checkout/create-customer', request);
  assert.equal(status, 200);
  return json;
}

/** The customer's cards as the API tells them. */
async function savedCards({ neuroPay }, { customer_id }) {
  const { status, json } = await neuroPay('/checkout/retrieve-customer', { customer_id });
  assert.equal(status, 200);
  return json.savedCards;
}

/** Has a customer save a card by paying with it, without a browser. */
async function saveQuickly(tools, { customer_id }, card = CARD) {
  const checkout = await createCheckout(tools, { customer_id });
  const response = await post(checkout, await newFormId(checkout), { ...card, save: 'yes' });
  assert.equal(response.status, 303);
}

/** The label of a saved card's radio button. */
const choice = (page, name) => page.getByRole('radio', { name });

export const tests = {
  'a card is saved on the page, pays on the next one, and is charged without any': {
    js: 'both',
    async run(tools) {
      const { newPage, neuroPay } = tools;
      const customer = await createCustomer(tools);
      const { customer_id } = customer;

      const first = await createCheckout(tools, { customer_id });
      const page = await newPage();
      await page.goto(first.url);
      const box = page.getByRole('checkbox', { name: /^Save this card/ });
      assert.equal(await box.isChecked(), false);
      await fill(page);
      await box.check();
      await press(page, /^Pay /);
      await assertChargedOnce(tools, first);
      const [card] = await savedCards(tools, customer);
      assert.deepEqual([card.brand, card.last4, card.default], ['visa', '4242', true]);

      const second = await createCheckout(tools, { customer_id });
      await page.goto(second.url);
      assert.equal(await choice(page, /Visa ending in 4242/).isChecked(), true);
      await press(page, /^Pay /);
      await assertChargedOnce(tools, second);

      const third = await neuroPay('/checkout/create', {
        amount: 900, currency: 'SEK', message: 'Refill', customer_id, card_id: card.card_id,
        returnUrl: first.returnUrl, returnUrlCancel: first.returnUrlCancel,
      });
      assert.deepEqual([third.status, third.json.status, third.json.card_id], [200, 'paid', card.card_id]);
    },
  },

  'another card can be paid with although one is saved': {
    js: 'both',
    async run(tools) {
      const customer = await createCustomer(tools);
      await saveQuickly(tools, customer);
      const checkout = await createCheckout(tools, { customer_id: customer.customer_id });
      const page = await tools.newPage();
      await page.goto(checkout.url);
      await choice(page, 'Another card').check();
      await pay(page, SECOND);
      await assertChargedOnce(tools, checkout);
      assert.equal((await savedCards(tools, customer)).length, 1, 'nothing is saved that was not asked for');
    },
  },

  'saving is not offered without a customer, nor where the checkout says no': {
    js: false,
    async run(tools) {
      const { customer_id } = await createCustomer(tools);
      for (const changes of [{}, { customer_id, allowSaveCard: false }]) {
        const checkout = await createCheckout(tools, changes);
        const page = await tools.newPage();
        await page.goto(checkout.url);
        assert.equal(await page.getByRole('checkbox').count(), 0);
      }
    },
  },

  'a saved card that vanished meanwhile is an error beside the choice': {
    js: 'both',
    expected: REFUSED,
    async run(tools) {
      const customer = await createCustomer(tools);
      await saveQuickly(tools, customer);
      const checkout = await createCheckout(tools, { customer_id: customer.customer_id });
      const page = await tools.newPage();
      await page.goto(checkout.url);
      const [{ card_id }] = await savedCards(tools, customer);
      await fetch(`${customer.client_page}/cards/${card_id}/remove`, { method: 'POST' });
      await press(page, /^Pay /);
      assert.match(await page.title(), /^Error: /);
      await page.getByRole('alert').waitFor();
      assert.equal((await retrieve(tools, checkout)).status, 'created');
    },
  },

  'the bank asks, the buyer confirms, and the card is saved with the payment': {
    js: 'both',
    async run(tools) {
      const customer = await createCustomer(tools);
      const checkout = await createCheckout(tools, { customer_id: customer.customer_id });
      const page = await tools.newPage();
      await page.goto(checkout.url);
      await fill(page, CHALLENGED);
      await page.getByRole('checkbox').check();
      await press(page, /^Pay /);
      assert.equal((await retrieve(tools, checkout)).status, 'created');
      assert.deepEqual(await savedCards(tools, customer), []);
      await page.getByRole('link', { name: 'Continue to your bank' }).click();
      await press(page, 'Confirm payment');
      await assertChargedOnce(tools, checkout);
      assert.equal((await savedCards(tools, customer)).length, 1);
    },
  },

  'a buyer who refuses at the bank is declined and can pay with another card': {
    js: 'both',
    async run(tools) {
      const checkout = await createCheckout(tools);
      const page = await tools.newPage();
      await page.goto(checkout.url);
      await pay(page, CHALLENGED);
      await page.getByRole('link', { name: 'Continue to your bank' }).click();
      await press(page, 'Refuse payment');
      assert.equal((await retrieve(tools, checkout)).status, 'failed');
      await page.getByText('No money has been taken').first().waitFor();
      await pay(page);
      await assertChargedOnce(tools, checkout);
    },
  },

  'a buyer who leaves the bank can come back to it, or give up': {
    js: 'both',
    async run(tools) {
      const checkout = await createCheckout(tools);
      const page = await tools.newPage();
      await page.goto(checkout.url);
      await pay(page, CHALLENGED);
      await page.getByRole('link', { name: 'Continue to your bank' }).click();
      await page.getByRole('link', { name: 'Leave without answering' }).click();
      await page.getByRole('link', { name: 'Continue to your bank' }).waitFor();
      await press(page, 'Cancel');
      assert.equal((await retrieve(tools, checkout)).status, 'canceled');
    },
  },

  'the bank stands in the frame of the iframe template too': {
    js: 'both',
    async run(tools) {
      const { newPage, shop } = tools;
      const checkout = await createCheckout(tools, { template: 'iframe' });
      shop.show('/pay', `<iframe title="Payment" src="${checkout.url}" width="400" height="900"></iframe>`);
      const page = await newPage();
      await page.goto(`${shop.origin}/pay`);
      const frame = page.frameLocator('iframe');
      await fill(frame, CHALLENGED);
      await frame.getByRole('button', { name: /^Pay / }).click();
      await frame.getByRole('link', { name: 'Continue to your bank' }).click();
      await frame.getByRole('button', { name: 'Confirm payment' }).click();
      await until('the charge', 5_000, async () => (await retrieve(tools, checkout)).status === 'paid');
    },
  },

  'a lost answer is waited for on the page, and then told': {
    js: 'both',
    limit: 70_000,
    async run(tools) {
      const checkout = await createCheckout(tools);
      const page = await tools.newPage();
      await page.goto(checkout.url);
      await pay(page, LOST);
      await until('the outcome', 60_000, async () => (await retrieve(tools, checkout)).status === 'paid');
      await page.waitForURL(checkout.returnUrl, { timeout: 15_000 });
      await assertChargedOnce(tools, checkout);
    },
  },

  'the customer adds a card, makes it the default, removes one after a question, and downloads the data': {
    js: 'both',
    async run(tools) {
      const { newPage, neuroPay, axe } = tools;
      const customer = await createCustomer(tools);
      await saveQuickly(tools, customer);
      const page = await newPage();
      await page.goto(customer.client_page);
      await axe(page);

      await page.getByRole('link', { name: 'Add a card' }).click();
      await fill(page, SECOND);
      await press(page, /card/i);
      let cards = await savedCards(tools, customer);
      assert.deepEqual(cards.map(({ last4, default: first }) => [last4, first]), [['4242', true], ['4444', false]]);

      await press(page, 'Make default Mastercard ending in 4444');
      cards = await savedCards(tools, customer);
      assert.deepEqual(cards.map((card) => card.default), [false, true]);

      await page.getByRole('link', { name: 'Remove Mastercard ending in 4444' }).click();
      await axe(page);
      await press(page, /^Remove/);
      cards = await savedCards(tools, customer);
      assert.deepEqual(cards.map(({ last4, default: first }) => [last4, first]), [['4242', true]]);

      const data = await (await fetch(`${customer.client_page}/data`)).text();
      assert.match(data, /"last_four": "4242"/);
      assert.doesNotMatch(data, /4242 ?4242/);

      const { status } = await neuroPay('/checkout/delete-customer', { customer_id: customer.customer_id });
      assert.equal(status, 200);
      assert.equal((await fetch(customer.client_page)).status, 404);
    },
  },

  'a card that the bank declines is not added, and the words say why': {
    js: 'both',
    expected: REFUSED,
    async run(tools) {
      const customer = await createCustomer(tools);
      const page = await tools.newPage();
      await page.goto(`${customer.client_page}/add`);
      await fill(page, { ...CARD, number: '4000 0000 0000 0002' });
      await press(page, /card/i);
      await page.getByRole('alert').waitFor();
      assert.deepEqual(await savedCards(tools, customer), []);
    },
  },

  'a customer past all this still has payments that can be refunded': {
    js: false,
    async run(tools) {
      const { neuroPay } = tools;
      const { customer_id } = await createCustomer(tools);
      const checkout = await createCheckout(tools, { customer_id });
      await payQuickly(checkout);
      await neuroPay('/checkout/delete-customer', { customer_id });
      const { json } = await neuroPay('/checkout/refund', { checkout_id: checkout.checkout_id });
      assert.equal(json.status, 'refunded');
    },
  },
};
