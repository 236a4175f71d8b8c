// The hosted checkout in a browser of its own: paid, declined, given up, withdrawn. What a script could change runs
// with scripts and without; what only the server decides runs once. What stands in a shop's frame is in
// `iframe.test.mjs`, how every state looks in `looks.test.mjs`.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  assertChargedOnce,
  assertNothingTaken,
  CARD,
  createCheckout,
  DECLINED,
  fill,
  focused,
  newFormId,
  openAndPay,
  PAST,
  pay,
  payQuickly,
  post,
  press,
  retrieve,
  until,
  words,
} from './checkout.mjs';

// The browser itself writes down the status of a page that is no 2xx.
const REFUSED = [/status of 422/];
const NOT_FOUND = [/status of 404/];

/** The test cards that are approved and a number that no list names, with what the receipt says of each. */
const APPROVED = {
  '4242 4242 4242 4242': 'Visa ending in 4242',
  '5555 5555 5555 4444': 'Mastercard ending in 4444',
  '5436 0310 3060 6378': 'Mastercard ending in 6378',
  '3782 822463 10005': 'American Express ending in 0005',
  '4539 1488 0343 6467': 'Visa ending in 6467',
};

/** What a buyer may get wrong, and the words that stand beside the field for it. */
const MISTAKES = [
  {
    typed: { number: '', expiry: '', code: '' },
    said: {
      number: 'Enter your card number.',
      expiry: 'Enter the card’s expiry date.',
      code: 'Enter the security code.',
    },
  },
  {
    typed: { number: '4242 4242 4242 4241', expiry: PAST, code: '12' },
    said: {
      number: 'That card number is not right. Type it again.',
      expiry: 'This card has expired. Check the date, or use another card.',
      code: 'The security code should have 3 digits.',
    },
  },
  {
    typed: { number: '4242 4242' },
    said: { number: 'The card number was too short. Type all its digits.' },
  },
  {
    typed: { number: 'my blue card' },
    said: { number: 'A card number has only digits. Check what you wrote.' },
  },
  { typed: { expiry: '13/30' }, said: { expiry: 'Write the date as MM/YY, for example 04/29.' } },
  { typed: { expiry: 'soon' }, said: { expiry: 'Write the date as MM/YY, for example 04/29.' } },
  {
    typed: { number: '3782 822463 10005', code: '123' },
    said: { code: 'The security code should have 4 digits.' },
  },
];

/** The words come from the server, so the first ones show that they also arrive where scripts run. */
function some({ js }, all) {
  return js ? all.slice(0, 2) : all;
}

/** Checks that what names a card is nowhere on the page, in no text and in no field, but for the list of test cards. */
async function assertCardIsForgotten(page, { number, code }) {
  const html = await page.evaluate(() => {
    const copy = globalThis.document.documentElement.cloneNode(true);
    copy.querySelector('.tests')?.remove();
    return copy.outerHTML;
  });
  const digits = number.replace(/\D/g, '');
  if (digits) assert.ok(!html.replace(/[\s-]/g, '').includes(digits), 'the number is in the page');
  if (code) assert.ok(!html.includes(`"${code}"`) && !html.includes(`>${code}<`), 'the code is in the page');
  for (const label of ['Card number', 'Security code']) assert.equal(await page.getByLabel(label).inputValue(), '');
}

/** Checks that the focus is on the summary of what went wrong, which a screen reader then reads. */
async function assertFocusOnAlert(page) {
  // The browser gives it with the first frame that it paints, which may be after the page has loaded.
  await until('the focus on the summary', 2_000, async () => (await focused(page)) === 'alert');
}

/** Waits until the page has left for `url` by itself, and checks that this took the promised four seconds. */
async function assertLeavesFor(page, url, before, begun) {
  await page.waitForURL(url);
  // The page may be there for a while before the test sees it: it leaves no sooner than so long after it was asked for.
  const [least, most] = [performance.now() - before, performance.now() - begun];
  assert.ok(least > 3_500 && most < 8_000, `it left after ${Math.round(most)} ms`);
}

