// The iframe template inside a page of the shop, which is another site; and the normal template, which refuses that.

import assert from 'node:assert/strict';
import {
  assertChargedOnce,
  assertNothingTaken,
  createCheckout,
  fill,
  openAndPay,
  payQuickly,
  until,
  words,
} from './checkout.mjs';

/** Opens a page of the shop that holds the checkout in a frame and writes down what the frame tells it. */
async function openInShop({ newPage, shop }, checkout, attributes = '') {
  const listener = 'heard = []; addEventListener("message", ({ origin, data }) => heard.push({ origin, data }));';
  const frame = `<iframe title="Payment" src="${checkout.url}" width="400" height="900" ${attributes}></iframe>`;
  shop.show('/pay', `<h1>Your order</h1><script>${listener}</script>${frame}`);
  const page = await newPage();
  await page.goto(`${shop.origin}/pay`);
  return { page, frame: page.frameLocator('iframe') };
}

/** Fills in the form of the frame and sends it; the heading is that of the page which answers. */
async function payInFrame(frame, heading, card) {
  await fill(frame, card);
  await frame.getByRole('button', { name: /^Pay / }).click();
  await frame.getByRole('heading', { name: heading }).waitFor();
}

/** What the frame told the shop, but for the heights. */
async function heardOutcomes(page) {
  const heard = await page.evaluate(() => globalThis.heard);
  return heard.filter(({ data }) => data.type !== 'resize');
}

/** Checks that the frame tells the shop this outcome once, and nothing more. */
async function assertTold({ base, js }, page, outcome) {
  if (!js) return;
  await until('the message', 3_000, async () => (await heardOutcomes(page)).length > 0);
  const told = { origin: base, data: { source: 'kassa', type: 'complete', outcome } };
  assert.deepEqual(await heardOutcomes(page), [told]);
}

/** Checks that what went wrong has the focus; a frame of another site cannot take it without a script. */
async function assertFocusOnAlert({ js }, frame) {
  if (js) await frame.locator('[role=alert]:focus').waitFor();
}

/** Follows the result page: with scripts the window leaves by itself, without them by the link. */
async function leave({ js }, page, frame, url) {
  if (!js) await frame.getByRole('link', { name: 'Back to shop.test' }).click();
  await page.waitForURL(url);
}

