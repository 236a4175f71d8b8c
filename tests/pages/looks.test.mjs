// How every state of the checkout looks: what axe finds, whether it fits a narrow window and large text, whether it is
// dark where the reader wants that, and what a merchant's text can do to it. `cargo xtask shots` keeps the pictures.

import assert from 'node:assert/strict';
import {
  createCheckout,
  fill,
  openAndPay,
  openToStay,
  PAST,
  payQuickly,
  press,
  scrollsSideways,
  words,
} from './checkout.mjs';

const NARROW = { width: 320, height: 640 };
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 900 };

const LONG_WORD = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsvertragsentwurf';
const MARKUP = `<script>alert(1)</script> <img src=x onerror=alert(1)> "två" & 'tre' 🧑‍🚀☕ {{7*7}}`;

async function openPaid(tools, page, changes, ...refunds) {
  const checkout = await createCheckout(tools, changes);
  await payQuickly(checkout);
  for (const refund of refunds) {
    await tools.neuroPay('/checkout/refund', { checkout_id: checkout.checkout_id, ...refund });
  }
  await openToStay(page, checkout.url);
}

/** How to bring a page into each state that a buyer can meet. */
const STATES = {
  async open(tools, page) {
    await page.goto((await createCheckout(tools)).url);
  },
  async 'test cards'(tools, page) {
    await page.goto((await createCheckout(tools)).url);
    await page.getByText('Test cards', { exact: true }).click();
  },
  async 'a long message'(tools, page) {
    const message = 'Coffee, dark roast, whole beans. '.repeat(30).trim();
    await page.goto((await createCheckout(tools, { message })).url);
  },
  async errors(tools, page) {
    await openAndPay(page, await createCheckout(tools), { number: '4242 4242 4242 4241', expiry: PAST, code: '' });
  },
  async declined(tools, page) {
    await openAndPay(page, await createCheckout(tools), { number: '4000 0000 0000 9995' });
  },
  async paid(tools, page) {
    await openPaid(tools, page);
  },
  async reserved(tools, page) {
    await openPaid(tools, page, { capture: false });
  },
  async 'partly refunded'(tools, page) {
    await openPaid(tools, page, {}, { amount: 4900 });
  },
  async refunded(tools, page) {
    await openPaid(tools, page, {}, {});
  },
  async released(tools, page) {
    await openPaid(tools, page, { capture: false }, {});
  },
  async canceled(tools, page) {
    const checkout = await createCheckout(tools);
    await page.goto(checkout.url);
    await press(page, 'Cancel');
    await openToStay(page, checkout.url);
  },
  async withdrawn(tools, page) {
    const checkout = await createCheckout(tools);
    await tools.kassa.run('checkout', 'revoke', checkout.checkout_id);
    await page.goto(checkout.url);
  },
  async 'not found'(tools, page) {
    await page.goto(`${tools.base}/c/missing`);
  },
  async home(tools, page) {
    await page.goto(`${tools.base}/`);
  },
  async 'back at home'(tools, page) {
    await page.goto(`${tools.base}/?checkout=${'0123456789abcdef'.repeat(2)}`);
  },
  async framed(tools, page) {
    await page.goto((await createCheckout(tools, { template: 'iframe' })).url);
  },
};

/** The other states are the same page with scripts and without. */
const CHANGED_BY_SCRIPTS = ['open', 'errors', 'framed'];

/** The page's ground and ink, as numbers from dark to light. */
function shades(page) {
  return page.evaluate(() => {
    const { backgroundColor, color } = globalThis.getComputedStyle(globalThis.document.documentElement);
    return [backgroundColor, color].map((text) => {
      const [red, green, blue] = text.match(/\d+/g).map(Number);
      return red + green + blue;
    });
  });
}