export const tests = {
  'a payment is captured, the title says so, and the page leaves for the shop by itself': {
    js: 'both',
    async run(tools) {
      const checkout = await createCheckout(tools);
      const page = await tools.newPage();
      await page.goto(checkout.url);
      assert.equal(await page.title(), 'Pay SEK\u00a0249.00 – Shop');
      const before = performance.now();
      await pay(page);
      const begun = performance.now();
      assert.equal(await page.title(), 'Payment complete – Shop');
      assert.equal(page.url(), checkout.url);
      assert.equal(await words(page.locator('main h1')), 'Payment complete');
      const receipt = await words(page.locator('.receipt'));
      for (const part of ['Shop', 'SEK 249.00', 'Visa ending in 4242', checkout.identifier, checkout.message]) {
        assert.ok(receipt.includes(part), `the receipt does not hold "${part}": ${receipt}`);
      }
      assert.equal(await words(page.locator('#leaving')), 'You will be taken back to shop.test in a few seconds.');
      await assertChargedOnce(tools, checkout);
      await assertLeavesFor(page, checkout.returnUrl, before, begun);
      const [visit] = tools.shop.visits;
      assert.equal(visit.method, 'GET');
      assert.equal(visit.headers.referer, undefined, 'the shop was told the link of the page');
    },
  },

  'the link of the result page leads to the shop at once': {
    js: 'both',
    async run(tools) {
      // Every sign that a Refresh header or an attribute could misread.
      const returnUrl = `${tools.shop.origin}/a;b,c'd%22e?x=%22&y=å%20ö&z=1%3D2;url=/evil#part`;
      const checkout = await createCheckout(tools, { returnUrl });
      const page = await tools.newPage();
      await openAndPay(page, checkout);
      await Promise.all([page.waitForEvent('load'), page.getByRole('link', { name: 'Back to shop.test' }).click()]);
      assert.equal(page.url(), new URL(returnUrl).href);
    },
  },

  'the header that leaves by itself leads to the same address as the link': async (tools) => {
    const returnUrl = `${tools.shop.origin}/a;b,c'd?x=%22&y=å&z=1%3D2;url=/evil#part`;
    const checkout = await createCheckout(tools, { returnUrl });
    const page = await tools.newPage();
    await openAndPay(page, checkout);
    await page.waitForURL(new URL(returnUrl).href);
  },

  'without capture the amount is reserved, and the page says so': {
    js: 'both',
    async run(tools) {
      const checkout = await createCheckout(tools, { capture: false });
      const page = await tools.newPage();
      await openAndPay(page, checkout);
      assert.equal(await page.title(), 'Payment reserved – Shop');
      assert.match(await words(page.locator('.result')), /This amount is reserved on your card\. Shop will collect it once/);
      await assertNothingTaken(tools, checkout, 'reserved');
    },
  },

  'every approved test card pays': async (tools) => {
    for (const [number, face] of Object.entries(APPROVED)) {
      const checkout = await createCheckout(tools);
      await payQuickly(checkout, { number, code: face.startsWith('American Express') ? '7391' : '123' });
      const html = await (await fetch(checkout.url)).text();
      assert.ok(html.includes('<title>Payment complete – Shop</title>'), number);
      assert.ok(html.includes(face), face);
      await assertChargedOnce(tools, checkout);
    }
  },

  'the test cards that the page lists can be copied whole, and are listed in test mode': async (tools) => {
    const page = await tools.newPage();
    await page.goto((await createCheckout(tools)).url);
    await page.getByText('Test cards', { exact: true }).click();
    const listed = await page.locator('.tests code').allInnerTexts();
    for (const number of Object.keys(DECLINED)) assert.ok(listed.includes(number), number);
    await page.getByLabel('Card number').fill(listed[0]);
    await page.getByLabel('Expiry date').fill(CARD.expiry);
    await page.getByLabel('Security code').fill(CARD.code);
    await press(page, /^Pay /);
    assert.equal(await page.title(), 'Payment complete – Shop');
  },

  'every declined test card has its words and takes no money, and another card then pays': {
    js: 'both',
    async run(tools) {
      const checkout = await createCheckout(tools);
      const page = await tools.newPage();
      await page.goto(checkout.url);
      for (const [number, sentence] of some(tools, Object.entries(DECLINED))) {
        await pay(page, { number });
        assert.equal(await page.title(), 'Payment declined – Shop', number);
        assert.equal(page.url(), checkout.url);
        const banner = page.getByRole('alert');
        assert.equal(await words(banner), `Payment declined ${sentence} No money has been taken.`);
        await assertFocusOnAlert(page);
        await assertCardIsForgotten(page, { ...CARD, number });
        await assertNothingTaken(tools, checkout, 'failed');
      }
      await page.reload();
      assert.equal(await page.title(), 'Payment declined – Shop');
      await pay(page);
      assert.equal(await page.title(), 'Payment complete – Shop');
      assert.ok((await words(page.locator('.receipt'))).includes('Visa ending in 4242'));
      assert.ok(!(await page.content()).includes('declined'));
      await assertChargedOnce(tools, checkout);
    },
  },

  'a typing error has its words beside its field, and forgets the card': {
    js: 'both',
    expected: REFUSED,
    async run(tools) {
      const checkout = await createCheckout(tools);
      const page = await tools.newPage();
      await page.goto(checkout.url);
      const mistakes = some(tools, MISTAKES);
      for (const { typed, said } of mistakes) {
        await pay(page, typed);
        assert.equal(await page.title(), 'Error: Pay SEK\u00a0249.00 – Shop');
        await assertFocusOnAlert(page);
        const banner = page.getByRole('alert');
        assert.equal(await words(banner), ['There is a problem', ...Object.values(said)].join(' '));
        for (const id of ['number', 'expiry', 'code']) {
          const field = page.locator(`#${id}`);
          assert.equal(await field.getAttribute('aria-invalid'), said[id] ? 'true' : null, id);
          const described = (await field.getAttribute('aria-describedby'))?.split(' ') ?? [];
          assert.equal(described.includes(`${id}-error`), Boolean(said[id]), id);
          if (said[id]) assert.equal(await words(page.locator(`#${id}-error`)), said[id]);
        }
        await assertCardIsForgotten(page, { ...CARD, ...typed });
        assert.equal(await page.getByLabel('Expiry date').inputValue(), typed.expiry ?? CARD.expiry);
        await assertNothingTaken(tools, checkout, 'created');
      }
      await page.getByRole('alert').getByRole('link').last().click();
      assert.equal(await focused(page), Object.keys(mistakes.at(-1).said).at(-1));
      await pay(page);
      assert.equal(await page.title(), 'Payment complete – Shop');
      await assertChargedOnce(tools, checkout);
    },
  },

  'a typing error after a decline stands alone, and the checkout stays failed': {
    js: false,
    expected: REFUSED,
    async run(tools) {
      const checkout = await createCheckout(tools);
      const page = await tools.newPage();
      await openAndPay(page, checkout, { number: '4000 0000 0000 0002' });
      await pay(page, { code: '' });
      assert.equal(await page.getByRole('alert').count(), 1);
      assert.equal(await words(page.getByRole('alert')), 'There is a problem Enter the security code.');
      await assertNothingTaken(tools, checkout, 'failed');
    },
  },

  'cancel gives up, says so and leaves for the cancel address': {
    js: 'both',
    async run(tools) {
      const checkout = await createCheckout(tools);
      const page = await tools.newPage();
      await page.goto(checkout.url);
      const form = await page.locator('[name=form]').inputValue();
      const before = performance.now();
      await press(page, 'Cancel');
      const begun = performance.now();
      assert.equal(await page.title(), 'Payment canceled – Shop');
      assert.ok((await words(page.locator('.result'))).endsWith('No money has been taken.'));
      await assertNothingTaken(tools, checkout, 'canceled');
      await assertLeavesFor(page, checkout.returnUrlCancel, before, begun);
      assert.equal((await post(checkout, form)).status, 303);
      await assertNothingTaken(tools, checkout, 'canceled');
    },
  },

  'a checkout can be given up after a decline': {
    js: false,
    async run(tools) {
      const checkout = await createCheckout(tools);
      const page = await tools.newPage();
      await openAndPay(page, checkout, { number: '4000 0000 0000 0002' });
      await press(page, 'Cancel');
      assert.equal(await page.title(), 'Payment canceled – Shop');
      await page.getByRole('link', { name: 'Back to shop.test' }).click();
      await page.waitForURL(checkout.returnUrlCancel);
      await assertNothingTaken(tools, checkout, 'canceled');
    },
  },

  'a double click on Pay charges once': {
    js: 'both',
    async run(tools) {
      const checkout = await createCheckout(tools);
      const page = await tools.newPage();
      let sent = 0;
      page.on('request', (request) => {
        if (request.method() === 'POST') sent += 1;
      });
      await page.goto(checkout.url);
      await fill(page);
      await page.getByRole('button', { name: /^Pay / }).dblclick();
      await until('the payment', 10_000, async () => (await retrieve(tools, checkout)).status !== 'created');
      await assertChargedOnce(tools, checkout);
      if (tools.js) assert.equal(sent, 1);
      // The tab of the clicks may still be on its way.
      const later = await tools.newPage();
      await later.goto(checkout.url);
      assert.equal(await later.title(), 'Payment complete – Shop');
    },
  },

  'Reload and Back after paying show the receipt and charge nothing': {
    js: 'both',
    async run(tools) {
      const checkout = await createCheckout(tools);
      const page = await tools.newPage();
      await page.goto(`${tools.shop.origin}/cart`);
      await page.goto(checkout.url);
      const form = await page.locator('[name=form]').inputValue();
      await pay(page);
      const paid = await assertChargedOnce(tools, checkout);
      await page.reload();
      assert.equal(await page.title(), 'Payment complete – Shop');
      await page.goBack();
      assert.equal(page.url(), checkout.url);
      assert.equal(await page.title(), 'Payment complete – Shop');
      assert.equal(await page.locator('form').count(), 0);
      await Promise.all([page.waitForEvent('load'), page.getByRole('link', { name: 'Back to shop.test' }).click()]);
      await page.goBack();
      assert.equal(await page.title(), 'Payment complete – Shop');
      for (const number of [CARD.number, '5555 5555 5555 4444']) {
        assert.equal((await post(checkout, form, { number })).status, 303);
      }
      assert.deepEqual(await retrieve(tools, checkout), paid);
    },
  },

  'Reload and Back after a decline try no card again': {
    js: 'both',
    async run(tools) {
      const checkout = await createCheckout(tools);
      const page = await tools.newPage();
      await page.goto(checkout.url);
      const form = await page.locator('[name=form]').inputValue();
      await pay(page, { number: '4000 0000 0000 9995' });
      await page.reload();
      await page.goBack();
      assert.equal(await page.title(), 'Payment declined – Shop');
      // The used form would only repeat its answer, which stands whatever card is sent along.
      assert.notEqual(await page.locator('[name=form]').inputValue(), form);
      assert.equal((await post(checkout, form)).status, 303);
      await assertNothingTaken(tools, checkout, 'failed');
    },
  },

  'a reload after a typing error sends the same error again and nothing else': {
    js: false,
    expected: REFUSED,
    async run(tools) {
      const checkout = await createCheckout(tools);
      const page = await tools.newPage();
      await openAndPay(page, checkout, { code: '' });
      await page.reload();
      assert.equal(await page.title(), 'Error: Pay SEK\u00a0249.00 – Shop');
      await assertNothingTaken(tools, checkout, 'created');
    },
  },

  'of two tabs one pays, and the other shows its receipt': {
    js: 'both',
    async run(tools) {
      const checkout = await createCheckout(tools);
      const [one, other] = [await tools.newPage(), await tools.newPage()];
      await one.goto(checkout.url);
      await other.goto(checkout.url);
      await one.bringToFront();
      await pay(one);
      const paid = await assertChargedOnce(tools, checkout);
      await other.bringToFront();
      await pay(other, { number: '5555 5555 5555 4444' });
      assert.equal(await other.title(), 'Payment complete – Shop');
      const receipt = await words(other.locator('.receipt'));
      assert.ok(receipt.includes('Visa ending in 4242') && !receipt.includes('4444'), receipt);
      assert.deepEqual(await retrieve(tools, checkout), paid);
    },
  },

  'of two tabs one pays, and giving up in the other changes nothing': {
    js: false,
    async run(tools) {
      const checkout = await createCheckout(tools);
      const page = await tools.newPage();
      await page.goto(checkout.url);
      await payQuickly(checkout);
      await press(page, 'Cancel');
      assert.equal(await page.title(), 'Payment complete – Shop');
      await assertChargedOnce(tools, checkout);
    },
  },

  'many forms of one checkout that are sent at once charge once': async (tools) => {
    const checkout = await createCheckout(tools);
    const forms = await Promise.all(Array.from({ length: 8 }, () => newFormId(checkout)));
    assert.equal(new Set(forms).size, forms.length);
    const responses = await Promise.all([...forms, ...forms].map((form) => post(checkout, form)));
    assert.deepEqual(new Set(responses.map((response) => response.status)), new Set([303]));
    await until('the payment', 10_000, async () => (await retrieve(tools, checkout)).status !== 'created');
    await assertChargedOnce(tools, checkout);
  },

  'a withdrawn checkout says so and links to the shop': {
    js: 'both',
    async run(tools) {
      const checkout = await createCheckout(tools);
      const page = await tools.newPage();
      await page.goto(checkout.url);
      const revoked = await tools.kassa.run('checkout', 'revoke', checkout.checkout_id);
      assert.equal(revoked.code, 0, revoked.stderr);
      // The form was open before; sending it now must take nothing.
      await pay(page);
      assert.equal(await page.title(), 'This payment page is closed – Shop');
      assert.ok((await words(page.locator('.result'))).endsWith('No money has been taken.'));
      const response = await page.reload();
      assert.equal(response.status(), 200);
      assert.equal(response.headers().refresh, undefined);
      await page.getByRole('link', { name: 'Back to shop.test' }).click();
      await page.waitForURL(checkout.returnUrlCancel);
      await assertNothingTaken(tools, checkout, 'revoked');
    },
  },

  'a paid checkout cannot be withdrawn': async (tools) => {
    const checkout = await createCheckout(tools);
    await payQuickly(checkout);
    const revoked = await tools.kassa.run('checkout', 'revoke', checkout.checkout_id);
    assert.equal(revoked.code, 1, revoked.stdout);
    await assertChargedOnce(tools, checkout);
  },

  'a checkout past its life says so, and its open form takes nothing': {
    js: false,
    async run(tools) {
      const merchant = await tools.createMerchant('Hasty');
      const set = await tools.kassa.run('merchant', 'set', merchant.name, '--checkout-life', '1s');
      assert.equal(set.code, 0, set.stderr);
      const checkout = await createCheckout(tools, {}, merchant);
      const page = await tools.newPage();
      await page.goto(checkout.url);
      await fill(page);
      await until('the end of the checkout', 10_000, async () => {
        return !(await (await fetch(checkout.url)).text()).includes('<form');
      });
      await press(page, /^Pay /);
      assert.equal(await page.title(), `This payment page is closed – ${merchant.name}`);
      // The page knows at once; the record follows with the server's next round.
      let now;
      await until('the end in the record', 5_000, async () => {
        now = await retrieve(tools, checkout, merchant);
        return now.status !== 'created';
      });
      assert.deepEqual([now.status, now.amount_captured], ['revoked', 0]);
    },
  },

  'a link that was made up, altered or deleted names nobody': {
    js: 'both',
    expected: NOT_FOUND,
    async run(tools) {
      const checkout = await createCheckout(tools);
      const link = checkout.url.split('/c/')[1];
      const altered = [0, 10, 20, 40, link.length - 1].map((at) => {
        return `${link.slice(0, at)}${link[at] === 'A' ? 'B' : 'A'}${link.slice(at + 1)}`;
      });
      const deleted = await createCheckout(tools);
      await tools.neuroPay('/checkout/delete', { checkout_id: deleted.checkout_id });
      const cut = [link.slice(1), `${link}A`, link.toLowerCase()];
      const made = ['x', checkout.checkout_id, '%F0%9F%92%A9', '%00'];
      const links = [...altered, ...cut, ...made, deleted.url.split('/c/')[1]];
      const texts = new Set();
      for (const wrong of links) {
        for (const method of ['GET', 'POST']) {
          const body = method === 'POST' ? new URLSearchParams({ form: '0'.repeat(32), ...CARD }) : undefined;
          const response = await fetch(`${tools.base}/c/${wrong}`, { method, body });
          assert.equal(response.status, 404, `${method} ${wrong}`);
          texts.add(await response.text());
        }
      }
      // Whoever tries links learns nothing from the difference of two.
      assert.equal(texts.size, 1);
      const page = await tools.newPage();
      const response = await page.goto(`${tools.base}/c/${altered[0]}`);
      assert.equal(response.status(), 404);
      assert.equal(await page.title(), 'Page not found');
      const html = await page.content();
      for (const name of ['Shop', 'shop.test', '249', checkout.message, checkout.checkout_id]) {
        assert.ok(!html.includes(name), `the page names ${name}`);
      }
      await assertNothingTaken(tools, checkout, 'created');
    },
  },

  'a link that is no text has the page of every wrong link': async (tools) => {
    const [wrong, noText] = [await fetch(`${tools.base}/c/x`), await fetch(`${tools.base}/c/%FF`)];
    assert.equal(noText.status, 404);
    assert.equal(await noText.text(), await wrong.text());
    assert.ok(noText.headers.has('content-security-policy'));
  },

  'a form above 64 KiB is refused and pays nothing': async (tools) => {
    const checkout = await createCheckout(tools);
    const body = new URLSearchParams({ form: await newFormId(checkout), ...CARD, more: 'x'.repeat(70_000) });
    const response = await fetch(checkout.url, { method: 'POST', body, redirect: 'manual' });
    assert.equal(response.status, 413);
    assert.match(await response.text(), /The form is too large/);
    await assertNothingTaken(tools, checkout, 'created');
  },

  'what is no form of the page changes nothing': async (tools) => {
    const checkout = await createCheckout(tools);
    const form = await newFormId(checkout);
    const send = (body, type = 'application/x-www-form-urlencoded') => {
      return fetch(checkout.url, { method: 'POST', body, headers: { 'content-type': type }, redirect: 'manual' });
    };
    const fields = new URLSearchParams({ form, ...CARD }).toString();
    const broken = [
      [await send(''), 400],
      [await send(fields.replace(form, '')), 400],
      [await send(fields.replace(form, `${form}0`)), 400],
      [await send(`${fields}&form=${form}`), 400],
      [await send(`${fields}&number=4242`), 400],
      [await send(JSON.stringify({ form, ...CARD }), 'application/json'), 400],
      [await fetch(checkout.url, { method: 'PUT', body: fields }), 405],
      [await fetch(`${checkout.url}/cancel`), 405],
    ];
    for (const [response, status] of broken) {
      const html = await response.text();
      assert.equal(response.status, status, html);
      assert.match(response.headers.get('content-type'), /^text\/html/);
      assert.ok(!html.includes('4242'), 'the page gives the card back');
    }
    await assertNothingTaken(tools, checkout, 'created');
  },

  'every page carries the security headers, and none may be framed or kept': async (tools) => {
    const open = await createCheckout(tools);
    const paid = await createCheckout(tools);
    await payQuickly(paid);
    const pages = {
      open: await fetch(open.url),
      wrong: await post(open, await newFormId(open), { code: '' }),
      answer: await post(paid, '0'.repeat(32)),
      paid: await fetch(paid.url),
      unreadable: await post(open, ''),
      missing: await fetch(`${tools.base}/c/missing`),
      method: await fetch(`${open.url}/cancel`),
    };
    for (const [name, { headers }] of Object.entries(pages)) {
      const policy = headers.get('content-security-policy').split('; ');
      for (const part of ['default-src', 'base-uri', 'frame-ancestors']) {
        assert.ok(policy.includes(`${part} 'none'`), `${name}: ${part}`);
      }
      for (const part of ['script-src', 'style-src', 'form-action']) {
        assert.ok(policy.includes(`${part} 'self'`), `${name}: ${part}`);
      }
      assert.equal(headers.get('x-frame-options'), 'DENY', name);
      assert.equal(headers.get('x-content-type-options'), 'nosniff', name);
      assert.equal(headers.get('referrer-policy'), 'no-referrer', name);
      assert.equal(headers.get('cache-control'), 'no-store', name);
      assert.ok(!headers.has('set-cookie') && !headers.has('server') && !headers.has('x-powered-by'), name);
    }
    assert.equal(pages.paid.headers.get('refresh'), `4; url=${paid.returnUrl}`);
    for (const name of ['open', 'wrong', 'missing']) assert.equal(pages[name].headers.get('refresh'), null, name);
  },

  'a result that is opened a minute later is a receipt that stays': {
    limit: 90_000,
    async run(tools) {
      const [plain, framed] = [await createCheckout(tools), await createCheckout(tools, { template: 'iframe' })];
      const begun = performance.now();
      await payQuickly(plain);
      await payQuickly(framed);
      const leaves = async () => (await fetch(plain.url)).headers.has('refresh');
      assert.ok(await leaves());
      await until('the receipt', 70_000, async () => !(await leaves()));
      const took = performance.now() - begun;
      assert.ok(took > 59_000 && took < 65_000, `the page left by itself for ${Math.round(took)} ms`);
      for (const checkout of [plain, framed]) {
        const page = await tools.newPage();
        await page.goto(checkout.url);
        assert.equal(await page.title(), 'Payment complete – Shop');
        assert.equal(await page.getByText('You will be taken back').count(), 0);
        assert.equal(await page.locator('[data-leave]').count(), 0);
        assert.equal(await page.getByRole('link', { name: 'Back to shop.test' }).count(), 1);
      }
    },
  },

  'what the merchant did with the money stands on the receipt, which stays': {
    js: false,
    async run(tools) {
      const page = await tools.newPage();
      const shows = async (checkout, title, sentence) => {
        const response = await page.goto(checkout.url);
        assert.equal(await page.title(), `${title} – Shop`);
        assert.equal(response.headers().refresh, undefined);
        assert.ok((await words(page.locator('.result'))).includes(sentence), sentence);
      };
      const paid = await createCheckout(tools);
      await payQuickly(paid);
      await tools.neuroPay('/checkout/refund', { checkout_id: paid.checkout_id, amount: 4900 });
      await shows(paid, 'Partly refunded', 'Shop has paid back SEK 49.00 of SEK 249.00.');
      await tools.neuroPay('/checkout/refund', { checkout_id: paid.checkout_id });
      await shows(paid, 'Payment refunded', 'Shop has paid back SEK 249.00.');
      const reserved = await createCheckout(tools, { capture: false });
      await payQuickly(reserved);
      await tools.neuroPay('/checkout/refund', { checkout_id: reserved.checkout_id });
      await shows(reserved, 'Reservation released', 'SEK 249.00 is no longer reserved on your card.');
    },
  },

  'the whole payment works with the keyboard alone': {
    js: 'both',
    async run(tools) {
      const checkout = await createCheckout(tools);
      const page = await tools.newPage();
      await page.goto(checkout.url);
      const tabTo = async (id) => {
        await page.keyboard.press('Tab');
        assert.equal(await focused(page), id);
        const outline = await page.evaluate(() => {
          return globalThis.getComputedStyle(globalThis.document.activeElement).outlineStyle;
        });
        assert.notEqual(outline, 'none', `the focus on ${id} cannot be seen`);
      };
      await tabTo('number');
      await page.keyboard.type('4000000000000002');
      await tabTo('expiry');
      await page.keyboard.type(CARD.expiry.replace('/', ''));
      await tabTo('code');
      await page.keyboard.type(CARD.code);
      await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
      assert.equal(await page.title(), 'Payment declined – Shop');
      // From the summary, which has the focus, the next stop is the form.
      await tabTo('number');
      await page.keyboard.type(CARD.number);
      await tabTo('expiry');
      await page.keyboard.type(CARD.expiry);
      await tabTo('code');
      await page.keyboard.type(CARD.code);
      await tabTo('button');
      await Promise.all([page.waitForEvent('load'), page.keyboard.press('Space')]);
      assert.equal(await page.title(), 'Payment complete – Shop');
      await tabTo('a');
      await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
      assert.equal(page.url(), checkout.returnUrl);
      await assertChargedOnce(tools, checkout);
    },
  },

  'the script writes groups and the slash while a card is typed, and lets it be corrected': async (tools) => {
    const page = await tools.newPage();
    await page.goto((await createCheckout(tools)).url);
    const typed = async (label, keys) => {
      const field = page.getByLabel(label);
      await field.fill('');
      await field.pressSequentially(keys);
      return field.inputValue();
    };
    assert.equal(await typed('Card number', '4242424242424242'), '4242 4242 4242 4242');
    assert.equal(await typed('Card number', '378282246310005'), '3782 822463 10005');
    assert.equal(await typed('Card number', 'no card'), 'no card');
    assert.equal(await typed('Expiry date', '1230'), '12/30');
    assert.equal(await typed('Expiry date', '430'), '04/30');
    assert.equal(await typed('Expiry date', '12/30'), '12/30');
    assert.equal(await typed('Expiry date', '4/30'), '04/30');
    const number = page.getByLabel('Card number');
    await typed('Card number', '424242425');
    for (const left of ['4242 4242', '4242 424']) {
      await number.press('Backspace');
      assert.equal((await number.inputValue()).trim(), left);
    }
    await number.fill('4242 4242');
    await number.evaluate((field) => field.setSelectionRange(5, 5));
    await number.press('Backspace');
    assert.equal(await number.inputValue(), '4244 242');
    const expiry = page.getByLabel('Expiry date');
    await typed('Expiry date', '1230');
    for (let left = 0; left < 5; left += 1) await expiry.press('Backspace');
    assert.equal(await expiry.inputValue(), '');
  },

  'what a browser fills in, and what is pasted, is left so that it pays': {
    js: 'both',
    async run(tools) {
      for (const [expiry, shown] of [['209912', '12/2099'], ['2099-12', '2099-12'], ['2099/12', '2099/12']]) {
        const checkout = await createCheckout(tools);
        const page = await tools.newPage();
        await page.goto(checkout.url);
        await fill(page, { number: '\t4242\u20094242\t4242\u20094242 ', expiry });
        if (tools.js) {
          assert.equal(await page.getByLabel('Card number').inputValue(), '4242 4242 4242 4242');
          assert.equal(await page.getByLabel('Expiry date').inputValue(), shown);
        }
        await press(page, /^Pay /);
        await assertChargedOnce(tools, checkout);
      }
      const checkout = await createCheckout(tools);
      await openAndPay(await tools.newPage(), checkout, {
        number: '４２４２４２４２４２４２４２４２',
        expiry: '１２／３９',
        code: '１２３',
      });
      await assertChargedOnce(tools, checkout);
    },
  },

  'the script takes an error away when its field is edited': {
    expected: REFUSED,
    async run(tools) {
      const page = await tools.newPage();
      await openAndPay(page, await createCheckout(tools), { number: '', code: '' });
      await page.getByLabel('Card number').fill('4');
      await page.getByLabel('Security code').fill('1');
      assert.equal(await page.locator('[aria-invalid]').count(), 0);
      assert.equal(await page.locator('.error').count(), 0);
      assert.equal(await page.locator('#number').getAttribute('aria-describedby'), null);
      assert.equal(await page.locator('#code').getAttribute('aria-describedby'), 'code-help');
    },
  },

  'the script says that a payment is under way, and after a while that it is slow': async (tools) => {
    const page = await tools.newPage();
    await page.clock.install();
    await page.goto((await createCheckout(tools)).url);
    // A browser tells nothing of a page that it is about to leave, so the form is held back here and never sent.
    await page.evaluate(() => {
      globalThis.addEventListener('submit', (event) => event.preventDefault(), true);
    });
    await fill(page);
    await page.getByRole('button', { name: /^Pay / }).click();
    const button = page.getByRole('button', { name: 'Paying…' });
    assert.equal(await button.getAttribute('aria-disabled'), 'true');
    assert.equal(await page.getByRole('status').textContent(), 'Paying…');
    await page.clock.fastForward(8_000);
    const slow = 'This takes longer than usual. If nothing happens, press the button again – nothing is done twice.';
    assert.equal(await words(page.getByRole('status')), slow);
    await tools.shot(page, 'slow-1280');
    assert.equal(await page.locator('[aria-disabled]').count(), 0);
    await page.getByRole('button', { name: /^Pay / }).click();
    assert.equal(await button.getAttribute('aria-disabled'), 'true');
  },

  'a submit that was stopped leaves Pay and Cancel usable, and the card is charged once': async (tools) => {
    const checkout = await createCheckout(tools);
    const page = await tools.newPage();
    await page.clock.install();
    await page.goto(checkout.url);
    // What Esc does to a form that is on its way: the browser gives up and stays where it is.
    let stopped = false;
    await page.route(checkout.url, (route) => {
      if (stopped || route.request().method() !== 'POST') return route.continue();
      stopped = true;
      return route.abort('aborted');
    });
    await fill(page);
    const pressed = page.getByRole('button', { name: /^Pay / });
    await pressed.click({ noWaitAfter: true });
    await until('the form is stopped', 5_000, () => stopped);
    const cancel = page.getByRole('button', { name: 'Cancel' });
    assert.equal(await cancel.getAttribute('aria-disabled'), 'true');
    await page.clock.fastForward(8_000);
    for (const button of [pressed, cancel]) assert.equal(await button.getAttribute('aria-disabled'), null);
    await press(page, /^Pay /);
    assert.equal(await page.title(), 'Payment complete – Shop');
    await assertChargedOnce(tools, checkout);
  },

  'the number of a card that paid is in no file and in no line of the log': async (tools) => {
    const number = '4485 0403 7153 6584';
    const digits = number.replace(/\s/g, '');
    const checkout = await createCheckout(tools);
    const page = await tools.newPage();
    await openAndPay(page, checkout, { number });
    await assertChargedOnce(tools, checkout);
    for (const name of readdirSync(tools.kassa.data)) {
      const bytes = readFileSync(join(tools.kassa.data, name));
      for (const written of [number, digits]) assert.ok(!bytes.includes(written), `the number is in ${name}`);
    }
    assert.ok(!tools.kassa.log().includes(digits));
  },
};