export const tests = {
  'the frame shows the checkout alone, without header and background': {
    js: 'both',
    async run(tools) {
      const { page, frame } = await openInShop(tools, await createCheckout(tools, { template: 'iframe' }));
      await frame.getByRole('button', { name: 'Pay SEK\u00a0249.00' }).waitFor();
      assert.equal(await frame.locator('header, footer').count(), 0);
      const background = (name) => {
        return frame.locator(name).evaluate((element) => globalThis.getComputedStyle(element).backgroundColor);
      };
      assert.deepEqual([await background('html'), await background('body')], Array(2).fill('rgba(0, 0, 0, 0)'));
      assert.deepEqual(await tools.axe(page), []);
      await tools.shot(page, 'iframe-open');
    },
  },

  'a payment in the frame takes the whole window back to the shop': {
    js: 'both',
    async run(tools) {
      const checkout = await createCheckout(tools, { template: 'iframe' });
      const { page, frame } = await openInShop(tools, checkout);
      // The page may be there for a while before the test sees it, so it leaves no sooner than so long after this.
      const before = performance.now();
      await payInFrame(frame, 'Payment complete');
      const begun = performance.now();
      const link = frame.getByRole('link', { name: 'Back to shop.test' });
      assert.equal(await link.getAttribute('target'), '_top');
      assert.equal(await frame.locator('#leaving').isVisible(), tools.js);
      assert.equal((await fetch(checkout.url)).headers.get('refresh'), null);
      await assertTold(tools, page, 'paid');
      await assertChargedOnce(tools, checkout);
      await leave(tools, page, frame, checkout.returnUrl);
      const [least, most] = [performance.now() - before, performance.now() - begun];
      if (tools.js) assert.ok(least > 3_500 && most < 8_000, `it left after ${Math.round(most)} ms`);
    },
  },

  'a decline stays in the frame, and another card pays there': {
    js: 'both',
    async run(tools) {
      const checkout = await createCheckout(tools, { template: 'iframe', capture: false });
      const { page, frame } = await openInShop(tools, checkout);
      await payInFrame(frame, 'Payment declined', { number: '4000 0000 0000 9995' });
      await assertFocusOnAlert(tools, frame);
      await assertNothingTaken(tools, checkout, 'failed');
      if (tools.js) assert.deepEqual(await heardOutcomes(page), []);
      assert.equal(page.url(), `${tools.shop.origin}/pay`);
      await payInFrame(frame, 'Payment reserved');
      await assertNothingTaken(tools, checkout, 'reserved');
      await assertTold(tools, page, 'reserved');
    },
  },

  'a typing error in the frame has its words beside its field': {
    js: 'both',
    expected: [/status of 422/],
    async run(tools) {
      const checkout = await createCheckout(tools, { template: 'iframe' });
      const { frame } = await openInShop(tools, checkout);
      await payInFrame(frame, 'There is a problem', { code: '' });
      await assertFocusOnAlert(tools, frame);
      assert.equal(await words(frame.locator('#code-error')), 'Enter the security code.');
      await assertNothingTaken(tools, checkout, 'created');
    },
  },

  'giving up in the frame takes the whole window to the cancel address': {
    js: 'both',
    async run(tools) {
      const checkout = await createCheckout(tools, { template: 'iframe' });
      const { page, frame } = await openInShop(tools, checkout);
      await frame.getByRole('button', { name: 'Cancel' }).click();
      await frame.getByRole('heading', { name: 'Payment canceled' }).waitFor();
      await assertTold(tools, page, 'canceled');
      await leave(tools, page, frame, checkout.returnUrlCancel);
      await assertNothingTaken(tools, checkout, 'canceled');
    },
  },

  'the shop is told the height of the frame, also when it grows': {
    expected: [/status of 422/],
    async run(tools) {
      const { page, frame } = await openInShop(tools, await createCheckout(tools, { template: 'iframe' }));
      const tells = async () => {
        const real = await frame.locator('html').evaluate((element) => element.getBoundingClientRect().height);
        const told = await page.evaluate(() => globalThis.heard.findLast(({ data }) => data.type === 'resize')?.data);
        return told?.height === Math.ceil(real) && told.height;
      };
      await until('the height', 5_000, tells);
      const before = await tells();
      await payInFrame(frame, 'There is a problem', { number: '', expiry: '', code: '' });
      await until('the new height', 5_000, async () => (await tells()) > before);
    },
  },

  'a frame that may not turn the window promises nothing and keeps its link': {
    expected: [/sandbox|navigate the top-level window/i],
    async run(tools) {
      const checkout = await createCheckout(tools, { template: 'iframe' });
      const sandbox = 'sandbox="allow-scripts allow-forms allow-same-origin"';
      const { page, frame } = await openInShop(tools, checkout, sandbox);
      await payInFrame(frame, 'Payment complete');
      await frame.locator('#leaving').waitFor({ state: 'visible' });
      await frame.locator('#leaving').waitFor({ state: 'hidden' });
      assert.equal(await frame.getByRole('link', { name: 'Back to shop.test' }).count(), 1);
      assert.equal(page.url(), `${tools.shop.origin}/pay`);
    },
  },

  'the iframe template opened as a page of its own pays and leads back': {
    js: 'both',
    async run(tools) {
      const checkout = await createCheckout(tools, { template: 'iframe' });
      const page = await tools.newPage();
      await openAndPay(page, checkout);
      assert.equal(await page.title(), 'Payment complete – Shop');
      await leave(tools, page, page, checkout.returnUrl);
      await assertChargedOnce(tools, checkout);
    },
  },

  'the normal template refuses to be framed, whatever its state': {
    // The browser says why it shows nothing.
    expected: [/frame/i],
    async run(tools) {
      const [open, paid] = [await createCheckout(tools), await createCheckout(tools)];
      await payQuickly(paid);
      for (const checkout of [open, paid]) {
        const refused = tools.context.waitForEvent('console', (message) => /frame/i.test(message.text()));
        const [{ page }] = await Promise.all([openInShop(tools, checkout), refused]);
        const [, frame] = page.frames();
        await frame.waitForURL('chrome-error://chromewebdata/');
        assert.equal(await frame.getByText('249.00').count(), 0);
        await page.close();
      }
    },
  },

  'the iframe template may stand in the frame of any shop in test mode, and keeps its other headers': async (tools) => {
    const checkout = await createCheckout(tools, { template: 'iframe' });
    const { headers } = await fetch(checkout.url);
    assert.equal(headers.get('x-frame-options'), null);
    const policy = headers.get('content-security-policy').split('; ');
    for (const part of ["default-src 'none'", "script-src 'self'", 'frame-ancestors *']) {
      assert.ok(policy.includes(part), part);
    }
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
    assert.equal(headers.get('cache-control'), 'no-store');
  },
};
