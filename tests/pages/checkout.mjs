// What the tests of the checkout share: making one, filling in its form, and asking the API what became of it. Nothing
// here judges a page; that is said in the tests.

import assert from 'node:assert/strict';

const YEAR = new Date().getUTCFullYear() % 100;

/** A card that the simulator approves, as a buyer types it. */
export const CARD = { number: '4242 4242 4242 4242', expiry: `12/${YEAR + 3}`, code: '123' };

/** A date that is over. */
export const PAST = `01/${YEAR - 1}`;

/** The test cards that are declined, and what the page says of each. */
export const DECLINED = {
  '4000 0000 0000 0002': 'The bank did not accept this card. Please use another card.',
  '4000 0000 0000 9995': 'There is not enough money on this card. Please use another card.',
  '4000 0000 0000 0069': 'This card has expired. Please use another card.',
  '4000 0000 0000 0127': 'The security code was not right. Check it on your card and try again.',
  '4000 0000 0000 0119': 'The payment did not go through. Please try again.',
};

/** Makes a checkout of SEK 249.00 that returns to the test's shop; `changes` are further fields of the request. */
export async function createCheckout({ neuroPay, shop }, changes = {}, merchant = undefined) {
  const request = {
    amount: 24900,
    currency: 'SEK',
    message: 'Order 1042: two bags of coffee, dark roast',
    returnUrl: `${shop.origin}/thanks?order=1042&lang=sv`,
    returnUrlCancel: `${shop.origin}/cart`,
    ...changes,
  };
  const { status, json } = await neuroPay('/checkout/create', request, merchant);
  assert.equal(status, 200, `create answered ${JSON.stringify(json)}`);
  return json;
}

/** The checkout as the API tells it now. */
export async function retrieve({ neuroPay }, { checkout_id }, merchant = undefined) {
  const { status, json } = await neuroPay('/checkout/retrieve', { checkout_id }, merchant);
  assert.equal(status, 200, `retrieve answered ${JSON.stringify(json)}`);
  return json;
}

/** Checks that the API tells of one charge of the whole amount, and gives the checkout to compare with later. */
export async function assertChargedOnce(tools, checkout) {
  const now = await retrieve(tools, checkout);
  assert.equal(now.status, 'paid');
  assert.equal(now.amount_captured, checkout.amount);
  assert.equal(now.amount_refunded, 0);
  return now;
}

/** Checks that the API tells of no money, under the given status. */
export async function assertNothingTaken(tools, checkout, status) {
  const now = await retrieve(tools, checkout);
  assert.equal(now.status, status);
  assert.equal(now.amount_captured, 0);
}

/** Types a card into the form; `page` may also be a frame. */
export async function fill(page, card = CARD) {
  const { number, expiry, code } = { ...CARD, ...card };
  await page.getByLabel('Card number').fill(number);
  await page.getByLabel('Expiry date').fill(expiry);
  await page.getByLabel('Security code').fill(code);
}

/** Presses a button that leads to another page, and waits until that is there. */
export async function press(page, name) {
  await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name }).click()]);
}

/** Fills in the form and sends it. */
export async function pay(page, card = CARD) {
  await fill(page, card);
  await press(page, /^Pay /);
}

/** Opens the checkout's page and pays there. */
export async function openAndPay(page, checkout, card = CARD) {
  await page.goto(checkout.url);
  await pay(page, card);
}

/** The words of an element, with single spaces. */
export async function words(locator) {
  return (await locator.innerText()).replace(/\s+/g, ' ').trim();
}

/** Where the focus is: the element's id, or its role, or its name. */
export function focused(page) {
  return page.evaluate(() => {
    const { id, tagName, attributes } = globalThis.document.activeElement;
    return id || attributes.role?.value || tagName.toLowerCase();
  });
}

/** Asks again and again until the answer is true, because the time of what is waited for is not known. */
export async function until(what, limit, ask) {
  const begun = performance.now();
  while (!(await ask())) {
    assert.ok(performance.now() - begun < limit, `${what} took longer than ${limit} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The one-time id of a form that is made for this call, as another tab would have it. */
export async function newFormId(checkout) {
  const html = await (await fetch(checkout.url)).text();
  const [, id] = /name="form" value="([0-9a-f]{32})"/.exec(html) ?? assert.fail('the page has no form');
  return id;
}

/** Sends the form without a browser, and gives the response without following it. */
export function post(checkout, form, card = CARD) {
  const body = new URLSearchParams({ form, ...CARD, ...card });
  return fetch(checkout.url, { method: 'POST', body, redirect: 'manual' });
}

/** Pays without a browser, for a test that begins where a checkout is paid. */
export async function payQuickly(checkout, card = CARD) {
  const response = await post(checkout, await newFormId(checkout), card);
  assert.equal(response.status, 303);
}

/**
 * Keeps a result page from leaving while it is looked at: opened with this, the page is served without its `Refresh`
 * header. Tests of leaving do without it.
 */
export async function openToStay(page, url) {
  await page.route(url, async (route) => {
    const response = await route.fetch();
    const { refresh, ...headers } = response.headers();
    await route.fulfill({ response, headers });
  });
  await page.goto(url);
  await page.unroute(url);
}

/** Whether the page can be scrolled sideways. */
export function scrollsSideways(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = globalThis.document.documentElement;
    return scrollWidth > clientWidth;
  });
}