function testOfState(name, open) {
  return {
    js: CHANGED_BY_SCRIPTS.includes(name) ? 'both' : true,
    expected: [/status of (404|422)/],
    async run(tools) {
      const page = await tools.newPage();
      // A colour on its way from light to dark is neither.
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await open(tools, page);
      const file = name.replaceAll(' ', '-');

      await page.setViewportSize(PHONE);
      assert.deepEqual(await tools.axe(page), [], 'light');
      await tools.shot(page, `${file}-390`);

      await page.emulateMedia({ colorScheme: 'dark' });
      assert.deepEqual(await tools.axe(page, ['color-contrast']), [], 'dark');
      const [ground, ink] = await shades(page);
      if (name !== 'framed') assert.ok(ground < 150 && ink > 600, `dark is ${ink} on ${ground}`);
      await tools.shot(page, `${file}-dark-390`);
      await page.emulateMedia({ colorScheme: 'light' });

      await page.setViewportSize(DESK);
      assert.ok(!(await scrollsSideways(page)), 'it scrolls sideways on a desk');
      await tools.shot(page, `${file}-1280`);

      await page.setViewportSize(NARROW);
      assert.ok(!(await scrollsSideways(page)), 'it scrolls sideways at 320 px');
      await page.evaluate(() => {
        globalThis.document.documentElement.style.fontSize = '200%';
      });
      assert.ok(!(await scrollsSideways(page)), 'it scrolls sideways at 320 px with text of double size');
    },
  };
}

export const tests = {
  ...Object.fromEntries(
    Object.entries(STATES).map(([name, open]) => [`${name}: clean, fitting, light and dark`, testOfState(name, open)]),
  ),

  'a long message with markup, emoji and words without end stays text': {
    js: 'both',
    async run(tools) {
      const merchant = await tools.createMerchant('<b>Bröd</b> & "Kaffe" <script>alert(1)</script>');
      const message = `${MARKUP}\n${LONG_WORD}\nשלום\n${'Ä'.repeat(1_000)}`.slice(0, 1_000);
      const checkout = await createCheckout(tools, { message }, merchant);
      const page = await tools.newPage({ viewport: NARROW });
      let asked = 0;
      page.on('dialog', (dialog) => {
        asked += 1;
        return dialog.dismiss();
      });
      await page.goto(checkout.url);
      assert.ok((await page.title()).endsWith(` – ${merchant.name}`));
      await page.getByText('Show all').click();
      assert.equal(await page.locator('details.message p').textContent(), message);
      assert.ok(!(await scrollsSideways(page)));
      await tools.shot(page, 'nasty-320');
      await payQuickly(checkout);
      await openToStay(page, checkout.url);
      assert.ok((await words(page.locator('.receipt'))).includes(MARKUP));
      assert.ok(!(await scrollsSideways(page)));
      assert.equal(await page.locator('b, img, body script').count(), 0);
      assert.deepEqual(await tools.axe(page), []);
      assert.equal(asked, 0);
      await tools.shot(page, 'nasty-paid-320');
    },
  },

  'the largest amount fits a narrow window in one piece': {
    js: false,
    async run(tools) {
      const page = await tools.newPage({ viewport: NARROW });
      await page.goto((await createCheckout(tools, { amount: 999_999_999_999 })).url);
      assert.ok(!(await scrollsSideways(page)));
      const amount = page.locator('.amount');
      assert.equal(await words(amount), 'SEK 9,999,999,999.99');
      const lines = await amount.evaluate((element) => {
        const { height } = element.getBoundingClientRect();
        return Math.round(height / Number.parseFloat(globalThis.getComputedStyle(element).lineHeight));
      });
      assert.equal(lines, 1);
      await tools.shot(page, 'large-320');
    },
  },

  'a picture for the README': async (tools) => {
    const merchant = await tools.createMerchant('Fjällbutiken');
    const message = 'Order 1042: two bags of coffee, dark roast';
    const checkout = await createCheckout(tools, { message, returnUrl: 'https://fjallbutiken.example/thanks' }, merchant);
    const page = await tools.newPage({ viewport: { width: 800, height: 400 }, deviceScaleFactor: 1.6 });
    await page.goto(checkout.url);
    await fill(page);
    await page.evaluate(() => globalThis.document.activeElement.blur());
    await tools.shot(page, 'readme');
  },
};
